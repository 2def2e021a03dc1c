"""Rows that a search learns on its way: sets of decisions that a rule outside the program refuses.

Their places in the solver are kept free from the start, so that a basis fits the program however much has been learned.
"""

from __future__ import annotations

import numpy as np

from sungari.chain.program import Floats, Ints
from sungari.chain.solver import Solver

#: Rows that are kept free; what is learned beyond them is left to propagation alone.
PLACES = 1024


class Cuts:
    """Rows ``values · decisions ≤ side`` over the whole-number columns of a live program.

    Parameters
    ----------
    solver : Solver

    Attributes
    ----------
    rows : list of (ndarray, float)
        Values for each whole-number column, and the side.
    ideas : list of ndarray
        Decisions that are worth a try in place of what was refused.
    """

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.rows: list[tuple[Floats, float]] = []
        self.ideas: list[Floats] = []
        self._start = solver.keep_rows(PLACES)

    @property
    def held(self) -> int:
        """How many of the rows, the first ones, the solver has."""
        return min(len(self.rows), PLACES)

    def add(self, columns: Ints, values: Floats, side: float) -> None:
        """Add a row.

        Parameters
        ----------
        columns : ndarray of int
            Places among the whole-number columns.
        values : ndarray of float, same shape
        side : float
        """
        if len(self.rows) < PLACES:
            self.solver.fill_row(self._start + len(self.rows), self.solver.integer[columns], values, side)
        row = np.zeros(len(self.solver.integer))
        row[columns] = values
        self.rows.append((row, side))
