"""Limits on the use of a table's rows, period by period: bounds where one column stands alone, rows where not.

Supply steps, facilities, units, links and stores are all limited in this way: a yearly capacity, spread over the
periods, that projects may enlarge and several columns may share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.ground import Ground
from sungari.chain.program import Block, Edge, Floats, Grid, Ints, Program
from sungari.chain.projects import Projects


@dataclass
class Limit:
    """Capacities of a table's rows.

    Attributes
    ----------
    table : str
    capacity : ndarray, shape (rows, T)
        Units in the period; ∞ = unlimited.
    share : ndarray, shape (rows, T)
        What a yearly unit is worth in the period.
    movable : ndarray of bool, shape (rows,)
        Rows that projects may enlarge.
    open : ndarray of bool, shape (rows, T)
        Whether the row can be used at all in the period.
    limited : ndarray of bool, shape (rows, T)
        Whether there is a limit, or projects may bring one about.
    """

    table: str
    capacity: Floats
    share: Floats
    movable: NDArray[np.bool_]
    open: NDArray[np.bool_]
    limited: NDArray[np.bool_]
    block: Block | None = None
    row_index: Ints | None = None

    @classmethod
    def of(
        cls,
        ground: Ground,
        projects: Projects,
        frame: pd.DataFrame,
        table: str,
        column: str = "capacity",
        *,
        seasonal: bool = True,
    ) -> Limit:
        """Limits from a column of a table.

        Parameters
        ----------
        seasonal : bool
            Whether the figure is per year and follows profiles (capacities, quantities) or is an amount (stores).
        """
        periods = ground.periods
        factors = periods.factors(frame)
        share = periods.share * factors if seasonal else np.ones_like(factors)
        yearly = frame[column].to_numpy(dtype=float)
        if seasonal:
            capacity = periods.spread(yearly, factors)
        else:
            capacity = np.repeat(np.where(np.isnan(yearly), np.inf, yearly)[:, None], len(periods), axis=1)
        movable = projects.movable(table, len(frame), column)
        reach = movable[:, None] & (share > 0)
        is_open = periods.active(frame) & ((capacity > 0) | reach)
        return cls(table, capacity, share, movable, is_open, np.isfinite(capacity) | movable[:, None])

    def stand_like(self, other: Limit) -> bool:
        """Take another limit's places in the program, for the same region with other figures.

        What is open there and closed here stays in the program at a capacity of zero.

        Returns
        -------
        bool
            Whether all that is open here has a place there.
        """
        fits = not bool((self.open & ~other.open).any() or (self.movable != other.movable).any())
        self.open, self.limited = other.open, other.limited
        return fits

    def add_rows(
        self,
        program: Program,
        projects: Projects,
        owner: Ints,
        component: str,
        used: NDArray[np.bool_],
        columns: tuple[str, ...] = ("capacity",),
        *,
        equal: bool = False,
    ) -> Ints:
        """Add a row ``load ≤ capacity + what projects add`` wherever `used`, where there is a limit at all.

        Returns
        -------
        ndarray of int, shape (rows, T)
            The program's row, −1 where there is none.
        """
        grid = Grid(used & self.limited)
        upper = self.capacity[grid.row, grid.period]
        self.block = program.add_rows(self.table, len(grid), upper if equal else -np.inf, upper)
        self.row_index = np.where(grid.position >= 0, self.block.start + grid.position, -1)
        projects.enlarge(program, self.table, columns, self.row_index, self.share, owner, component)
        return self.row_index

    def edges(self) -> list[Edge]:
        """The rows, each with the table row that it is of."""
        if self.row_index is None:
            return []
        row, _ = there = np.nonzero(self.row_index >= 0)
        return [("row", self.row_index[there], row)]

    def shadow(self, row_dual: Floats) -> Floats:
        """Discounted shadow price of each row's capacity, shape (rows, T); 0 where there is no row."""
        assert self.row_index is not None
        safe = np.maximum(self.row_index, 0)
        values = row_dual[safe] if len(row_dual) else np.zeros(safe.shape)
        return np.where(self.row_index >= 0, -values, 0.0)

    def with_projects(self, projects: Projects, x: Floats, columns: tuple[str, ...] = ("capacity",)) -> Floats:
        """Capacities with what the decided projects add, shape (rows, T)."""
        capacity = self.capacity.copy()
        year = projects.ground.periods.year
        size, _ = projects.decided(x)
        for effect in projects.effects(self.table, *columns):
            for d in np.flatnonzero(projects.project == effect.project):
                works = projects.operating[d][year]
                capacity[effect.row] += effect.change * size[d] * self.share[effect.row] * works
        return capacity

    def most(self, projects: Projects, bulk: float) -> Floats:
        """Largest capacity that projects can bring about; `bulk` in place of ∞."""
        capacity = np.where(np.isfinite(self.capacity), self.capacity, bulk)
        for effect in projects.effects(self.table, "capacity"):
            if effect.change > 0:
                capacity[effect.row] += effect.change * projects.size_max[effect.project] * self.share[effect.row]
        return capacity


@dataclass(frozen=True)
class Load:
    """How far the limits of a table's rows are used in a solution.

    Attributes
    ----------
    table : str
    names : ndarray of str, shape (rows,)
        Keys of the rows, as ``effects.csv`` writes them.
    capacity, used, shadow : ndarray, shape (rows, T)
        Units per period; discounted money per unit more.
    where : ndarray of bool, shape (rows, T)
        Where there is a limit and something that it limits.
    """

    table: str
    names: NDArray[np.object_]
    capacity: Floats
    used: Floats
    shadow: Floats
    where: NDArray[np.bool_]


def capacity_table(load: Load, ground: Ground) -> pd.DataFrame:
    """Rows of the result table ``capacity``: units per period; shadow price in money per unit, undiscounted."""
    row, period = np.nonzero(load.where)
    cap = load.capacity[row, period]
    use = load.used[row, period]
    with np.errstate(divide="ignore", invalid="ignore"):
        utilisation = np.where(cap > 0, use / cap, np.where(use > 0, np.inf, 0.0))
    utilisation[~np.isfinite(cap)] = np.nan
    return pd.DataFrame({
        "table": pd.array([load.table] * len(row), dtype="str"),
        "row": pd.array(load.names[row], dtype="str"),
        "period": pd.array(np.array(ground.periods.names, dtype=object)[period], dtype="str"),
        "capacity": np.where(np.isfinite(cap), cap, np.nan),
        "used": use,
        "utilisation": utilisation,
        "shadow_price": (load.shadow / ground.periods.weight_of_period)[row, period],
    })
