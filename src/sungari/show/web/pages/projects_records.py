"""What is kept beside a project's figures: risks, permits, finance, people, targets, programmes, documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy import Boolean, Date, Float, Integer, inspect, select

from sungari.errors import InputError, Problem, Unknown, UsageError
from sungari.operate import documents, keeping, progress, projects
from sungari.operate.holdings import Document, Event, Held, Indicator, Organisation
from sungari.operate.register import Work
from sungari.show.web.given import Given, Sent, address, by_column, done
from sungari.show.web.pages.projects_page import about
from sungari.show.web.pages.projects_told import KINDS, kind_text
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
_OF_PROGRAMME: dict[str, type[Held]] = {"event": Event, "indicator": Indicator}
_LONG = ("note", "response", "reason")


@router.get("/{code:path}/records")
def show(view: Seen, code: str) -> HTMLResponse:
    """All records of a project, a table for each kind."""
    with view.reading() as work:
        shown = about(view, work, Words(work, view.tr), code, "records")
        found = {kind: _listed(work, kind, code) for kind in TABLES}
        return view.page("projects/records.html", shown["name"], tables=TABLES, found=found,
                         reached=progress.at_completion(work, code), may_edit=shown["may"]("record.edit"),
                         programmes={p.code: p.name for p in found["programme"]},
                         events={e.id: e.name for e in found["event"]}, kind_text=lambda k: kind_text(view.tr, k),
                         **shown)


def _listed(work: Work, kind: str, code: str) -> Sequence[Any]:
    if kind not in _OF_PROGRAMME:
        return keeping.listed(work, kind, project=code)
    own = [p.code for p in keeping.listed(work, "programme", project=code)]
    made: Any = _OF_PROGRAMME[kind]
    return work.session.scalars(select(made).where(made.programme.in_(own)).order_by(made.id)).all()


@router.get("/{code:path}/records/{kind}/new")
def blank(view: Seen, code: str, kind: str) -> HTMLResponse:
    """The form of a new record."""
    with view.reading() as work:
        return _form(view, work, code, kind, None, {}, [])


@router.post("/{code:path}/records/{kind}/new")
def add(view: Seen, code: str, kind: str, given: Sent) -> Response:
    """Add a record."""
    cells = _cells(given, kind, code)
    try:
        with view.writing(given.text("why", "new record")) as work:
            _fits(work, kind, code, cells)
            keeping.add(work, kind, cells)
    except InputError as error:
        with view.reading() as work:
            return _form(view, work, code, kind, None, cells, error.problems)
    return done(address("projects", code, "records") + f"#{kind}", "made")


@router.get("/{code:path}/records/{kind}/{number}")
def edit(view: Seen, code: str, kind: str, number: int) -> HTMLResponse:
    """The form of a record."""
    with view.reading() as work:
        record = _of(work, code, kind, number)
        return _form(view, work, code, kind, record, keeping.as_row(record), [])


@router.post("/{code:path}/records/{kind}/{number}")
def save(view: Seen, code: str, kind: str, number: int, given: Sent) -> Response:
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
    return done(address("projects", code, "records") + f"#{kind}", "saved")


@router.post("/{code:path}/records/{kind}/{number}/remove")
def remove(view: Seen, code: str, kind: str, number: int, given: Sent) -> RedirectResponse:
    """Remove a record."""
    with view.writing(given.text("why")) as work:
        _of(work, code, kind, number)
        keeping.remove(work, kind, number, expected=given.whole("expected"))
    return done(address("projects", code, "records") + f"#{kind}", "removed")


def _of(work: Work, code: str, kind: str, number: int) -> Any:
    """A record of this project; others are not there."""
    if kind not in TABLES:
        raise Unknown(f"no records {kind!r} of projects")
    record = next((r for r in _listed(work, kind, code) if r.id == number), None)
    if record is None:
        raise Unknown(f"no {kind} {number} of {code!r}")
    return record


def _cells(given: Given, kind: str, code: str) -> dict[str, Any]:
    if kind not in TABLES:
        raise Unknown(f"no records {kind!r} of projects")
    columns = keeping.columns(keeping.kind_named(kind))
    return {c: given.text(c) for c in columns if c != "project"} | ({"project": code} if "project" in columns else {})


def _fits(work: Work, kind: str, code: str, cells: Mapping[str, Any]) -> None:
    """Refuse an event or indicator of another project's programme."""
    if kind in _OF_PROGRAMME:
        own = [p.code for p in keeping.listed(work, "programme", project=code)]
        if cells.get("programme") not in own:
            raise InputError([Problem(kind, None, "programme", str(cells.get("programme", "")),
                                      "expected a programme of this project")], kind)


