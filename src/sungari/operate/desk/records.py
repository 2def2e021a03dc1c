"""What the desk holds, as mapped classes: kinds of cases, cases with their history, decisions, meetings, calendars."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sungari.operate.records import Base, Belonging, Confidential, Edited, Under

#: Whoever may not see a case sees nothing of it.
_CASE = ("case", "desk_case", "id")
_DECISION = ("decision", "decision", "id")

# -- data -------------------------------------------------------------------------------------------------------------


class Level(Edited, Base):
    """A level that settles cases, in order: what one leaves open goes to the next."""

    __tablename__ = "desk_level"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    name_zh: Mapped[str]
    name_ru: Mapped[str]


class CaseKind(Edited, Base):
    """A kind of case: who is asked, and how many working days each level has."""

    __tablename__ = "case_kind"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    name_zh: Mapped[str]
    name_ru: Mapped[str]
    asked: Mapped[str]  # who is asked, in words
    days: Mapped[dict[str, Any]]  # working days by level; levels without any are left out
    remind: Mapped[int]  # working days before a deadline
    on: Mapped[bool]


class PartyCalendar(Edited, Base):
    """Whose public holidays a party keeps, where its code does not say so."""

    __tablename__ = "party_calendar"

    party: Mapped[str] = mapped_column(primary_key=True)
    country: Mapped[str]  # ISO 3166 code; empty: none is known, weekends only


class CalendarDay(Edited, Base):
    """A day that a party's calendar has otherwise than its country's: closed, or worked."""

    __tablename__ = "calendar_day"

    party: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    name: Mapped[str]


# -- cases ------------------------------------------------------------------------------------------------------------


class Case(Confidential, Belonging, Edited, Base):
    """A matter between parties, until it is settled."""

    __tablename__ = "desk_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(ForeignKey("case_kind.code"), index=True)
    title: Mapped[str]
    text: Mapped[str]
    on: Mapped[str]  # what it is about: project, link, place, party
    subject: Mapped[str] = mapped_column(index=True)  # its name
    project: Mapped[str | None] = mapped_column(ForeignKey("project.code"), index=True)
    state: Mapped[str] = mapped_column(index=True)
    level: Mapped[str] = mapped_column(ForeignKey("desk_level.code"))
    party: Mapped[str]  # who raised it
    who: Mapped[str]
    raised: Mapped[datetime]
    since: Mapped[date]  # the day from which the level's working days count
    answer_by: Mapped[date]  # its first deadline; an open case is late from then on, at whatever level
    due: Mapped[date]  # its deadline at the level where it is
    look: Mapped[date | None] = mapped_column(index=True)  # the next day on which time alone changes something
    decided: Mapped[datetime | None]
    closed: Mapped[datetime | None]
    changed: Mapped[datetime]


class CaseParty(Under, Base):
    """A party that a case is assigned to."""

    __tablename__ = "case_party"
    above = _CASE

    case: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True, index=True)


class CaseEvent(Under, Base):
    """One thing that happened to a case, or was said about it; never changed."""

    __tablename__ = "case_event"
    above = _CASE

    id: Mapped[int] = mapped_column(primary_key=True)
    case: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), index=True)
    at: Mapped[datetime]
    who: Mapped[str]
    party: Mapped[str | None]  # for whom
    what: Mapped[str]
    text: Mapped[str]
    facts: Mapped[dict[str, Any]]


class CaseTie(Under, Base):
    """Two cases that belong together, the lower number first."""

    __tablename__ = "case_tie"
    above = _CASE

    case: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)
    other: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)


class CaseDocument(Under, Base):
    """A document of the register that a case refers to."""

    __tablename__ = "case_document"
    above = _CASE

    case: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)
    document: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)


# -- decisions --------------------------------------------------------------------------------------------------------


class Decision(Under, Edited, Base):
    """What settles a case, once every party that it names has signed its newest wording."""

    __tablename__ = "decision"
    above = _CASE
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case: Mapped[int] = mapped_column(ForeignKey("desk_case.id"))
    number: Mapped[int]
    state: Mapped[str]
    party: Mapped[str]  # who proposed it
    proposed: Mapped[datetime]
    effective: Mapped[datetime | None]
    sha256: Mapped[str]  # of the newest wording


class Wording(Under, Base):
    """A wording of a decision; never changed."""

    __tablename__ = "wording"
    above = _DECISION

    id: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    text: Mapped[str]
    parties: Mapped[list[Any]]  # who must sign
    sha256: Mapped[str]
    party: Mapped[str]  # who wrote it
    who: Mapped[str]
    account: Mapped[str | None]  # of whom, where it was not the command line
    at: Mapped[datetime]


class DecisionSignature(Under, Base):
    """What a party said to a wording of a decision; never changed."""

    __tablename__ = "decision_signature"
    __table_args__ = (UniqueConstraint("decision", "sha256", "party", "agreed"),)
    above = _DECISION

    id: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    sha256: Mapped[str]
    party: Mapped[str]
    agreed: Mapped[bool]
    who: Mapped[str]
    account: Mapped[str | None]  # of whom, where it was not the command line
    at: Mapped[datetime]
    note: Mapped[str]


class DecisionChange(Under, Belonging, Base):
    """A record of the register that a decision changed; never changed itself."""

    __tablename__ = "decision_change"
    above = _DECISION
    __table_args__ = (UniqueConstraint("decision", "record", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    record: Mapped[str] = mapped_column(index=True)
    key: Mapped[str]
    project: Mapped[str | None] = mapped_column(ForeignKey("project.code"), index=True)
    who: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str]


# -- meetings ---------------------------------------------------------------------------------------------------------


class Meeting(Edited, Base):
    """A meeting of parties: when, where, and what was said."""

    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    begins: Mapped[datetime] = mapped_column(index=True)
    ends: Mapped[datetime]
    place: Mapped[str]
    parties: Mapped[list[Any]]
    fixed: Mapped[bool]  # whether its agenda is what was set, not the open cases between its parties
    minutes: Mapped[str]
    cancelled: Mapped[bool]
    changed: Mapped[datetime]


class MeetingItem(Under, Edited, Base):
    """An item of a meeting's agenda: a case, or a title alone."""

    __tablename__ = "meeting_item"
    above = _CASE

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    position: Mapped[int]
    case: Mapped[int | None] = mapped_column(ForeignKey("desk_case.id"), index=True)
    title: Mapped[str]
    minutes: Mapped[str]
