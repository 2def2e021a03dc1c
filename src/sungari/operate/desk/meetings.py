"""Meetings of the parties: when and where, what is before them, and what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError
from sungari.operate.desk import cases, finding, history, subjects
from sungari.operate.desk.records import Case, Meeting, MeetingItem
from sungari.operate.register import Work
from sungari.words import Words

#: How long a meeting is when nobody says.
HOURS = 2


@dataclass(frozen=True)
class Item:
    """One item of an agenda.

    Attributes
    ----------
    title : str
    case : Case or None
    late : bool
        Whether the case is open and has missed its first deadline.
    minutes : str
    """

    title: str
    case: Case | None
    late: bool
    minutes: str = ""

    def as_dict(self) -> dict[str, Any]:
        held = self.case
        of_case = {"case": held.id, "kind": held.kind, "state": held.state, "level": held.level, "due": held.due,
                   "subject": held.subject} if held is not None else {"case": None}  # fmt: skip
        return {"title": self.title, **of_case, "late": self.late, "minutes": self.minutes}


def call(
    work: Work, title: str, begins: datetime, *, parties: Iterable[str], ends: datetime | None = None, place: str = ""
) -> Meeting:
    """Call a meeting.

    Parameters
    ----------
    work : Work
    title : str
    begins, ends : datetime
        With their time zone; `ends` two hours later when nobody says.
    parties : iterable of str
        Who meets, two or more.
    place : str

    Raises
    ------
    InputError
        With everything that is wrong.
    Forbidden
        If the actor handles cases of none of them.
    """
    made = Meeting(title="", begins=begins, ends=begins, place="", parties=[], fixed=False, minutes="",
                   cancelled=False, changed=work.now)
    cells = {"title": title, "begins": begins, "ends": ends or begins + timedelta(hours=HOURS), "place": place,
             "parties": list(dict.fromkeys(parties))}
    _put(work, made, cells)
    work.session.add(made)
    work.session.flush()
    return made


def edit(work: Work, number: int, cells: Mapping[str, Any], *, expected: int | None = None) -> Meeting:
    """Change a meeting: ``title``, ``begins``, ``ends``, ``place``, ``parties``, ``cancelled``; its length stays where
    only ``begins`` is given.

    Raises
    ------
    InputError
        With everything that is wrong.
    Conflict
        If it has been changed since the expected version.
    """
    meeting = get(work, number, expected)
    work.actor.demand("case.handle", meeting.parties)
    if "begins" in cells and "ends" not in cells and _aware(cells["begins"]):
        cells = {**cells, "ends": cells["begins"] + (meeting.ends - meeting.begins)}
    _put(work, meeting, cells)
    work.session.flush()
    return meeting


def get(work: Work, number: int, expected: int | None = None) -> Meeting:
    """A meeting by its number."""
    return work.get(Meeting, number, expected=expected)


def _put(work: Work, meeting: Meeting, cells: Mapping[str, Any]) -> None:
    new = {**{k: getattr(meeting, k) for k in ("title", "begins", "ends", "place", "parties")}, **cells}
    wrong = cases.texts(title=str(new["title"]))
    if len(str(new["place"])) > cases.LONGEST["title"]:
        longest = Words("expected {longest} characters at most", longest=cases.LONGEST["title"])
        wrong.append(_problem("place", new["place"][:40], longest))
    wrong += subjects.unknown_parties(work, new["parties"])
    if len(new["parties"]) < 2:
        wrong.append(_problem("parties", ", ".join(new["parties"]), Words("expected two parties at least")))
    wrong += [_problem(c, str(new[c]), Words("expected a moment with its time zone")) for c in ("begins", "ends")
              if not _aware(new[c])]  # fmt: skip
    if not wrong and new["ends"] < new["begins"]:
        wrong.append(_problem("ends", str(new["ends"]), Words("expected a moment not before it begins")))
    if wrong:
        raise InputError(wrong, "meeting")
    work.actor.demand("case.handle", new["parties"])
    for name, value in cells.items():
        value = value.astimezone(UTC) if isinstance(value, datetime) else value
        if getattr(meeting, name) != value:
            setattr(meeting, name, value)
            meeting.changed = work.now


def _aware(moment: Any) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None


def _problem(column: str, value: str, expected: str) -> Problem:
    return Problem("meeting", None, column, value, expected, "", "kind")


def listed(work: Work, *, party: str | None = None, since: datetime | None = None) -> list[Meeting]:
    """Meetings in the order of their time; of a party, and not over before a moment, where these are given."""
    asked = select(Meeting).order_by(Meeting.begins, Meeting.id)
    if since is not None:
        asked = asked.where(Meeting.ends >= since)
    return [m for m in work.session.scalars(asked) if party is None or party in m.parties]


def next_one(work: Work, *, party: str | None = None) -> Meeting | None:
    """The next meeting, or the one that is being held."""
    return next((m for m in listed(work, party=party, since=work.now) if not m.cancelled), None)


# -- agenda -----------------------------------------------------------------------------------------------------------


def waiting(work: Work, parties: Iterable[str] | None = None, limit: int | None = None) -> list[Item]:
    """The open cases that parties have before them: late ones first, then the highest level, the nearest deadline.

    Parameters
    ----------
    work : Work
    parties : iterable of str or None
        Only cases between parties that are all among these.
    limit : int or None
    """
    found = finding.listed(work, state="open")
    if parties is not None:
        there = set(parties)
        own = cases.parties_of(work, [c.id for c in found])
        found = [c for c in found if set(own[c.id]) <= there]
    return [_of_case(work, c) for c in found[:limit]]


def agenda(work: Work, number: int) -> list[Item]:
    """What a meeting has before it: its items as they were set, else the open cases between its parties."""
    meeting = get(work, number)
    if not meeting.fixed:
        return waiting(work, meeting.parties)
    items = _items(work, number)
    named = {c.id: c for c in work.session.scalars(select(Case).where(Case.id.in_(i.case for i in items if i.case)))}
    made = []
    for item in items:
        if item.case is None:
            made.append(Item(item.title, None, False, item.minutes))
        elif item.case in named:
            made.append(_of_case(work, named[item.case], item.minutes))
    return made


def set_agenda(work: Work, number: int, items: Sequence[int | str], *, expected: int | None = None) -> Meeting:
    """Fix what a meeting has before it, in order: cases by their number, and titles; nothing: the open cases again.

    Raises
    ------
    Unknown
        If there is no such case.
    UsageError
        If what is set has minutes already.
    """
    meeting = get(work, number, expected)
    work.actor.demand("case.handle", meeting.parties)
    there = _items(work, number)
    if any(i.minutes for i in there):
        raise UsageError("meeting {number} has minutes; its agenda stays what it was", number=number)
    titles = [cases.get(work, item).title if isinstance(item, int) else item for item in items]
    subjects.check([p for title in titles for p in cases.texts(title=title)])
    for gone in there:
        work.session.delete(gone)
    for position, (item, title) in enumerate(zip(items, titles, strict=True)):
        work.session.add(MeetingItem(meeting=number, position=position, case=item if isinstance(item, int) else None,
                                     title=title if isinstance(item, str) else "", minutes=""))
    meeting.fixed, meeting.changed = bool(items), work.now
    work.session.flush()
    return meeting


def minute(
    work: Work, number: int, text: str, by_item: Mapping[int, str] | None = None, *, expected: int | None = None
) -> Meeting:
    """Write down what was said: on the whole, and on items; what is said on a case goes into its history as well.

    Parameters
    ----------
    work : Work
    number : int
    text : str
        On the whole.
    by_item : mapping of int to str or None
        By the item's place on the agenda, the first being 1; an agenda that was not set is fixed by this.
    expected : int or None
        Version of the meeting.

    Raises
    ------
    UsageError
        If the agenda has no such item.
    Conflict
        If the meeting has been changed since the expected version.
    """
    meeting = get(work, number, expected)
    work.actor.demand("case.handle", meeting.parties)
    subjects.check(cases.texts(text=text) + [p for t in (by_item or {}).values() for p in cases.texts(text=t)])
    if by_item and not meeting.fixed:
        set_agenda(work, number, [i.case.id for i in agenda(work, number) if i.case is not None])
    items = dict(enumerate(_items(work, number), start=1))
    for place, said in (by_item or {}).items():
        if place not in items:
            raise UsageError("the agenda of meeting {number} has {n} items, none at {place}",
                             number=number, n=len(items), place=place)
        if items[place].minutes == said:
            continue
        items[place].minutes = said
        named = items[place].case
        if named is not None:
            history.note(work, cases.held(work, named), "minutes", said, meeting=number)
    if meeting.minutes != text:
        meeting.minutes = text
    meeting.changed = work.now
    work.session.flush()
    return meeting


def _items(work: Work, number: int) -> Sequence[MeetingItem]:
    return work.session.scalars(
        select(MeetingItem).where(MeetingItem.meeting == number).order_by(MeetingItem.position)
    ).all()


def _of_case(work: Work, case: Case, minutes: str = "") -> Item:
    return Item(case.title, case, cases.late(case, work.now.date()), minutes)


def plain(work: Work, meeting: Meeting) -> dict[str, Any]:
    """A meeting with its agenda as plain data."""
    made = {k: getattr(meeting, k) for k in ("id", "version", "title", "begins", "ends", "place", "parties", "minutes",
                                             "cancelled")}  # fmt: skip
    return {**made, "agenda": [i.as_dict() for i in agenda(work, meeting.id)]}
