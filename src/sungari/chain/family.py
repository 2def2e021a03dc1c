"""What every family of the model has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.ground import Ground
from sungari.chain.limits import Limit, Load
from sungari.chain.program import Edge, Floats, Ints, Program
from sungari.chain.projects import Projects


@dataclass(frozen=True)
class Solution:
    """A solved program, in the model's own units.

    Attributes
    ----------
    x, column_dual, upper : ndarray, shape (columns,)
        Values, reduced costs (of the minimisation) and upper bounds of the columns.
    row_dual : ndarray, shape (rows,)
        Change of the minimised cost per unit of the right-hand side.
    row_activity : ndarray, shape (rows,)
        Values of the rows.
    prices : ndarray, shape (places × commodities, T)
        Discounted prices; NaN where there is no balance.
    """

    ground: Ground
    x: Floats
    column_dual: Floats
    upper: Floats
    row_dual: Floats
    row_activity: Floats
    prices: Floats

    def price(self, place: Ints, commodity: Ints, period: Ints) -> Floats:
        """Discounted prices at places, commodities and periods (codes); NaN reads as 0."""
        return np.nan_to_num(self.prices[self.ground.pair(place, commodity), period])


@dataclass(frozen=True)
class Requirement:
    """Lower bounds that a plan must meet; relaxed to find out what makes a model infeasible.

    Attributes
    ----------
    table : str
    index : ndarray of int
        Absolute indices of the columns (or rows) that carry the lower bound.
    row, period : ndarray of int
        Table row and period of each.
    kind : "column" or "row"
    """

    table: str
    index: Ints
    row: Ints
    period: Ints
    kind: str


class Family(ABC):
    """A family of columns and rows: it adds them, reads its results from a solution, and splits its gains."""

    table: str
    ground: Ground
    projects: Projects
    frame: pd.DataFrame
    limit: Limit
    keep: NDArray[np.bool_]

    @abstractmethod
    def pairs(self) -> Ints:
        """(place, commodity) pairs whose balances the family touches."""

    @abstractmethod
    def add(self, program: Program) -> None:
        """Add the family's columns, rows and entries."""

    @abstractmethod
    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        """Result tables, or parts of them, by name."""

    @abstractmethod
    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        """Gains as (party codes, component, discounted money)."""

    def loads(self, solution: Solution) -> list[Load]:
        """How far the family's limits are used."""
        return []

    def requirements(self) -> list[Requirement]:
        """Lower bounds that a plan must meet."""
        return []

    def edges(self) -> list[Edge]:
        """Capacities as they stand in the program."""
        return []

    def period_names(self, period: Ints) -> Any:
        """Identifiers of periods, as a string array."""
        return pd.array(np.array(self.ground.periods.names, dtype=object)[period], dtype="str")


def empty_keep(n: int) -> NDArray[np.bool_]:
    """Nothing pruned yet."""
    return np.ones(n, dtype=bool)
