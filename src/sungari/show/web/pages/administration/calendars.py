"""Calendars: whose public holidays a party keeps, and the days that it has otherwise."""

from __future__ import annotations

from datetime import date

from babel import Locale
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from sungari import words as saying
from sungari.errors import UsageError
from sungari.operate.desk import calendars
from sungari.operate.desk.records import PartyCalendar
from sungari.show.web.given import Sent, done
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.view import Seen
from sungari.show.web.words import Words

router = APIRouter(prefix="/administration/calendars", include_in_schema=False)


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """Parties with their countries, and the days that they have otherwise."""
    view.actor.demand("settings")
    with view.reading() as work:
        words = Words(work, view.tr)
        given = {p.party for p in work.session.query(PartyCalendar)}
        names = Locale.parse(str(view.tr.locale)).territories
        rows = [(code, country, names.get(country, country), code in given)
                for code, country in calendars.countries(work).items()]
        return view.page("administration/calendars.html", view.tr("Administration"), parts=parts(view), words=words,
                         rows=rows, days=calendars.own_days(work))


@router.post("/country")
def country(view: Seen, given: Sent) -> RedirectResponse:
    """Say whose holidays a party keeps."""
    chosen = given.text("country").upper()
    with view.writing(saying.Words("set a calendar")) as work:
        calendars.set_country(work, given.text("party"), None if given.on("default") else chosen)
    return done("/administration/calendars", "saved")


@router.post("/day")
def day(view: Seen, given: Sent) -> RedirectResponse:
    """Say that a party works on a day or does not; or nothing any more."""
    try:
        when = date.fromisoformat(given.text("day"))
    except ValueError:
        raise UsageError("day {day!r}: expected a day, 2030-06-30", day=given.text("day")[:20]) from None
    works = {"yes": True, "no": False}.get(given.text("works"))
    with view.writing(saying.Words("set a day of a calendar")) as work:
        calendars.set_day(work, given.text("party"), when, works, given.text("name"))
    return done("/administration/calendars#days", "saved" if works is not None else "removed")
