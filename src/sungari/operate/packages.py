"""The region package of a register: taken in, kept beside the projects, and put together again without loss.

Rows that belong to a project are its content; a party's row is the party's; all other rows stay with their table. What
order they came in is kept too, so that the region that comes out has the SHA-256 of the one that went in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import event, select

from sungari.errors import Problem, UsageError
from sungari.operate import projects
from sungari.operate.access import sight
from sungari.operate.access.actor import ALL
from sungari.operate.content import (
    PROJECT_TABLES,
    PROJECTS,
    Content,
    Normal,
    Row,
    figures_sha256,
    frame_of,
    rows_of,
    types_of,
)
from sungari.operate.records import Package, PackageTable, Party, Project
from sungari.operate.register import Work
from sungari.region.cells import to_types
from sungari.region.descriptor import settings_of
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, TABLES

PARTIES = "parties"
#: Column that says whose a row is, by table.
OWNERS = {PARTIES: "party", **dict.fromkeys(PROJECT_TABLES, "project")}
#: Key of ``datapackage.json`` under which a package says from which versions of the register it was made.
MARK = "register"


@dataclass
class Parts:
    """A region taken apart: projects, parties, and tables with what is left.

    Attributes
    ----------
    projects : dict of str to Content
    parties : dict of str to row
    tables : dict of str to dict
        ``columns``, ``types``, ``rows`` (those of nobody) and ``order`` (whose row comes when) of each table.
    """

    projects: dict[str, Normal] = field(default_factory=dict)
    parties: dict[str, Row] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)



def take_apart(region: Region) -> Parts:
    """Take a region apart into projects, parties and the rest.

    Rows that name a project which the package lacks stay with their table.
    """
    parts = Parts()
    known = set(region.tables[PROJECTS]["project"].dropna().astype(str)) if PROJECTS in region.tables else set()
    for name, frame in region.tables.items():
        own = OWNERS.get(name) if OWNERS.get(name) in frame.columns else None
        rows = rows_of(frame)
        left: list[Row] = []
        order: list[str | None] = []
        for row in rows:
            whose = row.get(own) if own else None
            if whose is None or (name in PROJECT_TABLES and whose not in known) or (
                name == PARTIES and whose in parts.parties
            ):
                left.append(row)
                order.append(None)
                continue
            order.append(whose)
            rest = {k: v for k, v in row.items() if k != own}
            if name == PARTIES:
                parts.parties[whose] = rest
            else:
                parts.projects.setdefault(whose, Normal()).setdefault(name, []).append(rest)
        parts.tables[name] = {"columns": [str(c) for c in frame.columns], "types": types_of(frame), "rows": left,
                              "order": order if own else []}
    return parts


def owner_of(region: Region, table: str, line: int) -> str | None:
    """The project that a line of a table's file belongs to; None where it is no project's."""
    own = OWNERS.get(table)
    if own != "project" or table not in region.tables or own not in region.tables[table].columns:
        return None
    frame = region.tables[table]
    lines = np.array([region.line(table, i) for i in range(len(frame))])
    found = np.flatnonzero(lines == line)
    value = frame[own].iloc[int(found[0])] if len(found) else None
    return str(value) if isinstance(value, str) else None


# -- in ---------------------------------------------------------------------------------------------------------------


def package(work: Work) -> Package:
    """The register's package.

    Raises
    ------
    UsageError
        If the register has none yet.
    """
    found = work.session.get(Package, 1)
    if found is None or not found.name:
        raise UsageError("the register has no region yet; `sungari register import PACKAGE` takes one in")
    return found


def put_tables(work: Work, region: Region, parts: Parts, origin: str) -> None:
    """Put a region's name, settings, parties and all tables in place of what the register holds; projects stay."""
    work.actor.demand("region.edit", [ALL])
    record = work.get(Package, 1)
    record.name, record.title = region.name, region.title
    record.settings = _settings(region)
    record.descriptor = _rest(region)
    record.origin = origin
    held = {t.name: t for t in work.session.scalars(select(PackageTable))}
    secret = sight.kept_projects(work)
    for table in parts.tables.values():  # what all see names no project that one keeps to itself
        table["order"] = [whose for whose in table["order"] if whose not in secret]
    for position, (name, table) in enumerate(parts.tables.items()):
        kept = held.pop(name, None)
        if kept is None:
            work.session.add(PackageTable(name=name, position=position, **table))
        else:
            for key, value in {"position": position, **table}.items():
                if getattr(kept, key) != value:
                    setattr(kept, key, value)
    for gone in held.values():
        work.session.delete(gone)
    parties = {p.code: p for p in work.session.scalars(select(Party))}
    for code, row in parts.parties.items():
        values = {"name": str(row.get("name", code)), "kind": str(row.get("kind", "")), "parent": row.get("parent"),
                  "content": row}
        party = parties.pop(code, None)
        if party is None:
            work.session.add(Party(code=code, **values))
        else:
            for key, value in values.items():
                if getattr(party, key) != value:
                    setattr(party, key, value)
    for party in parties.values():
        work.session.delete(party)
    work.session.flush()
    work.touched |= sight.all_projects(work)  # caps, the fund's limits … may be others now