def _form(
    view: View, work: Work, code: str, kind: str, record: Any, cells: Mapping[str, Any], problems: list[Problem]
) -> HTMLResponse:
    words = Words(work, view.tr)
    view.actor.demand("record.edit", projects.concerned(work, code))
    shown = about(view, work, words, code, "records")
    fields = [_field(work, words, code, kind, column) for column in inspect(keeping.kind_named(kind)).columns
              if column.key in keeping.columns(keeping.kind_named(kind)) and column.key != "project"]
    if kind in TABLES:
        order = TABLES[kind]
        fields.sort(key=lambda f: order.index(f["name"]) if f["name"] in order else len(order))
    return view.page(
        "projects/record.html", words.record(kind), status=422 if problems else 200, kind=kind, record=record,
        cells={k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in cells.items()}, fields=fields,
        problems=problems, wrong=by_column(problems), **shown,
    )  # fmt: skip


def _field(work: Work, words: Words, code: str, kind: str, column: Any) -> dict[str, Any]:
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
        choices = [(p.code, p.name) for p in keeping.listed(work, "programme", project=code)]
    elif name == "event":
        choices = [(str(e.id), e.name) for e in _listed(work, "event", code)]
    elif isinstance(column.type, Boolean):
        choices = [("true", words.tr("yes")), ("false", words.tr("no"))]
    return {
        "name": name, "label": words.column(name), "type": type_, "choices": choices, "long": name in _LONG,
        "number": isinstance(column.type, Float | Integer), "must": not column.nullable,
        "blank": words.tr("all who see the project") if name == "confidential_to" else "",
    }  # fmt: skip


# -- documents --------------------------------------------------------------------------------------------------------


@router.get("/{code:path}/documents")
def papers(view: Seen, code: str) -> HTMLResponse:
    """The documents of a project, and a form for another one."""
    with view.reading() as work:
        return _papers(view, work, code)


def _papers(view: View, work: Work, code: str, refused: str = "") -> HTMLResponse:
    shown = about(view, work, Words(work, view.tr), code, "documents")
    return view.page(
        "projects/documents.html", shown["name"], status=422 if refused else 200, refused=refused,
        papers=keeping.listed(work, "document", project=code), kinds=[(k, kind_text(view.tr, k)) for k in KINDS],
        kind_text=lambda k: kind_text(view.tr, k), largest=documents.LARGEST // 2**20,
        may_add=shown["may"]("document.add"), **shown,
    )  # fmt: skip


@router.post("/{code:path}/documents")
def upload(view: Seen, code: str, given: Sent) -> Response:
    """Take a document in."""
    file = given.file("file")
    try:
        if file is None:
            raise UsageError(view.tr("Choose a file first."))
        with view.writing(given.text("why", "new document")) as work:
            documents.add(work, code, file.file, file.filename or "", kind=given.text("other") or given.text("kind"),
                          title=given.text("title"), language=given.maybe("language"), note=given.maybe("note"),
                          confidential_to=given.maybe("confidential_to"))
    except UsageError as error:
        with view.reading() as work:
            return _papers(view, work, code, str(error))
    return done(address("projects", code, "documents"), "made")


@router.get("/{code:path}/documents/{number}")
def download(view: Seen, code: str, number: int) -> FileResponse:
    """A document's bytes: to be saved, never shown as a page of this site."""
    with view.reading() as work:
        paper = _paper(work, code, number)
        path = documents.path_of(work.register, paper)
    return FileResponse(path, media_type=paper.media_type, headers={
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(paper.name, safe='')}",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


@router.post("/{code:path}/documents/{number}/remove")
def discard(view: Seen, code: str, number: int, given: Sent) -> RedirectResponse:
    """Remove a document."""
    with view.writing(given.text("why")) as work:
        _paper(work, code, number)
        keeping.remove(work, "document", number, expected=given.whole("expected"))
    return done(address("projects", code, "documents"), "removed")


def _paper(work: Work, code: str, number: int) -> Document:
    found = work.get(Document, number)
    if found.project != code:
        raise Unknown(f"no document {number} of {code!r}")
    return found
