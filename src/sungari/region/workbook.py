"""A region package as an Excel workbook: to be looked through, edited and read back without loss.

One sheet per table, empty ones included so that they can be filled; a sheet of settings; and a hidden one with what a
sheet has no place for (the order of columns, the rest of ``datapackage.json``).
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sungari.errors import UsageError
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, SETTINGS, TABLES, Column, key_column

SETTINGS_SHEET = "settings"
HIDDEN_SHEET = "_package"
#: Rows below the last that take the drop-down lists as well, so that a table can grow.
ROOM = 500
#: Most characters that a cell of Excel holds.
LONGEST = 32767
_CHUNK = 30000
_LIST_LENGTH = 255  # longest list of choices that Excel takes in a validation
_HEAD = PatternFill("solid", start_color="FFE7EEF5")
_REQUIRED = Font(bold=True)
_OPTIONAL = Font(bold=False, color="FF44546A")
# XML cannot hold these; Excel writes them, and what looks like such a code, as _xHHHH_
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_CODED = re.compile("_x([0-9A-Fa-f]{4})_")


def escape(text: str) -> str:
    """A text as a cell can hold it."""
    return _UNSAFE.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def unescape(text: str) -> str:
    """What :func:`escape` was given."""
    return _CODED.sub(lambda m: chr(int(m[1], 16)), text)


def export_workbook(region: Region, path: str | os.PathLike[str]) -> Path:
    """Write a region as an Excel workbook.

    Parameters
    ----------
    region : Region
    path : path-like
        The ``.xlsx`` file; it is replaced as a whole or not at all.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If a text is longer than a cell of Excel can be.
    """
    path = Path(path)
    book = Workbook()
    book.remove(book.active)
    _write_settings(book.create_sheet(SETTINGS_SHEET), region)
    sheets = sheet_names(region)
    contents: dict[str, Any] = {}
    headers: dict[str, list[str]] = {}
    for table, sheet in sheets.items():
        frame = region.tables.get(table)
        given = [str(c) for c in frame.columns] if frame is not None else []
        known = [c.name for c in BY_NAME[table].columns] if table in BY_NAME else []
        headers[table] = given + [c for c in known if c not in given]
        if frame is not None:
            contents[table] = {"sheet": sheet, "columns": given}
    for table, sheet in sheets.items():
        _write_table(book.create_sheet(sheet), table, region.tables.get(table), headers, sheets, region)
    _write_hidden(book.create_sheet(HIDDEN_SHEET), {
        "name": region.name, "title": region.title, "descriptor": region.descriptor, "tables": contents,
    })
    _save(book, path)
    return path


def sheet_names(region: Region) -> dict[str, str]:
    """Sheet of each table, the contract's first, then the package's own; Excel allows 31 characters, and not all."""
    names: dict[str, str] = {}
    taken = {SETTINGS_SHEET, HIDDEN_SHEET}
    for table in [t.name for t in TABLES] + [t for t in region.tables if t not in BY_NAME]:
        plain = re.sub(r"[\[\]:*?/\\']|[\x00-\x1f]", "_", table).strip()[:31] or "table"
        name, n = plain, 1
        while name.lower() in taken or name.lower() == "history":
            n += 1
            name = f"{plain[: 31 - len(str(n)) - 1]}_{n}"
        taken.add(name.lower())
        names[table] = name
    return names


def _save(book: Workbook, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".xlsx")
    os.close(handle)
    try:
        book.save(temporary)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # a temporary file is its owner's only
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def put(cell: Cell, value: Any) -> None:
    """Write a value so that it comes back the same: texts never as formulas, numbers with all their digits."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and np.isnan(value)):
        return
    if isinstance(value, bool | np.bool_):
        cell.value = bool(value)
    elif isinstance(value, int | np.integer):
        cell.value = int(value)
    elif isinstance(value, float | np.floating):
        cell.value = float(value)
        cell._value = repr(float(value))  # openpyxl would write 16 digits, and 17 are needed
    else:
        text = escape(str(value))
        if len(text) > LONGEST:
            raise UsageError("sheet {title}, cell {coordinate}: the text has {n} characters; a cell of Excel holds "
                             "{longest}",
                             title=cell.parent.title, coordinate=cell.coordinate, n=len(text), longest=LONGEST)
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"  # so that 007 stays 007 when the cell is edited
        if text[:1] in "=+-@'":
            cell.quotePrefix = True


