"""How each part of a study is made, in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain import solve
from sungari.chain.plan import Plan
from sungari.chain.solver import Progress
from sungari.cover.fund import size
from sungari.cover.guarantee import guarantee
from sungari.decide import study as folders
from sungari.decide.appraisal import Appraisal, appraise
from sungari.decide.portfolio import select
from sungari.decide.sharing import share
from sungari.decide.stability import over_scenarios
from sungari.decide.worlds import Tail, courses_of
from sungari.errors import NoSolution, UsageError
from sungari.region.package import Region
from sungari.words import Words, several

#: Parts in the order in which they are made, and what each waits for.
STEPS = {"plan": "", "portfolio": "", "appraisal": "", "today": "", "sharing": "plan", "fund": "plan"}
#: Projects whose pairs are solved: those whose worth depends most on the others.
MOST_PAIRED = 12
#: Per cent of the gain within which a set of projects counts as near the best.
NEAR = 1.0

#: Told what is being done, and the share of the part that is done, where it is known.
Tell = Callable[[str, float | None], None]


def silent(_: str, __: float | None = None) -> None:
    """Tell nobody."""


def steps(region: Region) -> tuple[dict[str, str], dict[str, str]]:
    """Parts that a region's study has, as :data:`STEPS`, and why the others are left out (empty: nothing to say)."""
    out: dict[str, str] = {}
    if not len(region.table("projects")):
        out |= dict.fromkeys(("appraisal", "portfolio"), Words("the region has no projects"))
    if not len(region.table("exposures")):
        out["fund"] = ""
    return {name: needs for name, needs in STEPS.items() if name not in out}, out


@dataclass(frozen=True)
class Order:
    """What a study is made of.

    Attributes
    ----------
    region : Region
    folder : Path
        The study's.
    budgets : tuple of str
        Of the portfolio.
    quick : bool
        Whether to leave out what takes longest.
    choices : mapping of str to mapping
        What else is asked for, by part: plain data, as :mod:`sungari.operate.jobs.kinds` lists it. A part that is
        named here is made as it says, and not as a whole study makes it.
    """

    region: Region
    folder: Path
    budgets: tuple[str, ...] = ()
    quick: bool = False
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def make(self, part: str, tell: Tell = silent) -> str:
        """Make a part and keep it in its folder; a remark on it, empty for none."""
        ways: dict[str, Callable[[Tell], str]] = {
            "plan": self._plan, "today": self._today, "appraisal": self._appraisal, "portfolio": self._portfolio,
            "sharing": self._sharing, "fund": self._fund,
        }  # fmt: skip
        return ways[part](tell)

    def options(self, part: str) -> tuple[object, ...]:
        """What a part depends on beside the package."""
        return {
            "appraisal": (self.quick,), "portfolio": (self.budgets, self.quick),
            "sharing": (self.built() if part == "sharing" else (), self.quick),
            "fund": (self.built() if part == "fund" else (),),
        }.get(part, ())  # fmt: skip

    def built(self) -> list[str]:
        """Projects of the best plan, which must be there."""
        frame = pd.read_parquet(self.folder / "plan" / "projects.parquet", columns=["project"])
        return sorted(frame["project"].astype(str).unique())

    def _plan(self, tell: Tell) -> str:
        chosen = dict(self.choices.get("plan", {}))
        region = without(self.region, str(chosen.pop("without"))) if "without" in chosen else self.region
        return self._solved("plan", region, tell, **{"projects": "best", **chosen})

    def _today(self, tell: Tell) -> str:
        return self._solved("today", self.region, tell, projects="none", **self.choices.get("today", {}))

    def _solved(self, name: str, region: Region, tell: Tell, **chosen: Any) -> str:
        plan = solve(region, check=False, progress=lambda news: tell(_solving(news), None), **chosen)
        if plan.status == "interrupted":
            raise KeyboardInterrupt
        plan.save(self.folder / name)
        return ""

    def _appraisal(self, tell: Tell) -> str:
        folder = self.folder / "appraisal"
        chosen = self.choices.get("appraisal")
        judged = not self.quick and len(self.region.table("criteria")) > 0
        store = folders.open_store(folder, "appraisal")
        try:
            found = appraise(
                self.region, **({"criteria": judged} if chosen is None else chosen), check=False, store=store,
                progress=lambda p: tell(Words("{done} of {total} plans", done=p.done, total=p.total),
                                        p.done / max(p.total, 1)),
            )  # fmt: skip
            paired = [] if self.quick or chosen is not None else interacting(found)
            if len(paired) > 1:
                found.pairs = appraise(
                    self.region, paired, against=found.chosen, pairs=True, check=False, store=store,
                    progress=lambda p: tell(Words("pairs: {done} of {total} plans", done=p.done, total=p.total),
                                            p.done / max(p.total, 1)),
                ).pairs  # fmt: skip
        finally:
            store.close()
        folders.save(found, folder)
        return ""

    def _portfolio(self, tell: Tell) -> str:
        near, frontier = (None, None) if self.quick else (NEAR, "budget")
        chosen: dict[str, Any] = {"budgets": self.budgets, "near": near, "frontier": frontier}
        chosen = dict(self.choices.get("portfolio", chosen))
        terms = None
        if chosen.pop("fund", False) or "fund_capital" in chosen:
            terms = guarantee(self.region, limit=chosen.pop("fund_capital", None), progress=lambda w: tell(w, None))
        tail = {k: chosen.pop(name) for k, name in TAIL.items() if name in chosen}
        risky = bool(tail.keys() - {"alpha"}) or chosen.get("frontier") == "cvar"
        courses = courses_of(self.region) if chosen.pop("scenarios", False) or risky else {}
        found = select(
            self.region, **chosen, scenarios=courses, tail=Tail(**tail) if risky else None,
            charges=terms.charges if terms else None, rule=terms.rule if terms else None,
            check=False, progress=lambda what, news: tell(_searching(what, news), None),
        )  # fmt: skip
        if found.info["status"] == "interrupted":
            raise KeyboardInterrupt
        if terms is not None:
            found.info["fund_capital"] = terms.capital(found.names) / self.region.settings.money_scale
        folders.save(found, self.folder / "portfolio")
        return ""

    def _sharing(self, tell: Tell) -> str:
        chosen: dict[str, Any] = dict(self.choices.get("sharing", {"scenarios": not self.quick}))
        remark: str = ""
        stable = chosen.pop("scenarios", False) and len(self.region.table("scenarios")) > 0
        if chosen.get("projects", "best") == "best":
            chosen["projects"] = self.built()
        found = share(self.region, **chosen, progress=lambda n: tell(Words("{n} coalitions", n=n), None))
        if stable:
            drawn = {k: chosen[k] for k in ("samples", "seed") if k in chosen}
            try:
                found = over_scenarios(found, chosen["projects"], **drawn,
                                       progress=lambda name, n: tell(
                                           Words("{n} coalitions in {scenario}", n=n, scenario=name), None))
            except UsageError as error:  # a scenario in which someone can't meet what must be met
                remark = Words("not split under scenarios: {why}", why=error.words)
        folders.save(found, self.folder / "sharing")
        return remark

    def _fund(self, tell: Tell) -> str:
        chosen = {"projects": "best", **self.choices.get("fund", {})}
        plan = Plan.load(self.folder / "plan") if (self.folder / "plan").is_dir() else None
        found = size(self.region, **chosen, plan=plan, progress=lambda what: tell(what, None))
        folders.save(found, self.folder / "fund")
        return several(found.cells.notes)


