"""Supply: units taken from resources, as steps of cost curves.

Source: model.md, constraints 1 and 2; region-format.md, ``supply.csv``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.family import Solution
from sungari.chain.ground import Ground
from sungari.chain.program import Floats, Ints, Program
from sungari.chain.projects import Projects
from sungari.chain.uses import Uses


class Supply(Uses):
    """Columns ``supply`` (way × period), rows ``supply`` (capacity), ``supply min`` and ``reserve``."""

    component = "resource rent"

    def __init__(self, ground: Ground, projects: Projects) -> None:
        super().__init__(ground, projects, "supply")
        self.commodity = ground.commodity(self.frame["commodity"])

    def names(self) -> np.ndarray[Any, Any]:
        frame = self.frame
        return np.asarray((frame["place"] + "/" + frame["commodity"] + "/" + frame["step"]).to_numpy(dtype=object))

    def pairs(self) -> Ints:
        row = self.ways.row[self.keep]
        return self.ground.pair(self.place[row], self.commodity[row])

    def add(self, program: Program) -> None:
        column = self.add_columns(program)
        balance = self.ground.balance_row(self.place[self.row], self.commodity[self.row], self.grid.period)
        program.add(balance, column, 1.0)
        self._reserve(program, column)

    def _reserve(self, program: Program, column: Ints) -> None:
        """Reserve: what is taken over the horizon; a model year counts as many times as it stands for."""
        reserve = self.frame["reserve"].to_numpy(dtype=float)
        self.reserves = np.flatnonzero(~np.isnan(reserve))
        position = np.full(len(reserve), -1, dtype=np.int64)
        position[self.reserves] = np.arange(len(self.reserves))
        block = program.add_rows("reserve", len(self.reserves), upper=reserve[self.reserves])
        mine = position[self.row] >= 0
        years = self.ground.periods.span[self.ground.periods.year]
        program.add(block.start + position[self.row[mine]], column[mine], years[self.grid.period[mine]])

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        return {
            "supply": self.result(solution, "place", "commodity", "step"),
            "capacity": self.capacities(solution),
        }

    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        period = self.grid.period
        price = solution.price(self.place[self.row], self.commodity[self.row], period)
        weight = self.ground.periods.weight_of_period[period]
        gain = (price - self.cost[self.grid.row] * weight) * solution.x[self.columns.slice]
        return [(self.owner[self.row], self.component, gain)]
