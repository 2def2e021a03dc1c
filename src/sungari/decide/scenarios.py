"""Scenarios: the same region under another course of things – prices, demand, costs, delays, closures, duties.

A scenario is a list of shifts of single figures, from ``scenarios.csv`` or made in code. The changed region is a region
like any other, so a plan of it is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from sungari.chain.program import Floats
from sungari.errors import UsageError, hinted
from sungari.region.check.scenarios import UNLIMITED
from sungari.region.package import Region
from sungari.region.rows import rows_named
from sungari.region.schema import BY_NAME, CHANGEABLE, figures
from sungari.words import Words


class Shift(NamedTuple):
    """A change of one figure of one or several rows: ``new = old · factor + change``.

    Attributes
    ----------
    table, row, column : str
        As in ``scenarios.csv``; see :func:`sungari.region.rows.rows_named` for the row.
    factor, change : float
        The change is in the column's unit.
    """

    table: str
    row: str
    column: str
    factor: float = 1.0
    change: float = 0.0


def shifts_of(region: Region, scenario: str) -> tuple[Shift, ...]:
    """The shifts that make up a scenario of the package.

    Raises
    ------
    UsageError
        If there is no such scenario.
    """
    frame = region.table("scenarios")
    mine = frame[(frame["scenario"] == scenario).fillna(False).to_numpy(dtype=bool)]
    if mine.empty:
        names = frame["scenario"].dropna().unique().tolist()
        raise UsageError(hinted(Words("no scenario {scenario!r} in scenarios.csv", scenario=scenario), scenario, names))
    columns = ["table", "row", "column", "factor", "change"]
    return tuple(Shift(str(t), str(r), str(c), float(f), float(d))
                 for t, r, c, f, d in mine[columns].itertuples(index=False))


def probabilities(region: Region) -> dict[str, float]:
    """Chance of each scenario, in the order of ``scenarios.csv``; 0 for stress cases.

    What they leave of 1 is the chance of the base case.
    """
    frame = region.table("scenarios")
    stated = frame.groupby("scenario", sort=False)["probability"].max()
    return {str(name): 0.0 if np.isnan(p) else float(p) for name, p in stated.items()}


def scenario_region(region: Region, scenario: str) -> Region:
    """The region as it is in a scenario.

    Parameters
    ----------
    region : Region
    scenario : str
        Name in ``scenarios.csv``.

    Returns
    -------
    Region

    Raises
    ------
    UsageError
        If there is no such scenario, or it names a row or a column that is not there.

    Examples
    --------
    >>> sungari.open_region("northeast-fareast")  # doctest: +SKIP
    >>> scenario_region(region, "long-ice").solve()  # doctest: +SKIP
    """
    return shifted(region, shifts_of(region, scenario))


def shifted(region: Region, shifts: Iterable[Shift]) -> Region:
    """The region with figures shifted, one shift after the other.

    What falls below a column's least, or above its greatest, stops there. A blank stays blank – but a factor of 0
    closes a capacity or quota that is blank, that is unlimited. A shift of ``review_months`` moves the ``lead`` with
    it, in which the review is.

    Raises
    ------
    UsageError
        If a shift names a table, a row or a column that is not there.
    """
    changed: dict[str, pd.DataFrame] = {}
    for shift in shifts:
        _know(shift)
        rows = rows_named(region, shift.table, shift.row)
        if not len(rows):
            raise UsageError("no row {row!r} in {table}.csv to change", row=shift.row, table=shift.table)
        if shift.table not in changed:
            changed[shift.table] = region.table(shift.table).copy()
        frame = changed[shift.table]
        before = frame[shift.column].to_numpy(dtype=float, copy=True)
        after = before.copy()
        after[rows] = _moved(before[rows], shift)
        frame[shift.column] = after
        if shift.column == "review_months":
            months = np.nan_to_num(after) - np.nan_to_num(before)
            frame["lead"] = np.maximum(frame["lead"].to_numpy(dtype=float) + months / 12.0, 0.0)
    return region.with_figures(changed)


def _know(shift: Shift) -> None:
    if shift.table not in CHANGEABLE:
        text = Words("scenarios change no table {table!r}", table=shift.table)
        raise UsageError(hinted(text, shift.table, CHANGEABLE))
    if shift.column not in figures(shift.table):
        text = Words("no figures {column!r} in {table}.csv", column=shift.column, table=shift.table)
        raise UsageError(hinted(text, shift.column, figures(shift.table)))


def _moved(before: Floats, shift: Shift) -> Floats:
    column = BY_NAME[shift.table][shift.column]
    after = before * shift.factor + shift.change
    if shift.factor == 0.0 and shift.column in UNLIMITED:
        after = np.where(np.isnan(before), shift.change, after)
    if shift.column == "review_months":  # a project that states no review may still be held up by one
        after = np.where(np.isnan(before), shift.change, after)
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    return np.clip(after, low, high)
