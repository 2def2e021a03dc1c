"""How each part of a study is made, in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sungari.chain import solve
from sungari.chain.plan import Plan
from sungari.cover.fund import size
from sungari.decide import study as folders
from sungari.decide.appraisal import Appraisal, appraise
from sungari.decide.portfolio import select
from sungari.decide.sharing import share
from sungari.decide.stability import over_scenarios
from sungari.errors import NoSolution, UsageError
from sungari.region.package import Region

#: Projects whose pairs are solved: those whose worth depends most on the others.
MOST_PAIRED = 12
#: Per cent of the gain within which a set of projects counts as near the best.
NEAR = 1.0

Tell = Callable[[str], None]


def silent(_: str) -> None:
    """Tell nobody."""


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
    """

    region: Region
    folder: Path
    budgets: tuple[str, ...] = ()
    quick: bool = False

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

    def _plan(self, _: Tell) -> str:
        return self._solved("plan", "best")

    def _today(self, _: Tell) -> str:
        return self._solved("today", "none")

    def _solved(self, name: str, projects: str) -> str:
        plan = solve(self.region, projects=projects, check=False)
        if plan.status == "interrupted":
            raise KeyboardInterrupt
        plan.save(self.folder / name)
        return ""

    def _appraisal(self, tell: Tell) -> str:
        folder = self.folder / "appraisal"
        judged = not self.quick and len(self.region.table("criteria")) > 0
        store = folders.open_store(folder, "appraisal")
        try:
            found = appraise(
                self.region, criteria=judged, check=False, store=store,
                progress=lambda p: tell(f"{p.done} of {p.total} plans"),
            )  # fmt: skip
            paired = [] if self.quick else interacting(found)
            if len(paired) > 1:
                found.pairs = appraise(
                    self.region, paired, against=found.chosen, pairs=True, check=False, store=store,
                    progress=lambda p: tell(f"pairs: {p.done} of {p.total} plans"),
                ).pairs  # fmt: skip
        finally:
            store.close()
        folders.save(found, folder)
        return ""

    def _portfolio(self, tell: Tell) -> str:
        found = select(
            self.region, self.budgets, frontier=None if self.quick else "budget", near=None if self.quick else NEAR,
            check=False, progress=lambda what, _: tell(what),
        )
        if found.info["status"] == "interrupted":
            raise KeyboardInterrupt
        folders.save(found, self.folder / "portfolio")
        return ""

    def _sharing(self, tell: Tell) -> str:
        projects, remark = self.built(), ""
        found = share(self.region, projects=projects, progress=lambda n: tell(f"{n} coalitions"))
        if not self.quick and len(self.region.table("scenarios")):
            try:
                found = over_scenarios(found, projects, progress=lambda name, n: tell(f"{n} coalitions in {name}"))
            except UsageError as error:  # a scenario in which someone can't meet what must be met
                remark = f"not split under scenarios: {error}"
        folders.save(found, self.folder / "sharing")
        return remark

    def _fund(self, tell: Tell) -> str:
        plan = Plan.load(self.folder / "plan")
        found = size(self.region, projects="best", plan=plan, progress=tell)
        folders.save(found, self.folder / "fund")
        return "; ".join(found.cells.notes)


def attempt(order: Order, part: str, tell: Tell = silent) -> tuple[str, str]:
    """Make a part; (remark, why it could not be made), one of them empty or both."""
    try:
        return order.make(part, tell), ""
    except (UsageError, NoSolution) as error:
        return "", str(error).splitlines()[0] or type(error).__name__


def interacting(appraisal: Appraisal) -> list[str]:
    """Projects whose worth depends most on the others, at most :data:`MOST_PAIRED`."""
    depends = {p.project: abs(p.last.change - p.first.change) for p in appraisal.projects if not p.committed}
    known = {p: d for p, d in depends.items() if d == d and d > 0}
    return sorted(known, key=lambda p: (-known[p], p))[:MOST_PAIRED]
