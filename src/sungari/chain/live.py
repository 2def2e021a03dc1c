"""A live model: solved once, then changed and re-solved warm.

Whatever solves the same region many times – outages, projects, coalitions, scenarios – changes bounds here and starts
each solve from the basis of the first one, with the dual simplex method.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sungari.chain.assembly import Model
from sungari.chain.limits import Limit
from sungari.chain.program import Floats, Ints
from sungari.chain.projects import row_keys
from sungari.chain.solver import Answer, Method, Solver
from sungari.chain.uses import Uses
from sungari.errors import Infeasible, UsageError, nearest
from sungari.region.package import Region


@dataclass(frozen=True)
class Change:
    """Bounds that a variant sets: of columns and of rows, by absolute index, in the program's units."""

    columns: Ints
    lower: Floats
    upper: Floats
    rows: Ints
    row_lower: Floats
    row_upper: Floats


class LiveModel:
    """A region's chain model, kept in the solver.

    Parameters
    ----------
    region : Region
        A checked region. Its demand curves keep the segments that they start with.
    projects : "none", "all" or list of str
        Projects that are built; whole-number decisions are fixed at the best of the first solve.
    prune : bool
    method : str
        Method of the first solve.

    Attributes
    ----------
    model : Model
    base : Answer
        The first solution.

    Examples
    --------
    >>> live = LiveModel(region)  # doctest: +SKIP
    >>> live.objective - live.with_change(live.capacity("links", "harbin-suifenhe", 0.0))  # doctest: +SKIP
    """

    def __init__(
        self, region: Region, projects: str | Iterable[str] = "none", *, prune: bool = True, method: Method = "auto"
    ) -> None:
        self.model = Model(region, projects, prune=prune)
        self.solver = Solver(self.model.arrays)
        self.base = self.solver.solve(method)
        if not self.base.feasible:
            from sungari.chain.explain import explain_infeasible

            raise Infeasible(explain_infeasible(self.model))
        if len(self.solver.integer):
            self.solver.fix_integers(self.base.x)
            self.base = self.solver.solve("simplex", mixed=False)
        self._basis = self.solver.basis()
        self._keys: dict[str, dict[str, list[int]]] = {}

    @property
    def objective(self) -> float:
        """Objective of the first solution: surplus in the base year's money, not divided by ``money_scale``."""
        return -self.base.objective

    def capacity(self, table: str, row: str, factor: float) -> Change:
        """The change that multiplies the capacity of a row, in every period.

        Parameters
        ----------
        table : "links", "supply", "facilities" or "units"
        row : str
            Key of the row, as ``effects.csv`` writes it.
        factor : float
            0 = out of service. An unlimited capacity can only be taken out of service.

        Raises
        ------
        UsageError
            If there is no such row, or it is unlimited and `factor` is not 0.
        """
        frame = self.model.region.table(table)
        keys = self._keys.setdefault(table, row_keys(frame, table))
        if row not in keys:
            raise UsageError(f"no row {row!r} in {table}.csv; {nearest(row, keys)}".rstrip("; "))
        rows: list[Ints] = []
        columns: list[Ints] = []
        for position in keys[row]:
            on_rows, on_columns = self._limits(table, position)
            rows.append(on_rows)
            columns.append(on_columns)
        r, c = np.concatenate(rows), np.concatenate(columns)
        arrays = self.model.arrays
        upper = arrays.upper[c]
        if factor != 0 and np.isinf(upper).any():
            raise UsageError(f"{table} {row!r} is unlimited; its capacity can only be set to zero")
        with np.errstate(invalid="ignore"):
            upper = np.where(factor == 0, 0.0, upper * factor)
        lower = np.minimum(arrays.lower[c], upper)
        return Change(c, lower, upper, r, arrays.row_lower[r], arrays.row_upper[r] * factor)

    def _limits(self, table: str, position: int) -> tuple[Ints, Ints]:
        """Program rows and columns that hold the capacity of a table row."""
        model = self.model
        none = np.zeros(0, dtype=np.int64)
        if table == "units":
            return _rows(model.facilities.unit_limit, position), none
        if table == "links":
            links = model.links
            rows = _rows(links.limit, position)
            banded = np.flatnonzero(links.bands.link[links.band_grid.row] == position)
            rows = np.append(rows, links.band_rows.start + banded)
            columns = none if len(rows) else links.columns.start + np.flatnonzero(links.link_of == position)
            return rows, columns
        if table in ("supply", "facilities"):
            uses: Uses = model.supply if table == "supply" else model.facilities
            rows = _rows(uses.limit, position)
            return rows, none if len(rows) else uses.columns.start + np.flatnonzero(uses.row == position)
        raise UsageError(f"capacities of {table!r} can't be changed; expected links, supply, facilities or units")

    def solve(self, change: Change) -> Answer:
        """Solve with a change, warm from the first solution, and undo the change.

        Returns
        -------
        Answer
            ``infeasible`` where something that must be met no longer can be.
        """
        solver, arrays = self.solver, self.model.arrays
        if len(change.columns):
            solver.set_bounds(change.columns, change.lower, change.upper)
        if len(change.rows):
            solver.set_sides(change.rows, change.row_lower, change.row_upper)
        solver.set_basis(self._basis)
        try:
            return solver.solve("simplex", mixed=False)
        finally:
            if len(change.columns):
                solver.set_bounds(change.columns, arrays.lower[change.columns], arrays.upper[change.columns])
            if len(change.rows):
                solver.set_sides(change.rows, arrays.row_lower[change.rows], arrays.row_upper[change.rows])

    def with_change(self, change: Change) -> float:
        """Objective with a change, in the same money as :attr:`objective`; −∞ where there is no plan."""
        answer = self.solve(change)
        return -answer.objective if answer.feasible else -np.inf


def _rows(limit: Limit, position: int) -> Ints:
    if limit.row_index is None:
        return np.zeros(0, dtype=np.int64)
    index = limit.row_index[position]
    return np.asarray(index[index >= 0])
