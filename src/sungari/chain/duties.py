"""Duties, quotas and bans on flows between parties.

Source: model.md, constraint 3; region-format.md, ``duties.csv``.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sungari.chain.ground import Ground
from sungari.chain.limits import Load
from sungari.chain.program import Block, Edge, Floats, Grid, Ints, Program

#: A rule that names a commodity is narrower than one for all; it breaks ties between equally narrow pairs of parties.
_COMMODITY_RANK = 0.5


class Duties:
    """The rules of ``duties.csv`` and which of them governs which flow.

    A rule matches a flow whose ends lie with different parties. ``*`` stands for any party outside the country (topmost
    parent) of the other end. Of several matching rules the narrowest counts: each end named exactly beats a parent, a
    parent beats ``*``; then a named commodity beats ``*``.

    Attributes
    ----------
    frame : DataFrame
        ``duties.csv`` with defaults.
    per_unit : ndarray, shape (rules, commodities)
        Duty in money per unit.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.frame = ground.region.table("duties")
        frame = self.frame
        self.banned = frame["banned"].fillna(False).to_numpy(dtype=bool)
        self.quota = frame["quota"].to_numpy(dtype=float)
        value = np.nan_to_num(ground.region.table("commodities")["value"].to_numpy(dtype=float))
        self.per_unit = frame["ad_valorem"].to_numpy()[:, None] * value + frame["specific"].to_numpy()[:, None]
        self.ends = (ground.code(ground.parties, frame["from_party"]), ground.code(ground.parties, frame["to_party"]))
        self.commodity = ground.commodity(frame["commodity"])
        self.collector = ground.code(ground.parties, frame["collected_by"])
        self.rows: Block | None = None

    def govern(self, from_party: Ints, to_party: Ints, commodity: Ints) -> Ints:
        """The rule that governs each flow in each model year.

        Parameters
        ----------
        from_party, to_party, commodity : ndarray of int, shape (flows,)

        Returns
        -------
        ndarray of int, shape (flows, Y)
            Row of ``duties.csv``; −1 where none matches.
        """
        ground = self.ground
        years = ground.periods.years
        rule = np.full((len(commodity), len(years)), -1, dtype=np.int64)
        best = np.full((len(commodity), len(years)), -1.0)
        crossing = np.flatnonzero(from_party != to_party)
        if not len(crossing) or not len(self.frame):
            return rule
        a, b, c = from_party[crossing], to_party[crossing], commodity[crossing]
        abroad = ground.root[a] != ground.root[b]
        depth = int(ground.ancestry.max(initial=0)) + 1
        low = self.frame["year_from"].to_numpy(dtype=float, na_value=-np.inf)
        high = self.frame["year_to"].to_numpy(dtype=float, na_value=np.inf)
        for r in range(len(self.frame)):
            match = np.ones(len(crossing), dtype=bool)
            rank = np.zeros(len(crossing))
            for end, party in ((a, self.ends[0][r]), (b, self.ends[1][r])):
                if party < 0:
                    match &= abroad
                else:
                    steps = ground.ancestry[end, party]
                    match &= steps >= 0
                    rank += 1 + depth - steps
            if self.commodity[r] >= 0:
                match &= c == self.commodity[r]
                rank += _COMMODITY_RANK
            if not match.any():
                continue
            hold = (years >= low[r]) & (years <= high[r])
            better = match[:, None] & hold & (rank[:, None] > best[crossing])
            flow, year = np.nonzero(better)
            rule[crossing[flow], year] = r
            best[crossing[flow], year] = rank[flow]
        return rule

    def collectors(self, rule: Ints, to_party: Ints) -> Ints:
        """Party that gets the money of a rule on flows into `to_party`: as stated, else to_party, else its country."""
        stated = self.collector[rule]
        named = self.ends[1][rule]
        return np.where(stated >= 0, stated, np.where(named >= 0, named, self.ground.root[to_party]))

    def add_quotas(self, program: Program, rule: Ints, flows: Grid, columns: Block) -> None:
        """Rows ``quota``: all flows that a rule governs stay within its quota, period by period.

        Parameters
        ----------
        rule : ndarray of int, shape (entries, Y)
            Governing rule of each way of using a link (−1 = none).
        flows : Grid
            Pairs of way and period that have a column.
        columns : Block
            The columns.
        """
        periods = self.ground.periods
        limited = (rule >= 0) & np.append(np.isfinite(self.quota), False)[rule]
        entry, period = np.nonzero(flows.mask & limited[:, periods.year])
        governs = rule[entry, periods.year[period]]
        used = np.zeros((len(self.frame), len(periods)), dtype=bool)
        used[governs, period] = True
        self.grid = Grid(used)
        upper = self.quota[self.grid.row] * periods.share[self.grid.period]
        self.rows = program.add_rows("quota", len(self.grid), upper=upper)
        if len(entry):
            column = columns.start + flows.at(entry, period)
            program.add(self.rows.start + self.grid.at(governs, period), column, 1.0)

    def edges(self) -> list[Edge]:
        """The rows, each with the table row that it is of."""
        assert self.rows is not None
        return [("row", self.rows.index, self.grid.row)]

    def quota_price(self, row_dual: Floats, rule: Ints, period: Ints) -> Floats:
        """Discounted shadow price of the quota that governs each flow column; 0 where there is none."""
        assert self.rows is not None
        if not len(self.frame) or not len(rule):
            return np.zeros(len(rule))
        at = np.where(rule >= 0, self.grid.position[np.maximum(rule, 0), period], -1)
        dual = row_dual[self.rows.slice]
        return np.where(at >= 0, -dual[np.maximum(at, 0)], 0.0) if len(dual) else np.zeros(len(rule))

    @cached_property
    def _keys(self) -> NDArray[np.object_]:
        frame = self.frame
        names = frame["from_party"] + "/" + frame["to_party"] + "/" + frame["commodity"]
        return np.asarray(names.to_numpy(dtype=object))

    def load(self, row_dual: Floats, activity: Floats) -> Load:
        """How far quotas are used; they are named ``from_party/to_party/commodity``."""
        assert self.rows is not None
        grid, periods = self.grid, self.ground.periods
        capacity = self.quota[:, None] * periods.share
        used, shadow = np.zeros(capacity.shape), np.zeros(capacity.shape)
        used[grid.row, grid.period] = activity[self.rows.slice]
        shadow[grid.row, grid.period] = -row_dual[self.rows.slice]
        return Load("duties", self._keys, capacity, used, shadow, grid.position >= 0)

    def banned_flows(self, rule: Ints) -> NDArray[np.bool_]:
        """Which (flow, year) pairs are forbidden."""
        return np.where(rule >= 0, self.banned[np.maximum(rule, 0)], False) if len(self.banned) else rule >= 0
