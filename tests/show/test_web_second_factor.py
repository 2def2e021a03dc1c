"""The second factor in the workspace: asked for after the password, set up, renewed, given up, taken away."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sungari.errors import UsageError
from sungari.operate.access import accounts, passwords, second
from sungari.operate.register import Register, init
from sungari.show.web import shield
from sungari.show.web.app import create

GOOD = "seven grey herons over Khanka"


class Clock:
    """A clock that tests turn on, in the middle of a step: nothing hangs on when they run."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 15, 12, 0, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what is tested here is not how hard argon2 is."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("second-factor") / "register.db"
    joint = init(path)
    hasher, passwords._HASHER = passwords._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with joint.writing("test") as work:
        for code, name, role in (("anna", "Anna Li", "owner"), ("boss", "Boss", "administrator")):
            account = accounts.create(work, code, name)
            accounts.set_password(work, account, GOOD)
            accounts.grant(work, code, role, "*")
        accounts.create(work, "olga", "Olga Kim", email="olga@example.org")
    passwords._HASHER = hasher
    joint.close()
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(template: Path, tmp_path: Path, clock: Clock) -> Iterator[Register]:
    shutil.copy(template, tmp_path / "register.db")
    made = Register(tmp_path / "register.db", clock=clock)
    yield made
    made.close()


def workspace(register: Register, **settings: Any) -> FastAPI:
    app = create(register)
    shield.protect(app, shield.Settings(**{"sign_ins": "1000 per minute", **settings}))
    return app


@pytest.fixture
def app(register: Register) -> FastAPI:
    return workspace(register)


class Browser:
    """Somebody with a browser and an app for codes."""

    def __init__(self, app: FastAPI, clock: Clock, secret: str = "") -> None:
        self.client = TestClient(app, base_url="http://localhost", follow_redirects=False)
        self.client.cookies.set("sungari-language", "en")
        self.clock, self.secret = clock, secret

    def code(self) -> str:
        """The app's code; each is another one."""
        self.clock.turn(seconds=60)
        return pyotp.TOTP(self.secret).at(self.clock.now)

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("location"))
        return answer.text

    def send(self, page: str, action: str, **fields: str) -> httpx2.Response:
        """A form of a page, with its secret."""
        text = self.get(page)
        assert f'action="{action}"' in text
        field = re.search(r'name="_form" value="(\w+)"', text)
        assert field
        return self.client.post(action, data={"_form": field[1], **fields})

    def give_password(self, name: str = "anna", back: str = "/") -> httpx2.Response:
        return self.send("/login", "/login", name=name, password=GOOD, back=back)

    def set_up(self, name: str = "anna") -> list[str]:
        """Sign in and set a second factor up; the recovery codes."""
        assert self.give_password(name).headers["location"] == "/"
        page = "/account/second-factor"
        assert self.send(page, f"{page}/begin", password=GOOD).headers["location"] == page
        key = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', self.get(page))
        assert key
        self.secret = key[1].replace(" ", "")
        answer = self.send(page, f"{page}/confirm", code=self.code())
        assert answer.status_code == 200
        return re.findall(r"<code>([a-z2-9-]+)</code>", answer.text)


@pytest.fixture
def anna(app: FastAPI, clock: Clock) -> Browser:
    return Browser(app, clock)


# -- signing in -------------------------------------------------------------------------------------------------------


def test_who_has_a_second_factor_comes_in_by_password_and_code_only(app: FastAPI, clock: Clock, anna: Browser) -> None:
    anna.set_up()
    there = Browser(app, clock, anna.secret)
    answer = there.give_password(back="/projects?a=1&b=2")
    assert answer.headers["location"] == "/login/code?back=%2Fprojects%3Fa%3D1%26b%3D2"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("sungari-halfway="))
    assert "httponly" in cookie.lower()
    assert "max-age=300" in cookie.lower()
    assert shield.SESSION not in there.client.cookies
    for path in ("/projects", "/account", "/account/second-factor", "/account/password"):
        assert there.client.get(path).headers["location"].startswith("/login?back=")
    wrong = there.send(answer.headers["location"], "/login/code", code="000", back="/projects?a=1&b=2")
    assert wrong.status_code == 403
    assert "The code is wrong or has been used" in wrong.text
    right = there.send("/login/code", "/login/code", code=there.code(), back="/projects?a=1&b=2")
    assert (right.status_code, right.headers["location"]) == (303, "/projects?a=1&b=2")
    assert "sungari-halfway" not in there.client.cookies
    there.get("/projects")
    assert "password+code" in there.get("/account")


