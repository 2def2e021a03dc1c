"""Facilities: processes that run at places, by recipes, within capacities of their own and of shared units.

Source: model.md, constraints 1 and 2; region-format.md, ``facilities.csv``, ``recipes.csv``, ``units.csv``,
``unit_use.csv``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.family import Solution
from sungari.chain.ground import Ground
from sungari.chain.limits import Limit, Load
from sungari.chain.program import Edge, Floats, Ints, Program
from sungari.chain.projects import Projects
from sungari.chain.uses import Uses


class Facilities(Uses):
    """Columns ``facilities`` (way × period), rows ``facilities``, ``facilities min`` and ``units``.

    Attributes
    ----------
    line_row, line_commodity, line_amount : ndarray, shape (lines,)
        Recipe lines of the facilities: table row, commodity, units per unit of activity.
    use_row, use_unit, use_amount : ndarray, shape (uses,)
        Units that the facilities take: table row, row of ``units.csv``, capacity per unit of activity.
    """

    component = "facility rent"

    def __init__(self, ground: Ground, projects: Projects) -> None:
        self.processes = pd.Index(ground.region.table("processes")["process"])
        self.process = ground.code(self.processes, ground.region.table("facilities")["process"])
        super().__init__(ground, projects, "facilities")
        self._recipes()
        self._units()

    def _unit_cost(self) -> Floats:
        general = self.ground.region.table("processes")["cost"].to_numpy(dtype=float)
        own = self.frame["cost"].to_numpy(dtype=float)
        return np.where(np.isnan(own), general[self.process] if len(general) else 0.0, own)

    def _recipes(self) -> None:
        """Recipe lines of each facility; a line for the place replaces the general one of the same commodity."""
        ground = self.ground
        recipes = ground.region.table("recipes")
        process, commodity = ground.code(self.processes, recipes["process"]), ground.commodity(recipes["commodity"])
        place, amount = ground.place(recipes["place"]), recipes["amount"].to_numpy(dtype=float)
        line, row = _expand(process, self.process, len(self.processes))
        holds = (place[line] < 0) | (place[line] == self.place[row])
        line, row = line[holds], row[holds]
        # Of several lines of a facility and a commodity the last in this order counts: the place's own.
        order = np.lexsort((place[line], commodity[line], row))
        line, row = line[order], row[order]
        last = np.append((row[1:] != row[:-1]) | (commodity[line[1:]] != commodity[line[:-1]]), True)[: len(row)]
        last &= amount[line] != 0
        line = line[last]
        self.line_row, self.line_commodity, self.line_amount = row[last], commodity[line], amount[line]

    def _units(self) -> None:
        ground = self.ground
        units, uses = ground.region.table("units"), ground.region.table("unit_use")
        self.units = units
        self.unit_place = ground.place(units["place"])
        self.unit_owner = ground.party(units["party"], ground.place_party[self.unit_place])
        self.unit_limit = Limit.of(ground, self.projects, units, "units")
        kinds = pd.Index(units["unit"].unique())
        process, kind = ground.code(self.processes, uses["process"]), ground.code(kinds, uses["unit"])
        amount = uses["use"].to_numpy(dtype=float)
        use, row = _expand(process, self.process, len(self.processes))
        taken = amount[use] > 0
        use, row = use[taken], row[taken]
        where = np.full((len(ground.places), len(kinds) + 1), -1, dtype=np.int64)  # the last: a unit that nobody has
        where[self.unit_place, ground.code(kinds, units["unit"])] = np.arange(len(units))
        unit = where[self.place[row], kind[use]]
        # A place without a unit has none of it: the facility is shut.
        self.shut = np.unique(row[unit < 0])
        self.limit.open[self.shut] = False
        self.limit.capacity[self.shut] = 0.0
        use, row, unit = use[unit >= 0], row[unit >= 0], unit[unit >= 0]
        self.use_row, self.use_unit, self.use_amount = row, unit, amount[use]

    def names(self) -> np.ndarray[Any, Any]:
        return np.asarray((self.frame["place"] + "/" + self.frame["process"]).to_numpy(dtype=object))

    def pairs(self) -> Ints:
        kept = np.zeros(len(self.frame), dtype=bool)
        kept[self.ways.row[self.keep]] = True
        mine = kept[self.line_row]
        return self.ground.pair(self.place[self.line_row[mine]], self.line_commodity[mine])

    def add(self, program: Program) -> None:
        column = self.add_columns(program)
        line, at = _expand(self.line_row, self.row, len(self.frame))
        program.add(
            self.ground.balance_row(self.place[self.row[at]], self.line_commodity[line], self.grid.period[at]),
            column[at],
            self.line_amount[line],
        )
        use, at = self.use_at = _expand(self.use_row, self.row, len(self.frame))
        used = np.zeros(self.unit_limit.open.shape, dtype=bool)
        used[self.use_unit[use], self.grid.period[at]] = True
        self.unit_used = used
        rows = self.unit_limit.add_rows(program, self.projects, self.unit_owner, "unit rent", used)
        row = rows[self.use_unit[use], self.grid.period[at]]
        limited = row >= 0
        program.add(row[limited], column[at[limited]], self.use_amount[use[limited]])

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        return {
            "activity": self.result(solution, "place", "process"),
            "capacity": self.capacities(solution),
        }

    def edges(self) -> list[Edge]:
        return super().edges() + self.unit_limit.edges()

    def loads(self, solution: Solution) -> list[Load]:
        return [*super().loads(solution), self._unit_load(solution)]

    @cached_property
    def _unit_keys(self) -> np.ndarray[Any, Any]:
        return np.asarray((self.units["place"] + "/" + self.units["unit"]).to_numpy(dtype=object))

    def _unit_load(self, solution: Solution) -> Load:
        limit = self.unit_limit
        use, at = self.use_at
        used = np.zeros(limit.open.shape)
        load = self.use_amount[use] * solution.x[self.columns.start + at]
        np.add.at(used, (self.use_unit[use], self.grid.period[at]), load)
        capacity = limit.with_projects(self.projects, solution.x)
        where = self.unit_used & np.isfinite(capacity)
        return Load("units", self._unit_keys, capacity, used, limit.shadow(solution.row_dual), where)

    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        x = solution.x[self.columns.slice]
        period = self.grid.period
        margin = -self.cost[self.grid.row] * self.ground.periods.weight_of_period[period]
        line, at = _expand(self.line_row, self.row, len(self.frame))
        price = solution.price(self.place[self.row[at]], self.line_commodity[line], period[at])
        np.add.at(margin, at, self.line_amount[line] * price)
        use, at = self.use_at
        unit_price = self.unit_limit.shadow(solution.row_dual)[self.use_unit[use], period[at]] * self.use_amount[use]
        np.add.at(margin, at, -unit_price)
        return [
            (self.owner[self.row], self.component, margin * x),
            (self.unit_owner[self.use_unit[use]], "unit rent", unit_price * x[at]),
        ]


def _expand(of_row: Ints, row: Ints, n: int) -> tuple[Ints, Ints]:
    """Pairs (item, column) such that the item belongs to the column's table row; by column, then by item.

    Parameters
    ----------
    of_row : ndarray of int, shape (items,)
        Table row of each item (a recipe line); −1 = none.
    row : ndarray of int, shape (columns,)
        Table row of each column.
    n : int
        Number of table rows.
    """
    order = np.argsort(of_row, kind="stable")[np.count_nonzero(of_row < 0):]
    count = np.bincount(of_row[order], minlength=n)
    start = np.cumsum(count) - count
    each = count[row]
    at = np.repeat(np.arange(len(row)), each)
    offset = np.arange(len(at)) - np.repeat(np.cumsum(each) - each, each)
    return order[start[row[at]] + offset], at
