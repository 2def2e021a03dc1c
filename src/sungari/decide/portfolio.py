"""The portfolio: which set of projects to build, when and how large, within budgets, rules and floors.

One mixed-integer model of network and projects. What is maximised is the objective (expected over scenarios, if there
are some, and with the weight of the worst outcomes taken off); the gap is of the *gain*: the objective with the set
less that of today's network. Source: model.md, constraints 3 and 4, "With and without".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

import sungari
from sungari.chain.rules import budget_limits
from sungari.chain.solver import Progress, solver_name
from sungari.decide import alternatives as near_best
from sungari.decide import frontier as frontiers
from sungari.decide.budgets import Budget, with_budgets
from sungari.decide.party_gain import Floors, with_members
from sungari.decide.rule import Rule, yes_or_no
from sungari.decide.selection import TOLERANCE, Choice, Selection, stopped
from sungari.decide.worlds import Tail, Worlds
from sungari.errors import Explanation, Infeasible, InputError, UsageError, hinted
from sungari.region.package import Region
from sungari.words import Words

Along = Literal["budget", "cvar", "least-gain"]
#: Share of a budget that is added to find its marginal value.
STEP = 0.05


@dataclass
class Portfolio:
    """The set of projects to build.

    Attributes
    ----------
    region : Region
    chosen : DataFrame
        project, name, year (of decision), operates_from, size, capex (money), committed.
    objective, gain : float
        Expected objective with the set, and what it is beyond today's network; present value, money, not divided by
        ``money_scale``. The gain is NaN where today's network can't meet what must be met.
    gap : float
        How much more than this a set could bring at most, as a share of the gain.
    parties : DataFrame
        party, name, gain (expected welfare less that of today's network, side payments not counted), with_members
        (with that of all parties that belong to it); money.
    budgets : DataFrame
        party, sector, year, new_only (committed projects don't count), amount, used, left, step, value: by how much
        the gain rises for each unit of money more, from a second search with the budget larger by `step` (blank where
        none was asked for).
    frontier : DataFrame
        See :mod:`sungari.decide.frontier`; empty if not asked for.
    alternatives : Alternatives or None
        See :mod:`sungari.decide.alternatives`.
    scenarios : DataFrame
        scenario, probability, today, objective, gain; money. Empty without scenarios.
    info : dict
        Status, what it was made from, seconds.
    """

    region: Region
    chosen: pd.DataFrame
    objective: float
    gain: float
    gap: float
    parties: pd.DataFrame
    budgets: pd.DataFrame
    frontier: pd.DataFrame
    alternatives: near_best.Alternatives | None
    scenarios: pd.DataFrame
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Projects of the set, committed ones as well."""
        return list(dict.fromkeys(self.chosen["project"].astype(str)))

    def as_json(self) -> dict[str, Any]:
        """Plain data; money divided by ``money_scale``."""
        scale = self.region.settings.money_scale
        valued = self.budgets.dropna(subset="value")
        return {
            **{k: v for k, v in self.info.items() if k != "seconds"},
            "objective": self.objective / scale, "gain": self.gain / scale, "gap": self.gap,
            "chosen": _records(self.chosen, scale, "capex"),
            "budget": _records(self.budgets, scale, "amount", "used", "left", "step"),
            "parties": _records(self.parties, scale, "gain", "with_members"),
            "frontier": _records(self.frontier, scale, *frontiers.MONEY),
            "alternatives": None if self.alternatives is None else self.alternatives.as_json(scale),
            "scenarios": _records(self.scenarios, scale, "today", "objective", "gain"),
            "marginal_value": float(valued["value"].iloc[0]) if len(valued) else None,
            "seconds": self.info["seconds"],
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything as tables, money not divided: chosen, budgets, parties, frontier, alternatives …"""
        made = {"chosen": self.chosen, "budgets": self.budgets, "parties": self.parties, "frontier": self.frontier,
                "scenarios": self.scenarios}
        return made if self.alternatives is None else {**made, **self.alternatives.tables()}


def select(
    region: Region,
    budgets: Sequence[Budget | str] = (),
    *,
    min_gain: Mapping[str, float | str] | None = None,
    nobody_worse: bool = False,
    charges: Mapping[str, float] | None = None,
    rule: Rule | Callable[[frozenset[str]], bool] | None = None,
    scenarios: Sequence[tuple[float, Region]] | Mapping[str, tuple[float, Region]] = (),
    tail: Tail | None = None,
    frontier: Along | None = None,
    points: int = 8,
    near: float | None = None,
    most: int = 30,
    gap: float = 1e-4,
    time_limit: float | None = None,
    tolerance: float = TOLERANCE,
    check: bool = True,
    progress: Callable[[str, Progress | None], None] | None = None,
) -> Portfolio:
    """Choose the set of projects that brings most.

    Parameters
    ----------
    region : Region
    budgets : sequence of Budget or str
        Beside those of ``budgets.csv``: what may be invested, ``"20e9"``, ``"RU/energy@2030=1e9"``.
    min_gain : mapping of str to float or str
        Least gain by party with all that belong to it: money, or a share of the whole gain (``"10%"``).
    nobody_worse : bool
        Whether no party may be worse off than without the set; external ones don't count.
    charges : mapping of str to float or None
        What each project costs a year on top of its own costs while it operates, money: the price of its risk, such as
        :attr:`sungari.cover.guarantee.Guarantee.charges`. The gain is what is left after them.
    rule : Rule, callable or None
        What the set must keep beside all this, asked with the names of its projects, such as
        :attr:`sungari.cover.guarantee.Guarantee.rule`. A project whose size is free is then built with a thousandth of
        its greatest size at least, or not.
    scenarios : sequence of (probability, Region), or mapping of name to them
        The region as it may turn out: decisions are shared, all else is adjusted to each. Probabilities sum to 1.
    tail : Tail or None
        How the CVaR of the loss over scenarios counts.
    frontier : "budget", "cvar", "least-gain" or None
        What the gain is drawn against, at this many `points`.
    near : float or None
        Also find all other sets within this many per cent of the gain, and list at most `most`.
    gap : float
        Share of the gain within which the set counts as the best.
    time_limit : float or None
        Seconds for all of it; the best set found by then is returned with status ``time_limit``.
    tolerance : float
        Welfare that demand curves may miss in a plan, relative to the objective.
    check : bool
        Whether to check the package first.
    progress : callable or None
        Called with what is being done, and the solver's progress.

    Returns
    -------
    Portfolio

    Raises
    ------
    InputError, UsageError
        If the package has errors, or a name is unknown.
    Infeasible, Interrupted
        If there is no set that keeps to all that is asked, or none was found in time.

    Examples
    --------
    >>> select(region, ["20e9"], near=1.0)  # doctest: +SKIP
    """
    begun = time.perf_counter()
    if check:
        errors = [p for p in region.check() if p.severity == "error"]
        if errors:
            raise InputError(errors)
    named = stated = [b if isinstance(b, Budget) else Budget.of(b) for b in budgets]
    if frontier == "budget" and not any(b.name == "*" for b in named):
        # The frontier runs along a budget of all together; without one there is room for everything.
        named = [*named, Budget(_everything(region))]
    held = None if rule is None else Rule.of(rule)

    def told(of: Region) -> Region:
        made = _charged(with_budgets(of, named), charges)
        return made if held is None else yes_or_no(made)

    asked = told(region)
    floors = Floors.of(asked, min_gain, nobody_worse=nobody_worse)
    courses = {str(n): c for n, c in (scenarios.items() if isinstance(scenarios, Mapping) else enumerate(scenarios, 1))}
    _may_go_together(asked, courses, tail, frontier)

    def left() -> float | None:
        return None if time_limit is None else max(time_limit - (time.perf_counter() - begun), 0.01)

    def tell(what: str) -> Callable[[Progress], None] | None:
        if progress is None:
            return None
        progress(what, None)
        return lambda news: progress(what, news)

    weighed = [(p, told(r)) for p, r in courses.values()]
    selection = Selection(
        Worlds(asked, weighed), gap=gap, tolerance=tolerance, left=left, progress=tell(Words("weighing")), rule=held
    )
    if tail is not None:
        today = selection.today
        if today is None:
            raise UsageError("losses are counted from today's network, which in some scenario can't meet what must be "
                             "met")
        worlds = Worlds(asked, tail=tail, today=-today.objectives, like=selection.worlds)
        # Without new projects nothing is lost: what is maximised is the expected objective's part in it.
        today = replace(today, value=(1.0 - tail.weight) * float(worlds.chances @ today.objectives))
        selection = Selection(
            worlds, gap=gap, tolerance=tolerance, left=left, progress=tell(Words("weighing the worst")), today=today,
            rule=held,
        )
    if floors is not None and selection.today is None:
        raise UsageError("least gains are counted from today's network, which can't meet what must be met")
    selection.progress = tell(Words("choosing"))
    found = selection.search(floors=floors)
    if found.best is None:
        _explain(selection, floors, found.status)
    best = found.best
    assert best is not None
    seconds = {"choose": time.perf_counter() - begun}
    status = found.status
    extras: dict[str, Any] = {"marginal": {}, "frontier": None, "alternatives": None}
    if status == "optimal":
        try:
            selection.progress = tell(Words("one more unit of budget"))
            extras["marginal"] = _marginal(selection, stated, best, floors)
            if near is not None and not selection.stopped:
                selection.progress = tell(Words("near-best sets"))
                extras["alternatives"] = near_best.find(selection, best, near / 100.0, floors=floors, most=most)
            if frontier is not None and not selection.stopped:
                selection.progress = tell(Words("frontier"))
                extras["frontier"] = frontiers.draw(selection, frontier, found, points=points, floors=floors)
        except KeyboardInterrupt:
            selection.stopped = True
        status = "interrupted" if selection.stopped else status
    seconds["all"] = time.perf_counter() - begun
    return _portfolio(region, selection, courses, best, found.ahead, status, extras, seconds, {
        "budgets": {b.name: b.amount for b in stated}, "min_gain": dict(min_gain or {}), "nobody_worse": nobody_worse,
        "charges": {p: c / region.settings.money_scale for p, c in (charges or {}).items()},
        "rule": rule is not None,
        "tail": None if tail is None else vars(tail), "near": near, "frontier": frontier, "gap": gap,
        "time_limit": time_limit, "tolerance": tolerance,
    })


def _may_go_together(
    region: Region, courses: Mapping[str, tuple[float, Region]], tail: Tail | None, frontier: str | None
) -> None:
    """Refuse questions that make no sense."""
    chances = [p for p, _ in courses.values()]
    if courses and (min(chances) <= 0 or abs(sum(chances) - 1.0) > 1e-6):
        raise UsageError("the probabilities of the scenarios sum to {total:.6g}; expected 1, each above 0",
                         total=sum(chances))
    if (tail is not None or frontier == "cvar") and len(courses) < 2:
        raise UsageError("the CVaR is taken over scenarios, and the package has none; add scenarios.csv")
    if tail is None and frontier == "cvar":
        raise UsageError("the frontier against the CVaR needs its level: give a tail")
    if not len(region.table("projects")):
        raise UsageError("region {name!r} has no projects to choose from", name=region.name)


def _charged(region: Region, charges: Mapping[str, float] | None) -> Region:
    """The region with yearly charges among the projects' own costs.

    Raises
    ------
    UsageError
        If a charge names no project, or is no amount of money.
    """
    if not charges:
        return region
    frame = region.table("projects")
    names = list(frame["project"].astype(str))
    for name, charge in charges.items():
        if name not in names:
            raise UsageError(hinted(Words("charges: no project {name!r} in projects.csv", name=name), name, names))
        if not np.isfinite(charge):
            raise UsageError("charges: {name} at {charge}: expected an amount of money a year",
                             name=name, charge=charge)
    yearly = frame["project"].astype(str).map(dict(charges)).astype(float).fillna(0.0)
    return region.with_table("projects", frame.assign(opex=frame["opex"].fillna(0.0) + yearly))


def _everything(region: Region) -> float:
    """What it costs to build every project at its greatest size."""
    frame = region.table("projects")
    size = frame["capex_per_size"].fillna(0.0) * frame["size_max"].fillna(1.0)
    return float((frame["capex"].fillna(0.0) + size).sum())


def _explain(selection: Selection, floors: Floors | None, status: str) -> None:
    """Say why there is no set.

    Raises
    ------
    Infeasible, Interrupted
    """
    if status != "infeasible":
        raise stopped(status)
    ruled = Explanation(Words(
        "No set of projects within the budgets keeps the rule that was asked for, such as the capital of the fund that "
        "is to cover it."
    ))
    if floors is None or selection.today is None:
        raise Infeasible(ruled if selection.ruled is not None and selection.ruled.refused else Explanation(Words(
            "No set of projects keeps to the budgets, to what is committed, and to what projects require and exclude."
        )))
    ground, today = selection.worlds.first.ground, selection.today
    scale, currency = ground.region.settings.money_scale, ground.region.settings.currency
    unit = {
        1.0: currency, 1e3: Words("thousand {unit}", unit=currency), 1e6: Words("million {unit}", unit=currency),
    }[float(scale)]  # fmt: skip
    priced = list(selection.priced.values())
    limits: list[dict[str, Any]] = []
    asked: dict[str, float] = {}
    for choice in priced:
        gains = choice.parties - today.parties
        for party, (_, floor) in floors.short(ground, gains, float(np.abs(choice.parties).sum())).items():
            asked[party] = max(asked.get(party, -np.inf), floor)
    if not asked and selection.ruled is not None and selection.ruled.refused:
        raise Infeasible(ruled)
    for party, floor in asked.items():
        at = ground.parties.get_loc(party)
        most, where = max(
            ((float(with_members(ground, c.parties - today.parties)[at]), c) for c in priced), key=lambda pair: pair[0]
        )
        names = ", ".join(sorted(where.names)) or Words("no new project")
        limits.append({"table": "parties", "row": party, "period": None, "text": Words(
            "{party} is to gain at least {floor:,.6g} {unit}; the most that any of the sets gives is {most:,.6g} "
            "{unit} ({names})", party=party, floor=floor / scale, most=most / scale, unit=unit, names=names,
        )})  # fmt: skip
    raise Infeasible(Explanation(Words(
        "No set of projects within the budgets gives every party the least gain asked for ({n} sets were priced, all "
        "others are ruled out).", n=len(priced),
    ), [], limits))  # fmt: skip


def _marginal(
    selection: Selection, budgets: Sequence[Budget], best: Choice, floors: Floors | None
) -> dict[int, tuple[float, float]]:
    """By how much the gain rises for each unit of money more: number of the budget → (step, value)."""
    limits = budget_limits(selection.worlds.first.projects)
    made: dict[int, tuple[float, float]] = {}
    asked = {(b.party, b.sector, b.year is None) for b in budgets}
    for number, ((party, year, sector, new), amount) in enumerate(limits.items()):
        if selection.stopped or not new or (party, sector, year < 0) not in asked:
            continue
        step = STEP * amount
        selection.set_budget(number, amount + step)
        try:
            more = selection.search(floors=floors, start=[best.key], redraw=False)
        finally:
            selection.set_budget(number, amount)
        if more.best is None or more.status != "optimal":
            continue
        rise = max(more.best.value - best.value, 0.0)
        made[number] = (step, rise / step if step > 0 else 0.0)
    return made


def _portfolio(
    region: Region, selection: Selection, courses: Mapping[str, tuple[float, Region]], best: Choice, ahead: float,
    status: str, extras: Mapping[str, Any], seconds: dict[str, float], options: dict[str, Any],
) -> Portfolio:
    worlds, today = selection.worlds, selection.today
    projects, ground = worlds.first.projects, worlds.first.ground
    titles = region.names("projects")
    committed = {str(n) for n, c in zip(projects.names, projects.committed, strict=True) if c}
    chosen = best.projects[["project", "year", "operates_from", "size", "capex"]].copy()
    chosen.insert(1, "name", [titles[p] for p in chosen["project"].astype(str)])
    chosen["committed"] = chosen["project"].astype(str).isin(committed)
    gains = np.full(len(ground.parties), np.nan) if today is None else best.parties - today.parties
    named = region.names("parties")
    parties = pd.DataFrame({
        "party": ground.parties.astype("str"), "name": [named[str(p)] for p in ground.parties], "gain": gains,
        "with_members": with_members(ground, gains),
    })
    limits = budget_limits(projects)
    years = ground.periods.years
    used = pd.DataFrame({
        "party": [p for p, _, _, _ in limits], "sector": [s for _, _, s, _ in limits],
        "year": pd.array([int(years[y]) if y >= 0 else None for _, y, _, _ in limits], dtype="Int64"),
        "new_only": [new for _, _, _, new in limits],
        "amount": list(limits.values()), "used": best.budgets,
    }).astype({"party": "str", "sector": "str"})
    used["left"] = used["amount"] - used["used"]
    marginal = extras["marginal"]
    used["step"] = [marginal.get(n, (np.nan, np.nan))[0] for n in range(len(used))]
    used["value"] = [marginal.get(n, (np.nan, np.nan))[1] for n in range(len(used))]
    before = np.full(len(worlds.models), np.nan) if today is None else today.objectives
    listed = pd.DataFrame({
        "scenario": list(courses), "probability": worlds.chances, "today": before, "objective": best.objectives,
        "gain": best.objectives - before,
    }) if courses else pd.DataFrame({"scenario": [], "probability": [], "today": [], "objective": [], "gain": []})
    size = selection.size(best)
    blocked = projects.blocked
    scale = region.settings.money_scale
    info = {
        "status": status, "region": region.name, "title": region.title, "sha256": region.sha256,
        "currency": region.settings.currency, "money_scale": scale,
        "today": None if today is None else float(worlds.chances @ today.objectives) / scale,
        "cvar": None if worlds.tail is None else worlds.tail.cvar(best.objectives - before, worlds.chances) / scale,
        "curve_error": max(c.error for c in (best, today) if c is not None), "priced": len(selection.priced),
        "projects_blocked": blocked, "marginal_value_from": f"a second search with {STEP:.0%} more",
        "options": options, "solver": solver_name(), "version": sungari.__version__, "seconds": seconds,
    }
    made = extras["frontier"]
    return Portfolio(
        region, chosen.reset_index(drop=True), float(worlds.chances @ best.objectives), selection.gain(best),
        ahead / size if size > 0 else 0.0 if ahead <= 0 else float("inf"), parties, used,
        frontiers.empty() if made is None else made, extras["alternatives"], listed, info,
    )


def _records(frame: pd.DataFrame, scale: float, *money: str) -> list[dict[str, Any]]:
    """Rows as plain data, money divided."""
    made = frame.copy()
    for column in money:
        if column in made:
            made[column] = made[column].astype(float) / scale
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in made.to_dict("records")]