def test_a_sign_in_half_done_belongs_to_its_browser_and_is_good_for_one(
    app: FastAPI, clock: Clock, anna: Browser
) -> None:
    anna.set_up()
    here, thief = Browser(app, clock, anna.secret), Browser(app, clock, anna.secret)
    assert here.give_password().headers["location"] == "/login/code"
    assert thief.client.get("/login/code").headers["location"] == "/login"  # has given no password
    field = re.search(r'name="_form" value="(\w+)"', thief.get("/login"))
    assert field
    answer = thief.client.post("/login/code", data={"_form": field[1], "code": thief.code()})
    assert answer.status_code == 403
    assert "That took too long" in answer.text
    held = here.client.cookies["sungari-halfway"]
    assert here.send("/login/code", "/login/code", code=here.code()).status_code == 303
    thief.client.cookies.set("sungari-halfway", held)
    assert thief.client.get("/login/code").headers["location"] == "/login"  # used


def test_a_sign_in_half_done_is_over_after_five_minutes(app: FastAPI, clock: Clock, anna: Browser) -> None:
    anna.set_up()
    there = Browser(app, clock, anna.secret)
    there.give_password()
    page = there.get("/login/code")
    clock.turn(minutes=5)
    field = re.search(r'name="_form" value="(\w+)"', page)
    assert field
    answer = there.client.post("/login/code", data={"_form": field[1], "code": there.code()})
    assert answer.status_code == 403
    assert "That took too long" in answer.text
    assert there.give_password().headers["location"] == "/login/code"


def test_wrong_codes_make_the_account_wait(app: FastAPI, clock: Clock, anna: Browser) -> None:
    anna.set_up()
    there = Browser(app, clock, anna.secret)
    there.give_password()
    for _ in range(5):
        assert there.send("/login/code", "/login/code", code="1").status_code == 403
    now = pyotp.TOTP(anna.secret).at(clock.now + timedelta(seconds=30))
    assert there.send("/login/code", "/login/code", code=now).status_code == 403
    assert there.give_password().status_code == 403
    assert there.send("/login/code", "/login/code", code=there.code()).status_code == 303  # a minute later


def test_a_recovery_code_lets_one_in_once(app: FastAPI, clock: Clock, anna: Browser) -> None:
    paper = anna.set_up()
    assert len(set(paper)) == second.RECOVERY
    there = Browser(app, clock, anna.secret)
    for status in (303, 403):
        there.client.cookies.delete(shield.SESSION)
        there.give_password()
        assert there.send("/login/code", "/login/code", code=paper[0]).status_code == status
    assert "9 recovery codes left" in anna.get("/account/second-factor")


# -- one's own --------------------------------------------------------------------------------------------------------


def test_setting_up_needs_the_password_shows_key_and_codes_once_and_ends_other_sessions(
    app: FastAPI, clock: Clock, anna: Browser, register: Register
) -> None:
    there = Browser(app, clock)
    there.give_password()
    anna.give_password()
    page = "/account/second-factor"
    wrong = anna.send(page, f"{page}/begin", password="wrong")
    assert wrong.status_code == 403
    assert "The password is wrong" in wrong.text
    assert f"/language/zh?back={page}/begin" in wrong.text
    assert anna.client.get(f"{page}/begin").headers["location"] == page  # from there
    assert anna.send(page, f"{page}/begin", password=GOOD).status_code == 303
    shown = anna.get(page)
    assert "<svg" in shown
    assert "style=" not in shown  # the policy lets none through
    key = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', shown)
    assert key
    anna.secret = key[1].replace(" ", "")
    assert anna.send(page, f"{page}/confirm", code="000").status_code == 403
    done = anna.send(page, f"{page}/confirm", code=anna.code())
    paper = re.findall(r"<code>([a-z2-9-]+)</code>", done.text)
    assert len(paper) == second.RECOVERY
    assert "/language/" not in done.text
    after = anna.get(page) + anna.get("/account")
    for text in (*paper, key[1], anna.secret):
        assert text not in after
    assert there.client.get("/projects").headers["location"].startswith("/login")


