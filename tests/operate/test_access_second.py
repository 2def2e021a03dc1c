"""A second factor: set up, asked for after the password, each code once, guessed by nobody, lost and taken away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from helping import Clock
from sqlalchemy import select

from sungari.errors import Conflict, Forbidden, UsageError
from sungari.operate.access import accounts, passwords, second, sessions, signing, tokens, trail
from sungari.operate.access.actor import Actor
from sungari.operate.access.records import Account, Halfway, Login, RecoveryCode, SecondFactor
from sungari.operate.records import Audit
from sungari.operate.register import Register

GOOD = "seven grey herons over Khanka"
ANNA = Actor("anna", "Anna Li", frozenset())
BOSS = Actor("boss", "Boss", frozenset({("administrator", "*")}))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what is tested here is not how hard argon2 is."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class App:
    """An account's app, and the codes on the paper beside it."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self.register, self.clock = register, clock
        with register.writing(actor=ANNA) as work:
            self.secret = second.begin(work, "anna").secret
        with register.writing(actor=ANNA) as work:
            self.paper = second.confirm(work, "anna", self.code())
        clock.turn(seconds=30)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now + timedelta(seconds=30 * steps))

    def wrong(self) -> str:
        """A code that is none of those that count now."""
        near = {self.code(steps) for steps in (-1, 0, 1)}
        return next(c for c in ("000000", "000001", "000002", "000003") if c not in near)

    def halfway(self, password: str = GOOD) -> str:
        with pytest.raises(signing.CodeAskedError) as asked:
            signing.sign_in(self.register, "anna", password)
        return asked.value.halfway

    def sign_in(self, code: str) -> str:
        return signing.sign_in_by_code(self.register, self.halfway(), code)


@pytest.fixture
def anna(register: Register) -> str:
    """An account with a password and no second factor."""
    with register.writing("test") as work:
        account = accounts.create(work, "anna", "Anna Li")
        accounts.set_password(work, account, GOOD)
    return "anna"


@pytest.fixture
def app(register: Register, clock: Clock, anna: str) -> App:
    return App(register, clock)


# -- setting up -------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_until_a_first_code_has_come(register: Register, clock: Clock, anna: str) -> None:
    with register.writing(actor=ANNA) as work:
        first = second.begin(work, anna).secret
        factor = second.begin(work, anna)  # begun again: another secret
        assert factor.secret != first
        assert pyotp.parse_uri(second.address(factor)).secret == factor.secret
        assert second.of(work, anna) is None
        secret = factor.secret
    here, there = signing.sign_in(register, anna, GOOD), signing.sign_in(register, anna, GOOD)
    signed = sessions.entered(register, here)
    assert not signed.second
    for wrong in ("", "12345", "x" * 10_000, pyotp.TOTP(first).at(clock.now), "١٢٣٤٥٦"):
        with register.writing(actor=ANNA) as work, pytest.raises(Forbidden, match="the code is not right"):
            second.confirm(work, anna, wrong, keep=signed.login)
    with register.writing(actor=ANNA) as work:
        code = pyotp.TOTP(secret).at(clock.now)
        paper = second.confirm(work, anna, f"{code[:3]} {code[3:]}", keep=signed.login)
        assert len(set(paper)) == second.RECOVERY == second.left(work, anna)
        with pytest.raises(UsageError, match="there is a second factor already"):
            second.begin(work, anna)
    assert sessions.entered(register, here).second
    with pytest.raises(Forbidden):
        sessions.entered(register, there)  # as with a change of the password, the others end
    with pytest.raises(signing.CodeAskedError) as asked:
        signing.sign_in(register, anna, GOOD)
    with pytest.raises(Forbidden):  # the code that confirmed it has been used
        signing.sign_in_by_code(register, asked.value.halfway, code)


def test_a_secret_waits_a_quarter_of_an_hour_for_its_first_code(register: Register, clock: Clock, anna: str) -> None:
    with register.writing(actor=ANNA) as work:
        secret = second.begin(work, anna).secret
    clock.turn(minutes=15)
    with register.writing(actor=ANNA) as work:
        assert second.begun(work, anna) is None
        with pytest.raises(UsageError, match="no second factor waits"):
            second.confirm(work, anna, pyotp.TOTP(secret).at(clock.now))
        assert second.begin(work, anna).secret != secret


