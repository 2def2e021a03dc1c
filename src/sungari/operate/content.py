"""A project's content: its rows of the package's tables as plain data, hashed, compared, and put back into tables.

A content maps each table to the project's rows, a row to its filled cells. The column ``project`` is left out: all of
a content is one project's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from sungari.errors import InputError, Problem, nearest
from sungari.region.cells import to_types
from sungari.region.schema import BY_NAME, TABLES
from sungari.words import Words

Row: TypeAlias = dict[str, Any]
Content: TypeAlias = dict[str, Any]

PROJECTS = "projects"
#: Tables whose rows belong to projects, the projects' own first.
PROJECT_TABLES = (
    PROJECTS,
    *(t.name for t in TABLES if t.name != PROJECTS and "project" in t.by_name
      and t.by_name["project"].refers_to == (PROJECTS,) and t.by_name["project"].required),
)  # fmt: skip
class Normal(dict[str, Any]):
    """A content whose cells are known to fit their columns."""


#: What a content holds beside the package's tables: what other formats say that these have no place for.
OTHER = "other"


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The rows of a typed table as plain data; blank cells are left out."""
    made: list[Row] = [{} for _ in range(len(frame))]
    for column in frame.columns:
        values = frame[column]
        name, blank = str(column), values.isna().tolist()
        for row, value, missing in zip(made, values.tolist(), blank, strict=True):
            if not missing:
                row[name] = value
    return made


def types_of(frame: pd.DataFrame) -> list[str]:
    """The columns' types, so that :func:`frame_of` gives them back."""
    return [str(t) for t in frame.dtypes]


def frame_of(rows: Sequence[Row], columns: Sequence[str], types: Sequence[str]) -> pd.DataFrame:
    """A table from plain rows; the inverse of :func:`rows_of`."""
    made = {}
    for column, kind in zip(columns, types, strict=True):
        values = [row.get(column) for row in rows]
        made[column] = pd.Series(values, dtype=pd.api.types.pandas_dtype(kind))
    return pd.DataFrame(made, columns=list(columns), index=pd.RangeIndex(len(rows)))


def normal(content: Mapping[str, Any]) -> Normal:
    """A content with its cells typed by the contract; one that is so already is given back as it is.

    Raises
    ------
    InputError
        With every cell that does not fit; rows count as in a file of the project's own (the first is 2).
    """
    if isinstance(content, Normal):
        return content
    problems: list[Problem] = []
    made = Normal()
    for name in content:
        if name not in (*PROJECT_TABLES, OTHER):
            hint = nearest(str(name), PROJECT_TABLES)
            problems.append(Problem(str(name), None, None, "", Words("no table of projects"), hint, "unknown-table"))
    for name in PROJECT_TABLES:
        rows = list(content.get(name) or [])
        if name == PROJECTS and not rows:
            problems.append(Problem(BY_NAME[name].file, None, None, "", Words("a project needs its row"), "", "blank"))
        if not rows:
            continue
        table = BY_NAME[name]
        given = list(dict.fromkeys(c for row in rows for c in row if c != "project"))
        order = [c.name for c in table.columns if c.name in given] + [c for c in given if c not in table.by_name]
        frame = pd.DataFrame({"project": ["-"] * len(rows), **{c: _cells(rows, c) for c in order}})
        typed, found, _ = to_types(frame, table)
        problems += [p for p in found if p.severity == "error"]
        made[name] = rows_of(typed.drop(columns="project"))
    if problems:
        raise InputError(problems, "project")
    if content.get(OTHER):
        made[OTHER] = json.loads(json.dumps(content[OTHER]))
    return made


def _cells(rows: Sequence[Row], column: str) -> pd.Series[Any]:
    values = [row.get(column) for row in rows]
    if any(isinstance(v, bool) for v in values):
        values = ["true" if v is True else "false" if v is False else v for v in values]
    numbers = all(v is None or isinstance(v, int | float) for v in values) and any(v is not None for v in values)
    return pd.Series(values, dtype=float if numbers else object)


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 of a content, its stage left out: a project that moves on is the same project."""
    rows = [{k: v for k, v in row.items() if k != "stage"} for row in content.get(PROJECTS, [])]
    text = json.dumps({**content, PROJECTS: rows}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


#: Columns that no result depends on: a project that moves on, or gets another name, is worth what it was worth.
WORDS = ("stage", "name", "name_zh", "name_ru", "description", "source", "quality", "note")


def figures(rows: Iterable[Row], table: str) -> list[Row]:
    """Rows of a table without the words in them."""
    return [{k: v for k, v in row.items() if k not in WORDS or k == BY_NAME[table].key[0]} for row in rows]


def figures_sha256(content: Mapping[str, Any], tables: Container[str]) -> str:
    """SHA-256 of a content's figures in these tables."""
    kept = {name: figures(rows, name) for name, rows in content.items() if name in BY_NAME and name in tables}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def cost_of(content: Mapping[str, Any]) -> float:
    """What a project costs to build at its largest, money of the package."""
    row = content[PROJECTS][0]
    return float(row.get("capex", 0.0) + row.get("capex_per_size", 0.0) * row.get("size_max", 1.0))


@dataclass(frozen=True)
class CellChange:
    """One cell that two contents differ in; None: the cell is blank, or the row is not there."""

    table: str
    row: str
    column: str
    before: Any
    after: Any

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" + (f" ({self.row})" if self.row else "")
        return f"{where}: {_shown(self.before)} → {_shown(self.after)}"

    def as_dict(self) -> dict[str, Any]:
        return {"table": self.table, "row": self.row, "column": self.column, "before": self.before,
                "after": self.after}


def _shown(value: Any) -> str:
    return "–" if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[CellChange]:
    """The cells that differ between two contents; rows are told apart by their tables' keys."""
    made: list[CellChange] = []
    for name in PROJECT_TABLES:
        old, new = _keyed(name, before.get(name, [])), _keyed(name, after.get(name, []))
        for key in dict.fromkeys((*old, *new)):
            a, b = old.get(key, {}), new.get(key, {})
            made += [
                CellChange(name, key.removesuffix("#0").replace("#", " #"), column, a.get(column), b.get(column))
                for column in dict.fromkeys((*a, *b)) if a.get(column) != b.get(column)
            ]  # fmt: skip
    if before.get(OTHER) != after.get(OTHER):
        made.append(CellChange(OTHER, "", "", None, "changed"))
    return made


def _keyed(name: str, rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by the rest of their key, and a number where several share it."""
    columns = [c for c in BY_NAME[name].key if c != "project"]
    made: dict[str, Row] = {}
    for row in rows:
        key = "/".join(str(row.get(c, "")) for c in columns)
        count = 0
        while f"{key}#{count}" in made:
            count += 1
        made[f"{key}#{count}"] = row
    return made