def test_new_recovery_codes_and_switching_off_need_both(app: FastAPI, clock: Clock, anna: Browser) -> None:
    old, page = anna.set_up(), "/account/second-factor"
    for password, code in (("wrong", anna.code()), (GOOD, "000")):
        wrong = anna.send(page, f"{page}/change", password=password, code=code, do="renew")
        assert wrong.status_code == 403
        assert "The password or the code is wrong" in wrong.text
    there = Browser(app, clock, anna.secret)
    there.give_password()
    there.send("/login/code", "/login/code", code=there.code())
    there.get("/projects")
    new = re.findall(r"<code>([a-z2-9-]+)</code>", anna.send(
        page, f"{page}/change", password=GOOD, code=anna.code(), do="renew").text)
    assert len(new) == second.RECOVERY
    assert not set(new) & set(old)
    assert there.client.get("/projects").status_code == 303
    assert anna.send(page, f"{page}/change", password=GOOD, code=new[0], do="off").headers["location"] == page
    assert "Set it up" in anna.get(page)
    assert there.give_password().headers["location"] == "/"


def test_who_signs_in_by_the_provider_is_told_whose_matter_it_is(
    app: FastAPI, clock: Clock, register: Register
) -> None:
    from sungari.operate.access import signing

    with register.writing("test") as work:
        accounts.grant(work, "olga", "viewer", "*")
    olga = Browser(app, clock)
    olga.client.cookies.set(shield.SESSION, signing.sign_in_as(register, "https://p.example", "7", "olga@example.org"))
    assert "You sign in by your organisation" in olga.get("/account/second-factor")


# -- administration ---------------------------------------------------------------------------------------------------


def test_an_administrator_takes_a_lost_one_away(app: FastAPI, clock: Clock, anna: Browser) -> None:
    anna.set_up()
    boss = Browser(app, clock)
    boss.give_password("boss")
    here = "/administration/accounts/anna"
    shown = boss.get(here)
    assert "second factor" in shown
    assert anna.secret not in shown
    assert boss.send(here, f"{here}/second-factor").status_code == 303
    assert f'action="{here}/second-factor"' not in boss.get(here)
    assert anna.client.get("/projects").status_code == 303
    assert anna.give_password().headers["location"] == "/"
    trail = boss.get("/administration/trail?record=second_factor")
    assert "took a second factor away" in trail
    assert anna.secret not in trail


def test_nobody_takes_away_his_own_so(app: FastAPI, clock: Clock) -> None:
    boss = Browser(app, clock)
    boss.set_up("boss")
    here = "/administration/accounts/boss"
    text = boss.get(here)
    assert f'action="{here}/second-factor"' not in text
    field = re.search(r'name="_form" value="(\w+)"', text)
    assert field
    assert boss.client.post(f"{here}/second-factor", data={"_form": field[1]}).status_code == 403


# -- roles that need one ----------------------------------------------------------------------------------------------


def test_a_role_may_ask_for_one_and_opens_nothing_before(register: Register, clock: Clock) -> None:
    app = workspace(register, second_factor=frozenset({"administrator"}))
    anna, boss = Browser(app, clock), Browser(app, clock)
    anna.give_password()
    anna.get("/projects")  # asked of administrators only
    boss.give_password("boss")
    page = "/account/second-factor"
    for path in ("/", "/projects", "/account", "/administration/accounts", "/account/password"):
        assert boss.client.get(path).headers["location"] == page, path
    text = boss.get(page)
    assert "Your role asks for a second factor" in text
    field = re.search(r'name="_form" value="(\w+)"', text)
    assert field
    refused = boss.client.post("/administration/accounts/anna/active", data={"_form": field[1]})
    assert refused.headers["location"] == page
    boss.client.cookies.delete(shield.SESSION)
    boss.set_up("boss")
    boss.get("/administration/accounts")
    with register.reading() as work:
        assert second.of(work, "boss") is not None


def test_roles_that_need_one_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shield.Settings.from_environment().second_factor == frozenset()
    monkeypatch.setenv("SUNGARI_SECOND_FACTOR", "administrator, committee")
    assert shield.Settings.from_environment().second_factor == {"administrator", "committee"}
    monkeypatch.setenv("SUNGARI_SECOND_FACTOR", "administratr")
    with pytest.raises(UsageError, match="did you mean 'administrator'"):
        shield.Settings.from_environment()