def test_who_has_no_password_has_no_second_factor_either(register: Register) -> None:
    with register.writing("test") as work:
        accounts.create(work, "anna", "Anna Li")
    with register.writing(actor=ANNA) as work, pytest.raises(UsageError, match="the OIDC provider asks for one"):
        second.begin(work, "anna")


def test_nobody_sets_up_or_changes_anothers(register: Register, app: App) -> None:
    with register.writing(actor=BOSS) as work:
        for what in (second.begin, second.begun, second.renew, second.switch_off):
            with pytest.raises(Forbidden):
                what(work, "anna")
        with pytest.raises(Forbidden):
            second.confirm(work, "anna", app.code())
        assert second.of(work, "anna") is not None  # that there is one he may know
    with register.writing(actor=Actor("eve", "Eve", frozenset({("owner", "*")}))) as work:
        for what in (second.of, second.take_away):
            with pytest.raises(Forbidden):
                what(work, "anna")


# -- signing in -------------------------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing_and_the_code_a_session(register: Register, app: App) -> None:
    halfway = app.halfway()
    with register.reading() as work:
        assert work.session.scalars(select(Login)).all() == []
    with pytest.raises(Forbidden):
        sessions.entered(register, halfway)
    assert signing.waiting(register, halfway)
    secret = signing.sign_in_by_code(register, halfway, app.code(), address="10.0.0.1")
    signed = sessions.entered(register, secret)
    assert (signed.account, signed.method) == ("anna", "password+code")
    assert not signing.waiting(register, halfway)
    with pytest.raises(Forbidden):  # once only, also with a code of its own
        signing.sign_in_by_code(register, halfway, app.code(1))


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_a_clock_may_be_off_by_one_step(app: App, steps: int) -> None:
    app.clock.turn(minutes=5)
    if abs(steps) > second.OFF:
        with pytest.raises(Forbidden):
            app.sign_in(app.code(steps))
    else:
        assert app.sign_in(app.code(steps))


def test_no_code_counts_twice_nor_one_before_it(app: App) -> None:
    app.clock.turn(minutes=5)
    assert app.sign_in(app.code(1))
    for used in (1, 0, -1):
        with pytest.raises(Forbidden):
            app.sign_in(app.code(used))
    app.clock.turn(seconds=60)
    assert app.sign_in(app.code())


def test_one_code_lets_one_in_among_many_at_once(register: Register, app: App) -> None:
    code, waiting = app.code(), [app.halfway() for _ in range(4)]

    def attempt(halfway: str) -> bool:
        try:
            signing.sign_in_by_code(register, halfway, code)
        except (Forbidden, Conflict):
            return False
        return True

    with ThreadPoolExecutor(4) as many:
        assert sum(many.map(attempt, waiting)) == 1


def test_a_recovery_code_stands_in_once(register: Register, app: App) -> None:
    first, other = app.paper[:2]
    secret = app.sign_in(first.upper().replace("-", " "))
    assert sessions.entered(register, secret).method == "password+recovery"
    with pytest.raises(Forbidden):
        app.sign_in(first)
    with register.reading() as work:
        assert second.left(work, "anna") == second.RECOVERY - 1
    assert app.sign_in(other)
    assert app.sign_in(app.code())


def test_a_sign_in_waits_five_minutes_for_its_code(register: Register, app: App) -> None:
    halfway = app.halfway()
    app.clock.turn(minutes=4, seconds=59)
    assert signing.waiting(register, halfway)
    app.clock.turn(seconds=1)
    assert not signing.waiting(register, halfway)
    with pytest.raises(Forbidden):
        signing.sign_in_by_code(register, halfway, app.code())
    app.halfway()
    with register.reading() as work:
        assert len(work.session.scalars(select(Halfway)).all()) == 1  # what is over goes


def test_what_ends_sessions_ends_sign_ins_that_are_half_done(register: Register, app: App) -> None:
    with register.writing("test") as work:
        accounts.create(work, "other", "Another")
        accounts.grant(work, "other", "administrator", "*")
    for end in (accounts.one_time, accounts.deactivate, accounts.end_all, second.take_away):
        halfway = app.halfway()
        with register.writing("test") as work:
            end(work, "anna")
        with pytest.raises(Forbidden):
            signing.sign_in_by_code(register, halfway, app.code())
        with register.writing("test") as work:
            accounts.activate(work, "anna")
            accounts.set_password(work, work.get(Account, "anna"), GOOD)


