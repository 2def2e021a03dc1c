"""Cases in the reader's words: states, kinds, levels, subjects, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from sungari.operate.desk import history, kinds
from sungari.operate.desk.records import Case, CaseEvent
from sungari.operate.records import PackageTable, Project
from sungari.operate.register import Work
from sungari.show.i18n import N_, Translator
from sungari.show.web.given import address
from sungari.show.web.pages.projects.listing import names_of
from sungari.show.web.words import NAME, Words

STATES: dict[str, str] = {
    history.RAISED: N_("raised"), history.IN_HAND: N_("in hand"), history.PROPOSED: N_("decision proposed"),
    history.DECIDED: N_("decided"), history.CLOSED: N_("closed"), history.WITHDRAWN: N_("withdrawn"),
    "open": N_("open"), "settled": N_("settled"),
}  # fmt: skip
DECISIONS: dict[str, str] = {
    "proposed": N_("waits for signatures"), "in-force": N_("in force"), "refused": N_("refused"),
    "withdrawn": N_("withdrawn"),
}  # fmt: skip
SUBJECTS: dict[str, str] = {
    "project": N_("project"), "link": N_("corridor"), "place": N_("place"), "party": N_("party"),
}  # fmt: skip
EVENTS: dict[str, str] = {
    "raised": N_("raised the case"), "edited": N_("changed its words"), "assigned": N_("changed who it is between"),
    "comment": N_("commented"), "answered": N_("answered"), "withdrawn": N_("took it back"),
    "closed": N_("put it away"), "reopened": N_("took it up again"), "shown": N_("showed it to all it concerns"),
    "hidden": N_("keeps it to itself"), "tied": N_("noted that another case belongs to it"),
    "document": N_("referred to a document"), "reminded": N_("the deadline is near"),
    "escalated": N_("the deadline passed: handed on to the next level"),
    "overdue": N_("the last deadline passed"), "proposed": N_("proposed a decision"),
    "amended": N_("put another wording in its place"), "retracted": N_("took the decision back"),
    "signed": N_("signed the decision"), "refused": N_("refused the decision"),
    "decided": N_("the decision is in force"), "linked": N_("noted what the decision changed"),
    "minutes": N_("minutes of a meeting"),
}  # fmt: skip
#: What happens by time alone, in nobody's name.
BY_TIME = ("reminded", "escalated", "overdue", "decided")
#: Tables of the package that name what cases are on.
_TABLES = {"link": "links", "place": "places"}


class Told:
    """The desk's own data in one language.

    Parameters
    ----------
    work : Work
    tr : Translator
    words : Words
    """

    def __init__(self, work: Work, tr: Translator, words: Words) -> None:
        self._work, self.tr, self.words = work, tr, words
        column = NAME[tr.lang]
        every = kinds.listed(work, every=True)
        self.kinds: dict[str, str] = {k.code: getattr(k, column) for k in every}
        self.live = [(k.code, self.kinds[k.code]) for k in every if k.on]
        self.levels: dict[str, str] = {level.code: getattr(level, column) for level in kinds.levels(work)}
        self.today: date = work.now.date()
        self._subjects: dict[tuple[str, str], str] = {}

    def kind(self, code: str) -> str:
        return self.kinds.get(code, code)

    def level(self, code: str) -> str:
        return self.levels.get(code, code)

    def state(self, code: str) -> str:
        return self.tr(STATES[code]) if code in STATES else code

    def decision(self, code: str) -> str:
        return self.tr(DECISIONS[code]) if code in DECISIONS else code

    def event(self, what: str) -> str:
        return self.tr(EVENTS[what]) if what in EVENTS else what

    def on(self, code: str) -> str:
        """A sort of subject."""
        return self.tr(SUBJECTS[code]) if code in SUBJECTS else code

    def subject(self, on: str, code: str) -> str:
        """The name of what a case is about."""
        if (on, code) not in self._subjects:
            self._subjects |= {(on, key): name for key, name in self.subjects(on, [code]).items()}
        return self._subjects.get((on, code), code)

    def subjects(self, on: str, codes: Iterable[str] | None = None) -> dict[str, str]:
        """Names of what cases may be about; of all of a sort where none are named."""
        wanted = None if codes is None else set(codes)
        if on == "party":
            return {c: n for c, n in self.words.parties.items() if wanted is None or c in wanted}
        if on == "project":
            asked = select(Project.code, Project.name).order_by(Project.name)
            found = dict(iter(self._work.session.execute(
                asked if wanted is None else asked.where(Project.code.in_(wanted)))))  # fmt: skip
            named = names_of(self._work, list(found)) if self.tr.lang != "en" else {}
            return {c: str(named.get(c, {}).get(NAME[self.tr.lang]) or n) for c, n in found.items()}
        held = self._work.session.get(PackageTable, _TABLES.get(on, ""))
        rows = {str(r[on]): r for r in (held.rows if held is not None else []) if r.get(on)}
        if on == "link":
            places = self.subjects("place")
            return {c: f"{places.get(r.get('from'), r.get('from'))} – {places.get(r.get('to'), r.get('to'))}, "
                       f"{r.get('mode', '')} ({c})" for c, r in rows.items() if wanted is None or c in wanted}
        return {c: str(r.get(NAME[self.tr.lang]) or r.get("name") or c) for c, r in rows.items()
                if wanted is None or c in wanted}

    def facts(self, event: CaseEvent | dict[str, Any]) -> list[str]:
        """What an event says beside its text."""
        facts = event["facts"] if isinstance(event, dict) else event.facts
        made = []
        if facts.get("level"):
            made.append(self.level(str(facts["level"])))
        if facts.get("due"):
            made.append(self.tr("due {day}", day=self.words.day(date.fromisoformat(facts["due"]))))
        if facts.get("parties"):
            made.append(", ".join(self.words.party(p) for p in facts["parties"]))
        if facts.get("decision"):
            made.append(self.tr("decision {n}", n=facts["decision"]))
        return made

    def where(self, on: str, code: str) -> str:
        """The page of what a case is about; empty where there is none."""
        return address("projects", code) if on == "project" else ""

    def late(self, case: Case) -> bool:
        return case.state in history.OPEN and case.answer_by < self.today


def tabs(tr: Translator) -> list[tuple[str, str]]:
    """The parts of the committee's page."""
    return [("/committee", tr("Desk")), ("/committee/meetings", tr("Agenda and meetings")),
            ("/committee/calendar", tr("Calendar")), ("/committee/statistics", tr("Statistics"))]  # fmt: skip
