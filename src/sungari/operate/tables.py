"""Rows of the package's tables, looked at, checked and edited one by one.

A row is known by its place in the table as the region has it. It belongs to a project, to a party, or to the package
itself: an edit goes where the row lies, and counts from the version that the editor saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from sungari.errors import Conflict, InputError, Problem, Unknown, UsageError, hinted
from sungari.operate import packages, projects
from sungari.operate.access.actor import ALL
from sungari.operate.content import PROJECT_TABLES, PROJECTS, Row, frame_of, rows_of
from sungari.operate.conversion import foreign
from sungari.operate.records import PackageTable, Party, Project
from sungari.operate.register import Work
from sungari.region import units
from sungari.region.cells import to_types
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, Table
from sungari.words import Words


@dataclass(frozen=True)
class Place:
    """Where a row lies.

    Attributes
    ----------
    owner : str
        Code of a project or party; empty: the package itself.
    index : int
        Among the owner's rows of the table.
    expected : int
        Version of the record that holds it: what an edit counts from.
    """

    owner: str
    index: int
    expected: int


@dataclass(frozen=True)
class Edit:
    """A change of one row.

    Attributes
    ----------
    table : str
    position : int or None
        Row of the table, from 0; None = a new one.
    cells : mapping of str to str or None
        All cells as they are written, blank ones left out or empty; None = the row goes.
    """

    table: str
    position: int | None
    cells: Mapping[str, str] | None


def table_named(name: str) -> Table:
    """A table of the contract.

    Raises
    ------
    Unknown
        If there is none; the nearest name is offered.
    """
    if name not in BY_NAME:
        raise Unknown(hinted(Words("no table {name!r}", name=name), name, BY_NAME))
    return BY_NAME[name]


def places(work: Work, name: str) -> list[Place]:
    """Where each row of a table lies, in the order of the table."""
    kept = work.session.get(PackageTable, name)
    version = kept.version if kept is not None else 0
    own: list[Row] = [{"": Place("", i, version)} for i in range(len(kept.rows) if kept is not None else 0)]
    owned: dict[str, list[Row]] = {}
    if name == packages.PARTIES:
        rows = work.session.execute(select(Party.code, Party.version).order_by(Party.code))
        owned = {code: [{"": Place(code, 0, n)}] for code, n in rows}
    elif name in PROJECT_TABLES:
        asked = select(Project.code, Project.version).where(Project.stage != "cancelled")
        versions: dict[str, int] = dict(iter(work.session.execute(asked)))
        owned = {
            code: [{"": Place(code, i, versions[code])} for i in range(len(content.get(name) or []))]
            for code, content in projects.contents_now(work).items() if code in versions
        }  # fmt: skip
    order = kept.order if kept is not None else []
    found: list[Place] = [row[""] for row in packages.woven(order, own, {k: v for k, v in owned.items() if v})]
    return found


def frame(region: Region, name: str) -> pd.DataFrame:
    """A table as the region holds it, blanks blank; empty with all columns where it has none."""
    if name in region.tables:
        return region.tables[name]
    return to_types(pd.DataFrame({c.name: pd.Series(dtype=object) for c in table_named(name).columns}),
                    table_named(name))[0]  # fmt: skip


def written(value: Any) -> str:
    """A cell as its author would write it; blank is empty."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def tried(region: Region, edit: Edit, before: Sequence[Problem] | None = None) -> tuple[Region, list[Problem]]:
    """The region as an edit would leave it, and what is wrong or odd with the row then.

    Parameters
    ----------
    region : Region
    edit : Edit
    before : sequence of Problem or None
        What is wrong or odd with the region as it is, if that is known.

    Returns
    -------
    Region
        As it was where a cell does not fit its column.
    list of Problem
        Of the row itself, then those that the edit brings about elsewhere; what was wrong before is left out.
    """
    made, problems = _made(region, edit)
    return made, problems or _new(region.check() if before is None else before, made, edit)


def save(work: Work, region: Region, edit: Edit, *, expected: int | None = None) -> None:
    """Put an edit into the register, if it brings about no error.

    Parameters
    ----------
    work : Work
    region : Region
        The register's region as it is (:func:`sungari.operate.packages.region`).
    edit : Edit
    expected : int or None
        Version of the record that holds the row when the editor saw it; None for a new row.

    Raises
    ------
    InputError
        With every error that it brings about.
    Conflict
        If the record has been changed since.
    Forbidden
        If the actor may not edit the region, or the project.
    UsageError
        If the row would change hands, or a project would be made or removed by its row.
    """
    if edit.table == PROJECTS and (edit.position is None or edit.cells is None):
        raise UsageError("projects are made and cancelled on their own page, not by a row")
    made, problems = tried(region, edit)
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise InputError(errors, "row")
    row, place = _row(made, edit), None
    if edit.position is not None:
        here = places(work, edit.table)
        if not 0 <= edit.position < len(here):
            raise Conflict("{table}.csv has no row {position} any more; look at it and edit again",
                           table=edit.table, position=edit.position + 2)
        place = here[edit.position]
    own = packages.OWNERS.get(edit.table)
    owner = place.owner if place is not None else str(row.get(own, "")) if own and row is not None else ""
    if own and row is not None and place is not None and place.owner and str(row.get(own, "")) != place.owner:
        raise UsageError("a row stays with its {own}; remove it here, and add one there", own=own)
    if edit.table in PROJECT_TABLES and owner:
        _save_project(work, edit, row, owner, place, expected)
    elif edit.table == packages.PARTIES and owner:
        _save_party(work, row, owner, place, expected)
    else:
        _save_own(work, edit, row, place, expected)