def test_a_one_time_password_asks_for_the_code_too(register: Register, app: App) -> None:
    with register.writing("test") as work:
        once = accounts.one_time(work, "anna")
    secret = signing.sign_in_by_code(register, app.halfway(once), app.code())
    assert sessions.entered(register, secret).must_change


def test_the_provider_and_tokens_are_not_asked(register: Register, app: App) -> None:
    with register.writing("test") as work:
        work.get(Account, "anna").email = "anna@example.org"
        accounts.grant(work, "anna", "viewer", "*")
        token = tokens.issue(work, "anna", "script", [])
    assert sessions.entered(register, signing.sign_in_as(register, "https://p.example", "7", "anna@example.org"))
    assert tokens.entered(register, token).may("read")


# -- guessing ---------------------------------------------------------------------------------------------------------


def test_wrong_codes_make_an_account_wait_and_the_right_password_between_them_does_not_help(
    register: Register, app: App
) -> None:
    app.clock.turn(minutes=5)
    wrong, last = app.wrong(), ""
    for _ in range(signing.PATIENCE):
        last = app.halfway()
        with pytest.raises(Forbidden):
            signing.sign_in_by_code(register, last, wrong)
    with pytest.raises(Forbidden):  # it waits now, with the right code as well
        signing.sign_in_by_code(register, last, app.code())
    with pytest.raises(Forbidden) as refused:
        signing.sign_in(register, "anna", GOOD)
    assert not isinstance(refused.value, signing.CodeAskedError)
    app.clock.turn(seconds=signing.wait(signing.PATIENCE).total_seconds())
    assert app.sign_in(app.code())  # the password has not made it wait anew
    with register.reading() as work:
        account = work.get(Account, "anna")
        assert (account.failures, account.failed) == (0, None)


def test_the_wait_grows_over_wrong_passwords_and_wrong_codes_alike(register: Register, app: App) -> None:
    app.clock.turn(minutes=5)
    for _ in range(signing.PATIENCE - 1):
        with pytest.raises(Forbidden):
            signing.sign_in(register, "anna", "wrong")
    halfway = app.halfway()
    with pytest.raises(Forbidden):
        signing.sign_in_by_code(register, halfway, app.wrong())
    for failures in range(signing.PATIENCE, signing.PATIENCE + 3):
        app.clock.turn(seconds=signing.wait(failures).total_seconds() - 1)
        with pytest.raises(Forbidden):
            signing.sign_in(register, "anna", GOOD)
        app.clock.turn(seconds=1)
        with pytest.raises(Forbidden):
            app.sign_in(app.wrong())