def _write_settings(sheet: Worksheet, region: Region) -> None:
    given = region.settings.as_json()
    rows: list[tuple[str, Any, str]] = [
        ("name", region.name, "identifier of the package"),
        ("title", region.title, "its title"),
    ]
    for setting in SETTINGS:
        value = given.get(setting.name)
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value
        default = "" if setting.default is None else f"; default {json.dumps(setting.default)}"
        rows.append((setting.name, text, setting.description + default))
    rows += [(k, json.dumps(v), "the package's own, as JSON") for k, v in region.settings.other.items()]
    for r, row in enumerate([("setting", "value", "meaning"), *rows], start=1):
        for c, value in enumerate(row, start=1):
            put(sheet.cell(r, c), value)
    for c, width in enumerate((18, 24, 90), start=1):
        sheet.cell(1, c).font, sheet.cell(1, c).fill = _REQUIRED, _HEAD
        sheet.column_dimensions[get_column_letter(c)].width = width
    sheet.freeze_panes = "A2"


def _write_hidden(sheet: Worksheet, contents: Mapping[str, Any]) -> None:
    text = json.dumps(contents)
    for r, start in enumerate(range(0, len(text), _CHUNK), start=1):
        put(sheet.cell(r, 1), text[start : start + _CHUNK])
    sheet.sheet_state = "hidden"


def _write_table(
    sheet: Worksheet,
    name: str,
    frame: pd.DataFrame | None,
    headers: Mapping[str, list[str]],
    sheets: Mapping[str, str],
    region: Region,
) -> None:
    table = BY_NAME.get(name)
    rows = 0 if frame is None else len(frame)
    for c, header in enumerate(headers[name], start=1):
        cell, column = sheet.cell(1, c), table.by_name.get(header) if table else None
        put(cell, header)
        cell.fill, cell.alignment = _HEAD, Alignment(vertical="top")
        cell.font = _REQUIRED if column and column.required else _OPTIONAL
        width = len(header)
        if frame is not None and header in frame.columns:
            values = frame[header].tolist()
            for r, value in enumerate(values, start=2):
                put(sheet.cell(r, c), value)
            width = max([width, *(len(str(v)) for v in values[:200])])
        sheet.column_dimensions[get_column_letter(c)].width = min(max(width + 2, 9), 42)
        if column is not None:
            cell.comment = Comment(_comment(column), "Sungari", width=320, height=110)
            _validate(sheet, column, get_column_letter(c), rows + 1 + ROOM, headers, sheets, region)
    sheet.freeze_panes = "A2"
    if table is not None:
        sheet.sheet_properties.tabColor = "FF5B8DB8" if rows else "FFCCCCCC"


def _comment(column: Column) -> str:
    lines = [column.description]
    if column.unit:
        lines.append(f"unit: {column.unit}")
    lines.append(column.expected())
    if column.required:
        lines.append("required")
    elif column.default is not None:
        lines.append(f"blank = {str(column.default).lower() if isinstance(column.default, bool) else column.default}")
    return "\n".join(lines)


def _validate(
    sheet: Worksheet, column: Column, letter: str, last: int, headers: Mapping[str, list[str]],
    sheets: Mapping[str, str], region: Region,
) -> None:
    """Give a column its drop-down list."""
    source = None
    if column.kind == "choice" and len(",".join(column.choices)) <= _LIST_LENGTH:
        source = '"' + ",".join(column.choices) + '"'
    elif column.kind == "boolean":
        source = '"TRUE,FALSE"'
    elif column.kind == "name" and len(column.refers_to) == 1:
        other = column.refers_to[0]
        where = get_column_letter(headers[other].index(key_column(other)) + 1)
        count = len(region.tables[other]) if other in region.tables else 0
        source = f"{quote_sheetname(sheets[other])}!${where}$2:${where}${count + 1 + ROOM}"
    if source is None:
        return
    rule = DataValidation(type="list", formula1=source, allow_blank=True)
    rule.errorTitle = column.name
    rule.error = f"Expected {column.expected()}."[:_LIST_LENGTH]
    # * and calendar months are not in the list, and are right all the same
    free = column.wildcard or column.refers_to == ("periods",)
    rule.errorStyle = "warning" if free else "stop"
    rule.showErrorMessage = True
    rule.add(f"{letter}2:{letter}{last}")
    sheet.add_data_validation(rule)


def import_workbook(path: str | os.PathLike[str], *, check: bool = True) -> Region:
    """Read a region from an Excel workbook; see :func:`sungari.region.workbook_reading.read`."""
    from sungari.region.workbook_reading import read

    return read(path, check=check)
