"""A solver's basis as plain arrays: HiGHS' own object stays within its process."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray


def pack(basis: Any) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """A basis as plain arrays, of columns and of rows, that can go to another process."""
    return np.array([int(s) for s in basis.col_status], np.int8), np.array([int(s) for s in basis.row_status], np.int8)


def unpack(columns: NDArray[np.int8], rows: NDArray[np.int8]) -> Any:
    """The basis that :func:`pack` has taken apart."""
    basis = highspy.HighsBasis()
    kinds = [highspy.HighsBasisStatus(k) for k in range(5)]
    basis.col_status = [kinds[k] for k in columns.tolist()]
    basis.row_status = [kinds[k] for k in rows.tolist()]
    basis.valid, basis.alien = True, False
    return basis
