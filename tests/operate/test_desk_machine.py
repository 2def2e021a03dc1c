"""Whatever is done to cases in whatever order: what must hold, holds after each step."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helping import small_region, take_in
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from sungari.errors import SungariError
from sungari.operate import desk
from sungari.operate.desk import calendars, cases, decisions, finding, history, kinds
from sungari.operate.desk.records import Case, CaseEvent, DecisionSignature, Wording
from sungari.operate.register import Register, init

PEOPLE = {"anna": "cn", "boris": "ru", "chen": "hlj"}
WHO = st.sampled_from(sorted(PEOPLE))
TEXTS = st.sampled_from(["Open at eight", "Open at nine", "Open at ten"])


class Desk(RuleBasedStateMachine):
    """One case, worked on by three parties as time passes, held against what is simply counted beside it."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "register.db"
        shutil.copy(self.template, path)
        self.now = datetime(2026, 1, 30, 12, tzinfo=UTC)
        self.register = Register(path, clock=lambda: self.now)
        self.events: list[tuple[int, str]] = []
        self.said: set[str] = set()  # who has signed the wording of the decision that waits
        self.words: tuple[str, frozenset[str]] | None = None
        self.title, self.seen = "No trains", 0

    def teardown(self) -> None:
        self.register.close()
        self.folder.cleanup()

    def do(self, who: str, what: Any, why: str = "because") -> Any:
        with self.register.writing(who, why) as work:
            return what(work)

    def state(self) -> str:
        with self.register.reading() as work:
            return cases.get(work, 1).state

    @initialize(who=WHO, kind=st.sampled_from(["border-closed", "safety", "other"]))
    def raised(self, who: str, kind: str) -> None:
        self.do(who, lambda w: cases.put(w, kind, "link", "rail", party=PEOPLE[who], title=self.title,
                                         parties=["cn", "ru", "hlj"]))  # fmt: skip

    @rule(days=st.integers(1, 9), tick=st.booleans())
    def time_passes(self, days: int, tick: bool) -> None:
        self.now += timedelta(days=days)
        if tick:
            made = self.do("clock", desk.tick)
            assert self.do("clock", desk.tick) == [], "nothing happens twice"
            assert not made or self.state() in history.OPEN

    @rule(who=WHO)
    def commented(self, who: str) -> None:
        self.do(who, lambda w: cases.comment(w, 1, "a word", party=PEOPLE[who]))

    @rule(who=WHO)
    def answered(self, who: str) -> None:
        before, own = self.state(), None
        with self.register.reading() as work:
            own = cases.get(work, 1).party
        same = {PEOPLE[who], own} <= {"cn", "hlj"} or PEOPLE[who] == own
        allowed = before in history.OPEN and not same
        self.attempt(who, lambda w: cases.answer(w, 1, "we know", party=PEOPLE[who]), allowed)
        if allowed and before == history.RAISED:
            assert self.state() == history.IN_HAND

    @rule(who=WHO, text=TEXTS, without=st.sampled_from(["", "hlj"]))
    def proposed(self, who: str, text: str, without: str) -> None:
        named = [p for p in ("cn", "ru", "hlj") if p != without]
        allowed = self.state() in (history.RAISED, history.IN_HAND) and self.assigned(named)
        if self.attempt(who, lambda w: decisions.propose(w, 1, text, party=PEOPLE[who], parties=named), allowed):
            self.words, self.said = (text, frozenset(named)), set()

    @rule(who=WHO, text=TEXTS)
    def amended(self, who: str, text: str) -> None:
        allowed = self.state() == history.PROPOSED
        if self.attempt(who, lambda w: decisions.amend(w, 1, text, party=PEOPLE[who]), allowed) and self.words:
            if self.words[0] != text:
                self.said = set()
            self.words = (text, self.words[1])

    @rule(who=WHO, stale=st.booleans())
    def signed(self, who: str, stale: bool) -> None:
        party = PEOPLE[who]
        allowed = (self.state() == history.PROPOSED and not stale and self.words is not None and party in self.words[1]
                   and party not in self.said)
        sha256 = "0" * 64 if stale else None
        if self.attempt(who, lambda w: decisions.sign(w, 1, party, sha256=sha256), allowed) and self.words:
            self.said.add(party)

    @rule(who=WHO)
    def refused(self, who: str) -> None:
        allowed = self.state() == history.PROPOSED and self.words is not None and PEOPLE[who] in self.words[1]
        if self.attempt(who, lambda w: decisions.sign(w, 1, PEOPLE[who], agreed=False), allowed):
            assert self.state() == history.IN_HAND

    @rule(parties=st.sampled_from([["cn", "ru"], ["cn", "ru", "hlj"]]))
    def assigned_to(self, parties: list[str]) -> None:
        allowed = self.state() in (history.RAISED, history.IN_HAND)
        with self.register.reading() as work:
            allowed = allowed or (self.state() == history.PROPOSED and len(parties) == 3)
            allowed = allowed or (self.state() == history.PROPOSED and cases.parties_of(work, [1])[1] == parties)
        self.attempt("anna", lambda w: cases.assign(w, 1, parties), allowed)

    @rule()
    def withdrawn(self) -> None:
        self.attempt("anna", lambda w: cases.withdraw(w, 1), self.state() in history.OPEN)

    @rule()
    def closed(self) -> None:
        self.attempt("anna", lambda w: cases.close(w, 1), self.state() == history.DECIDED)

    @precondition(lambda self: self.state() not in history.OPEN)
    @rule()
    def reopened(self) -> None:
        self.attempt("anna", lambda w: cases.reopen(w, 1), True)

    @rule(title=st.sampled_from(["No trains", "No trains at all", "No goods"]), fresh=st.booleans())
    def edited(self, title: str, fresh: bool) -> None:
        with self.register.reading() as work:
            version = cases.get(work, 1).version
        expected = version if fresh else self.seen
        allowed = self.state() in history.OPEN and expected == version
        if self.attempt("anna", lambda w: cases.edit(w, 1, title=title, expected=expected), allowed):
            self.title = title
        self.seen = version

    # -- what is tried, and what holds ---------------------------------------------------------------------------

    def attempt(self, who: str, what: Any, allowed: bool) -> bool:
        """Do something that must succeed where it is allowed, and change nothing where it is not."""
        if allowed:
            self.do(who, what)
            return True
        before = self.shape()
        with pytest.raises(SungariError):
            self.do(who, what)
        assert self.shape() == before
        return False

    def shape(self) -> Any:
        with self.register.reading() as work:
            return finding.shown(work, 1)

    def assigned(self, named: list[str]) -> bool:
        with self.register.reading() as work:
            return set(named) <= set(cases.parties_of(work, [1])[1])

    @invariant()
    def a_decision_is_in_force_once_all_it_names_have_signed_its_words(self) -> None:
        with self.register.reading() as work:
            there = decisions.of(work, 1) if work.session.get(Case, 1) else []
            for each in there:
                assert (each.decision.state == decisions.IN_FORCE) == (not each.missing)
                assert (each.decision.effective is not None) == (each.decision.state == decisions.IN_FORCE)
                assert set(each.agreed) <= set(each.wording.parties)
            waiting = [d for d in there if d.decision.state == decisions.PROPOSED]
            case = work.session.get(Case, 1)
            if case is not None:
                assert len(waiting) == (case.state == history.PROPOSED)
            for each in waiting:
                assert self.words == (each.wording.text, frozenset(each.wording.parties))
                assert set(each.agreed) == self.said

    @invariant()
    def no_deadline_is_on_a_holiday(self) -> None:
        with self.register.reading() as work:
            case = work.session.get(Case, 1)
            if case is not None and case.state in history.OPEN and case.due >= self.now.date():
                for party in cases.parties_of(work, [1])[1]:
                    assert calendars.of(work, [party]).works(case.due)

    @invariant()
    def history_only_grows(self) -> None:
        with self.register.reading() as work:
            now = [(e.id, e.what) for e in history.of(work, 1)]
            assert now[: len(self.events)] == self.events
            self.events = now
            levels = [e.facts["level"] for e in history.of(work, 1) if e.what in ("raised", "reopened", "escalated")]
            order = [level.code for level in kinds.levels(work)]
            for before, after in pairwise(levels):
                assert after == order[0] or order.index(after) == order.index(before) + 1

    @invariant()
    def no_edit_is_lost(self) -> None:
        with self.register.reading() as work:
            case = work.session.get(Case, 1)
            assert case is None or case.title == self.title
            counts = [work.session.scalar(select(func.count(k.id))) for k in (CaseEvent, Wording, DecisionSignature)]
            assert counts[0] == len(self.events)


def test_whatever_is_done(sqlite_template: Path, tmp_path: Path) -> None:
    filled = tmp_path / "filled.db"
    shutil.copy(sqlite_template, filled)
    register = init(filled)
    take_in(register, small_region())
    register.close()
    Desk.template = filled
    run_state_machine_as_test(Desk, settings=settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
    ))  # fmt: skip
