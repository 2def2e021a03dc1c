"""The client's calls for the committee's desk: cases, decisions, meetings, calendars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sungari.show.api.models import desk as models
from sungari.show.wire import Wire


class DeskCalls(Wire):
    """See :class:`sungari.show.client.Client`."""

    def _act(
        self, method: str, number: int, what: str, body: Any, expected: int | None, why: str = ""
    ) -> models.WholeCase:
        path = f"/cases/{number}"
        return self.one(models.WholeCase, method, f"{path}{what}", json=body, tag=self.tag(path, expected), why=why)

    # -- cases --------------------------------------------------------------------------------------------------------

    def cases(self, **wanted: Any) -> Iterator[models.Case]:
        """Cases: by ``state`` (or open, settled), ``kind``, ``party``, ``on``, ``subject``, ``level``, ``late``,
        ``text``; ``sort`` by late, newest or due.
        """
        return self.parts_of(models.Case, "/cases", **wanted)

    def case(self, number: int) -> models.WholeCase:
        """A case with its history, decisions and documents."""
        return self.one(models.WholeCase, "GET", f"/cases/{number}")

    def raise_case(
        self, kind: str, on: str, subject: str, *, party: str, title: str, text: str = "",
        parties: Sequence[str] | None = None, confidential_to: str | None = None, why: str = "",
    ) -> models.WholeCase:  # fmt: skip
        """Raise a case for a party."""
        body = {"kind": kind, "on": on, "subject": subject, "party": party, "title": title, "text": text,
                "parties": list(parties) if parties is not None else None, "confidential_to": confidential_to}
        return self.one(models.WholeCase, "POST", "/cases", json=body, why=why)

    def edit_case(self, number: int, cells: Mapping[str, Any], *, expected: int | None = None) -> models.WholeCase:
        """Change ``title``, ``text`` or ``confidential_to`` of a case."""
        return self._act("PATCH", number, "", dict(cells), expected)

    def assign_case(self, number: int, parties: Sequence[str], *, expected: int | None = None) -> models.WholeCase:
        """Say which parties a case is between."""
        return self._act("PUT", number, "/parties", {"parties": list(parties)}, expected)

    def comment_on_case(self, number: int, text: str, *, party: str | None = None) -> models.Happened:
        """Say something about a case."""
        return self.one(models.Happened, "POST", f"/cases/{number}/comments", json={"text": text, "party": party})

    def answer_case(self, number: int, text: str, *, party: str, expected: int | None = None) -> models.WholeCase:
        """Answer a case for another party than the one that raised it."""
        return self._act("POST", number, "/answers", {"text": text, "party": party}, expected)

    def withdraw_case(self, number: int, *, why: str, expected: int | None = None) -> models.WholeCase:
        """Take a case back."""
        return self._act("POST", number, "/withdrawal", None, expected, why)

    def close_case(self, number: int, *, expected: int | None = None, why: str = "") -> models.WholeCase:
        """Put a decided case away."""
        return self._act("POST", number, "/closing", None, expected, why)

    def reopen_case(
        self, number: int, *, why: str, party: str | None = None, expected: int | None = None
    ) -> models.WholeCase:
        """Take up a settled case again."""
        return self._act("POST", number, "/reopening", {"party": party}, expected, why)

    def tie_cases(self, number: int, other: int) -> models.WholeCase:
        """Note that two cases belong together."""
        return self.one(models.WholeCase, "PUT", f"/cases/{number}/ties/{other}")

    def refer_case(self, number: int, document: int) -> models.WholeCase:
        """Note that a case refers to a document of the register."""
        return self.one(models.WholeCase, "PUT", f"/cases/{number}/documents/{document}")

    def levels(self) -> list[models.Level]:
        """The levels that settle cases."""
        return self.all_of(models.Level, "/levels")

    def case_kinds(self) -> list[models.CaseKind]:
        """Kinds of cases."""
        return self.all_of(models.CaseKind, "/case-kinds")

    def set_case_kinds(self, kinds: Sequence[models.CaseKind], *, why: str = "") -> None:
        """Put other kinds in place of those that are there."""
        self.ask("PUT", "/case-kinds", json=[k.model_dump() for k in kinds], tag=self.tag("/case-kinds"), why=why)

    def case_figures(self) -> list[models.Figures]:
        """Cases in figures: all, by kind, by party."""
        return self.all_of(models.Figures, "/case-figures")

    # -- decisions ----------------------------------------------------------------------------------------------------

    def decisions(self, state: str | None = None) -> Iterator[models.Decision]:
        """Decisions, newest first."""
        return self.parts_of(models.Decision, "/decisions", state=state)

    def propose(
        self, case: int, text: str, *, party: str, parties: Sequence[str] | None = None, expected: int | None = None
    ) -> models.WholeCase:
        """Propose a decision on a case."""
        body = {"text": text, "party": party, "parties": list(parties) if parties is not None else None}
        return self._act("POST", case, "/decision", body, expected)

    def amend(
        self, case: int, text: str, *, party: str, parties: Sequence[str] | None = None, expected: int | None = None
    ) -> models.WholeCase:
        """Put another wording in place of the one that waits for signatures."""
        body = {"text": text, "party": party, "parties": list(parties) if parties is not None else None}
        return self._act("PUT", case, "/decision", body, expected)

    def retract(self, case: int, *, expected: int | None = None, why: str = "") -> models.WholeCase:
        """Take a proposed decision back."""
        return self._act("DELETE", case, "/decision", None, expected, why)

    def sign_decision(
        self, case: int, party: str, *, agreed: bool = True, sha256: str | None = None, expected: int | None = None,
        why: str = "",
    ) -> models.WholeCase:  # fmt: skip
        """Sign, or refuse, the decision that a case waits for."""
        body = {"party": party, "agreed": agreed, "sha256": sha256}
        return self._act("POST", case, "/decision/signatures", body, expected, why)

    def link_decision(self, decision: int, record: str, key: str, *, why: str = "") -> models.Changed:
        """Note what a decision in force changed in the register."""
        body = {"record": record, "key": key}
        return self.one(models.Changed, "POST", f"/decisions/{decision}/changes", json=body, why=why)

    def decisions_on(self, record: str, key: str) -> Iterator[models.Changed]:
        """The decisions that changed a record."""
        return self.parts_of(models.Changed, "/changes", record=record, key=key)

    # -- meetings and calendars ---------------------------------------------------------------------------------------

    def meetings(self, *, party: str | None = None, since: datetime | None = None) -> Iterator[models.Meeting]:
        """Meetings in the order of their time."""
        return self.parts_of(models.Meeting, "/meetings", party=party, since=since.isoformat() if since else None)

    def meeting(self, number: int) -> models.WholeMeeting:
        """A meeting with its agenda."""
        return self.one(models.WholeMeeting, "GET", f"/meetings/{number}")

    def call_meeting(
        self, title: str, begins: datetime, *, parties: Sequence[str], ends: datetime | None = None, place: str = ""
    ) -> models.WholeMeeting:
        """Call a meeting; moments have their time zone."""
        body = {"title": title, "begins": begins.isoformat(), "ends": ends.isoformat() if ends else None,
                "place": place, "parties": list(parties)}
        return self.one(models.WholeMeeting, "POST", "/meetings", json=body)

    def edit_meeting(
        self, number: int, cells: Mapping[str, Any], *, expected: int | None = None
    ) -> models.WholeMeeting:
        """Change ``title``, ``begins``, ``ends``, ``place``, ``parties`` or ``cancelled``."""
        body = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in cells.items()}
        path = f"/meetings/{number}"
        return self.one(models.WholeMeeting, "PATCH", path, json=body, tag=self.tag(path, expected))

    def set_agenda(
        self, number: int, items: Sequence[int | str], *, expected: int | None = None
    ) -> models.WholeMeeting:
        """Fix what a meeting has before it: numbers of cases, and titles."""
        path = f"/meetings/{number}"
        return self.one(models.WholeMeeting, "PUT", f"{path}/agenda", json={"items": list(items)},
                        tag=self.tag(path, expected))  # fmt: skip

    def write_minutes(
        self, number: int, text: str, by_item: Mapping[int, str] | None = None, *, expected: int | None = None
    ) -> models.WholeMeeting:
        """Write down what was said: on the whole, and by an item's place on the agenda."""
        path = f"/meetings/{number}"
        body = {"text": text, "by_item": {str(k): v for k, v in (by_item or {}).items()}}
        return self.one(models.WholeMeeting, "PUT", f"{path}/minutes", json=body, tag=self.tag(path, expected))

    def agenda(self, parties: Sequence[str] = ()) -> Iterator[models.Item]:
        """The open cases between parties: what presses most first."""
        return self.parts_of(models.Item, "/agenda", party=list(parties))

    def calendar(self, parties: Sequence[str] = (), lang: str = "en") -> bytes:
        """The calendar's feed (iCalendar)."""
        query = {"party": list(parties), "lang": lang}
        return self.ask("GET", "/calendar.ics", query=query).content

    def calendars(self) -> models.Calendars:
        """Whose holidays each party keeps, and its own days."""
        return self.one(models.Calendars, "GET", "/calendars")

    def set_calendar_country(self, party: str, country: str | None, *, why: str = "") -> None:
        """Say whose public holidays a party keeps (ISO 3166); empty: none; None: those that its code says."""
        self.ask("PUT", f"/calendars/{quote(party, safe='')}", json={"country": country}, why=why)

    def set_calendar_day(self, party: str, day: date, works: bool | None, *, name: str = "", why: str = "") -> None:
        """Say that a party works on a day, or does not; None: as its country does."""
        body = {"works": works, "name": name}
        self.ask("PUT", f"/calendars/{quote(party, safe='')}/{day.isoformat()}", json=body, why=why)
