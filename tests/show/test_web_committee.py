"""The committee in the workspace: cases raised by one party and settled by two, meetings, calendar, statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from web_people import HOSTILE, Visitor, add_people, shielded
from web_server import joint

from sungari.operate.access import tokens
from sungari.operate.desk import cases, decisions
from sungari.operate.register import Register


class Clock:
    """A clock that a test turns on."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = joint(tmp_path_factory.mktemp("committee"), studied=False)
    add_people(made)
    made.clock = Clock()
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(register: Register) -> FastAPI:
    return shielded(register)


@pytest.fixture(scope="module")
def li(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "li")


@pytest.fixture(scope="module")
def ivan(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "ivan")


@pytest.fixture(scope="module")
def rita(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "rita")


def raise_case(who: Visitor, title: str, **fields: str) -> int:
    given = {"kind": "permit-refused", "on": "project", "subject": "second", "title": title, **fields}
    return int(who.send("/committee/new", "/committee/new", **given).split("/")[-1].split("?")[0])


def test_a_case_goes_from_one_party_to_a_decision_of_two(li: Visitor, ivan: Visitor, register: Register) -> None:
    number = raise_case(ivan, "Permit of the terminal refused", text="Nobody says why.")
    here = f"/committee/{number}"
    assert "Permit of the terminal refused" in li.get("/committee")
    assert "Second bridge" in li.get(here)
    assert f'formaction="{here}/answer"' in li.get(here)
    li.post(f"{here}/answer", {"text": "We look at it again.", "party": "cn"})
    assert "in hand" in ivan.get(here)
    li.send(here, f"{here}/propose", text="It is granted.")
    ivan.send(here, f"{here}/sign", agreed="true", why="at last")
    assert "has not signed" in li.get(here)
    with register.reading() as work:
        assert cases.get(work, number).state == "proposed"
    li.send(here, f"{here}/sign", agreed="true")
    page = ivan.get(here)
    assert "in force since" in page
    assert "at last" in page
    with register.reading() as work:
        decision = decisions.of(work, number)[0].decision
        assert cases.get(work, number).state == "decided"
    li.send(here, f"{here}/link", decision=str(decision.id), record="project", key="second", why="granted")
    assert "What it changed" in ivan.get(here)
    ivan.send(here, f"{here}/close")
    assert "closed" in ivan.get(here)


def test_a_refusal_needs_its_reason_and_nobody_signs_for_another(li: Visitor, ivan: Visitor) -> None:
    number = raise_case(ivan, "A quota")
    here = f"/committee/{number}"
    li.send(here, f"{here}/propose", text="Half of it.")
    ivan.client.headers["referer"] = f"http://testserver{here}"
    refused = ivan.send(here, f"{here}/sign", 400, agreed="false")
    assert "say why" in refused
    assert f'<a href="{here}">Back to where you were</a>' in refused
    ivan.client.headers["referer"] = "https://elsewhere.example/"
    assert "Back to where" not in ivan.get("/committee/999", 404)
    del ivan.client.headers["referer"]
    sign = ivan.get(here)
    sha = sign.split('name="sha256" value="')[1].split('"')[0]
    ivan.post(f"{here}/sign", {"party": "cn", "sha256": sha, "agreed": "true"}, 403)
    li.send(here, f"{here}/amend", text="Two thirds of it.")
    assert "another wording" in ivan.post(f"{here}/sign", {"party": "ru", "sha256": sha, "agreed": "true"}, 409)
    ivan.send(here, f"{here}/sign", agreed="false", why="too little")
    assert "too little" in li.get(here)


def test_what_is_wrong_with_a_case_is_said_at_its_fields(ivan: Visitor) -> None:
    page = ivan.send("/committee/new", "/committee/new", 422, kind="", subject="", title="")
    assert "blank; it must be given" in page
    assert 'id="wrong-kind"' in page
    assert 'aria-invalid="true" aria-describedby="wrong-subject"' in page
    ivan.send("/committee/new", "/committee/new", 403, kind="other", subject="second", title="x", party="cn")


def test_subjects_are_found_by_a_part_of_their_name(ivan: Visitor) -> None:
    assert "Second bridge" in ivan.get("/committee/subjects?on=project&find=ond+bri")
    assert "Blagoveshchensk – Heihe, road" in ivan.get("/committee/subjects?on=link&find=heihe")
    assert "Russia" in ivan.get("/committee/subjects?on=party&find=russ")
    assert "nothing found" in ivan.get("/committee/subjects?on=place&find=zzz")


