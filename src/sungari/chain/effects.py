"""What projects change in other tables: effects by row, second ways of using a row, and entries kept for the rents.

Source: region-format.md, ``effects.csv``; model.md, constraint 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from sungari.chain.program import Floats, Ints

#: Columns of a table that, when a project moves them, need a second way of using the row (cost times quantity is not
#: linear), and the most projects that may do so to one row.
WAY_COLUMNS = ("cost", "loss", "days")
MOST_PER_ROW = 4


@dataclass(frozen=True)
class Ways:
    """Ways of using the rows of a family: as they stand, and as projects leave them.

    Attributes
    ----------
    row : ndarray of int, shape (W,)
        Row of the family's table; the first ways are the rows themselves, in order.
    change : dict of str to ndarray, shape (W,)
        Change of ``cost``, ``loss`` and ``days`` against the table.
    projects : list of tuple of int, length W
        Projects that must be in operation for the way.
    rivals : list of tuple of int, length W
        Projects that must not be in operation, because they would make the row worse.
    """

    row: Ints
    change: dict[str, Floats]
    projects: list[tuple[int, ...]]
    rivals: list[tuple[int, ...]]

    @property
    def plain(self) -> bool:
        return all(not p for p in self.projects)


@dataclass(frozen=True)
class Effect:
    """A project's change of one figure of one row of a family's table."""

    project: int
    row: int
    column: str
    change: float


@dataclass
class Added:
    """Entries by which projects' sizes move the limits of a family, kept to split the rents."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    owner: list[Ints] = field(default_factory=list)
    project: list[Ints] = field(default_factory=list)
    family: list[str] = field(default_factory=list)


def ways_of(effects: Sequence[Effect], rows: int, size_max: Floats) -> Ways:
    """Ways of using each of `rows` rows, given the effects that move their cost, loss or days."""
    by_row: dict[int, list[Effect]] = {}
    for effect in effects:
        by_row.setdefault(effect.row, []).append(effect)
    row = list(range(rows))
    change = {c: [0.0] * rows for c in WAY_COLUMNS}
    chosen: list[tuple[int, ...]] = [()] * rows
    rivals: list[tuple[int, ...]] = [()] * rows
    for r, mine in by_row.items():
        involved = sorted({e.project for e in mine})
        worse = {e.project for e in mine if e.change > 0}
        rivals[r] = tuple(p for p in involved if p in worse)
        for n in range(1, len(involved) + 1):
            for subset in combinations(involved, n):
                row.append(r)
                chosen.append(subset)
                rivals.append(tuple(p for p in involved if p in worse and p not in subset))
                for column in WAY_COLUMNS:
                    change[column].append(sum(
                        e.change * size_max[e.project]
                        for e in mine if e.column == column and e.project in subset
                    ))
    return Ways(np.array(row, dtype=np.int64), {c: np.array(v) for c, v in change.items()}, chosen, rivals)


def row_keys(frame: pd.DataFrame, table: str) -> dict[str, list[int]]:
    """Positions of a table's rows by the key that ``effects.csv`` names them with.

    ``place/commodity`` without a step means step 1, or the only step there is.
    """
    result: dict[str, list[int]] = {}
    if table == "links":
        keys = frame["link"].astype(str).tolist()
    elif table in ("facilities", "units"):
        keys = (frame["place"] + "/" + frame["process" if table == "facilities" else "unit"]).astype(str).tolist()
    else:
        keys = (frame["place"] + "/" + frame["commodity"]).astype(str).tolist()
    if table in ("supply", "demand"):
        steps = frame["step"].astype(str).tolist()
        of_key: dict[str, set[str]] = {}
        for key, step in zip(keys, steps, strict=True):
            of_key.setdefault(key, set()).add(step)
        for i, (key, step) in enumerate(zip(keys, steps, strict=True)):
            result.setdefault(f"{key}/{step}", []).append(i)
            if step == "1" or len(of_key[key]) == 1:
                result.setdefault(key, []).append(i)
    else:
        for i, key in enumerate(keys):
            result.setdefault(key, []).append(i)
    return result
