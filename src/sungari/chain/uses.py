"""Uses: what supply steps and facilities share – one column per row and period, between a least and a most."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.family import Family, Requirement, Solution, empty_keep
from sungari.chain.ground import Ground
from sungari.chain.limits import Limit, Load, capacity_table
from sungari.chain.program import Block, Edge, Floats, Grid, Ints, Program
from sungari.chain.projects import Projects


class Uses(Family):
    """Columns `table` (way × period), rows `table` (capacity) and ``<table> min``.

    Attributes
    ----------
    grid : Grid
        (way, period) of each column.
    row : ndarray of int
        Table row of each column.
    """

    component: str

    def __init__(self, ground: Ground, projects: Projects, table: str) -> None:
        self.table, self.ground, self.projects = table, ground, projects
        frame = self.frame = ground.region.table(table)
        self.ways = projects.ways(table, len(frame))
        self.place = ground.place(frame["place"])
        self.owner = ground.party(frame["party"], ground.place_party[self.place])
        self.limit = Limit.of(ground, projects, frame, table)
        self.least = np.nan_to_num(frame["min"].to_numpy(dtype=float))[:, None] * self.limit.share
        self.least[~ground.periods.active(frame)] = 0.0
        self.cost = self._unit_cost()[self.ways.row] + self.ways.change["cost"]
        self.keep = empty_keep(len(self.ways.row))

    def _unit_cost(self) -> Floats:
        """Cost per unit of each table row, money."""
        return self.frame["cost"].to_numpy(dtype=float)

    @abstractmethod
    def names(self) -> np.ndarray[Any, Any]:
        """Key of each table row, as ``effects.csv`` writes it."""

    @cached_property
    def _keys(self) -> np.ndarray[Any, Any]:
        return self.names()

    def add_columns(self, program: Program) -> Ints:
        """Add the columns with their capacities and least uses; returns the columns' absolute indices."""
        limit, row = self.limit, self.ways.row
        # What must be taken has its column even where nothing can be: the model is then infeasible and says so.
        usable = limit.open | (self.least > 0)
        self.grid = Grid(usable[row] & self.keep[:, None])
        self.row = row[self.grid.row]
        period = self.grid.period
        several = np.bincount(row, minlength=len(self.frame)) > 1
        alone = ~limit.movable & ~several
        upper = np.where(alone[self.row], limit.capacity[self.row, period], np.inf)
        lower = np.where(alone[self.row], self.least[self.row, period], 0.0)
        weight = self.ground.periods.weight_of_period[period]
        self.columns = program.add_columns(self.table, len(self.grid), self.cost[self.grid.row] * weight, lower, upper)
        column = self.columns.index
        used = np.zeros(limit.open.shape, dtype=bool)
        used[self.row, period] = True
        self.used = used
        shared = limit.add_rows(program, self.projects, self.owner, self.component, used & ~alone[:, None])
        at = shared[self.row, period]
        program.add(at[at >= 0], column[at >= 0], 1.0)
        self.least_grid = Grid((self.least > 0) & ~alone[:, None] & used)
        self.least_rows = program.add_rows(
            f"{self.table} min", len(self.least_grid), self.least[self.least_grid.row, self.least_grid.period]
        )
        at = self.least_grid.position[self.row, period]
        program.add(self.least_rows.start + at[at >= 0], column[at >= 0], 1.0)
        most = limit.most(self.projects, self.ground.bulk)
        ones = np.ones(len(column))
        self.projects.gate(program, f"{self.table} way", self.ways, self.grid.row, period, column, ones, most)
        return column

    columns: Block
    grid: Grid
    row: Ints

    def quantity(self, x: Floats) -> Floats:
        """Use per table row and period, shape (rows, T)."""
        total = np.zeros(self.limit.open.shape)
        np.add.at(total, (self.row, self.grid.period), x[self.columns.slice])
        return total

    def result(self, solution: Solution, *keys: str) -> pd.DataFrame:
        """Quantities and costs by the named columns of the table and by period."""
        x = solution.x[self.columns.slice]
        frame = self.frame.iloc[self.row]
        made = pd.DataFrame({key: frame[key].array for key in keys})
        made["period"] = self.period_names(self.grid.period)
        made["quantity"] = x
        made["cost"] = x * self.cost[self.grid.row]
        if not self.ways.plain:
            made = made.groupby([*keys, "period"], sort=False, as_index=False)[["quantity", "cost"]].sum()
        return made

    def capacities(self, solution: Solution) -> pd.DataFrame:
        """The family's part of the table ``capacity``."""
        return pd.concat([capacity_table(load, self.ground) for load in self.loads(solution)], ignore_index=True)

    def loads(self, solution: Solution) -> list[Load]:
        limit = self.limit
        shadow = limit.shadow(solution.row_dual)
        at_bound = np.isfinite(solution.upper[self.columns.slice])
        bound = np.where(at_bound, np.maximum(-solution.column_dual[self.columns.slice], 0.0), 0.0)
        np.add.at(shadow, (self.row, self.grid.period), bound)
        capacity = limit.with_projects(self.projects, solution.x)
        where = self.used & np.isfinite(capacity)
        return [Load(self.table, self._keys, capacity, self.quantity(solution.x), shadow, where)]

    def edges(self) -> list[Edge]:
        return [("column", self.columns.index, self.row), *self.limit.edges()]

    def requirements(self) -> list[Requirement]:
        grid = self.least_grid
        period = self.grid.period
        alone = np.flatnonzero((self.least[self.row, period] > 0) & (grid.position[self.row, period] < 0))
        found = [
            Requirement(self.table, self.columns.start + alone, self.row[alone], period[alone], "column"),
            Requirement(self.table, self.least_rows.index, grid.row, grid.period, "row"),
        ]
        return [r for r in found if len(r.index)]
