"""Deadlines: working days of all parties by kind and level, reminders before them, escalation when they pass.

What time alone does to a case depends on its dates and today's only, not on when somebody looks: the days of the next
level count from the deadline that has passed. So a case comes to the same level and deadline whether :func:`tick` runs
every hour or once a month, and running it twice does nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from sungari.operate.desk import calendars, history
from sungari.operate.desk.calendars import ONE, Calendar
from sungari.operate.desk.records import Case, CaseEvent, CaseKind, CaseParty, Level
from sungari.operate.register import Work


def tick(work: Work) -> list[CaseEvent]:
    """Remind of deadlines that are near, and hand cases on whose deadline has passed.

    Parameters
    ----------
    work : Work
        Its ``now`` says what day it is, in UTC: a deadline has passed once its day is over there.

    Returns
    -------
    list of CaseEvent
        What happened: ``reminded``, ``escalated``, or ``overdue`` where no level comes after.

    Raises
    ------
    Forbidden
        If the actor handles no cases.
    """
    work.actor.demand("case.handle")
    waiting = (
        select(Case).where(Case.state.in_(history.OPEN), Case.look <= work.now.date()).order_by(Case.id)
        .with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    return [event for case in work.session.scalars(waiting).all() for event in catch_up(work, case)]


def catch_up(work: Work, case: Case) -> list[CaseEvent]:
    """Let a case have all that time alone has done to it; every change of a case begins with this."""
    today, made = work.now.date(), []
    while case.state in history.OPEN and case.look is not None and case.look <= today:
        if case.look <= case.due:
            case.look = case.due + ONE
            if today < case.look:
                made.append(history.note(work, case, "reminded", level=case.level, due=case.due.isoformat()))
            continue
        passed, left = case.due, case.level
        following = _after(work, case)
        if following is None:
            case.look = None
            made.append(history.note(work, case, "overdue", level=left, passed=passed.isoformat()))
            continue
        begin(work, case, following, passed)
        made.append(history.note(work, case, "escalated", level=following, left=left, passed=passed.isoformat(),
                                 due=case.due.isoformat()))
    return made


def begin(work: Work, case: Case, level: str, since: date, parties: Iterable[str] | None = None) -> None:
    """Give a case to a level, whose working days count from the day after one.

    Parameters
    ----------
    work : Work
    case : Case
    level : str
    since : date
    parties : iterable of str or None
        The parties of a case that is not yet kept.
    """
    calendar = _calendar(work, case, parties)
    kind = _kind(work, case)
    case.level, case.since = level, since
    case.due = calendar.after(since, _days(kind, level))
    _look(case, kind, calendar, since)


def first_level(work: Work, kind: CaseKind) -> str:
    """The level that a kind of case begins at."""
    return _levels(work, kind)[0]


def parties_changed(work: Work, case: Case) -> None:
    """Bring a running deadline to the calendar of a case's new parties: never sooner than it was."""
    today = work.now.date()
    if case.state not in history.OPEN or case.due < today:
        return
    calendar, kind = _calendar(work, case, None), _kind(work, case)
    old, first, told = case.due, case.due == case.answer_by, case.look == case.due + ONE
    case.due = calendar.rolled(max(old, calendar.after(case.since, _days(kind, case.level))))
    if first:
        case.answer_by = case.due
    if told:
        case.look = case.due + ONE
    else:
        _look(case, kind, calendar, case.since)


def _look(case: Case, kind: CaseKind, calendar: Calendar, since: date) -> None:
    remind = calendar.before(case.due, kind.remind) if kind.remind else since
    case.look = remind if remind > since else case.due + ONE


def _calendar(work: Work, case: Case, parties: Iterable[str] | None) -> Calendar:
    if parties is None:
        parties = work.session.scalars(select(CaseParty.party).where(CaseParty.case == case.id)).all()
    return calendars.of(work, parties)


def _kind(work: Work, case: Case) -> CaseKind:
    return work.session.scalars(select(CaseKind).where(CaseKind.code == case.kind)).one()


def _days(kind: CaseKind, level: str) -> int:
    """Working days of a level; of the last one before it where a kind has none for it any more."""
    return int(kind.days.get(level) or list(kind.days.values())[-1])


def _levels(work: Work, kind: CaseKind) -> Sequence[str]:
    order = work.session.scalars(select(Level.code).order_by(Level.position)).all()
    return [level for level in order if level in kind.days]


def _after(work: Work, case: Case) -> str | None:
    """The next level that the kind of a case has."""
    position = dict(iter(work.session.execute(select(Level.code, Level.position))))
    later = [c for c in _levels(work, _kind(work, case)) if position[c] > position[case.level]]
    return later[0] if later else None
