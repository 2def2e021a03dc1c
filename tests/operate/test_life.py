"""A project's way through its stages: gates, signatures, the review clock; and that no way leads around them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from helping import Clock, bare, edit, take_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sungari.errors import Conflict, GateClosed, InputError, SungariError, UsageError
from sungari.operate import clock as clocks
from sungari.operate import documents, evaluations, flags, keeping, life, packages, projects
from sungari.operate.findings import Evaluation
from sungari.operate.register import Register, Work
from sungari.region.package import Region

STAGES = ("idea", "screening", "pre-feasibility", "appraisal", "negotiation", "approval", "financing", "construction",
          "operation", "closed", "cancelled")  # fmt: skip


def gates(work: Work, *rows: str) -> None:
    """Gates from short texts, stage|party|needs|signs|months; red flags, tested elsewhere, are put out of the way."""
    flags.set_rules(work, [{"code": "restricted", "kind": "restricted"}])
    names = ("stage", "party", "needs", "signs", "months")
    life.set_gates(work, [dict(zip(names, row.split("|"), strict=False)) for row in rows])


def test_stages_are_those_of_a_projects_life(register: Register) -> None:
    with register.reading() as work:
        assert tuple(s.code for s in life.stages(work)) == STAGES


def test_the_gates_that_come_along_lead_from_idea_to_closed(register: Register, small: Region) -> None:
    """A project with all that the default gates ask for passes every one of them; with one thing less, it does not."""
    take_in(register, small)
    row = {"name": "Tunnel", "sector": "transport", "host": "ru", "capex": 100.0, "source": "s1"}
    content = {"projects": [row], "shares": [{"party": "ru", "share": 0.5, "source": "s1"},
                                             {"party": "hlj", "share": 0.5, "source": "s1"}],
               "effects": [{"table": "links", "row": "rail", "column": "capacity", "change": 5.0, "source": "s1"}],
               "exposures": [{"hazard": "flood", "amount": 5.0, "source": "s1"}]}  # fmt: skip
    passed = []
    with register.writing("anna", "all is there") as work:
        projects.create(work, "tunnel", content)
        flags.set_rules(work, [{"code": "restricted", "kind": "restricted"}])
        for kind in ("environmental-assessment", "agreement", "completion-certificate", "evaluation"):
            documents.add(work, "tunnel", b"%PDF-1.7 " + kind.encode(), "a.pdf", kind=kind)
        for kind in ("construction", "operation"):
            keeping.add(work, "permit", {"project": "tunnel", "kind": kind, "status": "granted"})
        keeping.add(work, "finance", {"project": "tunnel", "source": "budget", "kind": "budget", "status": "committed",
                                      "amount": 100})
        keeping.add(work, "contact", {"project": "tunnel", "name": "Li"})
        while ahead := life.next_stage(work, projects.get(work, "tunnel")):
            if ahead.code == "negotiation":
                asked = life.asked(work, projects.get(work, "tunnel"), ahead.code)
                assert [a.text for a in asked if a.what == "appraisal"] == ["not appraised"] * 2
                result = {"projects": [{"project": "tunnel"}]}
                work.session.add(Evaluation(
                    kind="appraisal", made_from=evaluations.hashes(work)["appraisal"], options={}, result=result,
                    seconds=1.0, who="anna", at=work.now, why="",
                ))  # fmt: skip
            asked = life.asked(work, projects.get(work, "tunnel"), ahead.code)
            for one in asked:
                if one.what == "signature":
                    with pytest.raises(GateClosed):
                        life.enter(work, "tunnel", ahead.code)
                    life.sign(work, "tunnel", one.party)
            life.enter(work, "tunnel", ahead.code)
            passed.append(ahead.code)
            assert {a.party for a in asked} == {"ru", "cn"}  # a province's word is its country's
        assert tuple(passed) == STAGES[1:-1]
        with pytest.raises(UsageError, match="nothing leads out of that"):
            life.enter(work, "tunnel", "cancelled")


@pytest.mark.parametrize(("need", "missing"), [
    ("column:capex", "capex is blank"), ("table:effects", "no row in effects.csv"), ("source", "no source: projects 1"),
    ("document:agreement", "no document agreement"), ("permit:construction", "permit construction: none"),
    ("finance", "0 of 50 committed"), ("contact", "nobody to ask"),
])  # fmt: skip
def test_a_gate_says_what_is_missing(register: Register, small: Region, need: str, missing: str) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        cost = {} if need == "column:capex" else {"capex": 50}
        projects.create(work, "tunnel", bare(host="ru", **cost))
        gates(work, f"screening|*|{need}|false|")
        with pytest.raises(GateClosed) as caught:
            life.enter(work, "tunnel", "screening")
        assert caught.value.missing == [f"ru: {need}: {missing}"]


def test_a_partys_own_gate_replaces_that_of_all(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        gates(work, "screening|*|contact|false|", "screening|cn|column:sector|false|")
        asked = life.asked(work, projects.get(work, "bridge"), "screening")
    assert [(a.party, a.what) for a in asked] == [("ru", "contact"), ("cn", "column:sector")]


def test_permits_expire(register: Register, small: Region, clock: Clock) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        gates(work, "screening|*|permit:land|false|")
        keeping.add(work, "permit", {"project": "bridge", "kind": "land", "status": "granted", "expires": "2026-02-01"})
        assert all(a.met for a in life.asked(work, projects.get(work, "bridge"), "screening"))
    clock.turn(days=30)
    with register.reading() as work:
        asked = life.asked(work, projects.get(work, "bridge"), "screening")
    assert [a.text for a in asked] == ["permit land: has expired"] * 2


def test_a_signature_holds_for_what_was_signed(register: Register, small: Region, clock: Clock) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        gates(work, "screening|ru||true|")
        life.sign(work, "bridge", "ru")
        edit(work, "bridge", capex=5000)
        with pytest.raises(GateClosed, match="signed what has been changed since"):
            life.enter(work, "bridge", "screening")
        life.sign(work, "bridge", "ru", agreed=False)
        with pytest.raises(GateClosed, match="anna has refused"):
            life.enter(work, "bridge", "screening")
        nothing = "'cn' has nothing to sign for 'bridge' now; ru signs before stage Screening"
        with pytest.raises(UsageError, match=nothing):
            life.sign(work, "bridge", "cn")
        with pytest.raises(Conflict):
            life.sign(work, "bridge", "ru", expected=1)
        life.sign(work, "bridge", "ru")
        life.enter(work, "bridge", "screening")
    clock.turn(days=10)
    with register.writing("anna", "again") as work:
        life.enter(work, "bridge", "idea")
        with pytest.raises(GateClosed):  # a step back asks for new signatures
            life.enter(work, "bridge", "screening")


def test_gates_with_wrong_cells_are_refused_all_at_once(register: Register) -> None:
    with pytest.raises(InputError) as caught, register.writing("anna") as work:
        gates(work, "idea|*||false|", "screening|xx|colum:name|maybe|-1", "approval|*|column:capx;source:x|true|",
              "approval|*||true|")
    assert [(p.row, p.column) for p in caught.value.problems] == [
        (2, "stage"), (3, "party"), (3, "needs"), (3, "signs"), (3, "months"), (4, "needs"), (4, "needs"), (5, "party"),
    ]  # fmt: skip


def test_the_review_clock_runs_and_feeds_the_model(register: Register, small: Region, clock: Clock) -> None:
    take_in(register, small)
    with register.writing("anna", "start") as work:
        gates(work, *(f"{s}|*||false|{m}" for s, m in zip(STAGES[1:9], (1, 2, 3, 6, 6, 6, 12, 12), strict=True)))
        for stage in STAGES[1:4]:  # appraisal begins: the review
            life.enter(work, "bridge", stage)
        assert life.visit(work, projects.get(work, "bridge")).due.date() == date(2026, 7, 15)
    clock.turn(days=365.25)
    with register.reading() as work:
        bridge = next(s for s in clocks.standings(work) if s.project == "bridge")
        reviews = clocks.reviews(work)
        region = packages.region(work, observed=True)
    assert bridge.months == pytest.approx(12)
    assert bridge.late == pytest.approx(6, abs=0.1)
    found = reviews.to_dict("records")
    assert found == [{"project": "bridge", "host": "ru", "months": pytest.approx(12), "done": False}]
    row = region.table("projects").iloc[0]
    assert row["review_months"] == pytest.approx(12)
    assert row["lead"] == pytest.approx(2)  # it was 1 year, with no review stated
    with register.writing("anna", "on") as work:
        for stage in STAGES[4:7]:
            life.enter(work, "bridge", stage)
    clock.turn(days=400)
    with register.reading() as work:
        assert clocks.reviews(work)["done"].tolist() == [True]
        assert clocks.reviews(work)["months"].tolist() == [pytest.approx(12)]
        assert np.isnan(packages.region(work).table("projects")["review_months"]).all()


MOVES = st.lists(st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(STAGES)),
    st.tuples(st.just("sign"), st.sampled_from(["ru", "cn", "hlj"])),
    st.tuples(st.just("refuse"), st.sampled_from(["ru", "cn"])),
    st.tuples(st.just("change"), st.integers(1, 3)),
    st.tuples(st.just("contact"), st.just("")),
), max_size=25)  # fmt: skip


class Model:
    """What the stages are meant to be, written down once more in the simplest way."""

    def __init__(self) -> None:
        self.stage, self.capex, self.contact, self.signed = "idea", 0, False, dict[str, int]()
        self.ended = False

    def enter(self, stage: str) -> bool:
        here, there = STAGES.index(self.stage), STAGES.index(stage)
        if self.ended or here == there:
            return False
        if stage != "cancelled" and there > here:
            parties = {"ru", "cn"}
            open_ = self.contact and all(self.signed.get(p) == self.capex for p in parties)
            if there != here + 1 or not open_:
                return False
        self.stage, self.signed = stage, {}
        self.ended = stage in ("closed", "cancelled")
        return True


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, number=st.integers(0, 10**9))
def test_no_way_leads_around_a_gate(
    register: Register, small: Region, clock: Clock, moves: list[tuple[str, Any]], number: int
) -> None:
    """Whatever is tried in whatever order: the register moves exactly when a model of it in ten lines would."""
    with register.reading() as work:
        empty = not life.gates(work) or life.gates(work)[0]["needs"] != "contact"
    if empty:
        take_in(register, small)
        with register.writing("anna") as work:
            gates(work, *(f"{s}|*|contact|true|" for s in STAGES[1:10]))
    model = Model()
    code = f"p{number}-{clock.now.timestamp()}"
    with register.writing("anna") as work:
        projects.create(work, code, {**bare(host="ru", capex=0), "shares": [{"party": "hlj", "share": 1}]})
    for what, value in moves:
        clock.turn(seconds=1)
        done = True
        try:
            with register.writing("anna", "because") as work:
                if what == "enter":
                    life.enter(work, code, value)
                elif what in ("sign", "refuse"):
                    life.sign(work, code, value, agreed=what == "sign")
                elif what == "change":
                    edit(work, code, capex=value)
                else:
                    keeping.add(work, "contact", {"project": code, "name": "Li"})
        except SungariError:
            done = False
        if what == "enter":
            assert done == model.enter(value), (what, value)
        elif what in ("sign", "refuse"):
            assert done == (value != "hlj" and not model.ended and model.stage != "closed")
            if done:
                model.signed[value] = model.capex if what == "sign" else -1
        elif what == "change":
            model.capex = value
        else:
            model.contact = True
        with register.reading() as work:
            assert projects.get(work, code).stage == model.stage
    clock.turn(seconds=1)
