"""What is kept beside a project's figures: risks, permits, finance, people, targets, programmes; and organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Boolean, Date, Float, Integer, inspect, select

from sungari import words as saying
from sungari.errors import InputError, Problem, Unknown
from sungari.operate import keeping, progress, projects
from sungari.operate.content import PROJECTS
from sungari.operate.holdings import Event, Held, Indicator, Organisation
from sungari.operate.register import Work
from sungari.show.web.given import Given, Sent, address, by_column, done
from sungari.show.web.pages.projects.page import about
from sungari.show.web.pages.projects.told import kind_text
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/projects", include_in_schema=False)
#: Kinds of records on a project's page, with the columns of their tables.
TABLES: dict[str, tuple[str, ...]] = {
    "risk": ("title", "category", "likelihood", "impact", "owner", "response", "status"),
    "permit": ("kind", "party", "authority", "status", "applied", "decided", "expires"),
    "finance": ("source", "kind", "party", "status", "amount", "currency", "rate", "value_date"),
    "contact": ("name", "role", "organisation", "email", "phone"),
    "measure": ("measure", "unit", "period", "target", "actual", "source"),
    "programme": ("name", "kind", "parties", "begins", "ends"),
    "event": ("programme", "name", "place", "begins", "ends"),
    "indicator": ("programme", "event", "name", "unit", "target", "actual"),
}  # fmt: skip
#: Kinds of records that belong to no project.
OTHERS: dict[str, tuple[str, ...]] = {
    "organisation": ("name", "code", "party", "kind", "identifier"),
    **{kind: TABLES[kind] for kind in ("programme", "event", "indicator")},
}
OTHER_PATH = "/projects/-/others"
_OF_PROGRAMME: dict[str, type[Held]] = {"event": Event, "indicator": Indicator}
_LONG = ("note", "response", "reason")


@router.get("/{code:path}/records")
def show(view: Seen, code: str) -> HTMLResponse:
    """All records of a project, a table for each kind."""
    with view.reading() as work:
        shown = about(view, work, Words(work, view.tr), code, "records")
        return view.page("projects/records.html", shown["name"], reached=progress.at_completion(work, code),
                         may_edit=shown["may"]("record.edit"), list=_path(code), **_tables(view, work, code), **shown)


@router.get("/-/others")
def others(view: Seen) -> HTMLResponse:
    """Organisations, and programmes of the parties alone."""
    with view.reading() as work:
        return view.page("projects/others.html", view.tr("Organisations and programmes"), reached=[],
                         words=Words(work, view.tr), may_edit=view.actor.may("record.edit"), list=_path(None),
                         **_tables(view, work, None))


def _path(code: str | None) -> str:
    return OTHER_PATH if code is None else address("projects", code, "records")


def _tables(view: View, work: Work, code: str | None) -> dict[str, Any]:
    kinds = OTHERS if code is None else TABLES
    found = {kind: _listed(work, kind, code) for kind in kinds}
    return {
        "tables": kinds, "found": found, "programmes": {p.code: p.name for p in found["programme"]},
        "events": {e.id: e.name for e in found["event"]}, "kind_text": lambda k: kind_text(view.tr, k),
    }  # fmt: skip


def _listed(work: Work, kind: str, code: str | None) -> Sequence[Any]:
    """Records of a project, or (None) of none."""
    if kind in _OF_PROGRAMME:
        own = [p.code for p in _listed(work, "programme", code)]
        made: Any = _OF_PROGRAMME[kind]
        return work.session.scalars(select(made).where(made.programme.in_(own)).order_by(made.id)).all()
    found = keeping.listed(work, kind, project=code)
    return [p for p in found if p.project is None] if code is None and kind == "programme" else found


@router.get("/-/others/{kind}/new")
@router.get("/{code:path}/records/{kind}/new")
def blank(view: Seen, kind: str, code: str | None = None) -> HTMLResponse:
    """The form of a new record."""
    with view.reading() as work:
        return _form(view, work, code, kind, None, {}, [])


@router.post("/-/others/{kind}/new")
@router.post("/{code:path}/records/{kind}/new")
def add(view: Seen, kind: str, given: Sent, code: str | None = None) -> Response:
    """Add a record."""
    cells = _cells(given, kind, code)
    try:
        with view.writing(given.text("why", saying.Words("new record"))) as work:
            _fits(work, kind, code, cells)
            keeping.add(work, kind, cells)
    except InputError as error:
        with view.reading() as work:
            return _form(view, work, code, kind, None, cells, error.problems)
    return done(f"{_path(code)}#{kind}", "made")


@router.get("/-/others/{kind}/{number}")
@router.get("/{code:path}/records/{kind}/{number}")
def edit(view: Seen, kind: str, number: int, code: str | None = None) -> HTMLResponse:
    """The form of a record."""
    with view.reading() as work:
        record = _of(work, code, kind, number)
        return _form(view, work, code, kind, record, keeping.as_row(record), [])


@router.post("/-/others/{kind}/{number}")
@router.post("/{code:path}/records/{kind}/{number}")
def save(view: Seen, kind: str, number: int, given: Sent, code: str | None = None) -> Response:
    """Change a record."""
    cells = _cells(given, kind, code)
    try:
        with view.writing(given.text("why")) as work:
            _of(work, code, kind, number)
            _fits(work, kind, code, cells)
            keeping.edit(work, kind, number, {k: v or None for k, v in cells.items()}, expected=given.whole("expected"))
    except InputError as error:
        with view.reading() as work:
            return _form(view, work, code, kind, _of(work, code, kind, number), cells, error.problems)
    return done(f"{_path(code)}#{kind}", "saved")


@router.post("/-/others/{kind}/{number}/remove")
@router.post("/{code:path}/records/{kind}/{number}/remove")
def remove(view: Seen, kind: str, number: int, given: Sent, code: str | None = None) -> RedirectResponse:
    """Remove a record."""
    with view.writing(given.text("why")) as work:
        _of(work, code, kind, number)
        keeping.remove(work, kind, number, expected=given.whole("expected"))
    return done(f"{_path(code)}#{kind}", "removed")


def _of(work: Work, code: str | None, kind: str, number: int) -> Any:
    """A record of this project, or (None) of none; others are not there."""
    _known(kind, code)
    record = next((r for r in _listed(work, kind, code) if r.id == number), None)
    if record is None:
        raise Unknown("there is no such record here, or no longer")
    return record


def _known(kind: str, code: str | None) -> None:
    if kind not in (OTHERS if code is None else TABLES):
        raise Unknown("no records {kind!r} here", kind=kind)


def _cells(given: Given, kind: str, code: str | None) -> dict[str, Any]:
    _known(kind, code)
    columns = keeping.columns(keeping.kind_named(kind))
    own = {"project": code} if "project" in columns and code is not None else {}
    return {c: given.text(c) for c in columns if c != "project"} | own


def _fits(work: Work, kind: str, code: str | None, cells: Mapping[str, Any]) -> None:
    """Refuse an event or indicator of another project's programme."""
    if kind in _OF_PROGRAMME:
        own = [p.code for p in _listed(work, "programme", code)]
        if cells.get("programme") not in own:
            raise InputError([Problem(kind, None, "programme", str(cells.get("programme", "")),
                                      saying.Words("expected one of the programmes here"))], kind)


