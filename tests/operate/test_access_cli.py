"""Accounts from the command line, as whoever runs the register uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner, Result
from helping import take_in

from sungari.errors import Forbidden
from sungari.operate.access import second, sessions, signing, tokens
from sungari.operate.access.actor import Actor
from sungari.operate.register import Register
from sungari.region.package import Region
from sungari.show.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, register: Register, small: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``sungari register account …`` on this test's database."""
    take_in(register, small)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUNGARI_DATABASE_URL", url)
    monkeypatch.setenv("SUNGARI_USER", "clerk")
    return lambda *args: CliRunner().invoke(main, ["register", "account", *map(str, args)], prog_name="sungari")


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_an_account_from_its_first_day_to_its_last(run: Run, register: Register) -> None:
    made = told(run("add", "li", "--name", "Li Na", "--email", "li@example.org", "--grant", "owner:hlj", "--json"))
    secret = signing.sign_in(register, "li", made["password"])
    assert sessions.entered(register, secret).must_change
    again = told(run("password", "li", "--json"))["password"]
    assert again != made["password"]
    with pytest.raises(Forbidden):
        sessions.entered(register, secret)
    assert told(run("grant", "li", "viewer:*", "reviewer:cn", "--json"))["grants"] == [
        "owner:hlj", "reviewer:cn", "viewer:*"]
    assert told(run("revoke", "li", "reviewer:cn", "--json"))["grants"] == ["owner:hlj", "viewer:*"]
    run("change", "li", "--name", "Li Na (Harbin)", "--language", "zh")
    row = told(run("list", "--json"))["accounts"][0]
    assert (row["account"], row["name"], row["language"], row["active"]) == ("li", "Li Na (Harbin)", "zh", True)
    secret = signing.sign_in(register, "li", again)
    assert "is out" in run("deactivate", "li").output
    with pytest.raises(Forbidden):
        sessions.entered(register, secret)
    assert "out" in run("list").output
    assert told(run("deactivate", "li", "--back", "--json"))["active"]


def test_a_lost_second_factor_is_taken_away(run: Run, register: Register) -> None:
    once = told(run("add", "li", "--name", "Li Na", "--grant", "viewer:*", "--json"))["password"]
    li = Actor("li", "Li Na", frozenset())
    with register.writing(actor=li) as work:
        secret = second.begin(work, "li").secret
        second.confirm(work, "li", pyotp.TOTP(secret).at(work.now))
    with pytest.raises(signing.CodeAskedError):
        signing.sign_in(register, "li", once)
    listed = run("list", "--json")
    assert told(listed)["accounts"][0]["second_factor"]
    assert secret not in listed.output
    assert "no second factor any more" in run("second-factor", "li", "--why", "telephone lost").output
    assert not told(run("list", "--json"))["accounts"][0]["second_factor"]
    assert signing.sign_in(register, "li", once)
    assert run("second-factor", "li").exit_code == 2


def test_a_token_is_shown_once_and_ends_when_told(run: Run, register: Register) -> None:
    run("add", "li", "--name", "Li Na", "--no-password", "--grant", "owner:hlj")
    token = told(run("token", "li", "--name", "script", "--scope", "export", "--json"))["token"]
    assert tokens.entered(register, token).may("export")
    listed = told(run("token", "li", "--json"))
    assert (listed["token"], [t["name"] for t in listed["tokens"]]) == (None, ["script"])
    assert token not in run("token", "li").output
    assert told(run("token", "li", "--revoke", listed["tokens"][0]["id"], "--json"))["tokens"] == []
    with pytest.raises(Forbidden):
        tokens.entered(register, token)


@pytest.mark.parametrize(("args", "said"), [
    (("add", "Li", "--name", "Li"), "expected 2 to 40 small letters"),
    (("add", "li", "--name", "Li", "--grant", "ownr:hlj"), "did you mean 'owner'"),
    (("add", "li", "--name", "Li", "--grant", "owner"), "expected ROLE:PARTY"),
    (("grant", "nobody", "owner:hlj"), "no account 'nobody'"), (("token", "nobody"), "no account 'nobody'"),
    (("password", "nobody"), "no account 'nobody'"),
])  # fmt: skip
def test_what_is_wrong_ends_with_code_two_and_leaves_nothing(run: Run, args: tuple[str, ...], said: str) -> None:
    answer = run(*args)
    assert answer.exit_code == 2
    assert said in " ".join(answer.output.split())
    assert told(run("list", "--json"))["accounts"] == []