def test_hostile_words_stay_words(ivan: Visitor, li: Visitor) -> None:
    number = raise_case(ivan, HOSTILE, text=HOSTILE)
    li.send(f"/committee/{number}", f"/committee/{number}/comment", text=HOSTILE)
    for path in (f"/committee/{number}", "/committee", "/committee/meetings", "/committee/calendar"):
        page = li.get(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_desk_is_filtered_and_late_ones_come_first(ivan: Visitor, app: FastAPI, register: Register) -> None:
    soon = raise_case(ivan, "Soon over", kind="safety", on="link", subject="bridge")
    raise_case(ivan, "Has time", kind="fund-claim")
    register.clock.ahead = timedelta(days=9)  # type: ignore[attr-defined]
    ivan = Visitor(app, register, "ivan")  # no session lasts so long
    try:
        page = ivan.get("/committee")
        assert page.index("Soon over") < page.index("Has time")
        assert 'class="badge late">late' in page
        assert "Has time" not in ivan.get("/committee?late=on", **{"HX-Request": "true"})
        assert "Soon over" in ivan.get("/committee?on=link")
        assert "Has time" not in ivan.get("/committee?on=link")
        assert "No case fits" in ivan.get("/committee?text=zzzz")
        assert "no state" in ivan.get("/committee?state=asleep", 400)
        assert "late" in ivan.get(f"/committee/{soon}")
    finally:
        register.clock.ahead = timedelta()  # type: ignore[attr-defined]


def test_a_meeting_is_called_held_and_minuted(li: Visitor, ivan: Visitor, rita: Visitor) -> None:
    number = raise_case(ivan, "Before the meeting")
    page = li.send("/committee/meetings/new", "/committee/meetings/new", 422, title="", begins="soon", parties=["cn"])
    assert "expected a day and a time" in page
    to = li.send("/committee/meetings/new", "/committee/meetings/new", title="Spring meeting", place="Heihe",
                 begins="2031-03-04T06:00", parties=["cn", "ru"])
    here = to.split("?")[0]
    assert "Before the meeting" in ivan.get(here)
    li.send(here, f"{here}/agenda", items=f"Welcome\n#{number} x")
    li.send(here, f"{here}/minutes", **{"item:2": "To be settled by May.", "minutes": "All were there."})
    assert "To be settled by May." in ivan.get(f"/committee/{number}")
    assert "All were there." in rita.get(here)
    assert "Save the minutes" not in rita.get(here)
    assert "Spring meeting" in rita.get("/committee/calendar?month=2031-03")


def test_the_calendar_is_subscribed_to_by_a_token_that_ends(ivan: Visitor, app: FastAPI) -> None:
    raise_case(ivan, "In the calendar")
    assert "BEGIN:VCALENDAR" in ivan.get("/committee/calendar.ics")
    page = ivan.send("/committee/calendar", "/account/feed", 200)
    path = page.split('class="secret">')[1].split("<")[0].split("testserver")[1]
    stranger = Visitor.__new__(Visitor)
    from fastapi.testclient import TestClient

    stranger.client = TestClient(app, base_url="http://testserver", follow_redirects=False)
    assert "In the calendar" in stranger.get(path)
    assert stranger.client.get("/committee").status_code == 303
    token = path.split("/")[3]
    stranger.client.headers["Authorization"] = f"Bearer {token}"
    assert "In the calendar" in stranger.get("/api/v1/calendar.ics")
    for other in ("/api/v1/cases", "/api/v1/projects", "/api/v1/me", "/api/v1/meetings"):
        stranger.get(other, 403)
    del stranger.client.headers["Authorization"]
    number = ivan.get("/account").split('id="tokens"')[1].split('name="number" value="')[1].split('"')[0]
    ivan.post("/account/tokens/end", {"number": number})
    assert "no longer good" in stranger.get(path, 403)


def test_an_address_from_before_calendars_had_a_scope_is_still_good(ivan: Visitor, register: Register) -> None:
    raise_case(ivan, "In the calendar")
    with register.writing("test") as work:
        old = tokens.issue(work, "ivan", "Calendar", ["read"])
        other = tokens.issue(work, "ivan", "Calendar", ["calendar.read"])
    for token in (old, other):
        assert "In the calendar" in ivan.get(f"/committee/feed/{token}/en.ics")


def test_the_statistics_are_in_words_and_charts(ivan: Visitor) -> None:
    page = ivan.get("/committee/statistics")
    assert "Median days to a decision" in page
    assert '"by-kind"' in page
    assert "expected a day" in ivan.get("/committee/statistics?since=x", 400)


def test_who_only_looks_has_no_buttons_and_is_refused(rita: Visitor, ivan: Visitor) -> None:
    number = raise_case(ivan, "Looked at")
    page = rita.get(f"/committee/{number}")
    assert "<form method=\"post\" action=\"/committee" not in page
    assert "Raise a case" not in rita.get("/committee")
    rita.get("/committee/new", 403)
    for act in ("answer", "comment", "propose", "withdraw", "close", "assign", "edit"):
        answer = rita.client.post(f"/committee/{number}/{act}", data={
            "_form": rita.secret(), "text": "x", "party": "ru", "why": "x", "title": "x", "parties": ["cn", "ru"]})
        assert answer.status_code in (400, 403), (act, answer.status_code)
    assert "nothing to do" in rita.client.post(f"/committee/{number}/burn", data={"_form": rita.secret()}).text