# -- trying -----------------------------------------------------------------------------------------------------------


def _typed(edit: Edit, rows: int) -> tuple[Row | None, list[Problem]]:
    """The row as plain data, and the cells that do not fit."""
    if edit.cells is None:
        return None, []
    table = table_named(edit.table)
    cells = {c.name: edit.cells.get(c.name, "") for c in table.columns}
    cells |= {k: v for k, v in edit.cells.items() if k not in cells and v.strip()}
    typed, problems, _ = to_types(pd.DataFrame({k: [v] for k, v in cells.items()}, dtype=object), table)
    line = (rows if edit.position is None else edit.position) + 2
    found = [replace(p, row=line) for p in problems if p.severity == "error"]
    if not len(typed):
        blank = Words("a row needs something in it")
        found = found or [Problem(table.file, line, table.key[0], "", blank, "", "blank")]
    return (rows_of(typed)[0] if len(typed) else {}), found


def _made(region: Region, edit: Edit) -> tuple[Region, list[Problem]]:
    """The region as an edit leaves it, in its own units, and cells that do not fit: then it is as it was."""
    row, problems = _typed(edit, len(frame(region, edit.table)))
    if problems:
        return region, problems
    made = _with(region, edit, row)
    if row is not None and foreign([row], edit.table):
        problems = units.convert(made, {})
    return (region if problems else made), problems


def _row(made: Region, edit: Edit) -> Row | None:
    """The row as it is kept: as it was typed, or as it is converted in the region that the edit makes."""
    row, _ = _typed(edit, 0)
    if row is None or not foreign([row], edit.table):
        return row
    at = len(made.tables[edit.table]) - 1 if edit.position is None else edit.position
    return rows_of(made.tables[edit.table].iloc[[at]])[0]


def _with(region: Region, edit: Edit, row: Row | None) -> Region:
    """The region with a row changed, added or taken out."""
    old = frame(region, edit.table)
    rows = rows_of(old)
    if edit.position is None:
        rows.append(row or {})
    elif row is None:
        del rows[edit.position]
    else:
        rows[edit.position] = row
    made = frame_of(rows, [str(c) for c in old.columns], [str(t) for t in old.dtypes])
    for column in dict.fromkeys(c for r in rows for c in r if c not in made.columns):
        made[column] = [r.get(column) for r in rows]
    made = to_types(made, table_named(edit.table))[0]
    return Region(region.name, {**region.tables, edit.table: made}, region.settings, title=region.title,
                  descriptor=region.descriptor)  # fmt: skip


def likeness(problem: Problem) -> tuple[object, ...]:
    """What a problem is known by wherever its row stands."""
    return problem.file, problem.column, problem.value, problem.expected, problem.check


def _new(before: Sequence[Problem], after: Region, edit: Edit) -> list[Problem]:
    """Problems that were not there before, those of the edited row first and all of them."""
    known = {likeness(p) for p in before}
    file = table_named(edit.table).file
    line = None if edit.cells is None else (len(frame(after, edit.table)) - 1 if edit.position is None
                                            else edit.position) + 2
    found = after.check()
    mine = [p for p in found if p.file == file and p.row == line and line is not None]
    return mine + [p for p in found if p not in mine and likeness(p) not in known]


# -- saving -----------------------------------------------------------------------------------------------------------


def _put(rows: Sequence[Any], index: int | None, row: Any) -> list[Any]:
    """Rows with one changed, added or taken out."""
    made = list(rows)
    if index is None:
        made.append(row)
    elif row is None:
        del made[index]
    else:
        made[index] = row
    return made


def _save_project(
    work: Work, edit: Edit, row: Row | None, code: str, place: Place | None, expected: int | None
) -> None:
    content = dict(projects.current(work, code).content)
    rest = None if row is None else {k: v for k, v in row.items() if k != "project"}
    content[edit.table] = _put(content.get(edit.table) or [], place.index if place else None, rest)
    projects.change(work, code, content, expected=expected)


def _save_party(work: Work, row: Row | None, code: str, place: Place | None, expected: int | None) -> None:
    work.actor.demand("region.edit", [ALL])
    if row is None:
        work.session.delete(work.get(Party, code, expected=expected))
        return
    content = {k: v for k, v in row.items() if k != "party"}
    values = {"name": str(row.get("name", code)), "kind": str(row.get("kind", "")), "parent": row.get("parent"),
              "content": content}  # fmt: skip
    if place is None:
        work.session.add(Party(code=code, **values))
        return
    party = work.get(Party, code, expected=expected)
    for key, value in values.items():
        setattr(party, key, value)


def _save_own(work: Work, edit: Edit, row: Row | None, place: Place | None, expected: int | None) -> None:
    work.actor.demand("region.edit", [ALL])
    kept = work.session.get(PackageTable, edit.table)
    if kept is None:
        last = work.session.scalar(select(func.max(PackageTable.position)))
        work.session.add(PackageTable(name=edit.table, position=0 if last is None else last + 1, columns=[], types=[],
                                      rows=[row], order=[]))  # fmt: skip
    else:
        kept = work.get(PackageTable, edit.table, expected=expected)
        if kept.order and row is None and place is not None:
            nth = [i for i, whose in enumerate(kept.order) if whose is None][place.index]
            kept.order = _put(kept.order, nth, None)
        elif kept.order and place is None:
            kept.order = [*kept.order, None]
        kept.rows = _put(kept.rows, place.index if place else None, row)
    work.touched |= set(work.session.scalars(select(Project.code)))  # caps, restrictions … may be others now
