"""Rows of the region's tables, those of projects and parties as well: looked at, tried, edited one by one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sungari.errors import Unknown
from sungari.operate import packages, tables
from sungari.operate.content import rows_of
from sungari.operate.register import Work
from sungari.operate.tables import Edit
from sungari.region.package import Region
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models.common import LARGEST, NAMED, Page, Row
from sungari.show.api.models.records import RowCells, TableRow, Tried
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS

router = APIRouter(tags=["region"])
Name = Annotated[str, Path(pattern=NAMED, description="A table: links, demand …")]
Nth = Annotated[int, Path(ge=0, le=LARGEST, description="Place of the row in its table, the first being 0")]
#: Whoever edits rows: of a project (project.edit), of all others (region.edit); the register asks by the row.
Edits = Annotated[Writer, writes("read")]


def _rows(work: Work, region: Region, name: str) -> list[TableRow]:
    found = zip(tables.places(work, name), rows_of(tables.frame(region, name)), strict=True)
    return [TableRow(position=i, owner=place.owner, cells=cells, etag=editions.tag_of(
        [place.owner, place.index, place.expected, cells])) for i, (place, cells) in enumerate(found)]  # fmt: skip


@router.get("/region/tables/{name}/rows", operation_id="list_rows", responses=responses(404))
def listed(asked: Reading, part: Wanted, name: Name) -> Page[TableRow]:
    """A table's rows in its order, those of projects and parties as well."""
    with asked.reading() as work:
        tables.table_named(name)
        return part.cut(_rows(work, packages.region(work), name), lambda row: row)


def _written(cells: Row) -> dict[str, str]:
    return {k: tables.written(v) for k, v in cells.items()}


def _row(work: Work, region: Region, name: str, position: int, if_match: str | None) -> int:
    """The version of what holds a row that is edited."""
    tables.table_named(name)
    there = _rows(work, region, name)
    tag = there[position].etag if position < len(there) else '"gone"'
    editions.demand(if_match, tag, f"row {position} of {name}")
    return tables.places(work, name)[position].expected


@router.post("/region/tables/{name}/check", operation_id="try_row", responses=responses(404))
def check(asked: Reading, name: Name, body: RowCells, position: Annotated[int | None, Query(
    ge=0, le=LARGEST, description="Row that it would replace; default a new one")] = None) -> Tried:  # fmt: skip
    """What would be wrong or odd with a row, and what it would bring about elsewhere; nothing is written."""
    with asked.reading() as work:
        tables.table_named(name)
        region = packages.region(work)
        if position is not None and position >= len(tables.frame(region, name)):
            raise Unknown(f"{name} has no row {position}")
        _, found = tables.tried(region, Edit(name, position, _written(body.cells)))
        return Tried.model_validate({"problems": found})


@router.post("/region/tables/{name}/rows", operation_id="add_row", status_code=201, responses=responses(404, 409))
def add(asked: Edits, name: Name, body: RowCells) -> TableRow:
    """Add a row: at the end of its owner's, or of the table."""
    with asked.writing() as work:
        tables.table_named(name)
        region = packages.region(work)
        before = {(p.owner, p.index) for p in tables.places(work, name)}
        tables.save(work, region, Edit(name, None, _written(body.cells)))
        work.session.flush()
        made = zip(tables.places(work, name), _rows(work, packages.region(work), name), strict=True)
        return next(row for place, row in made if (place.owner, place.index) not in before)


@router.put("/region/tables/{name}/rows/{position}", operation_id="edit_row", responses=EDITS)
def edit(
    request: Request, response: Response, asked: Edits, name: Name, position: Nth, body: RowCells,
    if_match: IfMatch = None,
) -> TableRow:  # fmt: skip
    """Put other cells in a row's place."""
    with asked.writing() as work:
        region = packages.region(work)
        expected = _row(work, region, name, position, if_match)
        tables.save(work, region, Edit(name, position, _written(body.cells)), expected=expected)
        work.session.flush()
        made = _rows(work, packages.region(work), name)[position]
        return editions.show(request, response, made, made.etag)


@router.delete("/region/tables/{name}/rows/{position}", operation_id="remove_row", status_code=204, responses=EDITS)
def remove(asked: Edits, name: Name, position: Nth, if_match: IfMatch = None) -> None:
    """Take a row out."""
    with asked.writing() as work:
        region = packages.region(work)
        expected = _row(work, region, name, position, if_match)
        tables.save(work, region, Edit(name, position, None), expected=expected)
