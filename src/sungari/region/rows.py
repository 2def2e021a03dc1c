"""Rows of a table by their key, as scenarios and uncertainties name them: ``place/commodity``, ``*/coal``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sungari.region.package import Region
from sungari.region.schema import ANY, BY_NAME


def rows_named(region: Region, table: str, row: str) -> NDArray[np.int64]:
    """Positions of the rows that a key means.

    Parameters
    ----------
    region : Region
    table : str
    row : str
        The parts of the table's key joined by ``/``. ``*`` stands for any part, and so do parts left out at the end;
        an empty part means a blank cell.

    Returns
    -------
    ndarray of int
        Empty where there is no such row.

    Examples
    --------
    >>> rows_named(region, "supply", "*/coal")  # doctest: +SKIP
    array([0, 1])
    """
    frame, key = region.table(table), BY_NAME[table].key
    if row == ANY:
        return np.arange(len(frame))
    # A name of its own may hold the sign that joins parts.
    parts = [row] if len(key) == 1 else row.split("/")
    if len(parts) > len(key):
        return np.zeros(0, dtype=np.int64)
    meant = np.ones(len(frame), dtype=bool)
    for column, part in zip(key, parts, strict=False):
        if part == ANY:
            continue
        cells = frame[column]
        meant &= (cells.isna() if part == "" else cells == part).fillna(False).to_numpy(dtype=bool)
    return np.flatnonzero(meant)
