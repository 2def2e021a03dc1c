"""How the desk does: what is open and late, and how many days it takes to settle a case, by kind and by party."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import select

from sungari.operate.desk import calendars, cases, history
from sungari.operate.desk.calendars import Calendar
from sungari.operate.desk.records import Case
from sungari.operate.register import Work


@dataclass(frozen=True)
class Figures:
    """Some cases in figures.

    Attributes
    ----------
    by : str
        ``all``, ``kind`` or ``party``.
    name : str
        Which kind or party.
    cases : int
        All that were raised.
    open, late : int
        Those that are open, and those of them that have missed their first deadline.
    decided, in_time : int
        Those that were decided, and those of them that were by their first deadline.
    withdrawn : int
    days, working_days : float or None
        Median from raising to decision: by the calendar, and in working days that the case's parties have in common.
        None where nothing is decided.
    """

    by: str
    name: str
    cases: int
    open: int
    late: int
    decided: int
    in_time: int
    withdrawn: int
    days: float | None
    working_days: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def figures(work: Work, *, since: date | None = None, until: date | None = None) -> list[Figures]:
    """Cases in figures: all, then each kind, then each party.

    Parameters
    ----------
    work : Work
    since, until : date or None
        Only cases raised on these days or between them, UTC.
    """
    found = [c for c in work.session.scalars(select(Case).order_by(Case.id))
             if (since is None or c.raised.date() >= since) and (until is None or c.raised.date() <= until)]
    parties = cases.parties_of(work, [c.id for c in found])
    common: dict[tuple[str, ...], Calendar] = {}
    spans: dict[int, tuple[int, int]] = {}
    for case in found:
        if case.decided is not None:
            named = tuple(parties[case.id])
            calendar = common.get(named) or common.setdefault(named, calendars.of(work, named))
            first, last = case.raised.date(), case.decided.date()
            spans[case.id] = ((last - first).days, calendar.between(first, last))
    today = work.now.date()
    made = [_figures("all", "", found, spans, today)]
    for kind in sorted({c.kind for c in found}):
        made.append(_figures("kind", kind, [c for c in found if c.kind == kind], spans, today))
    for party in sorted({p for own in parties.values() for p in own}):
        made.append(_figures("party", party, [c for c in found if party in parties[c.id]], spans, today))
    return made


def _figures(by: str, name: str, found: Iterable[Case], spans: dict[int, tuple[int, int]], today: date) -> Figures:
    found = list(found)
    decided = [c for c in found if c.id in spans]
    return Figures(
        by, name, len(found), sum(c.state in history.OPEN for c in found), sum(cases.late(c, today) for c in found),
        len(decided), sum(c.decided is not None and c.decided.date() <= c.answer_by for c in decided),
        sum(c.state == history.WITHDRAWN for c in found),
        float(median(spans[c.id][0] for c in decided)) if decided else None,
        float(median(spans[c.id][1] for c in decided)) if decided else None,
    )  # fmt: skip
