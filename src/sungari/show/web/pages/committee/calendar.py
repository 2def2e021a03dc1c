"""The committee's calendar: a month with deadlines, meetings and stages that should be over; and as a feed."""

from __future__ import annotations

import calendar as months
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_date, get_day_names
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from sungari.errors import Forbidden, UsageError
from sungari.operate.access import tokens
from sungari.operate.desk import feed, history, meetings
from sungari.operate.desk.records import Case
from sungari.operate.records import Project, Visit
from sungari.operate.register import Work
from sungari.show.i18n import LANGUAGES
from sungari.show.web.given import address
from sungari.show.web.pages.committee.told import Told, tabs
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/committee", include_in_schema=False)
_MONTH = re.compile(r"((?:19|20|21)\d\d)-(0[1-9]|1[0-2])")


@router.get("/calendar")
def show(view: Seen, month: str = "") -> HTMLResponse:
    """A month, its weeks beginning on Monday."""
    with view.reading() as work:
        first = _first(month, work.now.date())
        weeks = months.Calendar().monthdatescalendar(first.year, first.month)
        words = Words(work, view.tr)
        told = Told(work, view.tr, words)
        found = _found(work, view, words, told, weeks[0][0], weeks[-1][-1])
        names = get_day_names("abbreviated", "stand-alone", locale=view.tr.locale)
        last, following = first - timedelta(days=1), first + timedelta(days=32)
        return view.page(
            "committee/calendar.html", view.tr("Committee"), tabs=tabs(view.tr), words=words, weeks=weeks, found=found,
            first=first, today=work.now.date(), days=[names[i] for i in range(7)], before=f"{last:%Y-%m}",
            after=f"{following:%Y-%m}", shown=_month_name(view, first), account=view.actor.account,
        )  # fmt: skip


def _month_name(view: View, first: date) -> str:
    return str(format_date(first, "y年M月" if view.lang == "zh" else "LLLL y", locale=view.tr.locale))


def _first(month: str, today: date) -> date:
    found = _MONTH.fullmatch(month)
    if month and not found:
        raise UsageError("month {month!r}: expected a year and a month, 2030-06", month=month[:20])
    return date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)


def _found(work: Work, view: View, words: Words, told: Told, first: date, last: date) -> dict[date, list[Any]]:
    """What there is on each day: (sort, text, address, late)."""
    made: dict[date, list[Any]] = {}
    due = select(Case).where(Case.state.in_(history.OPEN), Case.due >= first, Case.due <= last).order_by(Case.id)
    for case in work.session.scalars(due):
        made.setdefault(case.due, []).append(("deadline", f"{told.kind(case.kind)}: {case.title}",
                                              f"/committee/{case.id}", told.late(case)))
    begin = datetime.combine(first, datetime.min.time(), UTC)
    for meeting in meetings.listed(work, since=begin):
        day = meeting.begins.date()
        if first <= day <= last and not meeting.cancelled:
            made.setdefault(day, []).append(("meeting", f"{meeting.begins:%H:%M} {meeting.title}",
                                             f"/committee/meetings/{meeting.id}", False))
    end = datetime.combine(last, datetime.max.time(), UTC)
    rows = select(Visit, Project).join(Project, Project.code == Visit.project).where(
        Visit.left.is_(None), Visit.due >= begin, Visit.due <= end).order_by(Visit.id)
    for visit, project in work.session.execute(rows):
        day = (visit.due or visit.entered).date()
        made.setdefault(day, []).append(("stage", f"{words.stage(visit.stage)}: {project.name}",
                                         address("projects", project.code), day < work.now.date()))
    return made


@router.get("/feed/{token}/{name}.ics")
def subscribed(request: Request, token: str, name: str) -> Response:
    """The calendar for a program that subscribes to it: the token in the address says for whom."""
    register = request.app.state.space.register
    try:
        actor = tokens.entered(register, token)
        actor.demand(feed.ACTION)
    except Forbidden:
        return Response("this address is no longer good\n", 403, media_type="text/plain")
    with register.reading(actor, feed.ACTION) as work:
        data = feed.calendar(work, lang=name if name in LANGUAGES else "en")
    return Response(data, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})


@router.get("/calendar.ics")
def downloaded(view: Seen) -> Response:
    """The calendar as a file."""
    with view.reading() as work:
        data = feed.calendar(work, lang=view.lang)
    headers = {"Content-Disposition": 'attachment; filename="committee.ics"', "Cache-Control": "no-store"}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)
