"""Administration in the workspace: accounts, sessions and tokens; gates, rules, restrictions, calendars; the trail."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web_people import Visitor, add_people, shielded
from web_server import joint, quick_passwords

from sungari.errors import Forbidden
from sungari.operate import flags, keeping, life
from sungari.operate.access import signing, tokens
from sungari.operate.desk import calendars
from sungari.operate.register import Register
from sungari.show.web import shield

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = joint(tmp_path_factory.mktemp("administration"), studied=False)
    add_people(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(register: Register) -> FastAPI:
    return shielded(register)


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture(scope="module")
def anna(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "anna")


def test_an_account_is_added_granted_and_kept_out(anna: Visitor, app: FastAPI, register: Register) -> None:
    page = anna.send("/administration/accounts/new", "/administration/accounts/new", 422, code="N O", name="")
    assert "expected 2 to 40 small letters" in page
    page = anna.send("/administration/accounts/new", "/administration/accounts/new", 200, code="nina", name=HOSTILE,
                     role="viewer", party="ru")
    password = page.split('class="secret">')[1].split("<")[0]
    assert "<script>alert" not in page
    assert password not in anna.get("/administration/accounts/nina")
    secret = signing.sign_in(register, "nina", password)
    there = TestClient(app, base_url="http://testserver", follow_redirects=False)
    there.cookies.set(shield.SESSION, secret)
    assert there.get("/projects").headers["location"] == "/account/password"
    here = "/administration/accounts/nina"
    anna.send(here, f"{here}/grant", role="analyst", party="cn")
    assert "analyst" in anna.get(here)
    anna.send(here, f"{here}/revoke", role="viewer", party="ru")
    anna.send(here, here, email="nina@example.org", name="Nina")
    anna.send(here, f"{here}/active")
    assert there.get("/projects").headers["location"].startswith("/login")
    with pytest.raises(Forbidden):
        signing.sign_in(register, "nina", password)


def test_nobody_grants_to_himself(anna: Visitor) -> None:
    assert "Nobody grants to himself" in anna.get("/administration/accounts/anna")
    anna.post("/administration/accounts/anna/grant", {"role": "committee", "party": "*"}, 403)


def test_a_session_is_ended_at_once(anna: Visitor, app: FastAPI, register: Register) -> None:
    rita = Visitor(app, register, "rita")
    rita.get("/projects")
    here = "/administration/accounts/rita"
    anna.send(here, f"{here}/sessions")
    assert rita.client.get("/projects").status_code == 303
    again = Visitor(app, register, "rita")
    number = again.get("/account").split('name="number" value="')[1].split('"')[0]
    again.post("/account/sessions", {"number": number})
    assert again.client.get("/projects").status_code == 303


def test_a_token_is_shown_once_held_to_its_scopes_and_ended(app: FastAPI, register: Register) -> None:
    ivan = Visitor(app, register, "ivan")
    page = ivan.send("/account", "/account/tokens", 422, name="", days="9999")
    assert "expected 1 to 366" in page
    page = ivan.send("/account", "/account/tokens", 200, name=HOSTILE, scopes=["read", "export"], days="10")
    token = page.split('class="secret">')[1].split("<")[0]
    assert "<script>alert" not in page
    assert token not in ivan.get("/account")
    with register.reading() as work:
        assert tokens.actor_of(work, token).scopes == {"read", "export"}
    ivan.post("/account/tokens", {"name": "more", "scopes": "accounts", "days": "10"}, 403)
    number = ivan.get("/account").split('id="tokens"')[1].split('name="number" value="')[1].split('"')[0]
    ivan.post("/account/tokens/end", {"number": number})
    with register.reading() as work, pytest.raises(Forbidden):
        tokens.actor_of(work, token)


def test_gates_are_edited_as_a_table_with_checks(anna: Visitor, register: Register) -> None:
    page = anna.send("/administration/gates", "/administration/gates", 422, **{
        "0:needs": "colum:sector", "1:months": "-3", "2:party": "mars"})
    assert "expected one of column, table" in page
    assert "expected a number of months above 0" in page
    assert 'id="w-2-party"' in page
    anna.send("/administration/gates", "/administration/gates", why="ours", **{
        "9:stage": "screening", "9:party": "ru", "9:needs": "contact", "9:signs": "true", "9:role": "ministry"})
    with register.reading() as work:
        own = [g for g in life.gates(work) if g["party"] == "ru"]
    assert own == [{"stage": "screening", "party": "ru", "needs": "contact", "signs": True, "role": "ministry",
                    "months": None}]
    anna.send("/administration/gates", "/administration/gates", 409, mark="0" * 64)


def test_no_rule_of_restrictions_is_switched_off(anna: Visitor, register: Register) -> None:
    page = anna.get("/administration/rules")
    with register.reading() as work:
        at = [r["kind"] for r in flags.rule_rows(work)].index("restricted")
    assert "can&#39;t be switched off" in anna.send("/administration/rules", "/administration/rules", 422,
                                                     **{f"{at}:on": None})
    anna.send("/administration/rules", "/administration/rules", **{"1:on": None})
    with register.reading() as work:
        assert not flags.rule_rows(work)[1]["on"]
    assert page.count("checked") > anna.get("/administration/rules").count("checked")
    anna.send("/administration/kinds", "/administration/kinds", **{"0:days": "working-group=4;heads=6"})
    assert "expected LEVEL=DAYS" in anna.send("/administration/kinds", "/administration/kinds", 422,
                                              **{"0:days": "tomorrow"})


def test_a_restriction_raises_flags_at_once(anna: Visitor, app: FastAPI, register: Register) -> None:
    olga = Visitor(app, register, "olga")
    new = "/administration/restrictions/new"
    assert "blank; it must be given" in olga.send(new, new, 422, kind="", name="ru", authority="UN", reason="x")
    olga.send(new, new, kind="party", name="ru", authority="UN", reason=HOSTILE)
    assert "Restricted goods or parties" in olga.get("/projects/line")
    assert "<script>alert" not in olga.get("/projects/line")
    with register.reading() as work:
        number = keeping.listed(work, "restriction")[0].id
    one = f"/administration/restrictions/{number}"
    olga.send(one, one, ends="2020-01-01", begins="2019-01-01")
    olga.send(one, f"{one}/remove")
    anna.get("/administration/restrictions", 403)
    olga.get("/administration/accounts", 403)


def test_calendars_of_parties_are_set(anna: Visitor, register: Register) -> None:
    page = "/administration/calendars"
    anna.send(page, f"{page}/country", party="kr", country="KR")
    assert "as it was set" in anna.get(page)
    anna.send(page, f"{page}/day", party="cn", day="2031-05-04", works="yes", name="moved")
    with register.reading() as work:
        assert calendars.countries(work)["kr"] == "KR"
        assert [d.works for d in calendars.own_days(work)] == [True]
    anna.post(f"{page}/day", {"party": "cn", "day": "2031-05-04", "works": ""})
    anna.post(f"{page}/day", {"party": "cn", "day": "someday"}, 400)
    anna.post(f"{page}/country", {"party": "cn", "country": "XX"}, 422)


def test_the_trail_is_searched_page_by_page(anna: Visitor, app: FastAPI, register: Register) -> None:
    with register.writing("Zoe", "many") as work:
        for i in range(120):
            keeping.add(work, "organisation", {"code": f"o{i}", "name": HOSTILE})
    page = anna.get("/administration/trail?who=Zoe&record=organisation")
    assert page.count("<tr><th scope=\"row\"") == 50
    assert "<script>alert" not in page
    further = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert anna.get(further).count("<tr><th scope=\"row\"") == 50
    assert "No row fits" in anna.get("/administration/trail?who=nobody")
    assert "password" in anna.get("/administration/trail?record=account&who=test")
    assert "argon2" not in anna.get("/administration/trail?record=account")
    Visitor(app, register, "rita").get("/administration/trail", 403)


def test_a_backup_is_downloaded_whole(anna: Visitor, app: FastAPI, register: Register) -> None:
    answer = anna.client.post("/administration/backup", data={"_form": anna.secret()})
    assert answer.status_code == 200
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        assert len(archive.getnames()) > 10
    Visitor(app, register, "rita").post("/administration/backup", {}, 403)


def test_its_parts_are_offered_to_those_who_may(anna: Visitor, app: FastAPI, register: Register) -> None:
    rita, olga = Visitor(app, register, "rita"), Visitor(app, register, "olga")
    assert "/administration" not in rita.get("/projects")
    rita.get("/administration", 403)
    assert "Restrictions" in olga.get("/administration/trail")
    assert "/administration/accounts" not in olga.get("/administration/trail")
    assert anna.client.get("/administration").headers["location"] == "/administration/accounts"
    assert anna.get("/administration/nothing", 404)