def test_no_code_slips_by_among_many_at_once(register: Register, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    accepted = second.accepted

    def counted(work: object, code: str, given: str) -> str:
        looked_at.append(given)
        return accepted(work, code, given)  # type: ignore[arg-type]

    monkeypatch.setattr(second, "accepted", counted)
    halfway, wrong = app.halfway(), app.wrong()

    def attempt(_number: int) -> bool:
        try:
            signing.sign_in_by_code(register, halfway, wrong)
        except (Forbidden, Conflict):
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert not any(many.map(attempt, range(24)))
    assert len(looked_at) == signing.PATIENCE


def test_what_is_no_code_is_refused_alike(register: Register, app: App) -> None:
    app.clock.turn(minutes=5)
    for given in ("", "12345", "1234567", "x\x00y", "a" * 100_000, "----"):
        with pytest.raises(Forbidden, match="the password or the code is wrong"):
            app.sign_in(given)
        app.clock.turn(minutes=16)
    for halfway in ("", "nothing", "x\x00y"):
        with pytest.raises(Forbidden, match="the password or the code is wrong"):
            signing.sign_in_by_code(register, halfway, app.code())


# -- changing and losing it -------------------------------------------------------------------------------------------


def test_switching_off_and_new_recovery_codes_need_password_and_code(register: Register, app: App) -> None:
    app.clock.turn(minutes=5)
    here = sessions.entered(register, app.sign_in(app.code()))
    app.clock.turn(seconds=60)
    there = app.sign_in(app.code())
    app.clock.turn(seconds=60)

    def renew(password: str, code: str | None) -> list[str]:
        return signing.proven(register, ANNA, password, code, "new recovery codes",
                              lambda work: second.renew(work, "anna", keep=here.login))

    for password, code in (("wrong", app.code()), (GOOD, app.wrong()), (GOOD, ""), (GOOD, None)):
        with pytest.raises(Forbidden, match="the password or the code is wrong"):
            renew(password, code)
    paper = renew(GOOD, app.code())
    assert not set(paper) & set(app.paper)
    with pytest.raises(Forbidden):
        sessions.entered(register, there)
    with pytest.raises(Forbidden):
        app.sign_in(app.paper[0])
    assert app.sign_in(paper[0])
    signing.proven(register, ANNA, GOOD, paper[1], "switched the second factor off",
                   lambda work: second.switch_off(work, "anna"))
    assert signing.sign_in(register, "anna", GOOD)
    with register.reading() as work:
        assert work.session.scalars(select(RecoveryCode)).all() == []


def test_guessing_from_within_a_session_makes_the_account_wait_as_well(register: Register, app: App) -> None:
    for _ in range(signing.PATIENCE):
        with pytest.raises(Forbidden):
            signing.proven(register, ANNA, GOOD, app.wrong(), "x", lambda work: second.switch_off(work, "anna"))
    with pytest.raises(Forbidden):
        signing.proven(register, ANNA, GOOD, app.code(), "x", lambda work: second.switch_off(work, "anna"))
    with register.reading() as work:
        assert second.of(work, "anna") is not None


def test_an_administrator_takes_a_lost_one_away_but_not_his_own(register: Register, app: App) -> None:
    secret = app.sign_in(app.code())
    with register.writing("test") as work:
        accounts.create(work, "boss", "Boss")
    with register.writing(actor=BOSS, why="lost her telephone") as work:
        second.take_away(work, "anna")
        with pytest.raises(UsageError, match="has no second factor"):
            second.take_away(work, "anna")
        with pytest.raises(Forbidden, match="nobody takes away his own"):
            second.take_away(work, "boss")
    with pytest.raises(Forbidden):
        sessions.entered(register, secret)
    assert signing.sign_in(register, "anna", GOOD)
    with register.reading(BOSS) as work:
        row = trail.listed(work, record="second_factor")[0]
        assert (row.action, row.key, row.who, row.why) == ("remove", "anna", "Boss", "lost her telephone")


def test_nobody_takes_one_away_from_whom_he_does_not_administer(register: Register, app: App) -> None:
    with register.writing("test") as work:
        accounts.grant(work, "anna", "owner", "*")
    with register.writing(actor=Actor("b", "B", frozenset({("administrator", "ru")}))) as work:
        with pytest.raises(Forbidden):
            second.take_away(work, "anna")
        assert second.of(work, "anna") is not None


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_no_secret_of_a_second_factor_stands_in_the_trail_and_no_code_in_clear(register: Register, app: App) -> None:
    halfway = app.halfway()
    signing.sign_in_by_code(register, halfway, app.code())
    app.sign_in(app.paper[0])
    with pytest.raises(Forbidden):
        app.sign_in("guessed-by-somebody")
    with register.reading() as work:
        said = str([(a.changes, a.key, a.why, a.who) for a in work.session.scalars(select(Audit))])
        rows = str([tuple(r) for kind in (RecoveryCode, Halfway, Login)
                    for r in work.session.execute(select(*kind.__table__.columns))])  # type: ignore[attr-defined]
        hashes = [*work.session.scalars(select(RecoveryCode.secret)), work.get(SecondFactor, "anna").secret]
    for text in (app.secret, halfway, "guessed-by-somebody", *app.paper, *(p.replace("-", "") for p in app.paper)):
        assert text not in said + rows
    for text in hashes:
        assert text not in said
    with register.reading() as work:
        ways = [(a.action, a.changes["method"][1]) for a in work.session.scalars(select(Audit))
                if a.record == "account" and a.action in ("sign-in", "refused")]
    assert ways == [("sign-in", "password+code"), ("sign-in", "password+recovery"), ("refused", "code")]
