"""Meetings and what is before them, the calendar feed, and the desk in figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from desking import decide, of, put, told
from helping import Clock, take_in
from icalendar import Calendar

from sungari.errors import Conflict, Forbidden, InputError, Unknown, UsageError
from sungari.operate import desk, life
from sungari.operate.desk import cases, feed, meetings, statistics
from sungari.operate.register import Register, Work
from sungari.region.package import Region

BEIJING = timezone(timedelta(hours=8))
TEN = datetime(2026, 1, 22, 10, tzinfo=BEIJING)


@pytest.fixture
def joint(register: Register, small: Region) -> Register:
    take_in(register, small)
    return register


def call(work: Work, **cells: Any) -> int:
    given = {"title": "Working group", "begins": TEN, "parties": ["cn", "ru"], "place": "Heihe", **cells}
    return meetings.call(work, given.pop("title"), given.pop("begins"), **given).id


def test_a_meeting_is_called_and_moved(joint: Register) -> None:
    with joint.writing("anna") as work:
        number = call(work)
        made = meetings.get(work, number)
        assert (made.begins, made.ends) == (datetime(2026, 1, 22, 2, tzinfo=UTC), datetime(2026, 1, 22, 4, tzinfo=UTC))
        seen = made.version
        meetings.edit(work, number, {"begins": TEN + timedelta(days=1), "place": "Blagoveshchensk"})
        assert made.ends - made.begins == timedelta(hours=2)
        with pytest.raises(Conflict):
            meetings.edit(work, number, {"place": "Harbin"}, expected=seen)
        for cells, said in (({"title": " "}, "must say something"), ({"parties": ["cn", "rus"]}, "did you mean 'ru'"),
                            ({"parties": ["cn"]}, "two parties"), ({"begins": TEN.replace(tzinfo=None)}, "time zone"),
                            ({"ends": TEN - timedelta(hours=1)}, "not before it begins")):
            with pytest.raises(InputError, match=said):
                call(work, **cells)
        later = call(work, begins=TEN + timedelta(days=9), parties=["ru", "hlj"])
        assert [m.id for m in meetings.listed(work)] == [number, later]
        assert [m.id for m in meetings.listed(work, party="cn")] == [number]
        found = meetings.next_one(work)
        assert found is not None
        assert found.id == number
        meetings.edit(work, number, {"cancelled": True})
        found = meetings.next_one(work)
        assert found is not None
        assert found.id == later
        assert meetings.next_one(work, party="cn") is None
    with pytest.raises(Forbidden), joint.writing(actor=of("cn", role="analyst")) as work:
        call(work)


def test_what_is_before_a_meeting(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work, kind="other", title="Late")
        put(work, title="Decided")
        put(work, title="With a third", parties=["cn", "ru", "hlj"])
        number = call(work, begins=TEN + timedelta(days=60))
    decide(joint, 2)
    clock.turn(days=40)
    with joint.writing("anna") as work:
        put(work, title="Fresh")
        assert [(i.title, i.late) for i in meetings.agenda(work, number)] == [("Late", True), ("Fresh", False)]
        assert [i.title for i in meetings.waiting(work)] == ["With a third", "Late", "Fresh"]
        meetings.set_agenda(work, number, ["Opening", 4, 3])
        assert [i.title for i in meetings.agenda(work, number)] == ["Opening", "Fresh", "With a third"]
        with pytest.raises(Unknown, match="no case 9"):
            meetings.set_agenda(work, number, [9])
        meetings.set_agenda(work, number, [])
        assert [i.title for i in meetings.agenda(work, number)] == ["Late", "Fresh"]


def test_minutes_stand_with_the_meeting_and_the_cases(joint: Register) -> None:
    with joint.writing("anna") as work:
        put(work)
        number = call(work)
        meetings.minute(work, number, "All were there.", {1: "Both sides send engineers."})
        meetings.minute(work, number, "All were there.", {1: "Both sides send engineers."})  # nothing is new
        assert told(work, 1) == ["raised", "minutes"]
        with pytest.raises(UsageError, match="has 1 items, none at 2"):
            meetings.minute(work, number, "", {2: "x"})
        with pytest.raises(UsageError, match="its agenda stays what it was"):
            meetings.set_agenda(work, number, ["Other"])
        put(work, title="Fresh")
        made = meetings.plain(work, meetings.get(work, number))
        assert (made["minutes"], [(i["case"], i["minutes"]) for i in made["agenda"]]) == (
            "All were there.", [(1, "Both sides send engineers.")])  # fmt: skip
        cases.keep_to(work, 1, "cn")
    with joint.reading(of("ru")) as work:
        assert meetings.plain(work, meetings.get(work, number))["agenda"] == []


def test_the_feed_can_be_read_back(joint: Register, clock: Clock) -> None:
    with joint.writing("anna") as work:
        put(work, title="No trains; customs, too\\", text="x" * 200)
        put(work, title="Ours", confidential_to="cn")
        call(work, title="Рабочая группа по мосту Хэйхэ – Благовещенск")
        call(work, title="Off", begins=TEN + timedelta(days=3), parties=["ru", "hlj"])
        meetings.edit(work, 2, {"cancelled": True})
        life.set_gates(work, [{"stage": "pre-feasibility", "party": "*", "months": "6"}])
        life.enter(work, "bridge", "screening")

    def read(**asked: Any) -> tuple[Calendar, dict[str, Any]]:
        with joint.reading(asked.pop("actor", None) or of("ru")) as work:
            text = feed.calendar(work, **asked)
            assert text == feed.calendar(work, **asked)
        assert all(len(line) <= 75 for line in text.split(b"\r\n"))
        made = Calendar.from_ical(text)
        return made, {str(e["UID"]).split("@")[0]: e for e in made.walk("VEVENT")}

    made, events = read()
    assert str(made["VERSION"]) == "2.0"
    assert set(events) == {"case-1", "meeting-1", "meeting-2", "stage-3"}
    case = events["case-1"]
    assert case.decoded("DTSTART") == date(2026, 1, 20)
    assert case.decoded("DTEND") == date(2026, 1, 21)
    assert str(case["SUMMARY"]) == "Border crossing closed: No trains; customs, too\\"
    assert str(case["DESCRIPTION"]) == "Working group · rail · cn, ru"
    meeting = events["meeting-1"]
    assert meeting.decoded("DTSTART") == TEN
    assert str(meeting["SUMMARY"]) == "Рабочая группа по мосту Хэйхэ – Благовещенск"
    assert (str(meeting["LOCATION"]), str(meeting["STATUS"])) == ("Heihe", "CONFIRMED")
    assert str(meeting["DESCRIPTION"]) == "No trains; customs, too\\"
    assert str(events["meeting-2"]["STATUS"]) == "CANCELLED"
    assert events["stage-3"].decoded("DTSTART") == date(2026, 7, 15)
    assert str(events["stage-3"]["SUMMARY"]) == "Screening: Bridge"
    assert "口岸关闭" in str(read(lang="zh")[1]["case-1"]["SUMMARY"])
    assert "Закрыт" in str(read(lang="ru")[1]["case-1"]["SUMMARY"])
    assert set(read(parties=["hlj"])[1]) == {"meeting-2"}
    assert "case-2" in read(actor=of("cn"))[1]
    with joint.reading() as work, pytest.raises(UsageError, match="one of en, zh, ru"):
        feed.calendar(work, lang="mn")
    # An event that moves keeps its name and counts on, so that whoever follows the feed moves it as well.
    clock.turn(days=7)
    with joint.writing("clock") as work:
        desk.tick(work)
    moved = read()[1]["case-1"]
    assert moved.decoded("DTSTART") == date(2026, 1, 23)
    assert int(moved["SEQUENCE"]) > int(case["SEQUENCE"])
    assert moved.decoded("DTSTAMP") > case.decoded("DTSTAMP")


def test_figures_of_an_example_made_by_hand(joint: Register, clock: Clock) -> None:
    """Five cases between China and Russia.

    Two are raised on Thursday 15 January: one (border, due on the 20th) is decided on Monday the 19th, after 4 days of
    which 2 are worked; one (quota, ten days: the 29th) is decided on Tuesday 3 February: 19 days, 13 worked. Three
    on Thursday 12 February: a border that is decided on Wednesday the 25th, 13 days of which 3 are worked in both
    countries (13, 24, 25), just in time; one that is withdrawn; one that stays open (safety, two days: the 24th).
    """
    with joint.writing("anna") as work:
        put(work), put(work, kind="quota-disputed")
    clock.turn(days=4)
    decide(joint, 1)
    clock.turn(days=15)
    decide(joint, 2)
    clock.turn(days=9)
    with joint.writing("anna", "solved") as work:
        put(work), put(work, parties=["cn", "ru", "hlj"]), put(work, kind="safety")
        cases.withdraw(work, 4)
    clock.turn(days=13)
    decide(joint, 3)
    with joint.reading() as work:
        made = {(f.by, f.name): f for f in statistics.figures(work)}
        assert made["all", ""].as_dict() == {
            "by": "all", "name": "", "cases": 5, "open": 1, "late": 1, "decided": 3, "in_time": 2, "withdrawn": 1,
            "days": 13.0, "working_days": 3.0,
        }  # fmt: skip
        border = made["kind", "border-closed"]
        assert (border.cases, border.decided, border.in_time, border.days, border.working_days) == (3, 2, 2, 8.5, 2.5)
        quota = made["kind", "quota-disputed"]
        assert (quota.decided, quota.in_time, quota.days, quota.working_days) == (1, 0, 19.0, 13.0)
        assert (made["kind", "safety"].late, made["kind", "safety"].days) == (1, None)
        assert (made["party", "hlj"].cases, made["party", "cn"].cases, made["party", "ru"].cases) == (1, 5, 5)
        since = statistics.figures(work, since=date(2026, 2, 12), until=date(2026, 2, 12))[0]
        assert (since.cases, since.days) == (3, 13.0)
        assert statistics.figures(work, until=date(2026, 1, 1))[0].cases == 0
