"""The desk's calendar as an iCalendar feed (RFC 5545): deadlines, meetings, and the days when stages should be over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from icalendar import Calendar, Event
from sqlalchemy import select

from sungari.errors import UsageError
from sungari.operate import projects
from sungari.operate.desk import cases, history, kinds, meetings
from sungari.operate.desk.records import Case, CaseParty
from sungari.operate.records import Package, Project, Stage, Visit
from sungari.operate.register import Work

#: The column that has a name in each language.
NAMES = {"en": "name", "zh": "name_zh", "ru": "name_ru"}
#: What one must be allowed to see it.
ACTION = "calendar.read"
#: Meetings that were over before so many days are left out.
PAST = 366


def calendar(work: Work, *, parties: Iterable[str] | None = None, lang: str = "en") -> bytes:
    """The feed: what the work's actor may see of it.

    Parameters
    ----------
    work : Work
    parties : iterable of str or None
        Only what concerns one of these.
    lang : str
        ``en``, ``zh`` or ``ru``: in whose words kinds, levels and stages stand. Titles stand as they were written.

    Returns
    -------
    bytes
        An iCalendar file; the same as long as nothing changes.

    Raises
    ------
    UsageError
        If there are no words in a language.
    """
    if lang not in NAMES:
        raise UsageError("no language {lang!r}; one of {names}", lang=lang, names=", ".join(NAMES))
    wanted = None if parties is None else set(parties)
    held = work.session.get(Package, 1)
    home = held.register if held is not None else ""
    made = Calendar()
    made.add("prodid", "-//Sungari//Committee's desk//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", (held.title or held.name if held is not None else "") or "Sungari")
    for event in (*_deadlines(work, wanted, lang), *_meetings(work, wanted), *_gates(work, wanted, lang)):
        event["uid"] = f"{event['uid']}@{home or 'sungari'}"
        made.add_component(event)
    return bytes(made.to_ical())


def _deadlines(work: Work, wanted: set[str] | None, lang: str) -> list[Event]:
    named = {k.code: getattr(k, NAMES[lang]) for k in kinds.listed(work, every=True)}
    levels = {level.code: getattr(level, NAMES[lang]) for level in kinds.levels(work)}
    asked = select(Case).where(Case.state.in_(history.OPEN)).order_by(Case.due, Case.id)
    if wanted is not None:
        asked = asked.where(Case.id.in_(select(CaseParty.case).where(CaseParty.party.in_(wanted))))
    found = work.session.scalars(asked).all()
    parties = cases.parties_of(work, [c.id for c in found])
    return [_day(f"case-{c.id}", c.due, f"{named[c.kind]}: {c.title}", c.changed, c.version, "DEADLINE",
                 f"{levels[c.level]} · {c.subject} · {', '.join(parties[c.id])}") for c in found]  # fmt: skip


def _meetings(work: Work, wanted: set[str] | None) -> list[Event]:
    made = []
    for meeting in meetings.listed(work, since=work.now - timedelta(days=PAST)):
        if wanted is not None and not wanted & set(meeting.parties):
            continue
        event = _event(f"meeting-{meeting.id}", meeting.title, meeting.changed, meeting.version, "MEETING",
                       "\n".join(i.title for i in meetings.agenda(work, meeting.id)))
        event.add("dtstart", meeting.begins)
        event.add("dtend", meeting.ends)
        event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
        if meeting.place:
            event.add("location", meeting.place)
        made.append(event)
    return made


def _gates(work: Work, wanted: set[str] | None, lang: str) -> list[Event]:
    named = {s.code: getattr(s, NAMES[lang]) for s in work.session.scalars(select(Stage))}
    rows = work.session.execute(
        select(Visit, Project).join(Project, Project.code == Visit.project)
        .where(Visit.left.is_(None), Visit.due.is_not(None)).order_by(Visit.due, Visit.id)
    )  # fmt: skip
    made = []
    for visit, project in rows:
        if wanted is not None:
            of = projects.parties_of(work, projects.current(work, project.code).content)
            if not wanted & set(of):
                continue
        due = visit.due.date() if visit.due else visit.entered.date()
        made.append(_day(f"stage-{visit.id}", due, f"{named[visit.stage]}: {project.name}", visit.entered,
                         visit.version, "STAGE", project.code))
    return made


def _day(uid: str, day: date, summary: str, changed: Any, version: int, category: str, text: str) -> Event:
    event = _event(uid, summary, changed, version, category, text)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")  # a deadline keeps nobody busy
    return event


def _event(uid: str, summary: str, changed: Any, version: int, category: str, text: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", version - 1)
    event.add("summary", summary)
    event.add("categories", [category])
    if text:
        event.add("description", text)
    return event
