"""The tables of the region's package: looked at, checked as one types, and edited row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sungari.errors import Problem, Unknown
from sungari.operate import projects, tables
from sungari.operate.access.actor import ALL
from sungari.operate.content import PROJECT_TABLES
from sungari.operate.register import Work
from sungari.operate.tables import Edit
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, FUND_KEYS, TABLES, Column, Table
from sungari.show.charts.names import TABLES as TITLES
from sungari.show.web.contract import chosen, heading, word
from sungari.show.web.view import Seen, View
from sungari.words import Words

router = APIRouter(prefix="/region/tables", include_in_schema=False)
#: Rows on one page, columns in one table.
ROWS, COLUMNS = 50, 9
#: Columns that only the form shows.
_LONG = ("note", "description", "address", "name_zh", "name_ru")


@dataclass(frozen=True)
class Line:
    """A row as the table shows it."""

    position: int
    cells: list[str]
    problems: list[Problem]


@dataclass(frozen=True)
class Field:
    """A cell as the form shows it."""

    column: Column
    value: str
    names: list[str]
    long: bool
    blank: str  # what a blank stands for


@router.get("")
def listed(view: Seen) -> HTMLResponse:
    """All tables of the package."""
    region = view.region_shown()
    count: dict[str, list[int]] = {}
    for problem in _problems(view, region):
        both = count.setdefault(problem.file.removesuffix(".csv"), [0, 0])
        both[problem.severity != "error"] += 1
    rows = [
        (t.name, view.tr(TITLES.get(t.name, t.name)), len(region.tables.get(t.name, ())), *count.get(t.name, (0, 0)))
        for t in TABLES
    ]
    return view.page("tables.html", view.tr("Tables of the region"), rows=rows)


@router.get("/{name}")
def show(view: Seen, name: str, find: str = "", page: int = 1, row: int | None = None) -> HTMLResponse:
    """One table."""
    table, region = tables.table_named(name), view.region_shown()
    frame = tables.frame(region, name)
    columns = _columns(table, frame)
    found = _matching(frame, find)
    if row is not None and row in found:
        page = found.index(row) // ROWS + 1
    pages = max(1, -(-len(found) // ROWS))
    page = min(max(page, 1), pages)
    by_row: dict[int, list[Problem]] = {}
    others: list[Problem] = []
    for problem in _problems(view, region):
        if problem.file == table.file:
            if isinstance(problem.row, int) and 2 <= problem.row < len(frame) + 2:
                by_row.setdefault(problem.row - 2, []).append(problem)
            else:
                others.append(problem)
    lines = [Line(i, [tables.written(frame[c].iloc[i]) for c in columns], by_row.get(i, []))
             for i in found[(page - 1) * ROWS : page * ROWS]]  # fmt: skip
    heads = [table.by_name.get(c) or Column(c, "text", "") for c in columns]
    shown: dict[str, Any] = {
        "table": table, "columns": heads, "lines": lines, "find": find, "number": page, "pages": pages,
        "total": len(found), "others": others, "may_add": _may_add(view, name), "heading": heading, "word": word,
    }  # fmt: skip
    if view.partial:
        return view.part("table_rows.html", **shown)
    with view.reading() as work:
        form = _form(view, work, region, table, row) if row is not None else None
    return view.page("table.html", view.tr(TITLES.get(name, name)), form=form, **shown)


@router.get("/{name}/row")
def edited(view: Seen, name: str, position: int | None = None) -> HTMLResponse:
    """The form of a row; without a position, of a new one."""
    table, region = tables.table_named(name), view.region_shown()
    with view.reading() as work:
        return view.part("table_form.html", **_form(view, work, region, table, position))


@router.post("/{name}/check")
async def checked(view: Seen, request: Request, name: str) -> HTMLResponse:
    """What would be wrong with the row as it stands in the form."""
    edit, _ = await _sent(request, name)
    region = view.region_shown()
    _, problems = tables.tried(region, edit, _problems(view, region))
    return view.part("table_findings.html", problems=problems, table=tables.table_named(name), edit=edit,
                     heading=heading)


@router.post("/{name}/save")
async def saved(view: Seen, request: Request, name: str) -> HTMLResponse:
    """Keep the row as it stands in the form, or take it out."""
    edit, sent = await _sent(request, name)
    expected = int(sent["expected"]) if sent.get("expected", "").isdecimal() else None
    region = view.region_shown()
    table = tables.table_named(name)
    _, problems = tables.tried(region, edit)
    if any(p.severity == "error" for p in problems):
        return view.part("table_findings.html", problems=problems, table=table, edit=edit, heading=heading)
    why = sent.get("why", "").strip() or Words("{file} edited in the workspace", file=table.file)
    with view.writing(why) as work:
        tables.save(work, view.region(work) or region, edit, expected=expected)
    answer = view.part("table_saved.html", table=table, edit=edit)
    answer.headers["HX-Trigger"] = "rows-changed"
    return answer


async def _sent(request: Request, name: str) -> tuple[Edit, dict[str, str]]:
    sent = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    cells = {k.removeprefix("cell:"): v for k, v in sent.items() if k.startswith("cell:")}
    position = int(sent["position"]) if sent.get("position", "").isdecimal() else None
    return Edit(name, position, None if "remove" in sent else cells), sent


def _form(view: View, work: Work, region: Region, table: Table, position: int | None) -> dict[str, Any]:
    frame = tables.frame(region, table.name)
    if position is not None and not 0 <= position < len(frame):
        raise Unknown(view.tr("There is no such row"))
    values = {} if position is None else {str(c): tables.written(v) for c, v in frame.iloc[position].items()}
    columns = [*table.columns, *(Column(c, "text", "") for c in values if c not in table.by_name)]
    place = None if position is None else tables.places(work, table.name)[position]
    names = {
        c.name: sorted({str(v) for t in c.refers_to for v in region.table(t)[BY_NAME[t].key[0]].dropna()})
        for c in columns if c.refers_to
    }  # fmt: skip
    fields = [Field(c, values.get(c.name, ""), names.get(c.name, []), c.name in ("note", "description"),
                    _default(view, c))
              for c in columns]  # fmt: skip
    may = _may_edit(view, work, table.name, place.owner if place else "")
    return {"table": table, "fields": fields, "position": position, "place": place, "may": may, "problems": [],
            "heading": heading, "chosen": chosen, "fund_keys": FUND_KEYS,
            "title": view.tr("Row {n}", n=view.tr.whole(position + 2)) if position is not None else view.tr("New row")}


def _default(view: View, column: Column) -> str:
    """What a blank stands for, where the column's description does not say it."""
    if column.default is None or "blank" in column.description:
        return ""
    return word(column, tables.written(column.default), view.tr)


