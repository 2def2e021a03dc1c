"""Agenda and meetings: what is before the parties, when they meet, and what was said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sungari import words as saying
from sungari.errors import BLANK, InputError, Problem
from sungari.operate.desk import meetings
from sungari.operate.desk.records import Meeting
from sungari.operate.register import Work
from sungari.show.web.given import Given, Sent, by_column, done
from sungari.show.web.pages.committee.told import Told, tabs
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/committee/meetings", include_in_schema=False)
#: Open cases that the page of meetings shows, and past meetings.
WAITING, PAST = 30, 30


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """Meetings to come and past, and the open cases."""
    with view.reading() as work:
        words = Words(work, view.tr)
        found = meetings.listed(work)
        ahead = [m for m in found if m.ends >= work.now]
        return view.page(
            "committee/meetings.html", view.tr("Committee"), tabs=tabs(view.tr), words=words,
            told=Told(work, view.tr, words), ahead=ahead, past=[m for m in reversed(found) if m not in ahead][:PAST],
            waiting=meetings.waiting(work, limit=WAITING), may=view.actor.may("case.handle"),
        )  # fmt: skip


@router.get("/new")
def blank(view: Seen) -> HTMLResponse:
    """The form of a new meeting."""
    view.actor.demand("case.handle")
    return _form(view, None, {}, [], [])


@router.post("/new")
def call(view: Seen, given: Sent) -> Response:
    """Call a meeting."""
    try:
        with view.writing(saying.Words("called a meeting")) as work:
            cells = _cells(given)
            number = meetings.call(work, cells["title"], cells["begins"], ends=cells.get("ends"),
                                   parties=cells["parties"], place=cells["place"]).id
    except InputError as error:
        return _form(view, None, given.cells(("title", "begins", "ends", "place")), given.several("parties"),
                     error.problems)
    return done(f"/committee/meetings/{number}", "made")


@router.get("/{number}")
def one(view: Seen, number: int) -> HTMLResponse:
    """A meeting: its agenda and minutes."""
    with view.reading() as work:
        return _one(view, work, number)


def _one(view: View, work: Work, number: int) -> HTMLResponse:
    words = Words(work, view.tr)
    meeting = meetings.get(work, number)
    return view.page(
        "committee/meeting.html", meeting.title, tabs=tabs(view.tr), words=words, told=Told(work, view.tr, words),
        meeting=meeting, agenda=meetings.agenda(work, number),
        may=any(view.actor.may("case.handle", [p]) for p in meeting.parties),
    )  # fmt: skip


@router.get("/{number}/edit")
def edit(view: Seen, number: int) -> HTMLResponse:
    """The form of a meeting."""
    with view.reading() as work:
        meeting = meetings.get(work, number)
    cells = {"title": meeting.title, "place": meeting.place, "begins": f"{meeting.begins:%Y-%m-%dT%H:%M}",
             "ends": f"{meeting.ends:%Y-%m-%dT%H:%M}"}
    return _form(view, meeting, cells, list(meeting.parties), [])


@router.post("/{number}/edit")
def save(view: Seen, number: int, given: Sent) -> Response:
    """Change a meeting."""
    try:
        with view.writing(given.text("why")) as work:
            meetings.edit(work, number, {**_cells(given), "cancelled": given.on("cancelled")},
                          expected=given.whole("expected"))
    except InputError as error:
        with view.reading() as work:
            meeting = meetings.get(work, number)
        return _form(view, meeting, given.cells(("title", "begins", "ends", "place")), given.several("parties"),
                     error.problems)
    return done(f"/committee/meetings/{number}", "saved")


@router.post("/{number}/agenda")
def set_agenda(view: Seen, number: int, given: Sent) -> RedirectResponse:
    """Fix what the meeting has before it: a line an item, a case by its number, anything else by its title."""
    lines = [line.strip() for line in given.text("items").splitlines() if line.strip()]
    items: list[int | str] = []
    for line in lines:
        word = line.split(" ", 1)[0].lstrip("#")
        items.append(int(word) if line.startswith("#") and word.isdecimal() and len(word) < 10 else line)
    with view.writing(saying.Words("set the agenda")) as work:
        meetings.set_agenda(work, number, items, expected=given.whole("expected"))
    return done(f"/committee/meetings/{number}", "saved")


@router.post("/{number}/minutes")
def minute(view: Seen, number: int, given: Sent) -> RedirectResponse:
    """Write down what was said."""
    with view.writing(saying.Words("wrote the minutes")) as work:
        count = len(meetings.agenda(work, number))
        said = {i: text for i in range(1, count + 1) if (text := given.text(f"item:{i}"))}
        meetings.minute(work, number, given.text("minutes"), said, expected=given.whole("expected"))
    return done(f"/committee/meetings/{number}", "saved")


def _cells(given: Given) -> dict[str, Any]:
    """A form's cells, its moments as UTC."""
    made: dict[str, Any] = {"title": given.text("title"), "place": given.text("place"),
                            "parties": given.several("parties")}
    wrong = []
    for name in ("begins", "ends"):
        text = given.text(name)
        try:
            if text:
                made[name] = datetime.fromisoformat(text).replace(tzinfo=UTC)
                if not 1900 <= made[name].year < 2200:
                    raise ValueError(text)
        except ValueError:
            wrong.append(Problem("meeting", None, name, text[:40], saying.Words("expected a day and a time")))
    if "begins" not in made and not wrong:
        wrong.append(Problem("meeting", None, "begins", "", BLANK))
    if wrong:
        raise InputError(wrong, "meeting")
    return made


def _form(
    view: View, meeting: Meeting | None, cells: dict[str, Any], parties: list[str], problems: list[Problem]
) -> HTMLResponse:
    with view.reading() as work:
        words = Words(work, view.tr)
        tomorrow = (work.now + timedelta(days=7)).replace(hour=6, minute=0)
    return view.page(
        "committee/meeting_form.html", meeting.title if meeting else view.tr("New meeting"), tabs=tabs(view.tr),
        status=422 if problems else 200, meeting=meeting, words=words, problems=problems, wrong=by_column(problems),
        cells={"begins": f"{tomorrow:%Y-%m-%dT%H:%M}", **cells}, parties=parties,
        countries=words.countries() if len(words.countries()) > 1 else words.party_choices(),
    )  # fmt: skip
