"""Cells: from the text of a CSV file to typed columns and back.

Every cell that does not fit its column is a problem with its row; nothing here knows how tables fit together.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sungari.errors import Problem, nearest
from sungari.region.schema import BY_NAME, Column, Table
from sungari.words import Words

_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}


def read_csv(file: Path, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
        frame = pd.read_csv(
            file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False, index_col=False
        )
    except UnicodeDecodeError as error:
        where = Words("not UTF-8: {reason} at byte {byte}", reason=error.reason, byte=error.start)
        return None, [Problem(file.name, None, None, "", where, "", "encoding")]
    except pd.errors.EmptyDataError:
        return None, [Problem(file.name, 1, None, "", Words("expected a header row"), "", "header")]
    except (pd.errors.ParserError, csv.Error, pd.errors.ParserWarning) as error:
        what = Words("not a CSV table: {error}", error=str(error).strip())
        return None, [Problem(file.name, None, None, "", what, "", "csv")]
    header = [h.strip() for h in header]
    problems = [
        Problem(file.name, 1, h, h, Words("column stands twice"), "", "header") for h in sorted(set(header))
        if h and header.count(h) > 1
    ]
    frame.columns = pd.Index(header if len(header) == frame.shape[1] else [str(c).strip() for c in frame.columns])
    frame = frame.loc[:, ~frame.columns.duplicated() & (frame.columns != "")]
    return frame, problems


def to_types(
    frame: pd.DataFrame, table: Table
) -> tuple[pd.DataFrame, list[Problem], np.ndarray[Any, Any] | None]:
    """Give each contract column its type; return the frame, the problems and the line each row came from."""
    problems: list[Problem] = []
    blank_rows = np.ones(len(frame), dtype=bool)
    blanks = {column: _blank(frame[column]) for column in frame.columns}
    for blank in blanks.values():
        blank_rows &= blank
    blanks = {column: blank[~blank_rows] for column, blank in blanks.items()}
    lines = np.flatnonzero(~blank_rows) + 2
    frame = frame.loc[~blank_rows].reset_index(drop=True)
    for wanted in table.columns:
        if wanted.required and wanted.name not in frame.columns:
            hint = nearest(wanted.name, [c for c in frame.columns if c not in table.by_name])
            if isinstance(hint, Words):
                hint = Words("is it {name!r} in the file?", **hint.values)
            missing = Words("column is missing ({what})", what=Words(wanted.description))
            problems.append(Problem(table.file, 1, wanted.name, "", missing, hint, "missing-column"))
    typed: dict[str, Any] = {}
    for column in frame.columns:
        known = table.by_name.get(str(column))
        if known is None:
            typed[str(column)] = frame[column].where(~blanks[column])
            hint = nearest(str(column), [c for c in table.by_name if c not in frame.columns])
            if hint and not str(column).endswith("_unit"):
                problems.append(Problem(table.file, 1, str(column), str(column), Words("no such column; it is ignored"),
                                        hint, "unknown-column", "warning"))
            continue
        values, found = _cells(frame[column], blanks[column], known, table.file, lines)
        typed[known.name] = values
        problems += found
        if known.required:
            must = Words("blank; expected {what}", what=known.expected())
            problems += [
                Problem(table.file, int(lines[i]), known.name, "", must, "", "blank")
                for i in np.flatnonzero(blanks[column])
            ]
    return pd.DataFrame(typed, index=frame.index), problems, lines


def _blank(values: pd.Series) -> np.ndarray[Any, Any]:
    blank = values.isna().to_numpy(dtype=bool)
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        # a plain loop: pandas' text methods take longer to set up than most tables have rows
        blank = blank | np.array([isinstance(v, str) and not v.strip() for v in values.tolist()], dtype=bool)
    return np.asarray(blank)


def _cells(
    values: pd.Series, blank: np.ndarray[Any, Any], column: Column, file: str, lines: np.ndarray[Any, Any]
) -> tuple[pd.Series, list[Problem]]:
    problems: list[Problem] = []
    expected = Words("expected {what}", what=column.expected())

    def wrong(bad: np.ndarray[Any, Any], check: str = "kind") -> None:
        for i in np.flatnonzero(bad):
            value = str(values.iloc[i])
            hint = nearest(value, column.choices) if column.choices else ""
            if not hint and column.is_number and "," in value:
                hint = Words("write a decimal point, no thousands separators")
            problems.append(Problem(file, int(lines[i]), column.name, value, expected, hint, check))

    if column.is_number:
        text = values if not isinstance(values.dtype, pd.StringDtype) else values.str.strip()
        numbers = pd.to_numeric(text.where(~blank), errors="coerce").astype(float) + 0.0  # -0 is written as 0
        array = numbers.to_numpy()
        bad = ~blank & ~np.isfinite(array)
        wrong(bad)
        if column.kind == "integer":
            fraction = ~blank & ~bad & (np.floor(array) != array)
            wrong(fraction)
            bad |= fraction
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        outside = ~blank & ~bad & ((array < low) | (array > high))
        wrong(outside, "range")
        numbers = numbers.where(~(bad | outside))
        return (numbers.astype("Int64") if column.kind == "integer" else numbers), problems
    if column.kind == "boolean":
        lower = values.astype(str).str.strip().str.lower()
        yes, no = lower.isin(_TRUE).to_numpy(), lower.isin(_FALSE).to_numpy()
        wrong(~blank & ~yes & ~no)
        flags = pd.Series(pd.array(yes, dtype="boolean"), index=values.index)
        return flags.mask(blank | ~(yes | no)), problems
    text = values.astype(str).str.strip()
    if column.kind == "choice":
        text = text.str.lower()
        bad = ~blank & ~text.isin(column.choices).to_numpy()
        wrong(bad, "choice")
        blank = blank | bad
    return text.astype("str").where(~blank), problems


@functools.cache
def empty(name: str) -> pd.DataFrame:
    """A table that the package leaves out: made once, since most packages leave most tables out."""
    return filled(None, BY_NAME[name])


def filled(frame: pd.DataFrame | None, table: Table) -> pd.DataFrame:
    """A table with all columns of the contract and defaults in place of blanks."""
    made: dict[str, Any] = {}
    index = frame.index if frame is not None else pd.RangeIndex(0)
    for column in table.columns:
        if frame is not None and column.name in frame.columns:
            values = frame[column.name]
            if column.default is not None:
                values = values.fillna(column.default)
        else:
            values = _constant(column, index)
        made[column.name] = values
    if frame is not None:
        made |= {str(c): frame[c] for c in frame.columns if c not in table.by_name}
    return pd.DataFrame(made, index=index)


def _constant(column: Column, index: pd.Index) -> pd.Series:
    if column.kind == "integer":
        return pd.Series(pd.NA, index=index, dtype="Int64")
    if column.is_number:
        value = np.nan if column.default is None else float(column.default)
        return pd.Series(value, index=index, dtype=float)
    if column.kind == "boolean":
        return pd.Series(bool(column.default), index=index, dtype="boolean")
    return pd.Series(column.default, index=index, dtype="str")


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as the text that goes into a CSV file: shortest numbers that read back the same."""

    def number(value: float) -> str:
        if np.isnan(value):
            return ""
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))

    made: dict[str, Any] = {}
    for column in frame.columns:
        values = frame[column]
        if values.dtype == np.float64:
            made[column] = [number(v) for v in values.to_numpy()]
        elif isinstance(values.dtype, pd.BooleanDtype) or values.dtype == bool:
            made[column] = ["" if pd.isna(v) else ("true" if v else "false") for v in values]
        else:
            made[column] = values
    return pd.DataFrame(made, index=frame.index)
