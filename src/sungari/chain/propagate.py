"""What rules among decisions say once some are taken: what no longer fits a budget, what another requires or excludes.

Bound propagation on the rows that hold nothing but decisions; a linear solve would let a part of a project stand where
the whole does not fit.
"""

from __future__ import annotations

import numpy as np

from sungari.chain.program import Arrays, Floats, Ints

MOST_PASSES = 10
#: Share of a unit by which rounding may miss a whole number.
ROUNDING = 1e-6


class Rules:
    """Rows of a program that only whole-number columns and other decisions stand in.

    Parameters
    ----------
    arrays : Arrays
    index : ndarray of int
        Its whole-number columns.
    """

    def __init__(self, arrays: Arrays, index: Ints) -> None:
        columns = np.union1d(index, np.flatnonzero(arrays.decision))
        count = np.diff(arrays.matrix.tocsr().indptr)
        part = arrays.matrix[:, columns].tocsr()
        rows = np.flatnonzero((count > 0) & (np.diff(part.indptr) == count))
        self.at = np.searchsorted(columns, index)
        self.lower, self.upper = arrays.lower[columns].copy(), arrays.upper[columns].copy()
        dense = part[rows].toarray()
        low, high = arrays.row_lower[rows], arrays.row_upper[rows]
        # All as ``matrix · x ≤ side``.
        self.matrix = np.concatenate([dense[np.isfinite(high)], -dense[np.isfinite(low)]])
        self.side = np.concatenate([high[np.isfinite(high)], -low[np.isfinite(low)]])
        self._signed()

    def _signed(self) -> None:
        self.more, self.less = np.maximum(self.matrix, 0.0), np.minimum(self.matrix, 0.0)

    def learn(self, values: Floats, side: float) -> None:
        """Keep ``values · x ≤ side`` as well; `values` for each whole-number column."""
        row = np.zeros((1, len(self.lower)))
        row[0, self.at] = values
        self.matrix, self.side = np.concatenate([self.matrix, row]), np.append(self.side, side)
        self._signed()

    def tighten(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats] | None:
        """Narrower bounds of the whole-number columns; None where the rules can't all be kept."""
        if not len(self.side):
            return lower, upper
        low, high = self.lower.copy(), self.upper.copy()
        low[self.at], high[self.at] = lower, upper
        scale = np.abs(self.matrix).max(axis=1, initial=1.0)
        for _ in range(MOST_PASSES):
            with np.errstate(invalid="ignore"):
                least = _real(self.more * low).sum(axis=1) + _real(self.less * high).sum(axis=1)
            slack = self.side - least
            if (slack < -ROUNDING * scale).any():
                return None
            with np.errstate(divide="ignore", invalid="ignore"):
                room = np.floor(slack[:, None] / np.abs(self.matrix[:, self.at]) + ROUNDING)
            top = np.where(self.more[:, self.at] > 0, room, np.inf).min(axis=0) + low[self.at]
            below = np.where(self.less[:, self.at] < 0, room, np.inf).min(axis=0)
            bottom = np.where(np.isfinite(below), high[self.at] - below, -np.inf)
            new_low, new_high = np.maximum(low[self.at], bottom), np.minimum(high[self.at], top)
            if (new_low > new_high + ROUNDING).any():
                return None
            if (new_low <= low[self.at]).all() and (new_high >= high[self.at]).all():
                break
            low[self.at], high[self.at] = new_low, new_high
        return low[self.at], high[self.at]


def _real(values: Floats) -> Floats:
    """The values; nothing times a bound that is not there is nothing, and what has no bound stays without."""
    return np.where(np.isnan(values), 0.0, values)
