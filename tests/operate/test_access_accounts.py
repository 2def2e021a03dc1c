"""Accounts, grants, signing in and staying out, sessions and tokens: what counts, counts at the very next request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from helping import Clock, take_in
from sqlalchemy import select

from sungari.errors import Conflict, Forbidden, InputError, UsageError
from sungari.operate.access import accounts, passwords, sessions, signing, tokens, trail
from sungari.operate.access.actor import ACTIONS, ROLES, Actor
from sungari.operate.access.records import Account, Login, Token
from sungari.operate.desk import feed
from sungari.operate.records import Audit, Party
from sungari.operate.register import Register
from sungari.region.package import Region

GOOD = "seven grey herons over Khanka"


def actor(register: Register, code: str) -> Actor:
    with register.reading() as work:
        return accounts.actor_of(work, work.get(Account, code))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what is tested here is not how hard argon2 is."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def anna(register: Register) -> str:
    """An account with a password of her own, and no grants."""
    with register.writing("test") as work:
        account = accounts.create(work, "anna", "Anna Li", email="Anna@Example.org")
        accounts.set_password(work, account, GOOD)
    return "anna"


def audited(register: Register) -> list[tuple[str, str, str]]:
    with register.reading() as work:
        return [(a.action, a.record, a.key) for a in work.session.scalars(select(Audit).order_by(Audit.id))
                if a.record in ("account", "grant", "login", "token")]


# -- who may do what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_may_do_what_the_table_says_and_no_more(role: str, action: str) -> None:
    somebody = Actor("a", "A", frozenset({(role, "cn")}))
    allowed = action in ROLES[role]
    assert somebody.may(action) == somebody.may(action, ["ru", "cn"]) == allowed
    assert not somebody.may(action, ["ru"])
    assert not somebody.may(action, [])
    assert Actor("a", "A", frozenset({(role, "*")})).may(action, ["ru"]) == allowed
    assert not Actor("a", "A", somebody.grants, frozenset()).may(action)
    if not allowed:
        with pytest.raises(Forbidden, match=r"A may not do this \(" + action):
            somebody.demand(action)


def test_a_grant_holds_for_all_below_its_party_and_none_above(register: Register, small: Region, anna: str) -> None:
    take_in(register, small)
    with register.writing("test") as work:
        parent = {p.code: p.parent for p in work.session.scalars(select(Party))}
        accounts.grant(work, anna, "owner", "cn")
        accounts.grant(work, anna, "viewer", "*")
    below = {code for code, above in parent.items() if above == "cn"}
    assert below
    assert actor(register, anna).grants == {("owner", p) for p in below | {"cn"}} | {("viewer", "*")}
    with register.writing("test") as work:
        accounts.revoke(work, anna, "owner", "cn")
        accounts.grant(work, anna, "owner", min(below))
    held = actor(register, anna)
    assert held.may("project.edit", [min(below)])
    assert not held.may("project.edit", ["cn"])
    assert held.may("read", ["ru"])
    assert not held.sees("ru")  # a role for all parties opens nothing that one of them keeps to itself
    assert held.sees(min(below))


def test_grants_need_their_partys_administrator_and_nobody_serves_himself(register: Register, small: Region,
                                                                         anna: str) -> None:  # fmt: skip
    take_in(register, small)
    with register.writing("test") as work:
        accounts.create(work, "boss", "Boss of Russia")
        accounts.grant(work, "boss", "administrator", "ru")
    boss = actor(register, "boss")
    with register.writing(actor=boss) as work:
        accounts.grant(work, anna, "owner", "ru")
        for whom, party in ((anna, "cn"), (anna, "*"), ("boss", "ru")):
            with pytest.raises(Forbidden):
                accounts.grant(work, whom, "owner", party)
        with pytest.raises(UsageError, match="did you mean 'owner'"):
            accounts.grant(work, anna, "ownr", "ru")
        with pytest.raises(UsageError, match="no party 'mars'"):
            accounts.grant(work, anna, "owner", "mars")
    with register.writing("test") as work:
        accounts.grant(work, anna, "viewer", "cn")
    with register.writing(actor=boss) as work:  # she acts for China as well: no business of Russia's administrator
        for over in (accounts.one_time, accounts.deactivate):
            with pytest.raises(Forbidden):
                over(work, anna)
    with register.writing(actor=actor(register, anna)) as work, pytest.raises(Forbidden):
        accounts.listed(work)


def test_the_first_administrator_comes_once_and_the_last_one_stays(register: Register) -> None:
    with register.writing("test") as work:
        account, password = accounts.first(work)
        assert len(password) >= 20
        with pytest.raises(UsageError, match="has accounts already"):
            accounts.first(work)
        for lose in (lambda: accounts.deactivate(work, "admin"),
                     lambda: accounts.revoke(work, "admin", "administrator", "*")):
            with pytest.raises(UsageError, match="last administrator"):
                lose()
    secret = signing.sign_in(register, account.code, password)
    signed = sessions.entered(register, secret)
    assert signed.must_change
    assert not signed.actor.grants  # nothing can be done with a one-time password but to choose another
    with register.writing(actor=signed.actor) as work:
        accounts.choose(work, "admin", password, GOOD, keep=signed.login)
    assert sessions.entered(register, secret).actor.may("accounts")
    with pytest.raises(Forbidden):
        signing.sign_in(register, "admin", password)


@pytest.mark.parametrize(("cells", "column"), [
    ({"code": "Anna"}, "code"), ({"code": "../x"}, "code"), ({"code": "anna"}, "code"), ({"name": " "}, "name"),
    ({"name": "Anna Li"}, "name"), ({"name": "a\u202eb"}, "name"), ({"email": "x"}, "email"),
    ({"email": "ANNA@example.org"}, "email"), ({"language": "de"}, "language"), ({"organisation": "x"}, "organisation"),
])  # fmt: skip
def test_what_is_wrong_with_an_account_is_said_by_cell(register: Register, anna: str, cells: dict[str, str],
                                                       column: str) -> None:  # fmt: skip
    given = {"code": "ivan", "name": "Ivan", **cells}
    with register.writing("test") as work:
        with pytest.raises(InputError) as caught:
            accounts.create(work, given.pop("code"), given.pop("name"), **given)  # type: ignore[arg-type]
        assert [p.column for p in caught.value.problems] == [column]


# -- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", [
    "short", "password1234", "qwertyuiop12", "aaaaaaaaaaaaaaa", "anna@example.org", "Anna Li 2026", "x" * 201, "",
    "сунгари",
])  # fmt: skip
def test_easy_passwords_are_refused(password: str) -> None:
    with pytest.raises(InputError) as caught:
        passwords.check(password, ["anna", "Anna Li", "anna@example.org"])
    assert password not in str(caught.value) or not password


def test_passwords_are_kept_by_argon2_and_one_time_ones_are_good() -> None:
    made = passwords.one_time()
    passwords.check(made)
    kept = passwords.hashed(made)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, made)
    assert not passwords.fits(kept, made + "x")
    assert not passwords.fits(None, made)
    assert not passwords.fits("nonsense", made)
    assert len({passwords.one_time() for _ in range(50)}) == 50


def test_choosing_a_password_needs_the_old_one_and_ends_other_sessions(register: Register, anna: str) -> None:
    here, there = signing.sign_in(register, anna, GOOD), signing.sign_in(register, "anna@EXAMPLE.org", GOOD)
    signed = sessions.entered(register, here)
    with register.writing(actor=signed.actor) as work:
        with pytest.raises(Forbidden):
            accounts.choose(work, anna, "wrong", "nine red foxes under Baikal")
        for easy in ("short", GOOD):
            with pytest.raises(InputError):
                accounts.choose(work, anna, GOOD, easy)
        accounts.choose(work, anna, GOOD, "nine red foxes under Baikal", keep=signed.login)
    assert sessions.entered(register, here).account == anna
    with pytest.raises(Forbidden):
        sessions.entered(register, there)
    with register.writing(actor=Actor("boss", "Boss", frozenset({("administrator", "*")}))) as work, pytest.raises(
        Forbidden
    ):
        accounts.choose(work, anna, "nine red foxes under Baikal", GOOD)


def test_failures_make_an_account_wait_longer_each_time_and_success_ends_it(register: Register, clock: Clock,
                                                                           anna: str) -> None:  # fmt: skip
    def no(password: str) -> None:
        with pytest.raises(Forbidden, match="wrong, or there were too many attempts"):
            signing.sign_in(register, anna, password)

    for _ in range(signing.PATIENCE):
        no("wrong")
    no(GOOD)  # even the right one, for a while
    clock.turn(seconds=31)
    no("wrong")
    clock.turn(seconds=31)
    no(GOOD)  # twice as long
    clock.turn(seconds=30)
    assert signing.sign_in(register, anna, GOOD)
    for _ in range(signing.PATIENCE - 1):
        no("wrong")
    assert signing.sign_in(register, anna, GOOD)
    kinds = [a for a in audited(register) if a[0] in ("sign-in", "refused")]
    assert kinds.count(("refused", "account", anna)) == 2 * signing.PATIENCE + 2
    assert kinds.count(("sign-in", "account", anna)) == 2


def test_no_attempt_slips_by_among_many_at_once(register: Register, anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    fits = passwords.fits

    def counted(kept: str | None, password: str) -> bool:
        if kept is not None:
            looked_at.append(password)
        return fits(kept, password)

    monkeypatch.setattr(passwords, "fits", counted)

    def attempt(number: int) -> bool:
        try:
            signing.sign_in(register, anna, f"guess {number}")
        except (Forbidden, Conflict):
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert not any(many.map(attempt, range(24)))
    assert len(looked_at) == signing.PATIENCE


def test_unknown_names_are_refused_alike_and_not_noted(register: Register, anna: str) -> None:
    for name in ("nobody", "", "my password typed here", "x\x00y"):
        with pytest.raises(Forbidden, match="wrong, or there were too many attempts"):
            signing.sign_in(register, name, "whatever")
    with register.reading() as work:
        rows = [str((a.who, a.key, a.changes)) for a in work.session.scalars(select(Audit))
                if a.action == "refused"]
    assert len(rows) == 4
    assert not any("typed" in row for row in rows)


# -- sessions and tokens ----------------------------------------------------------------------------------------------


def test_sessions_end_at_once_for_rest_and_in_the_end(register: Register, clock: Clock, anna: str) -> None:
    first, second, third = (signing.sign_in(register, anna, GOOD, address="10.0.0.1", agent="x" * 999)
                            for _ in range(3))  # fmt: skip
    signed = sessions.entered(register, first)
    with register.reading() as work:
        assert [len(s.agent) for s in sessions.listed(work, anna)] == [200] * 3
    with register.writing(actor=signed.actor) as work:
        sessions.end(work, sessions.known(work, second).login)
    with pytest.raises(Forbidden):
        sessions.entered(register, second)
    signing.sign_out(register, third)
    signing.sign_out(register, third)
    with pytest.raises(Forbidden):
        sessions.entered(register, third)
    for _ in range(11):
        clock.turn(minutes=55)
        assert sessions.entered(register, first).account == anna  # use keeps it open
    clock.turn(hours=2)
    with pytest.raises(Forbidden):
        sessions.entered(register, first)
    fourth = signing.sign_in(register, anna, GOOD)
    clock.turn(minutes=61)
    with pytest.raises(Forbidden):
        sessions.entered(register, fourth)
    fifth = signing.sign_in(register, anna, GOOD)
    for _ in range(12 * 60 // 50 + 1):
        clock.turn(minutes=50)
        try:
            sessions.entered(register, fifth)
        except Forbidden:
            break
    else:
        pytest.fail("a session lasts for ever")


def test_nobody_ends_or_sees_anothers_sessions_but_administrators(register: Register, anna: str) -> None:
    secret = signing.sign_in(register, anna, GOOD)
    number = sessions.entered(register, secret).login
    stranger = Actor("ivan", "Ivan", frozenset({("owner", "*")}))
    with register.writing(actor=stranger) as work:
        for what in (lambda: sessions.end(work, number), lambda: sessions.listed(work, anna),
                     lambda: accounts.end_all(work, anna), lambda: tokens.listed(work, anna)):
            with pytest.raises(Forbidden):
                what()
    with register.writing(actor=Actor("boss", "Boss", frozenset({("administrator", "*")}))) as work:
        assert accounts.end_all(work, anna) == 1
    with pytest.raises(Forbidden):
        sessions.entered(register, secret)


def test_deactivating_ends_sessions_and_tokens_and_changes_count_at_once(register: Register, small: Region,
                                                                        anna: str) -> None:  # fmt: skip
    take_in(register, small)
    with register.writing("test") as work:
        accounts.grant(work, anna, "owner", "cn")
    secret = signing.sign_in(register, anna, GOOD)
    with register.writing(actor=sessions.entered(register, secret).actor) as work:
        token = tokens.issue(work, anna, "script", ["project.edit", "export"])
    assert tokens.entered(register, token).may("project.edit", ["cn"])
    assert not tokens.entered(register, token).may("record.edit", ["cn"])  # beyond its scopes
    with register.writing("test") as work:
        accounts.revoke(work, anna, "owner", "cn")
        accounts.grant(work, anna, "viewer", "cn")
    assert not tokens.entered(register, token).may("project.edit")
    assert not sessions.entered(register, secret).actor.may("project.edit")
    with register.writing("test") as work:
        accounts.deactivate(work, anna)
    for entered, key in ((sessions.entered, secret), (tokens.entered, token)):
        with pytest.raises(Forbidden):
            entered(register, key)
    with register.writing("test") as work:
        accounts.activate(work, anna)
    for entered, key in ((sessions.entered, secret), (tokens.entered, token)):
        with pytest.raises(Forbidden):
            entered(register, key)
    assert signing.sign_in(register, anna, GOOD)


def test_a_token_gives_out_none_that_may_more_than_itself(register: Register, small: Region, anna: str) -> None:
    take_in(register, small)
    with register.writing("test") as work:
        accounts.grant(work, anna, "owner", "cn")
        narrow = tokens.issue(work, anna, "narrow", ["export"])
    with register.writing(actor=tokens.entered(register, narrow)) as work:
        assert tokens.issue(work, anna, "as narrow", ["export"])
        with pytest.raises(Forbidden):
            tokens.issue(work, anna, "wide", ["project.edit"])


def test_a_token_for_the_calendar_reads_nothing_else(register: Register, small: Region, anna: str) -> None:
    take_in(register, small)
    with register.writing("test") as work:
        accounts.grant(work, anna, "owner", "cn")
        part = tokens.issue(work, anna, "calendar", ["calendar.read"])
        whole = tokens.issue(work, anna, "all", ["read"])
    actor = tokens.entered(register, part)
    assert (actor.may("calendar.read"), actor.may("read"), actor.may("export")) == (True, False, False)
    with pytest.raises(Forbidden), register.reading(actor):
        pass
    for each in (actor, tokens.entered(register, whole)):
        with register.reading(each, feed.ACTION) as work:
            assert feed.calendar(work).startswith(b"BEGIN:VCALENDAR")
    with register.writing(actor=actor) as work, pytest.raises(Forbidden):
        tokens.issue(work, anna, "more", ["read"])


def test_tokens_are_ones_own_no_more_than_one_may_and_expire(register: Register, clock: Clock, small: Region,
                                                             anna: str) -> None:  # fmt: skip
    take_in(register, small)
    with register.writing("test") as work:
        accounts.grant(work, anna, "viewer", "cn")
    her = actor(register, anna)
    with register.writing(actor=her) as work:
        with pytest.raises(Forbidden, match="may not do this"):
            tokens.issue(work, anna, "x", ["project.edit"])
        with pytest.raises(Forbidden):
            tokens.issue(work, "somebody", "x", [])
        with pytest.raises(InputError) as caught:
            tokens.issue(work, anna, " ", ["raed"], days=0)
        assert [p.column for p in caught.value.problems] == ["scopes", "name", "days"]
        one, two = (tokens.issue(work, anna, n, [], days=10) for n in ("one", "two"))
        tokens.revoke(work, tokens.listed(work, anna)[0].id)
    with pytest.raises(Forbidden):
        tokens.entered(register, two)
    assert tokens.entered(register, one).may("read")
    clock.turn(days=10)
    for bad in (one, "", "sungari_", "x\x00"):
        with pytest.raises(Forbidden):
            tokens.entered(register, bad)


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_no_secret_stands_anywhere_in_clear_or_in_the_trail(register: Register, small: Region, anna: str) -> None:
    take_in(register, small)
    with register.writing("test") as work:
        accounts.grant(work, anna, "viewer", "cn")
        token = tokens.issue(work, anna, "x", [])
        once = accounts.one_time(work, anna)
    secret = signing.sign_in(register, anna, once)
    with register.reading() as work:
        kept = [work.get(Account, anna).password, *work.session.scalars(select(Login.secret)),
                *work.session.scalars(select(Token.secret))]
        said = str([(a.changes, a.key, a.why, a.who) for a in trail.listed(work, limit=10_000)])
        rows = [tuple(map(str, r)) for kind in (Account, Login, Token)
                for r in work.session.execute(select(*kind.__table__.columns))]  # type: ignore[attr-defined]
    assert all(kept)
    for text in (secret, token, once, GOOD):
        assert text not in str(rows) + said
    for text in kept:
        assert str(text) not in said
    assert "***" in said


def test_grants_and_revocations_are_in_the_trail_with_who_and_when(register: Register, small: Region,
                                                                  anna: str) -> None:  # fmt: skip
    take_in(register, small)
    boss = Actor("boss", "Boss", frozenset({("administrator", "*")}))
    with register.writing(why="joins", actor=boss) as work:
        accounts.grant(work, anna, "owner", "cn")
    with register.writing(why="leaves", actor=boss) as work:
        accounts.revoke(work, anna, "owner", "cn")
    with register.reading(boss) as work:
        rows = trail.listed(work, record="grant")
        assert [(r.action, r.who, r.account, r.why) for r in rows] == [("remove", "Boss", "boss", "leaves"),
                                                                    ("add", "Boss", "boss", "joins")]
        assert rows[1].changes["role"] == [None, "owner"]
    with register.reading(Actor("v", "V", frozenset({("viewer", "*")}))) as work, pytest.raises(Forbidden):
        trail.listed(work)


def test_a_password_kept_by_weaker_settings_is_kept_anew_at_the_next_sign_in(
    register: Register, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    signing.sign_in(register, anna, GOOD)
    with register.reading() as work:
        kept = str(work.get(Account, anna).password)
    assert "m=65536,t=3,p=4" in kept
    assert passwords.fits(kept, GOOD)


def test_waits_grow_and_end() -> None:
    spans = [signing.wait(n) for n in range(40)]
    assert spans == sorted(spans)
    assert spans[signing.PATIENCE - 1] == timedelta()
    assert spans[-1] == signing.LONGEST_WAIT
