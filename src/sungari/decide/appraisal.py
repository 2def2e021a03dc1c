"""Appraisal: what each project is worth first in and last in.

*First in* holds a project against today's network (what is committed, and nothing else); *last in* against the network
with all chosen projects. Source: model.md, "With and without". What a project needs comes with it, what excludes it
gives way: a project that requires others can only be had together with them. A project with a size to choose comes in
the best size, in the best year of its window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

import sungari
from sungari.chain.curves import PRICED
from sungari.chain.solver import solver_name
from sungari.decide.criteria import judge
from sungari.decide.draws import uncertainties
from sungari.decide.questions import AGAINST, Names, Questions, Sets
from sungari.decide.ranking import Ranking, rank
from sungari.decide.risk import LEVEL, Risk, by_project, drawn_cases, scenario_cases, weigh_risk
from sungari.decide.sensitivity import Sensitivity, weigh_sensitivity
from sungari.decide.store import Store, digest, plans_made_from
from sungari.decide.sweep import TOLERANCE, Outcome, Setup, Sweep, SweepProgress, Variant
from sungari.decide.worth import Ledger, Worth
from sungari.errors import InputError, UsageError, hinted
from sungari.region.package import Region
from sungari.words import Words

#: Gain, relative to the objective, from which a best set that could still be better is said to be so.
IMPROVES = 1e-6


@dataclass(frozen=True)
class Appraised:
    """One project: what it is worth first in and last in."""

    project: str
    name: str
    chosen: bool
    committed: bool
    first: Worth
    last: Worth


@dataclass
class Appraisal:
    """What the projects of a region are worth.

    Attributes
    ----------
    region : Region
    projects : list of Appraised
    chosen : list of str
        The set that *last in* is held against, without what is committed.
    objective, objective_chosen : float
        Of today's network, and with all chosen projects; money, not divided by ``money_scale``.
    pairs : DataFrame
        a, b, together (worth of both first in), apart (sum of their worths first in), synergy (the difference; below
        zero: rivalry), money; empty if not asked for.
    info : dict
        What it was made from: version, solver, hash, counts of solves, seconds; ``curve_error``: welfare that demand
        curves may miss in a plan, relative to its objective; ``improvable``: projects by whose adding or leaving out
        the best set would be better.
    risk, sensitivity, ranking
        What was asked for of them; None = not asked for.
    """

    region: Region
    projects: list[Appraised]
    chosen: list[str]
    objective: float
    objective_chosen: float
    pairs: pd.DataFrame
    info: dict[str, Any] = field(default_factory=dict)
    risk: Risk | None = None
    sensitivity: Sensitivity | None = None
    ranking: Ranking | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data; money divided by ``money_scale``."""
        scale = self.region.settings.money_scale
        made = []
        asked = [p.project for p in self.projects]
        risks = by_project(self.risk, asked, scale) if self.risk is not None else {}
        for each in self.projects:
            first, last = each.first.as_json(scale), each.last.as_json(scale)
            both = first["change"] is not None and last["change"] is not None
            made.append({
                "project": each.project, "name": each.name, "chosen": each.chosen, "committed": each.committed,
                "first_in": first["change"], "last_in": last["change"],
                "synergy": last["change"] - first["change"] if both else None,
                **{k: first[k] for k in ("npv", "irr", "conventional", "mirr", "bcr", "payback",
                                         "discounted_payback", "annuity")},
                "first": first, "last": last,
            })
            if self.risk is not None:
                made[-1]["risk"] = risks.get(each.project)
            if self.sensitivity is not None:
                made[-1]["sensitivity"] = self.sensitivity.of(each.project, scale)
        pairs = self.pairs.copy()
        money = ["together", "apart", "synergy"]
        pairs[money] = pairs[money] / scale
        result = {
            **self.info, "objective": self.objective / scale, "objective_chosen": self.objective_chosen / scale,
            "chosen": self.chosen, "projects": made, "pairs": pairs.to_dict("records"),
        }
        if self.ranking is not None:
            result["criteria"] = self.ranking.as_json(self.region.names("projects"))
        return result

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything as tables, money not divided.

        ``worth``, ``flows``, ``parties`` (by year), ``shares`` (by party), ``trade``, ``bottlenecks``, ``pairs``; with
        risk ``risk`` and ``cases`` (by case; ``points``: what was drawn), with sensitivity ``tornado``, ``switching``
        and ``sobol``, with criteria ``scores``, ``places``, ``robustness``, ``acceptability`` and ``quadrants``.
        """
        rows: list[dict[str, Any]] = []
        parts: dict[str, list[pd.DataFrame]] = {
            "flows": [], "parties": [], "shares": [], "trade": [], "bottlenecks": [],
        }
        for each in self.projects:
            for against in AGAINST:
                worth: Worth = getattr(each, against)
                rows.append({
                    "project": each.project, "against": against, "change": worth.change, "npv": worth.npv,
                    "npv_paid_at_decision": worth.npv_paid_at_decision,
                    "irr": "; ".join(f"{r:.9g}" for r in worth.irr), "conventional": worth.conventional,
                    "mirr": worth.mirr, "bcr": worth.bcr, "payback": worth.payback,
                    "discounted_payback": worth.discounted_payback, "annuity": worth.annuity,
                    "together": "; ".join(worth.together), "displaced": "; ".join(worth.displaced), "why": worth.why,
                })
                for name, frame in (
                    ("flows", worth.flow), ("parties", worth.parties), ("shares", worth.by_party()),
                    ("trade", worth.trade), ("bottlenecks", worth.bottlenecks),
                ):  # fmt: skip
                    if frame is not None and len(frame):
                        named = frame.copy()
                        named.insert(0, "against", against)
                        named.insert(0, "project", each.project)
                        parts[name].append(named)
        worths = pd.DataFrame(rows)
        figures = ["mirr", "bcr", "payback", "discounted_payback"]
        if len(worths):
            worths[figures] = worths[figures].astype(float)
        made = {"worth": worths}
        made |= {k: pd.concat(v, ignore_index=True) for k, v in parts.items() if v}
        made["pairs"] = self.pairs
        if self.risk is not None:
            made |= {"risk": self.risk.figures, "cases": self.risk.changes}
            if self.risk.cases.points is not None:
                made["points"] = self.risk.cases.points.assign(case=self.risk.cases.names)
        if self.sensitivity is not None:
            made |= {"tornado": self.sensitivity.tornado, "switching": self.sensitivity.switching}
            made["sobol"] = self.sensitivity.sobol
        return made | (self.ranking.tables() if self.ranking is not None else {})


def appraise(
    region: Region,
    projects: Sequence[str] | None = None,
    *,
    against: str | Sequence[str] = "best",
    pairs: bool = False,
    scenarios: bool = False,
    draws: int = 0,
    seed: int = 0,
    level: float = LEVEL,
    sensitivity: bool = False,
    criteria: bool = False,
    gap: float = 1e-6,
    tolerance: float = TOLERANCE,
    check: bool = True,
    workers: int = 1,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Callable[[SweepProgress], None] | None = None,
) -> Appraisal:
    """Appraise projects first in and last in.

    Parameters
    ----------
    region : Region
        A checked region.
    projects : sequence of str or None
        Which to appraise; None = all.
    against : "best", "all" or names
        The network of *last in*: the best set, all that the region's rules allow together, or those named.
    pairs : bool
        Whether to solve every pair of these projects as well.
    scenarios : bool
        Whether to hold the projects against their networks in every scenario of the package.
    draws : int
        Points of the package's uncertainties to do so in instead; 0 = none. Rounded up to 8 times a power of two.
    seed : int
        Of what is drawn.
    level : float
        Chance that VaR is not exceeded with.
    sensitivity : bool
        Whether to find what moves the projects' worth: tornado, switching values, with draws Sobol indices.
    criteria : bool
        Whether to rank the projects by the package's criteria.
    gap : float
        Relative gap at which the best set counts as found.
    tolerance : float
        Welfare that demand curves may miss in each plan, relative to the objective; where gains by party are read, at
        most :data:`sungari.chain.curves.PRICED`.
    check : bool
        Whether to check the package first.
    workers, cluster, store, progress
        See :class:`sungari.decide.sweep.Sweep`.

    Returns
    -------
    Appraisal

    Raises
    ------
    UsageError
        If a project is not in the package, or what was asked for needs tables that it does not have.
    InputError
        If the package has errors.
    """
    begun = time.perf_counter()
    errors = [p for p in region.check() if p.severity == "error"] if check else []
    if errors:
        raise InputError(errors)
    if scenarios and draws:
        raise UsageError("either scenarios or draws: each gives a distribution of its own")
    cases = scenario_cases(region) if scenarios else drawn_cases(region, draws, seed) if draws else None
    if sensitivity:
        uncertainties(region)  # what is missing is said before hours of solving
    if criteria and region.table("criteria").empty:
        raise UsageError("nothing to judge projects by: the package has no criteria.csv")
    sets = Sets(region)
    wanted = list(dict.fromkeys(projects)) if projects else sets.names
    named = [] if isinstance(against, str) else list(against)
    for name in [*wanted, *named]:
        if name not in sets.names:
            raise UsageError(hinted(Words("no project {name!r} in projects.csv", name=name), name, sets.names))
    chosen = _chosen(region, sets, against, gap, store)
    questions = Questions.about(sets, wanted, chosen)
    today, all_in = questions.networks.values()
    asked = questions.asked
    setup = Setup(region, (questions.all_in,), detail=True, tolerance=min(tolerance, PRICED))
    sweep = Sweep(setup, store=store, workers=workers, cluster=cluster, progress=progress)
    variants = questions.variants()
    free = [p for p in wanted if p not in today and (p, "first") in asked] if pairs else []
    twos = {
        (a, b): asked[a, "first"][0] | asked[b, "first"][0] for a, b in combinations(free, 2)
        if not any(sets.rivals[n] & asked[b, "first"][0] for n in asked[a, "first"][0])
    }
    found = sweep.run([*variants, *(Variant.of(s) for s in twos.values())])
    ledger = Ledger(sets.projects)

    def worth(project: str, against: str) -> Worth:
        if project in sets.blocked:
            return Worth(float("nan"), sets.blocked[project])
        if (project, against) not in asked:
            rivals = sorted(frozenset().union(*(sets.rivals[n] for n in sets.needed(project))) & today)
            why = Words("excluded by {rivals}, which is committed", rivals=", ".join(rivals))
            return Worth(float("nan"), why)
        with_it, without, together, displaced = asked[project, against]
        return ledger.worth(
            found[Variant.of(with_it)], found[Variant.of(without)], tuple(sorted(together)), tuple(sorted(displaced))
        )

    titles = region.names("projects")
    made = [
        Appraised(p, titles[p], p in chosen, p in today, worth(p, "first"), worth(p, "last")) for p in wanted
    ]
    outcomes = list(found.values())
    info = {
        "status": "appraised", "region": region.name, "title": region.title, "sha256": region.sha256,
        "currency": region.settings.currency, "money_scale": region.settings.money_scale,
        "against": against if isinstance(against, str) else sorted(against), "solver": solver_name(),
        "version": sungari.__version__, "variants": len(outcomes), "solved": sum(not o.skipped for o in outcomes),
        "proven": sum(o.skipped for o in outcomes),
        "curve_error": max((float(o.arrays.get("curve_error", 0.0)) for o in outcomes), default=0.0),
        "improvable": [] if against != "best" else [p.project for p in made if _improves(p, found[Variant.of(all_in)])],
        "seconds": time.perf_counter() - begun,
    }
    appraisal = Appraisal(
        region, made, sorted(chosen), found[Variant.of(today)].objective, found[Variant.of(all_in)].objective,
        _pairs(twos, asked, found, Variant.of(today)), info,
    )
    if cases is not None:
        appraisal.risk = weigh_risk(
            appraisal, cases, level=level, tolerance=tolerance, workers=workers, cluster=cluster, store=store,
            progress=progress,
        )  # fmt: skip
    if sensitivity:
        appraisal.sensitivity = weigh_sensitivity(
            appraisal, appraisal.risk, seed=seed, tolerance=tolerance, workers=workers, cluster=cluster, store=store,
            progress=progress,
        )  # fmt: skip
    if criteria:
        appraisal.ranking = rank(judge(appraisal, appraisal.risk), region, seed=seed)
    appraisal.info["seconds"] = time.perf_counter() - begun
    return appraisal


def _improves(each: Appraised, network: Outcome) -> bool:
    """Whether the best set would be better with a project that it lacks, or without one that it has.

    The best set is searched on demand curves that are fine around one plan only; a project that changes much may be
    judged differently once they are fine around its own.
    """
    inside = each.chosen or each.committed
    gain = -each.last.change if inside else each.last.change
    return bool(not each.committed and np.isfinite(gain) and gain > IMPROVES * abs(network.objective))


def _chosen(region: Region, sets: Sets, against: str | Sequence[str], gap: float, store: Store | None) -> Names:
    """The set that *last in* is held against, without what is committed."""
    if not isinstance(against, str):
        needed = frozenset().union(*(sets.needed(p) for p in against))
        return needed - sets.committed
    if against == "all":
        kept: Names = sets.committed
        for name in sets.names:
            more = sets.needed(name)
            clash = any(sets.rivals[n] & (kept | more) for n in more)
            if not clash and not more & frozenset(sets.blocked):
                kept |= more
        return kept - sets.committed
    if against != "best":
        raise UsageError("against {against!r}: expected 'best', 'all' or names of projects", against=against)
    key = digest("best set", plans_made_from(region), gap, solver_name(), sungari.__version__)
    known = store.get(key) if store is not None else None
    if known is not None:
        return frozenset(known[0]["projects"])
    from sungari.chain import solve

    plan = solve(region, projects="best", gap=gap, check=False)
    best = frozenset(plan.projects["project"].astype(str)) - sets.committed
    if store is not None and plan.status == "optimal":
        store.put(key, {"projects": sorted(best)})
    return best


def _pairs(
    twos: dict[tuple[str, str], Names], asked: dict[tuple[str, str], tuple[Names, Names, Names, Names]],
    found: dict[Variant, Outcome], today: Variant,
) -> pd.DataFrame:
    base = found[today].objective
    rows = []
    for (a, b), both in twos.items():
        together = found[Variant.of(both)].objective - base
        apart = sum(found[Variant.of(asked[p, "first"][0])].objective - base for p in (a, b))
        rows.append((a, b, together, apart, together - apart))
    return pd.DataFrame(rows, columns=["a", "b", "together", "apart", "synergy"])