#: How a portfolio's options name what :class:`sungari.decide.worlds.Tail` holds.
TAIL = {"alpha": "alpha", "weight": "cvar_weight", "limit": "cvar_limit"}


def _solving(news: Progress) -> str:
    if news.gap is None:
        return Words("{n:,} iterations", n=news.iterations)
    return Words("{n:,} iterations, at most {gap:.2%} below the best", n=news.iterations, gap=news.gap)


def _searching(what: str, news: Progress | None) -> str:
    if news is None or not news.iterations:
        return what
    if news.gap is None:
        return Words("{what}: {n:,} plans solved", what=what, n=news.iterations)
    return Words("{what}: {n:,} plans solved, at most {gap:.2%} of the gain below the best",
                 what=what, n=news.iterations, gap=news.gap)


def without(region: Region, project: str) -> Region:
    """A region in which a project, and those that require it, can't be built."""
    frame = region.tables["projects"]
    gone = {project}
    if "requires" in frame.columns:
        needs = {str(p): _names(r) for p, r in zip(frame["project"], frame["requires"], strict=True)}
        while more := {p for p, names in needs.items() if gone & set(names)} - gone:
            gone |= more
    return parted(region, gone)


def parted(region: Region, gone: Container[str]) -> Region:
    """A region without some projects, and without a word of them in what it says of the others."""
    made = region
    for name, table in region.tables.items():
        rows = np.ones(len(table), dtype=bool)
        if "project" in table.columns:
            rows &= np.array([str(p) not in gone for p in table["project"]], dtype=bool)
        if {"table", "row"} <= set(table.columns):
            pairs = zip(table["table"], table["row"], strict=True)
            rows &= np.array([t != "projects" or str(r) not in gone for t, r in pairs], dtype=bool)
        kept = table[rows].reset_index(drop=True)
        for column in ("requires", "excludes") if name == "projects" else ():
            if column in kept.columns:
                kept[column] = [";".join(n for n in _names(v) if n not in gone) or None for v in kept[column]]
        if len(kept) < len(table) or not kept.equals(table):
            made = made.with_table(name, kept)
    return made


def _names(cell: Any) -> list[str]:
    return [n.strip() for n in str(cell).split(";") if n.strip()] if isinstance(cell, str) else []


def attempt(order: Order, part: str, tell: Tell = silent) -> tuple[str, str]:
    """Make a part; (remark, why it could not be made), one of them empty or both."""
    try:
        return order.make(part, tell), ""
    except (UsageError, NoSolution) as error:
        return "", error.first_line


def interacting(appraisal: Appraisal) -> list[str]:
    """Projects whose worth depends most on the others, at most :data:`MOST_PAIRED`."""
    depends = {p.project: abs(p.last.change - p.first.change) for p in appraisal.projects if not p.committed}
    known = {p: d for p, d in depends.items() if d == d and d > 0}
    return sorted(known, key=lambda p: (-known[p], p))[:MOST_PAIRED]
