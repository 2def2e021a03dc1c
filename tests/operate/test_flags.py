"""Red flags: raised by facts, justified by people, never in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest
from helping import Clock, bare, edit, small_region, take_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sungari.errors import Conflict, GateClosed, InputError, UsageError
from sungari.operate import evaluations, flags, keeping, life, projects
from sungari.operate.register import Register, Work
from sungari.region.package import Region


def found(work: Work, code: str, rule: str) -> list[tuple[str, str]]:
    return [(f.state, f.text) for f in flags.listed(work, project=code, resolved=True) if f.rule == rule]


def only(work: Work, *codes: str) -> None:
    """Switch all rules off but these, and the one that is always on."""
    rows = flags.rule_rows(work)
    flags.set_rules(work, [{**r, "on": str(r["code"] in (*codes, "restricted")).lower()} for r in rows])


def test_a_figure_without_a_source_is_flagged_until_it_has_one(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(capex=5))
    with register.writing("anna") as work:
        assert found(work, "bridge", "missing-source") == [("red", "no source: projects 1")]
        edit(work, "bridge", source="ministry")
    with register.reading() as work:
        assert found(work, "bridge", "missing-source") == [("resolved", "no source: projects 1")]


def test_foreign_shares_above_a_cap_are_flagged(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        assert not found(work, "bridge", "ownership-cap")
        content = projects.current(work, "bridge").content
        shares = [{"party": "ru", "share": 0.3}, {"party": "hlj", "share": 0.7}]
        projects.change(work, "bridge", {**content, "shares": shares})
    with register.reading() as work:
        assert found(work, "bridge", "ownership-cap") == [("red", "foreign parties hold 70.0%, ru allows 60.0%")]


@pytest.mark.parametrize(("cost", "flagged"), [(100, False), (499, False), (501, True), (21, False), (19, True)])
def test_a_cost_per_unit_far_from_its_peers_is_flagged(
    register: Register, small: Region, cost: float, flagged: bool
) -> None:
    take_in(register, small)
    row = {"table": "links", "row": "sea", "column": "capacity", "change": 10.0}
    with register.writing("anna") as work:
        for code, capex in (("a", 900), ("b", 1000), ("c", 1100), ("d", 10 * cost)):
            projects.create(work, code, {**bare(sector="sea", capex=capex), "effects": [row]})
        projects.create(work, "e", {**bare(sector="air", capex=1e9), "effects": [row]})
    with register.reading() as work:
        text = f"{cost:,.4g} per unit of links ship, the median of 3 peers is 100"
        assert found(work, "d", "peer-cost") == ([("red", text)] if flagged else [])
        assert not found(work, "e", "peer-cost")  # nothing to compare it with


def test_exposure_above_what_the_fund_bears_is_flagged(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    with register.reading() as work:  # opened with 50, a quarter of it for one project
        assert found(work, "bridge", "fund-limit") == [
            ("red", "exposed with 500, the fund bears 12.5 of one project")]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "hit"), [
    ("party", "ru", True), ("party", "cn", True), ("party", "mn", False), ("commodity", "coal", True),
    ("commodity", "power", False), ("hs", "2701", True), ("hs", "28", False), ("organisation", "trust", True),
])  # fmt: skip
def test_restricted_goods_and_parties_are_flagged(
    register: Register, clock: Clock, kind: str, name: str, hit: bool
) -> None:
    goods = "commodity,name,unit,value,hs,source\ncoal,Coal,t,50,270112,s1\npower,Power,MWh,60,,s1\n"
    take_in(register, small_region({"commodities": goods}))
    with register.writing("anna") as work:
        mine = {"table": "supply", "row": "mine/coal", "column": "capacity", "change": 1.0}
        projects.create(work, "mine", {**bare(host="ru"), "effects": [mine],
                                       "shares": [{"party": "hlj", "share": 1.0}]})
        keeping.add(work, "organisation", {"code": "trust", "name": "Trust"})
        keeping.add(work, "contact", {"project": "mine", "name": "Li", "organisation": "trust"})
    with register.writing("li") as work:
        keeping.add(work, "restriction", {"kind": kind, "name": name, "authority": "EU", "reason": "list 1",
                                          "ends": "2026-06-30"})
    text = f"{kind} {name} is restricted by EU: list 1"
    with register.reading() as work:
        assert found(work, "mine", "restricted") == ([("red", text)] if hit else [])
    clock.turn(days=365)
    with register.writing("li") as work:
        edit(work, "mine", capex=1)
        work.touched.add("mine")
    with register.reading() as work:
        assert found(work, "mine", "restricted") == ([("resolved", text)] if hit else [])


def test_screening_can_not_be_switched_off(register: Register) -> None:
    with register.reading() as work:
        rows: list[dict[str, Any]] = flags.rule_rows(work)
    off = [{**r, "on": "false"} for r in rows]
    for attempt in (off, [r for r in rows if r["kind"] != "restricted"], []):
        with pytest.raises(InputError, match="can't be switched off"), register.writing("anna") as work:
            flags.set_rules(work, attempt)
    bad = [{**rows[0], "code": "", "kind": "peer_costs", "on": "maybe"}, {**rows[4], "limits": "factor=no;lest=3"}]
    with pytest.raises(InputError) as caught, register.writing("anna") as work:
        flags.set_rules(work, bad)
    assert [(p.row, p.column) for p in caught.value.problems][:3] == [(2, "code"), (2, "kind"), (2, "on")]


def test_nothing_passes_a_gate_over_a_red_flag(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna", "why") as work:
        life.set_gates(work, [])
        only(work, "missing-source")
        edit(work, "bridge", source=None)
    with register.writing("anna", "why") as work, pytest.raises(GateClosed, match="flag: red: no source: projects 1"):
        life.enter(work, "bridge", "screening")
    with register.writing("li", "a joint estimate") as work:
        flag = next(f for f in flags.listed(work, project="bridge") if f.rule == "missing-source")
        with pytest.raises(Conflict):
            flags.justify(work, flag.id, expected=7)
        flags.justify(work, flag.id)
        life.enter(work, "bridge", "screening")
        with pytest.raises(UsageError, match="is amber; only a red one"):
            flags.justify(work, flag.id)
    with register.writing("anna", "more of it") as work:  # other facts than those that were justified
        content = projects.current(work, "bridge").content
        effects = [{**content["effects"][0], "source": None}]
        projects.change(work, "bridge", {**content, "effects": effects})
    with register.writing("anna", "why") as work, pytest.raises(GateClosed, match="projects 1, effects 1"):
        life.enter(work, "bridge", "pre-feasibility")
    with register.writing("anna", " ") as work:
        flag = next(f for f in flags.listed(work, project="bridge") if f.rule == "missing-source")
        with pytest.raises(UsageError, match="say why"):
            flags.justify(work, flag.id)


STEPS = st.lists(st.sampled_from(["bare", "bare more", "sourced", "justify", "move"]), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, number=st.integers(0, 10**9))
def test_a_flags_state_follows_from_what_happened(
    register: Register, clock: Clock, steps: list[str], number: int
) -> None:
    """Red, amber and resolved as a model of three lines says, whatever happens in whatever order."""
    clock.turn(seconds=1)
    code = f"p{number}-{clock.now.timestamp()}"
    effect = {"table": "links", "row": "x", "column": "capacity", "change": 1.0}
    shapes: dict[str, dict[str, Any]] = {
        "bare": {**bare(), "effects": [{**effect, "source": "s"}]}, "bare more": {**bare(), "effects": [effect]},
        "sourced": {**bare(source="s"), "effects": [{**effect, "source": "s"}]},
    }  # fmt: skip
    with register.writing("anna", "why") as work:
        life.set_gates(work, [])
        only(work, "missing-source")
        projects.create(work, code, shapes["sourced"])
    shape, state, stage = "sourced", None, 0
    for step in steps:
        with register.writing("anna", "why") as work:
            flag = next(iter(flags.listed(work, project=code, resolved=True)), None)
            assert (flag.state if flag else None) == state
            if step == "justify" and flag is not None and state == "red":
                flags.justify(work, flag.id)
                state = "amber"
            elif step == "move" and stage < 9:
                names = [s.code for s in life.stages(work)]
                if state == "red":
                    with pytest.raises(GateClosed):
                        life.enter(work, code, names[stage + 1])
                else:
                    stage += 1
                    life.enter(work, code, names[stage])
            elif step in shapes and step != shape:
                projects.change(work, code, shapes[step])
                shape = step
                state = "red" if step != "sourced" else "resolved" if state else None


def test_results_are_kept_with_their_hash_and_go_stale(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    made = evaluations.run(register, "appraisal", who="anna", projects=["ferry"])
    with register.reading() as work:
        kept = evaluations.listed(work)[0]
        assert (kept.evaluation.id, kept.stale) == (made.id, False)
        assert evaluations.appraised(work, "ferry")[0]
        assert evaluations.appraised(work, "bridge") == (False, "not appraised")
        parties = kept.evaluation.result["projects"][0]["first"]["parties"]
        losing = {p["party"] for p in parties if p["change"] < -1e-3 and p["party"] == "ru"}
        assert {f.subject for f in flags.listed(work, project="ferry") if f.rule == "loser"} == losing
    with register.writing("anna") as work:
        edit(work, "ferry", note="a remark", name="The ferry")
        assert not evaluations.listed(work)[0].stale
        edit(work, "ferry", capex=101)
    with register.reading() as work:
        assert evaluations.listed(work)[0].stale
        met, text = evaluations.appraised(work, "ferry")
        assert (met, text) == (False, "appraised on 2026-01-15, before what is in the register now")


def test_a_party_that_loses_is_flagged(register: Register, small: Region) -> None:
    take_in(register, small)
    result = {"projects": [{"project": "bridge", "first": {"parties": [
        {"party": "ru", "change": 9.0}, {"party": "cn", "change": -5.0}, {"party": "hlj", "change": 2.0},
        {"party": "jp", "change": -9.0}]}}]}
    from sungari.operate.findings import Evaluation

    with register.writing("anna") as work:
        work.session.add(Evaluation(kind="appraisal", made_from="x", options={}, result=result, seconds=1.0, who="anna",
                                    at=work.now, why=""))
        work.touched.add("bridge")
    with register.reading() as work:
        assert found(work, "bridge", "loser") == [("red", "cn loses 3 USD by it")]


def test_an_evaluation_that_there_is_not_is_named_with_the_nearest(register: Register) -> None:
    with pytest.raises(UsageError, match="no evaluation 'apraisal'; did you mean 'appraisal'"):
        evaluations.run(register, "apraisal")
