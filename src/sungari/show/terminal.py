"""Tables as the terminal shows them: figures with sensible digits, units in the headers, room to breathe."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from sungari.chain.plan import Plan
    from sungari.errors import Problem

#: Columns of output that goes to a file or a pipe.
WIDTH = 100
ABSENT = "–"
_SCALES = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))


@dataclass(frozen=True)
class Choice:
    """Which rows of a table to show.

    Attributes
    ----------
    place, commodity, period : str or None
        Only rows with this place, commodity, period or model year.
    top : int
        Most rows to print.
    """

    place: str | None = None
    commodity: str | None = None
    period: str | None = None
    top: int = 15


@dataclass(frozen=True)
class Heading:
    """A column of a table: its header, and how its cells are written.

    Attributes
    ----------
    title : str
    unit : str
        Unit of a number, put below the title; empty for texts and for numbers whose unit stands beside them.
    kind : str
        ``text``, ``right`` (a text set to the right), ``number`` (digits as the column's largest asks for), ``money``
        (likewise, and in thousands, millions or billions), ``mixed`` (each number on its own: the rows have different
        units), ``share`` (per cent), ``count`` (whole numbers), ``plain`` (as it is: years).
    """

    title: str
    unit: str = ""
    kind: str = "text"


@dataclass
class View:
    """A table ready to be printed, and its rows as data.

    Attributes
    ----------
    title : str
    headings : sequence of Heading
    rows : sequence of sequences
        Cells in the order of the headings.
    data : list of dict
        The same rows, all of them, as plain data with the library's column names.
    note : str
        Line below the table.
    """

    title: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Any]]
    data: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The rows as plain data, for ``--json``."""
        return {"status": "ok", "title": self.title, "rows": self.data}

    def __rich__(self) -> Group:
        return table(self.title, self.headings, self.rows, self.note)


def console() -> Console:
    """The console that results are printed to: as wide as the terminal, or a fixed width for files and pipes."""
    width = None if sys.stdout.isatty() else WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


def table(title: str, headings: Sequence[Heading], rows: Sequence[Sequence[Any]], note: str = "") -> Group:
    """A table with its title above and its note below.

    Parameters
    ----------
    title : str
    headings : sequence of Heading
    rows : sequence of sequences
    note : str

    Returns
    -------
    rich.console.Group
    """
    made = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    written = []
    for i, heading in enumerate(headings):
        cells, unit = write([row[i] for row in rows], heading)
        written.append(cells)
        header = Text(heading.title + (f"\n{unit}" if unit else ""))
        if heading.kind == "right":
            made.add_column(header, justify="right")
        elif heading.kind == "text":
            made.add_column(header, overflow="fold")
        else:
            made.add_column(header, justify="right", no_wrap=True)
    for row in zip(*written, strict=True):
        made.add_row(*(Text(cell) for cell in row))
    return Group(Text(title, style="bold"), made, *([Text(f"{note}\n", style="dim")] if note else []))


def write(values: Sequence[Any], heading: Heading) -> tuple[list[str], str]:
    """Texts of a column's cells and the unit that its header names.

    Examples
    --------
    >>> write([1234567.0, 45000.0], Heading("cost", "USD", "money"))
    (['1,235', '45'], 'thousand\\nUSD')
    >>> write([0.5, 12.345, 0.0], Heading("price", "USD/t", "number"))
    (['0.5', '12.3', '0'], 'USD/t')
    """
    if heading.kind in ("text", "right", "plain"):
        return [str(v) if str(v) == "" or not _absent(v) else ABSENT for v in values], heading.unit
    if heading.kind == "count":
        return [ABSENT if _absent(v) else f"{int(v):,}" for v in values], heading.unit
    numbers = [math.nan if _absent(v) else float(v) for v in values]
    if heading.kind == "mixed":
        return [figure(v, digits_of(v)) for v in numbers], heading.unit
    if heading.kind == "share":
        return [ABSENT if math.isnan(v) else f"{100 * v:,.0f} %" for v in numbers], heading.unit
    largest = max((abs(v) for v in numbers if math.isfinite(v)), default=0.0)
    divisor, word = scale(largest / 10) if heading.kind == "money" else (1.0, "")
    digits = digits_of(largest / divisor)
    unit = f"{word}\n{heading.unit}".strip()
    return [figure(v / divisor, digits) for v in numbers], unit


def scale(largest: float) -> tuple[float, str]:
    """Divisor and word that spare the reader the digits of large money."""
    if largest < 1e5:
        return 1.0, ""
    return next(((s, word) for s, word in _SCALES if largest >= s), (1.0, ""))


def quantity_scale(largest: float) -> tuple[float, str]:
    """Divisor and word that spare the reader the digits of a quantity of millions or more."""
    return next(((s, word) for s, word in _SCALES[:2] if largest >= s), (1.0, ""))


def quantity(value: float, unit: str = "") -> str:
    """A quantity and its unit as a text.

    Examples
    --------
    >>> quantity(32_040_000, "t"), quantity(120.0), quantity(float("inf"), "t")
    ('32.0 million t', '120', 'unlimited')
    """
    if math.isinf(value):
        return "unlimited"
    divisor, word = quantity_scale(abs(value))
    return " ".join(filter(None, (figure(value / divisor, digits_of(value / divisor)), word, unit)))


def digits_of(value: float) -> int:
    """Digits after the point that give three significant ones."""
    size = abs(value)
    if not math.isfinite(size) or size == 0:
        return 0
    return max(0, min(6, 2 - math.floor(math.log10(size))))


def figure(value: float, digits: int) -> str:
    """A number with thousands separators; one that rounding would make zero is written as below the last digit.

    Examples
    --------
    >>> figure(12345.6, 0), figure(0.004, 1), figure(float("nan"), 1)
    ('12,346', '<0.1', '–')
    """
    if math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    least = 10.0**-digits
    if abs(value) < least * 1e-6:  # nothing, or the solver's dust
        return "0"
    if abs(value) < least / 2:
        return f"<{least:.{digits}f}" if value > 0 else f">-{least:.{digits}f}"
    return f"{value:,.{digits}f}"


def _absent(value: Any) -> bool:
    return value is None or str(value) in ("", "<NA>") or (isinstance(value, float) and math.isnan(value))


# -- tables of their own ----------------------------------------------------------------------------------------------


def problem_table(title: str, problems: Sequence[Problem]) -> Group:
    """Problems of an input, one row each: where, what stands there, what should."""
    rows = [
        (
            p.file,
            "" if p.row is None else str(p.row),
            p.column or "",
            p.value,
            f"{p.expected}; {p.hint}" if p.hint else p.expected,
        )
        for p in problems
    ]
    headings = [Heading("file"), Heading("row", kind="plain"), Heading("column"), Heading("value"), Heading("problem")]
    return table(title, headings, rows)


def few_of_each(problems: Iterable[Problem], n: int = 3) -> list[Problem]:
    """The first `n` problems of each check."""
    seen: dict[str, int] = {}
    kept = []
    for problem in problems:
        seen[problem.check] = seen.get(problem.check, 0) + 1
        if seen[problem.check] <= n:
            kept.append(problem)
    return kept


def region_list(regions: Sequence[Mapping[str, Any]]) -> Group:
    """The packaged regions: name, title, sizes."""
    sizes = [k for k in regions[0] if k not in ("name", "title")]
    headings = [Heading("name"), Heading("title"), *(Heading(s, kind="count") for s in sizes)]
    return table("Packaged regions", headings, [(r["name"], r["title"], *(r[s] for s in sizes)) for r in regions])


# -- a plan's tables as a workbook ------------------------------------------------------------------------------------


#: Rows that a worksheet holds, its header included.
SHEET_ROWS = 1_048_576


def write_workbook(plan: Plan, path: Path) -> Path:
    """Write a plan's tables as an Excel workbook: one sheet each, and one with its figures.

    Raises
    ------
    UsageError
        If a table has more rows than a worksheet holds.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    from sungari.errors import UsageError

    frames = {**plan.tables, "prices": plan.prices(), "welfare": plan.welfare()}
    for name, frame in frames.items():
        if len(frame) >= SHEET_ROWS:
            rows = f"{len(frame):,} rows"
            raise UsageError(f"{name} has {rows}, more than a worksheet holds; read the plan's Parquet files instead")
    book = Workbook(write_only=True)

    def cell(sheet: Any, value: Any) -> Any:
        if _absent(value):
            return None
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, str) and value.startswith("="):  # a text, not a formula
            text = WriteOnlyCell(sheet, value)
            text.data_type = "s"
            return text
        return value

    sheet = book.create_sheet("plan")
    for key, value in plan.info.items():
        if isinstance(value, str | int | float | bool) or value is None:
            sheet.append([key, cell(sheet, value)])
    for name, frame in frames.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([str(c) for c in frame.columns])
        for row in frame.itertuples(index=False, name=None):
            sheet.append([cell(sheet, v) for v in row])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        book.save(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
