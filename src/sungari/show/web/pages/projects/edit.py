"""A project's figures: looked at, held version against version, edited with checks at every cell, and a new project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from sungari import words as saying
from sungari.errors import BLANK, Conflict, InputError, Problem
from sungari.operate import content as contents
from sungari.operate import packages, projects
from sungari.operate.content import OTHER, PROJECT_TABLES, PROJECTS, Content
from sungari.operate.records import Package, PackageTable, Project
from sungari.operate.register import Work
from sungari.region.package import Region
from sungari.region.schema import BY_NAME, Column
from sungari.show.charts.names import TABLES
from sungari.show.web.contract import word
from sungari.show.web.given import Given, Sent, address, by_cell, done, whole
from sungari.show.web.pages.projects.page import about
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/projects", include_in_schema=False)
#: Empty rows that a table of the form offers.
SPARE = 2
#: Columns whose names are rows of the package: what is offered while one types.
_OFFERED = ("sources", "hazards", "criteria")
_STAGE = "stage"  # it changes at gates, not here


# -- versions ---------------------------------------------------------------------------------------------------------


@router.get("/{code:path}/figures")
def figures(view: Seen, code: str, a: str = "", b: str = "") -> HTMLResponse:
    """The figures; of two versions side by side where two are chosen."""
    with view.reading() as work:
        shown = about(view, work, Words(work, view.tr), code, "figures")
        numbers = list(range(shown["project"].version, 0, -1))
        new = projects.version(work, code, whole(b, "version") or numbers[0])
        old = projects.version(work, code, whole(a, "version") or max(new.number - 1, 1))
        changed = contents.changes(old.content, new.content)
        return view.page("projects/figures.html", shown["name"], a=old, b=new, numbers=numbers, changed=changed,
                         sides=[_side(n, old.content, new.content) for n in PROJECT_TABLES],
                         table_name=lambda name: view.tr(TABLES[name]), **shown)


@router.post("/{code:path}/restore")
def restore(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Make an older version the newest again."""
    with view.writing(given.text("why")) as work:
        projects.restore(work, code, given.whole("number") or 0, expected=given.whole("expected"))
    return done(address("projects", code, "figures"), "saved")


def _side(name: str, old: Content, new: Content) -> dict[str, Any]:
    """A table in two versions: for each row and column both cells and whether they differ."""
    keys = [c for c in BY_NAME[name].key if c != "project"]
    before, after = (_numbered(c.get(name, []), keys) for c in (old, new))
    columns = [c for c in dict.fromkeys(k for rows in (before, after) for row in rows.values() for k in row)
               if c != "project"]
    order = [c.name for c in BY_NAME[name].columns]
    columns.sort(key=lambda c: order.index(c) if c in order else len(order))
    rows = []
    for key in dict.fromkeys((*before, *after)):
        one, two = before.get(key, {}), after.get(key, {})
        rows.append({"cells": [(c, one.get(c), two.get(c), one.get(c) != two.get(c)) for c in columns],
                     "added": key not in before, "gone": key not in after, "changed": one != two})
    return {"name": name, "columns": columns, "rows": rows}


