"""Demand: what markets buy – as priced steps, as linear curves, or as quantities that must be met.

Source: model.md, objective and "An elastic demand curve"; region-format.md, ``demand.csv``.

A linear curve through (quantity Q, price P) with elasticity e is written in relative quantities r = q / Q:
``price(r) = P · (1 + (1 − r) / |e|)``, from r = 0 to r = 1 + |e|, where the price is zero. It is solved by segments,
each at the price of its middle, so that value is exact at the ends of segments. :meth:`Demand.refined` puts narrow
segments where the sale falls; :meth:`Demand.error` bounds what the segments still miss; ``curves`` has both in use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.family import Family, Requirement, Solution, empty_keep
from sungari.chain.ground import Ground
from sungari.chain.limits import Limit
from sungari.chain.program import Arrays, Floats, Grid, Ints, Program
from sungari.chain.projects import Projects

SEGMENTS = 8


@dataclass(frozen=True)
class Curves:
    """How the demand curves are cut into segments.

    Attributes
    ----------
    ends : ndarray of float, shape (rows, T, segments + 1)
        Ends of the segments in relative quantities.
    width : ndarray of float, shape (rows, T)
        Half of what the narrow segments span.
    """

    ends: Floats
    width: Floats


@dataclass(frozen=True)
class Redrawn:
    """What drawing the curves has changed in the program: columns, rows, and entries (row, column, value)."""

    columns: Ints
    rows: Ints
    entries: tuple[Ints, Ints, Floats]


@dataclass(frozen=True)
class _Moved:
    """Entries by which one project's size moves one segment: where they are noted, and their value at width 1."""

    note: int
    sale: Ints
    value: Floats