def _may_edit(view: View, work: Work, name: str, owner: str) -> bool:
    if name in PROJECT_TABLES:
        return view.actor.may("project.edit", projects.concerned(work, owner) if owner else None)
    return view.actor.may("region.edit", [ALL])


def _may_add(view: View, name: str) -> bool:
    if name in PROJECT_TABLES:
        return name != "projects" and view.actor.may("project.edit")
    return view.actor.may("region.edit", [ALL])


def _problems(view: View, region: Region) -> list[Problem]:
    made: list[Problem] = view.space.shelf.kept(("check", id(region), region.sha256), region.check)
    return made


def _columns(table: Table, frame: pd.DataFrame) -> list[str]:
    """Columns worth a place in the table: its key, then those that some row fills."""
    keys = [c for c in table.key if c in frame.columns]
    filled = [str(c) for c in frame.columns if c not in keys and c not in _LONG and frame[c].notna().any()]
    figures = [c for c in filled if c not in ("source", "quality")]
    return [*keys, *figures[: max(1, COLUMNS - len(keys))], *(c for c in ("quality",) if c in filled)]


def _matching(frame: pd.DataFrame, find: str) -> list[int]:
    """Positions of the rows that hold a text."""
    wanted = find.strip().casefold()
    if not wanted:
        return list(range(len(frame)))
    texts = frame.astype(str).agg(" ".join, axis=1).str.casefold() if len(frame) else pd.Series(dtype=str)
    return [i for i, text in enumerate(texts.tolist()) if wanted in text]
