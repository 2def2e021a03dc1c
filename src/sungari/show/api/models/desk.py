"""Cases, decisions, meetings and calendars of the committee's desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from sungari.show.api.models.common import Model, Name, Number, Out, Text

On = Literal["project", "link", "place", "party"]
State = Literal["raised", "in-hand", "proposed", "decided", "closed", "withdrawn"]
Parties = list[Name]


class Level(Out):
    """A level that settles cases."""

    code: str
    position: int
    name: str
    name_zh: str
    name_ru: str


class CaseKind(Model):
    """A kind of case: who is asked, and how many working days each level has."""

    code: Name
    name: Text = ""
    name_zh: Text = ""
    name_ru: Text = ""
    asked: Text = Field(default="", description="Who is asked, in words")
    days: Text = Field(description="level=working days, joined by ;")
    remind: int = Field(default=0, ge=0, le=250, description="Working days before a deadline")
    on: bool = True


class NewCase(Model):
    """A case to raise."""

    kind: Name
    on: On
    subject: Name = Field(description="Name of the project, link, place or party")
    party: Name = Field(description="Who raises it")
    title: Name
    text: Text = ""
    parties: Parties | None = Field(default=None, description="Whom it is assigned to; default all that it concerns")
    confidential_to: Name | None = Field(default=None, description="A party that keeps it to itself for now")


class CaseWords(Model):
    """What to change of a case."""

    title: Name | None = None
    text: Text | None = None
    confidential_to: Name | None = Field(default=None, description="null: shown to all that it concerns")


class Case(Out):
    """A case in a list."""

    id: int
    version: int
    kind: str
    title: str
    text: str
    on: On
    subject: str
    state: State
    level: str
    party: str = Field(description="Who raised it")
    parties: list[str] = Field(description="Whom it is assigned to")
    who: str
    raised: datetime
    due: date = Field(description="Deadline at its level")
    answer_by: date = Field(description="Its first deadline")
    decided: datetime | None
    closed: datetime | None
    changed: datetime
    late: bool = Field(description="Whether it is open and has missed its first deadline")
    confidential_to: str | None


class Happened(Out):
    """One thing in a case's history."""

    id: int
    at: datetime
    who: str
    party: str | None
    what: str
    text: str
    facts: dict[str, Any]


class Signed(Out):
    """What a party said to a wording."""

    party: str
    agreed: bool
    who: str
    at: datetime
    note: str
    counts: bool = Field(description="Whether it is of the wording that counts")


class Decision(Out):
    """A decision; in force once every party that it names has signed its newest wording."""

    id: int
    version: int
    case: int
    number: int
    state: Literal["proposed", "in-force", "refused", "withdrawn"]
    party: str = Field(description="Who proposed it")
    proposed: datetime
    effective: datetime | None
    sha256: str = Field(description="Of the newest wording: what is signed")
    text: str
    parties: list[str] = Field(description="Who must sign")
    missing: list[str] = Field(description="Who has not signed yet")
    wordings: int
    signatures: list[Signed]


class Changed(Out):
    """Something that a decision changed."""

    case: int
    title: str
    decision: int
    decision_id: int
    effective: datetime | None
    record: str
    key: str
    project: str | None
    text: str
    who: str
    at: datetime
    note: str


class Referred(Out):
    """A document that a case refers to."""

    id: int
    project: str
    title: str
    name: str
    sha256: str


class Tied(Out):
    """A case that belongs together with another."""

    id: int
    title: str
    state: State


class WholeCase(Case):
    """A case with all that belongs to it; its ETag is its version."""

    history: list[Happened]
    decisions: list[Decision]
    changed_by_decision: list[Changed]
    documents: list[Referred]
    tied: list[Tied]


class Assigned(Model):
    """The parties that a case is between."""

    parties: Parties


class Said(Model):
    """Words on a case."""

    text: Text = Field(min_length=1)
    party: Name | None = Field(default=None, description="For whom")


class Answer(Model):
    """A party's answer to a case."""

    text: Text = Field(min_length=1)
    party: Name


class ForParty(Model):
    """For whom something is done."""

    party: Name | None = None


class Wording(Model):
    """A wording of a decision."""

    text: Text = Field(min_length=1)
    party: Name = Field(description="Who proposes it")
    parties: Parties | None = Field(default=None, description="Who must sign; default all parties of the case")


class SignDecision(Model):
    """A party's word on a decision."""

    party: Name
    agreed: bool = True
    sha256: Name | None = Field(default=None, description="Of the wording that was read")


class Link(Model):
    """A record that a decision changed, as the audit trail names it."""

    record: Name
    key: Name


class NewMeeting(Model):
    """A meeting to call."""

    title: Name
    begins: AwareDatetime
    ends: AwareDatetime | None = Field(default=None, description="Default: two hours later")
    place: Text = ""
    parties: Parties


class MeetingCells(Model):
    """What to change of a meeting."""

    title: Name = ""
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    place: Text = ""
    parties: Parties = Field(default=[])
    cancelled: bool = False


class Item(Out):
    """An item of an agenda."""

    title: str
    case: int | None
    kind: str | None = None
    state: State | None = None
    level: str | None = None
    due: date | None = None
    subject: str | None = None
    late: bool
    minutes: str


class Meeting(Out):
    """A meeting of parties."""

    id: int
    version: int
    title: str
    begins: datetime
    ends: datetime
    place: str
    parties: list[str]
    cancelled: bool


class WholeMeeting(Meeting):
    """A meeting with its agenda and minutes."""

    minutes: str
    agenda: list[Item]


class Agenda(Model):
    """What a meeting has before it, in order: numbers of cases, and titles."""

    items: list[Number | Name] = Field(max_length=200)


class Minutes(Model):
    """What was said: on the whole, and by the item's place on the agenda (from 1)."""

    text: Text
    by_item: dict[Number, Text] = Field(default={})


class Figures(Out):
    """Some cases in figures."""

    by: Literal["all", "kind", "party"]
    name: str
    cases: int
    open: int
    late: int
    decided: int
    in_time: int = Field(description="Decided by their first deadline")
    withdrawn: int
    days: float | None = Field(description="Median from raising to decision [days]")
    working_days: float | None = Field(description="The same in working days of all its parties")


class OwnDay(Out):
    """A day that a party has otherwise than its country."""

    party: str
    day: date
    works: bool
    name: str


class Calendars(Out):
    """Whose holidays each party keeps, and the days that it has otherwise."""

    countries: dict[str, str] = Field(description="ISO 3166 code by party; empty: weekends only")
    days: list[OwnDay]


class Country(Model):
    """Whose holidays a party keeps."""

    country: str | None = Field(pattern="^([A-Z]{2})?$", description="ISO 3166; empty: none; null: as its code says")


class Day(Model):
    """Whether a party works on a day."""

    works: bool | None = Field(description="null: as its country does")
    name: Text = ""
