"""Exposures: which project has how much money in the way of which hazard, year by year.

An amount that is stated stands in every year in which the hazard can happen. A blank one follows the project's life,
see :mod:`sungari.cover.life`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.cover.hazards import Causes, Hazard, read_hazards
from sungari.cover.life import life_cycle
from sungari.cover.severity import Floats, Ints
from sungari.cover.terms import Layer
from sungari.errors import UsageError, hinted
from sungari.region.check.common import numbers
from sungari.region.package import Region
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan


@dataclass(frozen=True)
class Cells:
    """All that the fund covers: one cell per exposure, its terms year by year.

    Attributes
    ----------
    hazards : list of Hazard
    causes : Causes
    projects : list of str
        Covered projects.
    years : ndarray of int, shape (Y,)
        Calendar years of the horizon.
    hazard, project : ndarray of int, shape (n,)
        Position of each cell's hazard and project.
    amount : ndarray of float, shape (n, Y)
        Money exposed; 1 for a hazard in money whose terms need no amount.
    scale, lower, upper : ndarray of float, shape (n, Y)
        Terms; see :mod:`sungari.cover.terms`. A scale of 0 means that nothing can be paid in that year.
    gross : ndarray of float, shape (n, Y)
        Money lost per unit of the severity.
    premium : ndarray of float, shape (n,)
        Premium a year as stated; NaN = by the fund's rule.
    shares : dict of str to dict of str to float
        Parties that bear each project, with their shares.
    notes : list of str
        What was left out, and why.
    """

    hazards: list[Hazard]
    causes: Causes
    projects: list[str]
    years: Ints
    hazard: Ints
    project: Ints
    amount: Floats
    scale: Floats
    lower: Floats
    upper: Floats
    gross: Floats
    premium: Floats
    shares: dict[str, dict[str, float]]
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.hazard)

    def layer(self, cell: int, year: int) -> Layer:
        """What one event of a cell costs the fund in a year (by position)."""
        severity = self.hazards[self.hazard[cell]].severity
        return Layer(severity, float(self.scale[cell, year]), float(self.lower[cell, year]),
                     float(self.upper[cell, year]))

    def whole(self, cell: int, year: int) -> Layer:
        """What one event of a cell takes in a year, whoever pays."""
        hazard = self.hazards[self.hazard[cell]]
        return Layer(hazard.severity, float(self.gross[cell, year]), 0.0, hazard.cap)

    @cached_property
    def events(self) -> Floats:
        """Mean number of events of each cell a year, shape (n, Y)."""
        rate = np.array([h.expected_events for h in self.hazards])[self.hazard]
        return np.asarray(rate[:, None] * (self.gross > 0))

    @cached_property
    def expected(self) -> Floats:
        """Mean payment of each cell by year, exact; money, shape (n, Y)."""
        return self._means(self.layer)

    @cached_property
    def expected_gross(self) -> Floats:
        """Mean loss of each cell by year, exact; money, shape (n, Y)."""
        return self._means(self.whole)

    def _means(self, layer: Callable[[int, int], Layer]) -> Floats:
        known: dict[tuple[int, float, float, float], float] = {}
        found = np.zeros(self.scale.shape)
        for i in range(len(self)):
            for y in range(len(self.years)):
                one = layer(i, y)
                key = (int(self.hazard[i]), one.scale, one.lower, one.upper)
                if key not in known:
                    known[key] = one.mean
                found[i, y] = known[key] * self.events[i, y]
        return found

    @cached_property
    def same_years(self) -> Ints:
        """First year (by position) with the same terms as each year, shape (Y,)."""
        stack = np.concatenate([self.scale, self.lower, self.upper, self.gross], axis=0)
        _, first, back = np.unique(np.round(stack, 12), axis=1, return_index=True, return_inverse=True)
        return np.asarray(first[back.ravel()], dtype=np.int64)


def horizon(region: Region, start: int | None, years: int) -> Ints:
    """Calendar years of the fund: from `start`, or the first model year; 1, 2, … in a package without any year."""
    if start is None:
        from sungari.chain.periods import Periods

        start = max(region.settings.base_year or int(Periods(region).years[0]), 1)
    return np.arange(start, start + years, dtype=np.int64)


def needs_plan(region: Region, projects: str | list[str] | tuple[str, ...]) -> bool:
    """Whether a plan of the chain model is needed to know what is exposed."""
    frame = region.table("exposures")
    if projects == "best":
        return True
    if not isinstance(projects, str):
        frame = frame[frame["project"].isin(list(projects))]
    hazards = {h.name: h for h in read_hazards(region)[0]}
    for name, amount, deductible, limit in zip(
        frame["hazard"], *(numbers(frame, c) for c in ("amount", "deductible", "limit")), strict=True
    ):
        hazard = hazards[str(name)]
        if hazard.network or (math.isnan(amount) and not _free(hazard, deductible, limit)):
            return True
    return False


def _free(hazard: Hazard, deductible: float, limit: float) -> bool:
    """Whether the terms of an exposure need no amount: money is lost, and no share of an amount is spoken of."""
    return hazard.money and not deductible > 0 and math.isnan(limit)


def read_cells(
    region: Region, years: Ints, projects: str | list[str] | tuple[str, ...] = "all", plan: Plan | None = None,
    drops: dict[str, dict[str, float]] | None = None,
) -> Cells:
    """The cells of a region.

    Parameters
    ----------
    region : Region
        A checked region.
    years : ndarray of int
        Calendar years of the horizon.
    projects : "all", "best" or names
        Which projects are covered: all exposed ones, those that the plan builds, or those named.
    plan : Plan or None
        Needed where amounts are blank; see :func:`needs_plan`.
    drops : dict of str to dict of str to float
        Drop of each party's welfare a year, by hazard that acts on the network.

    Raises
    ------
    UsageError
        If a named project is not in the package, or nothing is exposed.
    """
    frame = region.table("exposures")
    hazards, causes = read_hazards(region)
    covered = _covered(region, projects, plan)
    frame = frame[frame["project"].isin(covered)].reset_index(drop=True)
    if frame.empty:
        raise UsageError("nothing to cover: exposures.csv names none of the projects that stand")
    names = [p for p in covered if p in set(frame["project"].astype(str))]
    at_hazard = {h.name: i for i, h in enumerate(hazards)}
    at_project = {p: i for i, p in enumerate(names)}
    hazard = np.array([at_hazard[str(h)] for h in frame["hazard"]], dtype=np.int64)
    project = np.array([at_project[str(p)] for p in frame["project"]], dtype=np.int64)
    shares = {p: _shares(region, p) for p in names}
    stated, deductible, limit, coverage, premium = (
        numbers(frame, c) for c in ("amount", "deductible", "limit", "coverage", "premium")
    )
    notes: list[str] = []
    life = life_cycle(region, plan, years) if plan is not None else {}
    amount = np.zeros((len(frame), len(years)))
    for i, h in enumerate(hazard):
        one, name = hazards[h], names[project[i]]
        if not math.isnan(stated[i]):
            amount[i] = stated[i]
        elif one.network:
            amount[i] = _dropped((drops or {}).get(one.name, {}), name, shares, _beside(frame, one.name))
        elif _free(one, deductible[i], limit[i]):
            amount[i] = 1.0
        elif name in life:
            amount[i] = life[name]
        else:
            notes.append(Words("{project} is not built in the plan: nothing of it is exposed to {hazard}",
                               project=name, hazard=one.name))
    money = np.array([h.money for h in hazards])[hazard]
    cap = np.array([h.cap for h in hazards])[hazard]
    low = np.array([h.year_from for h in hazards])[hazard]
    high = np.array([h.year_to for h in hazards])[hazard]
    can = (years >= low[:, None]) & (years <= high[:, None]) & (amount > 0)
    unit = np.where(money[:, None], amount, 1.0)  # what a share of the terms is worth in the severity's unit
    size = np.where(money[:, None], 1.0, amount) * can
    deductible, coverage = np.nan_to_num(deductible), np.where(np.isnan(coverage), 1.0, coverage)
    limit = np.where(np.isnan(limit), np.inf, limit)
    upper = np.minimum(limit[:, None] * np.where(np.isinf(limit[:, None]), 1.0, unit), cap[:, None])
    return Cells(
        hazards, causes, names, years, hazard, project, amount, coverage[:, None] * size, deductible[:, None] * unit,
        upper, size, premium, shares, notes,
    )  # fmt: skip


def _covered(region: Region, projects: str | list[str] | tuple[str, ...], plan: Plan | None) -> list[str]:
    known = region.table("projects")["project"].astype(str).tolist()
    if projects == "all":
        return known
    if projects == "best":
        if plan is None:
            raise UsageError("the best set needs a plan")
        built = set(plan.projects["project"].astype(str))
        return [p for p in known if p in built]
    wanted = [projects] if isinstance(projects, str) else list(projects)
    for name in wanted:
        if name not in known:
            raise UsageError(hinted(Words("no project {name!r} in projects.csv", name=name), name, known))
    return [p for p in known if p in wanted]


def _shares(region: Region, project: str) -> dict[str, float]:
    """Parties that bear a project; its host where no shares are stated."""
    table = region.table("shares")
    mine = table[(table["project"] == project).fillna(False).to_numpy(dtype=bool)]
    if len(mine):
        total = float(mine["share"].sum())
        return {str(p): float(s) / total for p, s in zip(mine["party"], mine["share"], strict=True)}
    projects = region.table("projects")
    host = projects.loc[(projects["project"] == project).fillna(False).to_numpy(dtype=bool), "host"].dropna()
    return {str(host.iloc[0]): 1.0} if len(host) else {}


def _beside(frame: pd.DataFrame, hazard: str) -> list[str]:
    """Projects exposed to a hazard."""
    return [str(p) for p, h in zip(frame["project"], frame["hazard"], strict=True) if h == hazard]


def _dropped(
    drop: dict[str, float], project: str, shares: dict[str, dict[str, float]], beside: list[str]
) -> float:
    """Part of the parties' losses that a project stands for: a party's drop goes to its projects by its shares."""
    total = 0.0
    for party, share in shares[project].items():
        all_shares = sum(shares[p].get(party, 0.0) for p in beside)
        if drop.get(party, 0.0) > 0 and all_shares > 0:
            total += drop[party] * share / all_shares
    return total