@event.listens_for(PackageTable, "before_insert")
@event.listens_for(PackageTable, "before_update")
def _figures(_mapper: Any, _connection: Any, table: PackageTable) -> None:
    """Keep the hash of a table's figures in step with its rows, whoever writes them."""
    table.figures = figures_sha256({table.name: table.rows}, (table.name,))


def differences(work: Work, region: Region, parts: Parts) -> list[str]:
    """What a package holds otherwise than the register, projects left out: names of tables, ``settings`` …"""
    held = package(work)
    tables = {t.name: t for t in work.session.scalars(select(PackageTable))}
    parties = {p.code: p.content for p in work.session.scalars(select(Party))}
    made = [name for name, a, b in (
        ("title", held.title, region.title),
        ("settings", held.settings, _settings(region)),
        ("description", held.descriptor, _rest(region)),
        (PARTIES, parties, parts.parties),
    ) if a != b]  # fmt: skip
    for name in dict.fromkeys((*tables, *parts.tables)):
        a, b = tables.get(name), parts.tables.get(name)
        if name in PROJECT_TABLES and (a.rows if a else []) == (b["rows"] if b else []):
            continue  # its columns come and go with the projects' rows
        if a is None or b is None or any(getattr(a, k) != b[k] for k in ("columns", "types", "rows")):
            made.append(name)
    return list(dict.fromkeys(made))


def _settings(region: Region) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(region.settings.as_json(), default=str))
    return made


def _rest(region: Region) -> dict[str, Any]:
    return {k: v for k, v in region.descriptor.items() if k not in (MARK, "$schema")}


# -- out --------------------------------------------------------------------------------------------------------------


def region(
    work: Work, names: Iterable[str] | None = None, *, replace: Mapping[str, Content] | None = None,
    observed: bool = False,
) -> Region:  # fmt: skip
    """The register's region as the model reads it.

    Parameters
    ----------
    work : Work
    names : iterable of str or None
        Projects; default all that are not cancelled.
    replace : mapping of str to Content or None
        Contents to take in place of those that the register holds, or in addition.
    observed : bool
        Whether reviews that have taken longer or shorter here than planned count as they were; see
        :func:`sungari.operate.clock.observed`.

    Returns
    -------
    Region
        Unchecked. Its descriptor says under ``register`` from which versions it was made.

    Raises
    ------
    UsageError
        If the register has no region, or no such project.
    """
    held = package(work)
    found = projects.contents_now(work)
    versions = dict(iter(work.session.execute(select(Project.code, Project.version))))
    if names is None:
        cancelled = set(work.session.scalars(select(Project.code).where(Project.stage == "cancelled")))
        found = {k: v for k, v in found.items() if k not in cancelled}
    else:
        for name in (wanted := list(names)):
            projects.get(work, name)
        found = {k: v for k, v in found.items() if k in wanted}
    found = _without(sight.hidden_projects(work), found)
    found.update(replace or {})
    owners: dict[str, dict[str, list[Row]]] = {
        name: {code: [{"project": code, **row} for row in content[name]]
               for code, content in found.items() if content.get(name)}
        for name in PROJECT_TABLES
    }  # fmt: skip
    parties = work.session.scalars(select(Party).order_by(Party.code))
    owners[PARTIES] = {p.code: [{"party": p.code, **p.content}] for p in parties}
    tables = {}
    for table in work.session.scalars(select(PackageTable).order_by(PackageTable.position)):
        tables[table.name] = _table(table.name, table, owners.pop(table.name, {}))
    for name in (t.name for t in TABLES):
        if owners.get(name):
            tables[name] = _table(name, None, owners[name])
    settings, _ = settings_of(held.settings)
    mark = {"register": held.register, "package": held.version, "versions": {k: versions[k] for k in found
                                                                             if k in versions}}
    made = Region(held.name, tables, settings, title=held.title, descriptor={**held.descriptor, MARK: mark})
    if observed:
        from sungari.operate import clock

        made = clock.with_observed_reviews(work, made)
    return made