class Demand(Family):
    """Columns ``sale`` (segment × period) and ``unserved``; rows ``demand`` and ``demand min``.

    Attributes
    ----------
    row, segment : ndarray of int, shape (entries,)
        Table row and segment of each entry (segment 0 only, but for curves).
    """

    table = "demand"
    component = "consumer surplus"

    def __init__(self, ground: Ground, projects: Projects) -> None:
        self.ground, self.projects = ground, projects
        frame = self.frame = ground.region.table("demand")
        self.place, self.commodity = ground.place(frame["place"]), ground.commodity(frame["commodity"])
        self.buyer = ground.party(frame["party"], ground.place_party[self.place])
        self.limit = Limit.of(ground, projects, frame, "demand", "quantity")
        self.price = frame["price"].to_numpy(dtype=float)
        self.penalty = frame["penalty"].to_numpy(dtype=float)
        elasticity = frame["elasticity"].to_numpy(dtype=float)
        self.curve = ~np.isnan(elasticity) & ~np.isnan(self.price) & (elasticity < 0)
        self.slope = np.where(self.curve, -elasticity, 1.0)
        self.firm = np.isnan(self.price)
        self.soft = self.firm & ~np.isnan(self.penalty)
        least = np.nan_to_num(frame["min"].to_numpy(dtype=float))
        self.least = least[:, None] * self.limit.share * ground.periods.active(frame)
        each = np.where(self.curve, SEGMENTS, 1)
        self.row = np.repeat(np.arange(len(frame)), each)
        self.segment = np.arange(len(self.row)) - np.repeat(np.cumsum(each) - each, each)
        # Plain steps go from 0 to 1.
        even = np.linspace(0.0, 1.0, SEGMENTS + 1)
        self.ends = np.broadcast_to(
            even * (1.0 + self.slope)[:, None, None], (len(frame), len(ground.periods), SEGMENTS + 1)
        ).copy() if self.curve.any() else np.zeros((len(frame), len(ground.periods), 2))
        self.width = np.where(self.curve, 1.0 + self.slope, 0.0)[:, None] * np.ones(len(ground.periods))
        self.moved: list[_Moved] = []
        self.keep = empty_keep(len(frame))

    def pairs(self) -> Ints:
        return self.ground.pair(self.place[self.keep], self.commodity[self.keep])

    def best_price(self) -> Floats:
        """Most that any unit of each row can fetch, money per unit; ∞ where demand must be met."""
        top = np.where(self.curve, self.price * (1.0 + 1.0 / self.slope), self.price)
        top = np.where(self.firm, np.inf, top)
        return np.where(self.least.any(axis=1), np.inf, top)

    # -- segments -------------------------------------------------------------------------------------------------

    def _segments(self, row: Ints, period: Ints, segment: Ints) -> tuple[Floats, Floats]:
        """Relative width and price (money per unit) of segments."""
        if not self.curve.any():
            return np.ones(len(row)), np.where(self.firm, 0.0, self.price)[row]
        low = self.ends[row, period, segment]
        high = self.ends[row, period, np.minimum(segment + 1, self.ends.shape[2] - 1)]
        curve = self.curve[row]
        middle = self.price[row] * (1.0 + (1.0 - (low + high) / 2) / self.slope[row])
        flat = np.where(self.firm, 0.0, self.price)[row]
        return np.where(curve, high - low, 1.0), np.where(curve, middle, flat)

    def add(self, program: Program) -> None:
        ground, limit = self.ground, self.limit
        usable = (limit.open | (self.least > 0)) & self.keep[:, None]
        self.grid = grid = Grid(usable[self.row])
        self.at = row = self.row[grid.row]
        t, segment = grid.period, self.segment[grid.row]
        self.in_row = (limit.movable | self.soft)[row]
        width, price = self._segments(row, t, segment)
        amount = width * limit.capacity[row, t]
        firm = self.firm[row]
        single = ~self.curve[row] & ~self.in_row
        lower = np.where(single, np.where(firm, amount, self.least[row, t]), 0.0)
        upper = np.where(self.in_row, np.inf, amount)
        weight = ground.periods.weight_of_period[t]
        self.columns = program.add_columns("sale", len(grid), -price * weight, lower, upper)
        column = self.columns.index
        program.add(ground.balance_row(self.place[row], self.commodity[row], t), column, -1.0)
        self._limits(program, column, amount, width)
        self._unserved(program, weight)
        wanted = (self.least > 0) & ((self.curve | limit.movable) & ~self.firm)[:, None] & usable
        self.least_grid = Grid(wanted)
        self.least_rows = program.add_rows(
            "demand min", len(self.least_grid), self.least[self.least_grid.row, self.least_grid.period]
        )
        at = self.least_grid.position[row, t]
        program.add(self.least_rows.start + at[at >= 0], column[at >= 0], 1.0)

    def _limits(self, program: Program, column: Ints, amount: Floats, width: Floats) -> None:
        """Rows ``demand``: a sale (with what is unserved) equals, or a segment stays within, what is wanted."""
        mine = np.flatnonzero(self.in_row)
        lower = np.where(self.firm[self.at[mine]], amount[mine], -np.inf)
        self.rows = program.add_rows("demand", len(mine), lower, amount[mine])
        self.row_of = np.full(len(column), -1, dtype=np.int64)
        self.row_of[mine] = self.rows.index
        program.add(self.rows.index, column[mine], 1.0)
        if not len(mine):
            return
        periods = np.arange(len(self.ground.periods))
        for effect in self.projects.effects("demand", "quantity"):
            r = effect.row
            for segment in range(SEGMENTS if self.curve[r] else 1):
                entry = int(np.flatnonzero((self.row == r) & (self.segment == segment))[0])
                at = self.grid.position[entry, periods]
                index = np.where(at >= 0, self.row_of[np.maximum(at, 0)], -1)
                share = self.limit.share[r] * np.where(at >= 0, width[np.maximum(at, 0)], 0.0)
                notes = self.projects.added
                before = len(notes.rows)
                self.projects.move(
                    program, effect.project, effect.change, index, share, int(self.buyer[r]), self.component
                )
                for note in range(before, len(notes.rows)) if self.curve[r] else ():
                    sale = mine[notes.rows[note] - self.rows.start]
                    self.moved.append(_Moved(note, sale, notes.values[note] / width[sale]))

    def _unserved(self, program: Program, weight: Floats) -> None:
        soft = self.soft[self.at]
        self.short_of = np.flatnonzero(soft)
        cost = self.penalty[self.at[soft]] * weight[soft]
        self.unserved = program.add_columns("unserved", len(self.short_of), cost)
        program.add(self.row_of[soft], self.unserved.index, 1.0)

    # -- curves -----------------------------------------------------------------------------------------------------

    def error(self, solution: Solution, gone: NDArray[np.bool_] | None = None) -> float:
        """Bound on the discounted welfare that the segments of the curves miss, money.

        At the prices of the solution, no plan is worth more than the sum over markets of the greatest surplus that the
        true curve offers at its price; the solution reaches the segments' own greatest surplus. The difference is the
        most that can be missing.

        Parameters
        ----------
        gone : ndarray of bool, shape (sale columns,) or None
            Sales that are closed: a market that is not there misses nothing.
        """
        if not self.curve.any():
            return 0.0
        row, t, price = self._at_curves(solution, gone)
        # Where a curve's quantity is moved by projects, its amount is what the segments can hold together.
        amount = self._amount(solution, row, t)
        top = 1.0 + self.slope[row]
        best = np.clip(1.0 + self.slope[row] * (1.0 - price / self.price[row]), 0.0, top)
        exact = self._value(row, best) - price * best
        ends = self.ends[row, t]
        reached = np.max(self._value(row[:, None], ends) - price[:, None] * ends, axis=1)
        missed = np.maximum(exact - reached, 0.0) * amount * self.ground.periods.weight_of_period[t]
        return float(missed.sum())

    def _value(self, row: Ints, r: Floats) -> Floats:
        """Value of a relative quantity to the buyers, money per unit of the reference quantity."""
        p, s = self.price[row], self.slope[row]
        return np.asarray(p * (r + (r - r * r / 2) / s))

    def _at_curves(
        self, solution: Solution, gone: NDArray[np.bool_] | None = None
    ) -> tuple[Ints, Ints, Floats]:
        """Row, period and undiscounted price of each market with a curve, as its buyers see it.

        Where a least sale binds, buyers pay less than the price there: what the least sale costs is taken off.
        """
        first = self.curve[self.at] & (self.segment[self.grid.row] == 0)
        mine = np.flatnonzero(first if gone is None else first & ~gone)
        row, t = self.at[mine], self.grid.period[mine]
        price = solution.price(self.place[row], self.commodity[row], t)
        at = self.least_grid.position[row, t]
        if len(self.least_grid):
            price = price - np.where(at >= 0, solution.row_dual[self.least_rows.start + np.maximum(at, 0)], 0.0)
        return row, t, price / self.ground.periods.weight_of_period[t]

    def _amount(self, solution: Solution, row: Ints, t: Ints) -> Floats:
        capacity = self.limit.with_projects(self.projects, solution.x, ("quantity",))
        return np.asarray(capacity[row, t])

    def curves(self) -> Curves:
        """How the curves are drawn at present."""
        return Curves(self.ends, self.width)

    def refined(self, solution: Solution, least: float = 0.0) -> Curves:
        """Curves with narrow segments around the point that the solution's price asks for.

        `least` keeps them from getting narrower than this share of the whole curve, so that plans somewhat off this
        one are still weighed on good segments.
        """
        row, t, price = self._at_curves(solution)
        ends, width = self.ends.copy(), self.width.copy()
        top = 1.0 + self.slope[row]
        best = np.clip(1.0 + self.slope[row] * (1.0 - price / self.price[row]), 0.0, top)
        # A market whose point has left its narrow segments gets segments as wide as it has moved; others get narrower.
        centre = ends[row, t, SEGMENTS // 2]
        moved = np.abs(best - centre)
        inside = moved <= width[row, t] * 1.01
        wider = np.minimum(np.maximum(width[row, t] * 2, moved), top / 4)
        each = np.maximum(np.where(inside, width[row, t] / 6, wider), least * top)
        width[row, t] = each
        offsets = np.linspace(-1.0, 1.0, SEGMENTS - 1)
        inner = np.sort(np.clip(best[:, None] + offsets * each[:, None], 0.0, top[:, None]), axis=1)
        ends[row, t] = np.concatenate([np.zeros((len(row), 1)), inner, top[:, None]], axis=1)
        return Curves(ends, width)

    def draw(self, curves: Curves, arrays: Arrays) -> Redrawn:
        """Cut the curves so: changes costs, bounds, sides and coefficients in `arrays`, and says which."""
        self.ends, self.width = curves.ends, curves.width
        none = np.zeros(0, dtype=np.int64)
        mine = np.flatnonzero(self.curve[self.at])
        at, t = self.at[mine], self.grid.period[mine]
        relative, value = self._segments(at, t, self.segment[self.grid.row[mine]])
        cost = -value * self.ground.periods.weight_of_period[t]
        amount = relative * self.limit.capacity[at, t]
        column, row = self.columns.start + mine, self.row_of[mine]
        bounded = row < 0
        changed = (arrays.cost[column] != cost) | (bounded & (arrays.upper[column] != amount))
        arrays.cost[column[changed]] = cost[changed]
        own = changed & bounded
        arrays.upper[column[own]] = amount[own]
        if not self.moved:
            return Redrawn(column[changed], none, (none, none, np.zeros(0)))
        arrays.row_upper[row[~bounded]] = amount[~bounded]
        width = np.zeros(len(self.at))
        width[mine] = relative
        notes = self.projects.added
        for each in self.moved:
            notes.values[each.note] = each.value * width[each.sale]
        rows = np.concatenate([notes.rows[m.note] for m in self.moved])
        columns = np.concatenate([notes.columns[m.note] for m in self.moved])
        values = np.concatenate([notes.values[m.note] for m in self.moved])
        return Redrawn(column[changed], row[~bounded], arrays.set_entries(rows, columns, values))

    # -- results ----------------------------------------------------------------------------------------------------

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        x = solution.x[self.columns.slice]
        row, t = self.at, self.grid.period
        _, value = self._segments(row, t, self.segment[self.grid.row])
        unserved = np.zeros(len(x))
        unserved[self.short_of] = solution.x[self.unserved.slice]
        price = solution.price(self.place[row], self.commodity[row], t) / self.ground.periods.weight_of_period[t]
        frame = self.frame.iloc[row]
        sales = pd.DataFrame({
            "place": frame["place"].array,
            "commodity": frame["commodity"].array,
            "step": frame["step"].array,
            "period": self.period_names(t),
            "quantity": x,
            "unserved": unserved,
            "price": price,
            "value": x * value,
        })
        if self.curve.any():
            keys = ["place", "commodity", "step", "period"]
            sales = sales.groupby(keys, sort=False, as_index=False).agg(
                {"quantity": "sum", "unserved": "sum", "price": "first", "value": "sum"}
            )
        return {"sales": sales}

    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        x = solution.x[self.columns.slice]
        row, t = self.at, self.grid.period
        weight = self.ground.periods.weight_of_period[t]
        _, value = self._segments(row, t, self.segment[self.grid.row])
        price = solution.price(self.place[row], self.commodity[row], t)
        short = self.short_of
        lost = self.penalty[row[short]] * weight[short] * solution.x[self.unserved.slice]
        return [
            (self.buyer[row], self.component, (value * weight - price) * x),
            (self.buyer[row[short]], self.component, -lost),
        ]

    def requirements(self) -> list[Requirement]:
        row, t = self.at, self.grid.period
        must = self.firm[row] & ~self.soft[row]
        least = (self.least[row, t] > 0) & ~self.firm[row] & ~self.curve[row] & ~self.in_row
        on_column = np.flatnonzero((must & ~self.in_row) | least)
        on_row = np.flatnonzero(must & self.in_row)
        grid = self.least_grid
        found = [
            Requirement("demand", self.columns.start + on_column, row[on_column], t[on_column], "column"),
            Requirement("demand", self.row_of[on_row], row[on_row], t[on_row], "row"),
            Requirement("demand", self.least_rows.index, grid.row, grid.period, "row"),
        ]
        return [r for r in found if len(r.index)]
