"""A region from an Excel workbook; what is wrong is told by sheet and cell."""

from __future__ import annotations

import datetime
import json
import os
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.region import units
from sungari.region.cells import to_types
from sungari.region.descriptor import DESCRIPTOR, settings_of
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, SETTINGS, TABLES, Column
from sungari.region.workbook import HIDDEN_SHEET, SETTINGS_SHEET, unescape
from sungari.words import Words


@dataclass
class _Sheets:
    """What the sheets hold, and where."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    lines: dict[str, Any] = field(default_factory=dict)
    sheet: dict[str, str] = field(default_factory=dict)  # by table
    letters: dict[str, dict[str, str]] = field(default_factory=dict)  # column letters by table and header
    settings: dict[str, str] = field(default_factory=dict)  # cell of each setting
    problems: list[Problem] = field(default_factory=list)

    def placed(self, problem: Problem) -> Problem:
        """A problem of a table as one of a sheet and a cell."""
        if problem.file == DESCRIPTOR:
            setting = str(problem.column).removeprefix("sungari.")
            return replace(problem, file=SETTINGS_SHEET, row=self.settings.get(setting), column=setting)
        table = problem.file.removesuffix(".csv")
        if table not in self.sheet:
            return replace(problem, file=table)
        letter = self.letters[table].get(str(problem.column), "A")
        row = f"{letter}{problem.row}" if isinstance(problem.row, int) else problem.row
        return replace(problem, file=self.sheet[table], row=row)


def read(path: str | os.PathLike[str], *, check: bool = True) -> Region:
    """Read a region from a workbook that :func:`~sungari.region.workbook.export_workbook` made, or one like it.

    Parameters
    ----------
    path : path-like
        The ``.xlsx`` file. Sheets are tables by name; formulas count with the values that Excel stored with them.
    check : bool
        Whether to check how the tables fit together as well.

    Returns
    -------
    Region
        The same, by its SHA-256, as the one that was exported, if nothing was edited.

    Raises
    ------
    UsageError
        If there is no such file, or it is no workbook.
    InputError
        With all errors at once, each with its sheet and cell.
    """
    path = Path(path)
    book, values = _open(path), None
    if any(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row):
        values = _open(path, data_only=True)
    hidden = _hidden(book)
    found = _Sheets()
    given = _read_settings(book, values, found)
    own = {str(v.get("sheet")): (t, list(v.get("columns", []))) for t, v in hidden.get("tables", {}).items()}
    for sheet in book.worksheets:
        if sheet.title in (SETTINGS_SHEET, HIDDEN_SHEET):
            continue
        table, listed = own.get(sheet.title, (sheet.title, None))
        _read_sheet(sheet, values[sheet.title] if values else None, table, listed, found)
    for required in TABLES:
        if required.required and required.name not in found.tables:
            found.problems.append(Problem(required.name, None, None, "",
                                          Words("the sheet has no rows; a package needs them"), "", "missing-table"))
    name = str(given.pop("name", None) or hidden.get("name") or path.stem)
    title = str(given.pop("title", None) or "")
    settings, problems = settings_of(given)
    region = Region(name, found.tables, settings, title=title, descriptor=hidden.get("descriptor"), lines=found.lines)
    problems += units.convert(region, {})
    region.problems = []
    if check and not found.problems:
        problems += [p for p in region.check() if p.severity == "error"]
    errors = found.problems + [found.placed(p) for p in problems]
    errors = [p for p in errors if p.severity == "error"]
    if errors:
        raise InputError(errors, Words("workbook"))
    return region


def _open(path: Path, data_only: bool = False) -> Workbook:
    if not path.is_file():
        raise UsageError("no workbook at {path}: no such file", path=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of Excel's decorations that it drops
            return load_workbook(path, data_only=data_only)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UsageError("{path} is no Excel workbook (.xlsx) that can be read: {error}",
                         path=path, error=error) from error


def _hidden(book: Workbook) -> dict[str, Any]:
    if HIDDEN_SHEET not in book.sheetnames:
        return {}
    text = "".join(unescape(str(row[0].value)) for row in book[HIDDEN_SHEET].iter_rows(max_col=1) if row[0].value)
    try:
        found = json.loads(text)
    except ValueError:
        return {}  # it only remembers what the sheets can't say
    return found if isinstance(found, dict) else {}


def _read_settings(book: Workbook, values: Workbook | None, found: _Sheets) -> dict[str, Any]:
    if SETTINGS_SHEET not in book.sheetnames:
        return {}
    known = {s.name: s for s in SETTINGS}
    given: dict[str, Any] = {}
    sheet = (values or book)[SETTINGS_SHEET]
    for row in sheet.iter_rows(min_row=2, max_col=2):
        name = unescape(str(row[0].value or "")).strip()
        value = row[1].value if len(row) > 1 else None
        if not name or value is None or value == "":
            continue
        found.settings[name] = row[1].coordinate
        value = unescape(value) if isinstance(value, str) else value
        setting = known.get(name)
        if (setting is None and name not in ("name", "title")) or (setting and setting.kind == "mapping"):
            try:
                value = json.loads(str(value))
            except ValueError:
                if setting:
                    found.problems.append(Problem(SETTINGS_SHEET, row[1].coordinate, name, str(value),
                                                  Words("expected currency codes with positive numbers, as {\"CNY\": "
                                                        "0.14}"), "", "setting"))
                    continue
        elif setting and setting.kind == "boolean" and str(value).strip().lower() in ("true", "false"):
            value = str(value).strip().lower() == "true"
        given[name] = value
    return given


def _read_sheet(
    sheet: Worksheet, values: Worksheet | None, table: str, listed: list[str] | None, found: _Sheets
) -> None:
    rows = list(sheet.iter_rows())
    while rows and all(_blank(c) for c in rows[-1]):
        rows.pop()
    if not rows:
        return
    wrong = found.problems
    if table not in BY_NAME and listed is None:
        hint = nearest(table, BY_NAME)
        if hint:  # a near miss of a table's name is a slip, anything else somebody's own sheet
            wrong.append(Problem(sheet.title, None, None, sheet.title, Words("no such table"), hint, "unknown-table"))
            return
    letters: dict[str, str] = {}
    for c, cell in enumerate(rows[0]):
        header = unescape(str(cell.value)) if cell.value is not None else ""
        header = header if table not in BY_NAME else header.strip()
        if header in letters:
            wrong.append(Problem(sheet.title, cell.coordinate, header, header, Words("column stands twice"), "",
                                 "header"))
        elif header or (listed and header in listed):
            letters[header] = get_column_letter(c + 1)
        elif any(not _blank(row[c]) for row in rows[1:]):
            wrong.append(Problem(sheet.title, cell.coordinate, None, "", Words("a column with cells needs a header"),
                                 "", "header"))
    found.sheet[table], found.letters[table] = sheet.title, letters
    width = {get_column_letter(c + 1): c for c in range(len(rows[0]))}
    contract = BY_NAME.get(table)
    columns: dict[str, pd.Series[Any]] = {}
    for header, letter in letters.items():
        cells = [row[width[letter]] for row in rows[1:]]
        known = contract.by_name.get(header) if contract else None
        empty = all(_blank(c) for c in cells)
        if empty and not (listed and header in listed) and not (len(rows) > 1 and known and known.required):
            continue  # offered by the export, and not filled
        columns[header] = _column(cells, values, known, contract is None, header, sheet.title, wrong)
    if len(rows) == 1 and listed is None and contract is not None:
        return  # an empty table that the package does not have
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows) - 1))
    if contract is None:
        found.tables[table] = frame
        return
    typed, problems, lines = to_types(frame, contract)
    found.tables[table], found.lines[table] = typed, lines
    wrong += [found.placed(p) for p in problems if p.severity == "error"]


def _blank(cell: Cell) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and not cell.value)


def _column(
    cells: list[Cell], values: Worksheet | None, known: Column | None, own_table: bool, header: str, sheet: str,
    problems: list[Problem],
) -> pd.Series[Any]:
    """A column's cells: numbers stay numbers where the contract wants them, all else becomes text."""
    plain = list(_values(cells, values, header, sheet, problems))
    if known is None:
        kinds = {type(v) for v in plain if v is not None}
        if kinds == {bool}:
            return pd.Series(plain, dtype="boolean")
        if kinds == {int}:
            return pd.Series(plain, dtype="Int64")
        if kinds and kinds <= {int, float}:
            return pd.Series(plain, dtype=float)
    if known is not None and known.is_number:
        return pd.Series([v if not isinstance(v, bool) else str(v) for v in plain], dtype=object)
    blank = "" if own_table else None  # as reading CSV leaves them
    return pd.Series([blank if v is None else _text(v) for v in plain], dtype="str")


def _values(
    cells: list[Cell], values: Worksheet | None, header: str, sheet: str, problems: list[Problem]
) -> Iterator[Any]:
    for cell in cells:
        value, kind = cell.value, cell.data_type
        if kind == "f":
            stored = values[cell.coordinate] if values is not None else None
            value, kind = (stored.value, stored.data_type) if stored is not None else (None, "n")
            if value is None:
                problems.append(Problem(sheet, cell.coordinate, header, str(cell.value),
                                        Words("a formula without a stored value"),
                                        Words("open the workbook in Excel and save it"), "formula"))
        if kind == "e":
            problems.append(Problem(sheet, cell.coordinate, header, str(value), Words("an error of Excel"), "",
                                    "formula"))
            value = None
        yield unescape(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