def _without(hidden: set[str], found: dict[str, Content]) -> dict[str, Content]:
    """Contents that name no hidden project: what depends on one stands as if it did not."""
    if not hidden:
        return found
    made = {}
    for code, content in found.items():
        row = dict(content[PROJECTS][0])
        for column in ("requires", "excludes"):
            names = [n.strip() for n in str(row.get(column) or "").split(";") if n.strip()]
            if hidden.intersection(names):
                row[column] = ";".join(n for n in names if n not in hidden) or None
        left = {k: v for k, v in row.items() if v is not None}
        made[code] = {**content, PROJECTS: [left, *content[PROJECTS][1:]]}
    return made


def region_of(work: Work, found: Mapping[str, Content], names: Sequence[str]) -> Region:
    """A region of some projects and some tables only, for checks that look at no others."""
    tables = {}
    for name in names:
        owned: dict[str, list[Row]] = {}
        if name == PARTIES:
            owned = {p.code: [{"party": p.code, **p.content}] for p in work.session.scalars(select(Party))}
        elif name in PROJECT_TABLES:
            owned = {code: [{"project": code, **row} for row in content.get(name, [])]
                     for code, content in found.items()}  # fmt: skip
        kept = work.session.get(PackageTable, name)
        if kept is not None or any(owned.values()):
            tables[name] = _table(name, kept, owned)
    return Region(package(work).name, tables)


def _table(name: str, table: PackageTable | None, owned: Mapping[str, Sequence[Row]]) -> Any:
    order = table.order if table is not None else []
    rows = woven(order, table.rows if table is not None else [], owned)
    columns = list(table.columns) if table is not None else []
    types = list(table.types) if table is not None else []
    given = list(dict.fromkeys(c for row in rows for c in row))
    known = [c.name for c in BY_NAME[name].columns] if name in BY_NAME else []
    new = [c for c in known if c in given and c not in columns] + [
        c for c in given if c not in columns and c not in known
    ]
    frame = frame_of(rows, columns, types)
    for column in new:
        frame[column] = [row.get(column) for row in rows]
    return to_types(frame, BY_NAME[name])[0] if new and name in BY_NAME else frame


def woven(order: Sequence[str | None], own: Sequence[Row], owned: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows in the order in which a package had them; an owner's new rows follow its last, new owners come last."""
    if not order:
        return [*own, *(row for rows in owned.values() for row in rows)]
    last = {whose: i for i, whose in enumerate(order)}
    waiting = {whose: list(rows) for whose, rows in owned.items()}
    rest = list(own)
    made: list[Row] = []
    for i, whose in enumerate(order):
        queue = rest if whose is None else waiting.get(whose, [])
        take = len(queue) if i == last[whose] else 1
        made += queue[:take]
        del queue[:take]
    return made + [row for rows in waiting.values() for row in rows]


def problems_of(region: Region, code: str) -> list[Problem]:
    """Errors of a region's rows that belong to a project."""
    return [p for p in region.check() if p.severity == "error" and isinstance(p.row, int)
            and owner_of(region, p.file.removesuffix(".csv"), p.row) == code]
