"""Working days that parties have in common, on days that are known; deadlines, reminders and escalation by them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from desking import decide, of, put, told
from helping import Clock, take_in
from hypothesis import given
from hypothesis import strategies as st

from sungari.errors import Forbidden, InputError, UsageError
from sungari.operate import desk
from sungari.operate.desk import calendars, cases, decisions, finding, history, kinds
from sungari.operate.desk.calendars import Calendar
from sungari.operate.register import Register
from sungari.region.package import Region

CHINA, RUSSIA, BOTH = {"cn": "CN"}, {"ru": "RU"}, {"cn": "CN", "ru": "RU"}


@pytest.fixture
def joint(register: Register, small: Region) -> Register:
    take_in(register, small)
    return register


def days(first: date, last: date, calendar: Calendar) -> list[int]:
    """Days of a month on which nobody is away."""
    return [d.day for n in range((last - first).days + 1) if calendar.works(d := first + timedelta(days=n))]


def test_spring_festival_and_the_weekends_worked_for_it() -> None:
    # The State Council's notice for 2026: off from 15 to 23 February, the Saturdays of the 14th and the 28th worked.
    assert days(date(2026, 2, 12), date(2026, 2, 28), Calendar(CHINA)) == [12, 13, 14, 24, 25, 26, 27, 28]
    # Russia rests on those Saturdays, and on the Day of the Defender of the Fatherland.
    assert days(date(2026, 2, 12), date(2026, 2, 28), Calendar(BOTH)) == [12, 13, 24, 25, 26, 27]
    assert Calendar(BOTH).after(date(2026, 2, 12), 2) == date(2026, 2, 24)
    assert Calendar(BOTH).before(date(2026, 2, 24), 2) == date(2026, 2, 12)


def test_new_year_in_russia() -> None:
    # Off from 1 to 11 January 2026, and on 31 December.
    assert days(date(2026, 1, 1), date(2026, 1, 16), Calendar(RUSSIA)) == [12, 13, 14, 15, 16]
    assert not Calendar(RUSSIA).works(date(2026, 12, 31))
    # China works on the 4th, a Sunday, for the 2nd; nobody has a day in common with Russia before the 12th.
    assert Calendar(CHINA).works(date(2026, 1, 4))
    assert Calendar(BOTH).after(date(2025, 12, 30), 1) == date(2026, 1, 12)


def test_where_no_calendar_is_known_weekends_count() -> None:
    assert days(date(2026, 1, 1), date(2026, 1, 8), Calendar({"x": ""})) == [1, 2, 5, 6, 7, 8]


WHEN = st.dates(date(2020, 1, 1), date(2032, 1, 1))


@given(WHEN, st.integers(0, 30), st.sets(st.sampled_from(["CN", "RU", "MN", "KR", "JP", "KP", ""]), min_size=1))
def test_counting_forth_and_back_agrees(day: date, count: int, countries: set[str]) -> None:
    calendar = Calendar({c: c for c in countries})
    last = calendar.after(day, count)
    assert calendar.between(day, last) == count
    if count:
        assert all(Calendar({c: c}).works(last) for c in countries)
        assert calendar.before(last, count - 1) == calendar.after(day, 1)
    assert calendar.rolled(last) >= last


def test_whose_calendar_a_party_keeps(joint: Register) -> None:
    with joint.writing("anna") as work:
        assert calendars.countries(work) == {"cn": "CN", "hlj": "CN", "ru": "RU"}
        calendars.set_country(work, "cn", "KR")
        calendars.set_country(work, "hlj", "")
        assert calendars.countries(work) == {"cn": "KR", "hlj": "", "ru": "RU"}
        calendars.set_country(work, "hlj", None)
        assert calendars.countries(work)["hlj"] == "KR"
        calendars.set_country(work, "cn", None)
        for party, country, said in (("hjl", "CN", "did you mean 'hlj'"), ("cn", "XX", "whose holidays are known")):
            with pytest.raises(InputError, match=said):
                calendars.set_country(work, party, country)
        with pytest.raises(InputError, match="did you mean 'ru'"):
            calendars.set_day(work, "rus", date(2026, 1, 16), False)


def test_days_that_a_party_has_otherwise(joint: Register) -> None:
    friday, saturday = date(2026, 1, 16), date(2026, 1, 17)
    with joint.writing("anna") as work:
        calendars.set_day(work, "cn", friday, False, "Ice festival")
        calendars.set_day(work, "cn", saturday, True)
        assert [calendars.of(work, ["hlj"]).works(d) for d in (friday, saturday)] == [False, True]
        calendars.set_day(work, "hlj", saturday, False)
        assert [calendars.of(work, [p]).works(saturday) for p in ("cn", "hlj", "ru")] == [True, False, False]
        assert put(work, kind="safety").due == date(2026, 1, 20)  # without the festival it is the 19th
        calendars.set_day(work, "cn", friday, None)
        assert put(work, kind="safety").due == date(2026, 1, 19)
        assert [(d.party, d.day, d.works) for d in calendars.own_days(work)] == [("cn", saturday, True),
                                                                                 ("hlj", saturday, False)]
        for n in range(380):
            calendars.set_day(work, "cn", friday + timedelta(days=n), False)
        with pytest.raises(UsageError, match="no working day in common"):
            put(work)
    with pytest.raises(Forbidden), joint.writing(actor=of("cn")) as work:
        calendars.set_day(work, "cn", friday, False)


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_reminder_then_level_by_level_and_nothing_twice(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        case = put(work)  # on Thursday, 15 January: three days, three days, five days; a reminder one day before each
        assert (case.due, case.answer_by, case.look) == (date(2026, 1, 20), date(2026, 1, 20), date(2026, 1, 19))
    happened: list[tuple[str, str, str]] = []
    for _ in range(40):
        for _twice in range(2):
            with joint.writing("clock") as work:
                happened += [(f"{work.now:%m-%d}", e.what, str(e.facts["level"])) for e in desk.tick(work)]
        clock.turn(days=1)
    assert happened == [
        ("01-19", "reminded", "working-group"), ("01-21", "escalated", "deputies"), ("01-22", "reminded", "deputies"),
        ("01-24", "escalated", "heads"), ("01-29", "reminded", "heads"), ("01-31", "overdue", "heads"),
    ]  # fmt: skip
    with joint.reading() as work:
        assert told(work, 1) == ["raised", *(what for _, what, _ in happened)]
        assert (cases.get(work, 1).due, cases.get(work, 1).answer_by) == (date(2026, 1, 30), date(2026, 1, 20))
        assert finding.counted(work, late=True) == 1
        assert [e.facts for e in history.of(work, 1)][2] == {
            "left": "working-group", "passed": "2026-01-20", "level": "deputies", "due": "2026-01-23",
        }  # fmt: skip


def test_it_comes_to_the_same_however_seldom_one_looks(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work), put(work)
    for _ in range(12):
        clock.turn(days=1)
        with joint.writing("anna") as work:
            cases.comment(work, 1, "still closed")  # time passes by whatever is done to a case
    with joint.writing("clock") as work:
        assert len(desk.tick(work)) == 2
        assert [(c.level, c.due, c.look) for c in finding.listed(work, order="newest")] == [
            ("heads", date(2026, 1, 30), date(2026, 1, 29))] * 2  # fmt: skip
        assert [e for e in told(work, 1) if e != "comment"] == ["raised", "reminded", "escalated", "reminded",
                                                                "escalated"]
        assert told(work, 2) == ["raised", "escalated", "escalated"]


def test_a_decided_case_is_left_alone(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work), put(work)
    decide(joint, 1)
    with joint.writing("anna", "solved") as work:
        cases.withdraw(work, 2)
    clock.turn(days=60)
    with joint.writing("clock") as work:
        assert desk.tick(work) == []
        assert finding.counted(work, late=True) == 0
    with joint.writing("anna", "closed again") as work:
        case = cases.reopen(work, 1)
        assert (case.answer_by, case.due, case.level) == (date(2026, 3, 19), date(2026, 3, 19), "working-group")
    clock.turn(days=6)
    with joint.writing("clock") as work:
        assert [(e.case, e.what) for e in desk.tick(work)] == [(1, "escalated")]


def test_time_runs_while_signatures_are_waited_for(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work)
        decisions.propose(work, 1, "Open", party="cn")
    clock.turn(days=6)
    with joint.writing("boris") as work:
        decisions.sign(work, 1, "ru")
        assert told(work, 1) == ["raised", "proposed", "escalated", "signed"]


def test_other_parties_other_days(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        calendars.set_country(work, "hlj", "MN")
        calendars.set_day(work, "hlj", date(2026, 1, 20), False)
        put(work)
        assert cases.assign(work, 1, ["cn", "ru", "hlj"]).due == date(2026, 1, 21)
        assert cases.get(work, 1).answer_by == date(2026, 1, 21)
        assert cases.assign(work, 1, ["cn", "ru"]).due == date(2026, 1, 21)  # no deadline comes nearer
    clock.turn(days=5)
    with joint.writing("clock") as work:
        assert [e.what for e in desk.tick(work)] == ["reminded"]
        calendars.set_day(work, "hlj", date(2026, 1, 21), False)
        case = cases.assign(work, 1, ["cn", "ru", "hlj"])
        assert (case.due, case.look) == (date(2026, 1, 22), date(2026, 1, 23))
        assert desk.tick(work) == []  # it has been reminded of


def test_kinds_that_change_leave_running_deadlines(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work)
        rows = kinds.rows(work)
        kinds.set_kinds(work, [{**rows[0], "days": "heads=2", "remind": 0}, rows[-1]])
        assert cases.get(work, 1).due == date(2026, 1, 20)
    clock.turn(days=6)
    with joint.writing("clock") as work:
        desk.tick(work)
        assert (cases.get(work, 1).level, cases.get(work, 1).due) == ("heads", date(2026, 1, 22))
    with pytest.raises(Forbidden), joint.writing(actor=of("cn", role="analyst")) as work:
        desk.tick(work)