def _numbered(rows: Sequence[Mapping[str, Any]], keys: list[str]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    made: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        key: tuple[Any, ...] = tuple(str(row.get(k, "")) for k in keys)
        while key in made:
            key = (*key, "")
        made[key] = row
    return made


# -- editing ----------------------------------------------------------------------------------------------------------


@router.get("/-/new")
def blank(view: Seen) -> HTMLResponse:
    """The form of a new project."""
    view.actor.demand("project.create")
    with view.reading() as work:
        return _form(view, work, Words(work, view.tr), "", {PROJECTS: [{}], "shares": []}, [])


@router.post("/-/new")
def create(view: Seen, given: Sent) -> Response:
    """Take up a new project."""
    code = given.text("code")
    made = _content(given, {})
    with view.reading() as work:
        problems = _problems(work, code or "new", made)
        if not code:
            problems.insert(0, Problem("projects.csv", None, "code", "", BLANK))
        if problems:
            return _form(view, work, Words(work, view.tr), "", made, problems, given)
    with view.writing(given.text("why", saying.Words("new project"))) as work:
        projects.create(work, code, made)
    return done(address("projects", code), "made")


@router.get("/{code:path}/edit")
def edit(view: Seen, code: str) -> HTMLResponse:
    """The form with the newest figures."""
    with view.reading() as work:
        view.actor.demand("project.edit", projects.concerned(work, code))
        return _form(view, work, Words(work, view.tr), code, projects.current(work, code).content, [])


@router.post("/{code:path}/check")
def check(view: Seen, code: str, given: Sent) -> HTMLResponse:
    """What is wrong with the figures as they stand in the form; asked while one types."""
    with view.reading() as work:
        new = code == "-/new"
        before: Content = {} if new else projects.current(work, code).content
        problems = _problems(work, "new" if new else code, _content(given, before))
        return view.part("projects/problems.html", problems=problems, checked=True)


@router.post("/{code:path}/edit")
def save(view: Seen, code: str, given: Sent) -> Response:
    """Write the form's figures as the next version, unless something is wrong or somebody was faster."""
    expected = given.whole("expected") or 0
    with view.reading() as work:
        project = projects.get(work, code)
        view.actor.demand("project.edit", projects.concerned(work, code))
        words = Words(work, view.tr)
        base = projects.version(work, code, expected).content
        made = _content(given, base)
        problems = _problems(work, code, made)
        if problems:
            return _form(view, work, words, code, made, problems, given)
        if project.version != expected:
            return _conflict(view, work, words, project, expected, contents.normal(made), given)
    try:
        with view.writing(given.text("why")) as work:
            after = projects.change(work, code, made, expected=expected).version
    except Conflict:
        with view.reading() as work:
            return _conflict(view, work, Words(work, view.tr), projects.get(work, code), expected,
                             contents.normal(made), given)
    return done(address("projects", code, "figures"), "saved" if after != expected else "unchanged")


def _conflict(
    view: View, work: Work, words: Words, project: Project, expected: int, made: Content, given: Given
) -> HTMLResponse:
    """What somebody else has changed since, beside what was about to be saved."""
    base, now = projects.version(work, project.code, expected), projects.current(work, project.code)
    theirs, mine = contents.changes(base.content, now.content), contents.changes(base.content, made)
    both = {(c.table, c.row, c.column) for c in theirs} & {(c.table, c.row, c.column) for c in mine}
    fields = [(k, v) for k, v in given.fields.multi_items() if isinstance(v, str) and k not in ("expected", "_form")]
    return view.page("projects/conflict.html", view.tr("Somebody was faster"), status=409, project=project, now=now,
                     words=words, theirs=theirs, mine=mine, both=both, fields=fields,
                     name=words.project(now.content[PROJECTS][0], project.code))


def _form(
    view: View, work: Work, words: Words, code: str, content: Content, problems: list[Problem],
    given: Given | None = None,
) -> HTMLResponse:
    """The form, with what was sent in it and what is wrong at the cells."""
    project = projects.get(work, code) if code else None
    expected = given.text("expected") if given is not None else str(project.version) if project is not None else ""
    wrong = by_cell(problems)
    tables = []
    for name in PROJECT_TABLES:
        columns = [c for c in BY_NAME[name].columns if c.name not in ("project", _STAGE)]
        rows = [dict(row) for row in content.get(name) or []]
        rows += [{} for _ in range(1 if name == PROJECTS and not rows else 0 if name == PROJECTS else SPARE)]
        tables.append({"name": name, "columns": columns, "rows": rows})
    title = view.tr("New project") if project is None else words.project(content[PROJECTS][0], code)
    held = work.session.get(Package, 1)
    return view.page(
        "projects/edit.html", title, status=422 if problems else 200, project=project, words=words, tables=tables,
        wrong=wrong, problems=problems, expected=expected, code=given.text("code") if given is not None else code,
        why=given.text("why") if given is not None else "", written=written, offered=_offered(work), has=held,
        table_name=lambda name: view.tr(TABLES[name]), choices=lambda column: _choices(words, column),
        heading=lambda column: words.column(column.name), unit=lambda column: _unit(words, column),
    )  # fmt: skip


def _unit(words: Words, column: Column) -> str:
    """The unit of a column where its heading does not say it."""
    unit = column.unit or ""
    return words.tr.currency(words.currency) if "money" in unit else "0–1" if unit == "1" else ""


def _choices(words: Words, column: Column) -> list[tuple[str, str]] | None:
    """What a cell may hold, where that is a short list."""
    if "parties" in column.refers_to and column.kind == "name":
        return words.party_choices()
    if column.kind == "boolean":
        return [("true", words.tr("yes")), ("false", words.tr("no"))]
    if column.choices:
        return [(c, word(column, c, words.tr)) for c in column.choices]
    return None


def _offered(work: Work) -> dict[str, list[str]]:
    """Names of the package's rows that cells refer to."""
    made = {name: [str(row[BY_NAME[name].key[0]]) for row in table.rows if row.get(BY_NAME[name].key[0])]
            for name in _OFFERED if (table := work.session.get(PackageTable, name)) is not None}
    made[PROJECTS] = list(work.session.scalars(select(Project.code).order_by(Project.code).limit(2000)))
    return {name: list(dict.fromkeys(names)) for name, names in made.items()}


def written(value: Any) -> str:
    """A cell as it is written in a form; it reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _content(given: Given, before: Content) -> Content:
    """The form's cells as a content; what the form does not show of a row stays as it is."""
    made: dict[str, Any] = {OTHER: before[OTHER]} if before.get(OTHER) else {}
    for name in PROJECT_TABLES:
        columns = [c.name for c in BY_NAME[name].columns if c.name not in ("project", _STAGE)]
        there, rows = list(before.get(name) or []), []
        for i in range(min(given.whole(f"rows:{name}") or 0, 5000)):
            kept = {k: v for k, v in (there[i] if i < len(there) else {}).items() if k not in columns}
            cells = {c: v for c in columns if (v := given.text(f"{name}:{i}:{c}"))}
            if cells and not given.on(f"{name}:{i}:drop"):
                rows.append(kept | cells)
        if name == PROJECTS:
            rows = rows[:1] or [{}]
        if rows:
            made[name] = rows
    return made


def _problems(work: Work, code: str, made: Content) -> list[Problem]:
    """What is wrong with a content: cells that are not of their column, and rows that don't fit the region."""
    try:
        typed = contents.normal(made)
    except InputError as error:
        return error.problems
    held = work.session.get(Package, 1)
    if held is None or not held.name:
        return []
    try:
        region = packages.region(work, replace={code: typed})
    except InputError as error:
        return error.problems
    return [replace(p, row=_own_row(region, p, code)) for p in packages.problems_of(region, code)]


def _own_row(region: Region, problem: Problem, code: str) -> int | None:
    """A row of the region's table as a row of the project's own, the first being 2."""
    name = problem.file.removesuffix(".csv")
    own = [i for i, whose in enumerate(region.table(name)["project"].astype(str)) if whose == code]
    lines = [region.line(name, i) for i in own]
    return lines.index(problem.row) + 2 if problem.row in lines else None