def _form(
    view: View, work: Work, code: str | None, kind: str, record: Any, cells: Mapping[str, Any], problems: list[Problem]
) -> HTMLResponse:
    _known(kind, code)
    words = Words(work, view.tr)
    view.actor.demand("record.edit", projects.concerned(work, code) if code is not None else None)
    name = view.tr("Organisations and programmes")
    if code is not None:
        name = words.project(projects.current(work, code).content[PROJECTS][0], code)
    columns = keeping.columns(keeping.kind_named(kind))
    fields = [_field(work, words, code, kind, column) for column in inspect(keeping.kind_named(kind)).columns
              if column.key in columns and column.key != "project"]  # fmt: skip
    order = (OTHERS if code is None else TABLES)[kind]
    fields.sort(key=lambda f: order.index(f["name"]) if f["name"] in order else len(order))
    return view.page(
        "projects/record.html", words.record(kind), status=422 if problems else 200, kind=kind, record=record,
        cells={k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in cells.items()}, fields=fields,
        problems=problems, wrong=by_column(problems), list=_path(code), name=name, words=words,
    )  # fmt: skip


def _field(work: Work, words: Words, code: str | None, kind: str, column: Any) -> dict[str, Any]:
    """How a column stands in the form."""
    name, choices = column.key, None
    type_ = "date" if isinstance(column.type, Date) else "text"
    if column.info.get("choices"):
        choices = [(c, words.value(c)) for c in column.info["choices"]]
    elif name in ("party", "confidential_to"):
        choices = words.party_choices()
    elif name == "organisation":
        choices = list(iter(work.session.execute(select(Organisation.code, Organisation.name))))
    elif name == "programme":
        choices = [(p.code, p.name) for p in _listed(work, "programme", code)]
    elif name == "event":
        choices = [(str(e.id), e.name) for e in _listed(work, "event", code)]
    elif isinstance(column.type, Boolean):
        choices = [("true", words.tr("yes")), ("false", words.tr("no"))]
    return {
        "name": name, "label": words.column(name), "type": type_, "choices": choices, "long": name in _LONG,
        "number": isinstance(column.type, Float | Integer), "must": not column.nullable,
        "blank": words.tr("all who see the project") if name == "confidential_to" else "",
    }  # fmt: skip
