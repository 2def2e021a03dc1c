"""Restrictions: goods, parties and organisations that are barred; and the organisations that the register knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Date, inspect

from sungari import words as saying
from sungari.errors import InputError, Problem
from sungari.operate import keeping
from sungari.operate.holdings import Restriction
from sungari.show.web.given import Sent, by_column, done
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/administration/restrictions", include_in_schema=False)
_KIND = "restriction"
_COLUMNS = ("kind", "name", "authority", "reason", "begins", "ends", "source")


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """All restrictions."""
    view.actor.demand("restriction.edit")
    with view.reading() as work:
        return view.page("administration/restrictions.html", view.tr("Administration"), parts=parts(view),
                         words=Words(work, view.tr), found=keeping.listed(work, _KIND), today=work.now.date())


@router.get("/new")
def blank(view: Seen) -> HTMLResponse:
    """The form of a new restriction."""
    return _form(view, None, {}, [])


@router.post("/new")
def add(view: Seen, given: Sent) -> Response:
    """Add a restriction; all projects are screened for it at once."""
    cells = given.cells(_COLUMNS)
    try:
        with view.writing(given.text("why", saying.Words("new restriction"))) as work:
            keeping.add(work, _KIND, cells)
    except InputError as error:
        return _form(view, None, cells, error.problems)
    return done("/administration/restrictions", "made")


@router.get("/{number}")
def edit(view: Seen, number: int) -> HTMLResponse:
    """The form of a restriction."""
    with view.reading() as work:
        record = work.get(Restriction, number)
    return _form(view, record, keeping.as_row(record), [])


@router.post("/{number}")
def save(view: Seen, number: int, given: Sent) -> Response:
    """Change a restriction."""
    cells = given.cells(_COLUMNS)
    try:
        with view.writing(given.text("why")) as work:
            keeping.edit(work, _KIND, number, {k: v or None for k, v in cells.items()},
                         expected=given.whole("expected"))
    except InputError as error:
        with view.reading() as work:
            record = work.get(Restriction, number)
        return _form(view, record, cells, error.problems)
    return done("/administration/restrictions", "saved")


@router.post("/{number}/remove")
def remove(view: Seen, number: int, given: Sent) -> RedirectResponse:
    """Remove a restriction."""
    with view.writing(given.text("why")) as work:
        keeping.remove(work, _KIND, number, expected=given.whole("expected"))
    return done("/administration/restrictions", "removed")


def _form(
    view: View, record: Restriction | None, cells: Mapping[str, Any], problems: list[Problem]
) -> HTMLResponse:
    view.actor.demand("restriction.edit")
    with view.reading() as work:
        words = Words(work, view.tr)
        columns = {c.key: c for c in inspect(Restriction).columns}
        fields = [{"name": c, "label": words.column(c), "must": not columns[c].nullable,
                   "type": "date" if isinstance(columns[c].type, Date) else "text"} for c in _COLUMNS]
        return view.page(
            "administration/restriction.html", words.record(_KIND), parts=parts(view), status=422 if problems else 200,
            record=record, words=words, fields=fields, problems=problems, wrong=by_column(problems),
            cells={k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in cells.items()},
            sorts=[(k, words.value(k)) for k in columns["kind"].info["choices"]],
        )  # fmt: skip
