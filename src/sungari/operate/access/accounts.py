"""Accounts and what they are granted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from sungari.errors import Forbidden, InputError, Problem, UsageError, hinted, nearest
from sungari.operate.access import passwords
from sungari.operate.access.actor import ALL, ROLES, Actor
from sungari.operate.access.records import Account, Grant, Halfway, Login, Token
from sungari.operate.holdings import Organisation
from sungari.operate.records import Party
from sungari.operate.register import Work
from sungari.region.check.common import chain_of
from sungari.words import Words, several

ADMINISTRATOR = "administrator"
LANGUAGES = ("en", "zh", "ru")
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def first(work: Work) -> tuple[Account, str]:
    """The first administrator, and a password that is good for one sign-in.

    Raises
    ------
    UsageError
        If there are accounts already.
    """
    if work.session.scalar(select(Account.code).limit(1)) is not None:
        raise UsageError("the register has accounts already; an administrator adds others")
    account = create(work, "admin", "Administrator", language="")
    grant(work, account.code, ADMINISTRATOR, ALL)
    return account, one_time(work, account.code)


def create(work: Work, code: str, name: str, *, email: str | None = None, language: str = "en",
           organisation: str | None = None) -> Account:  # fmt: skip
    """Add an account. It comes in once it has a password (:func:`one_time`) or an OIDC provider knows its address.

    Parameters
    ----------
    work : Work
    code : str
        What it signs in with: small letters, digits, ``.``, ``_``, ``-``.
    name : str
        As it stands in the audit trail; no other account has it.
    email : str or None
    language : str
        ``en``, ``zh`` or ``ru``; empty: as the browser says.
    organisation : str or None
        Code of the register's organisation that it belongs to.

    Raises
    ------
    InputError
        With every cell that is wrong.
    Forbidden
    """
    work.actor.demand("accounts")
    cells = {"name": name, "email": email, "language": language, "organisation": organisation}
    problems = [] if _CODE.fullmatch(code) else [
        _wrong("code", code, Words("expected 2 to 40 small letters, digits, dots, hyphens, no other signs"))]
    if work.session.get(Account, code) is not None:
        problems.append(_wrong("code", code, Words("there is an account of this name already")))
    cells, more = _cells(work, code, cells)
    if problems + more:
        raise InputError(problems + more, "account")
    account = Account(code=code, **cells, password=None, password_set=None, must_change=False, active=True,
                      issuer=None, subject=None, failures=0, failed=None, created=work.now, created_by=work.who)
    work.session.add(account)
    work.session.flush()
    return account


def change(work: Work, code: str, *, expected: int | None = None, **cells: Any) -> Account:
    """Change an account's name, email, language or organisation; everybody may change the language of his own.

    Raises
    ------
    InputError
        With every cell that is wrong.
    Forbidden, Conflict
    """
    account = get(work, code, expected=expected)
    if set(cells) - {"language"} or work.actor.account != code:
        demand_over(work, code)
    made, problems = _cells(work, code, cells)
    if problems:
        raise InputError(problems, "account")
    for name, value in made.items():
        if getattr(account, name) != value:
            setattr(account, name, value)
    work.session.flush()
    return account


def _cells(work: Work, code: str, cells: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Cells of an account as they are kept, and what is wrong with them."""
    problems: list[Problem] = []
    made = {k: str(v).strip() or None if v is not None else None for k, v in cells.items()}
    known = ("name", "email", "language", "organisation")
    problems += [_wrong(k, "", Words("no such cell of accounts"), nearest(k, known)) for k in made if k not in known]
    if "name" in made:
        name = made["name"] or ""
        if not name or len(name) > 100 or _CONTROL.search(name):
            problems.append(_wrong("name", name, Words("expected a name of up to 100 signs")))
        elif work.session.scalar(select(Account.code).where(Account.name == name, Account.code != code)):
            problems.append(_wrong("name", name, Words("there is an account of this name already")))
    if made.get("email"):
        made["email"] = email = str(made["email"]).lower()
        if not _EMAIL.fullmatch(email) or _CONTROL.search(email):
            problems.append(_wrong("email", email, Words("expected an address, name@place")))
        elif work.session.scalar(select(Account.code).where(Account.email == email, Account.code != code)):
            problems.append(_wrong("email", email, Words("there is an account of this address already")))
    if "language" in made:
        made["language"] = made["language"] or ""
    if made.get("language") and made["language"] not in LANGUAGES:
        expected = Words("expected one of {names}", names=", ".join(LANGUAGES))
        problems.append(_wrong("language", made["language"], expected))
    if made.get("organisation"):
        codes = work.session.scalars(select(Organisation.code)).all()
        if made["organisation"] not in codes:
            expected = Words("expected one of the register's organisations")
            hint = nearest(str(made["organisation"]), codes)
            problems.append(_wrong("organisation", made["organisation"], expected, hint))
    return made, problems


def _wrong(column: str, value: Any, expected: str, hint: str = "") -> Problem:
    return Problem("account", None, column, str(value or ""), expected, hint, "account")


def get(work: Work, code: str, *, expected: int | None = None) -> Account:
    """An account by its code, for those who may know: administrators, and itself."""
    if work.actor.account != code:
        work.actor.demand("accounts")
    return work.get(Account, code, expected=expected)


def listed(work: Work) -> Sequence[Account]:
    """All accounts, by code."""
    work.actor.demand("accounts")
    return work.session.scalars(select(Account).order_by(Account.code)).all()


# -- coming in and staying out ----------------------------------------------------------------------------------------


def one_time(work: Work, code: str) -> str:
    """Give an account a password that is good for choosing another, and end its sessions; the only time it is seen."""
    account = get(work, code)
    demand_over(work, code)
    made = passwords.one_time()
    _set(work, account, made, must_change=True)
    end_all(work, code)
    return made


def choose(work: Work, code: str, old: str, new: str, *, keep: int | None = None) -> None:
    """Change one's own password; all other sessions end.

    Parameters
    ----------
    work : Work
    code : str
        Whose; nobody changes another's so.
    old, new : str
    keep : int or None
        The session that goes on.

    Raises
    ------
    InputError
        If the new one is too easy, or is the old one.
    Forbidden
        If the old one is not right.
    """
    if work.actor.account != code:
        raise Forbidden("only whoever it belongs to changes a password; an administrator gives a new one")
    account = work.get(Account, code)
    if not passwords.fits(account.password, old):
        raise Forbidden("the old password is not right")
    if old == new:
        raise InputError([_wrong("password", "", Words("expected another one than the old"))], "account")
    set_password(work, account, new)
    end_all(work, code, keep=keep)


def set_password(work: Work, account: Account, new: str) -> None:
    """Put a password that is to stay, if it is good enough; who may do so has been asked before."""
    passwords.check(new, filter(None, (account.code, account.name, account.email)))
    _set(work, account, new, must_change=False)


def _set(work: Work, account: Account, password: str, *, must_change: bool) -> None:
    account.password, account.must_change, account.password_set = passwords.hashed(password), must_change, work.now
    account.failures, account.failed = 0, None
    work.session.flush()


def deactivate(work: Work, code: str) -> Account:
    """Keep an account out: its sessions and tokens end at once; what it did keeps its name.

    Raises
    ------
    UsageError
        If nobody would be left to let anybody in.
    Forbidden
    """
    account = get(work, code)
    demand_over(work, code)
    _demand_another(work, code)
    account.active = False
    end_all(work, code)
    for token in work.session.scalars(select(Token).where(Token.account == code, Token.ended.is_(None))):
        token.ended = work.now
    work.session.flush()
    return account


def activate(work: Work, code: str) -> Account:
    """Let an account in again; tokens and sessions are made anew."""
    account = get(work, code)
    demand_over(work, code)
    account.active, account.failures, account.failed = True, 0, None
    work.session.flush()
    return account


def end_all(work: Work, code: str, *, keep: int | None = None) -> int:
    """End an account's sessions, one left where it is named, and sign-ins that are half done; how many sessions."""
    if work.actor.account != code:
        work.actor.demand("accounts")
    asked = select(Login).where(Login.account == code, Login.ended.is_(None))
    found = [login for login in work.session.scalars(asked) if login.id != keep]
    for login in found:
        login.ended = work.now
    work.session.execute(delete(Halfway).where(Halfway.account == code))
    work.session.flush()
    return len(found)


# -- grants -----------------------------------------------------------------------------------------------------------


def grants_of(work: Work, code: str) -> Sequence[Grant]:
    """What an account is granted, as it was granted."""
    if work.actor.account != code:
        work.actor.demand("accounts")
    return work.session.scalars(select(Grant).where(Grant.account == code).order_by(Grant.role, Grant.party)).all()


def grant(work: Work, code: str, role: str, party: str) -> Grant:
    """Grant an account a role for a party and all below it, or for all (``*``).

    Raises
    ------
    UsageError
        If there is no such role or party.
    Forbidden
        If the actor administers another party, or it is his own account.
    """
    account = _grantee(work, code, role, party)
    there = work.session.scalar(
        select(Grant).where(Grant.account == code, Grant.role == role, Grant.party == party)
    )
    if there is not None:
        return there
    made = Grant(account=account.code, role=role, party=party, granted=work.now, granted_by=work.who)
    work.session.add(made)
    work.session.flush()
    return made


def revoke(work: Work, code: str, role: str, party: str) -> None:
    """Take a grant back; it counts from the account's very next request."""
    _grantee(work, code, role, party)
    there = work.session.scalar(
        select(Grant).where(Grant.account == code, Grant.role == role, Grant.party == party)
    )
    if there is None:
        held = several([Words("{role} for {party}", role=g.role, party=g.party) for g in grants_of(work, code)], ", ")
        raise UsageError("{code!r} is not granted {role!r} for {party!r}; it is granted {held}",
                         code=code, role=role, party=party, held=held or Words("nothing"))
    if role == ADMINISTRATOR and party == ALL:
        _demand_another(work, code)
    work.session.delete(there)
    work.session.flush()


def _grantee(work: Work, code: str, role: str, party: str) -> Account:
    if role not in ROLES:
        raise UsageError(hinted(Words("no role {role!r}", role=role), role, ROLES, listed=True))
    parties = work.session.scalars(select(Party.code)).all()
    if party != ALL and party not in parties:
        raise UsageError(hinted(Words("no party {party!r}", party=party), party, [*parties, ALL], listed=True))
    work.actor.demand("accounts", [party])
    if work.actor.account and work.actor.account == code:
        raise Forbidden("nobody grants to himself; another administrator does")
    return get(work, code)


def demand_over(work: Work, code: str) -> None:
    """Refuse who does not administer every party that an account acts for.

    Raises
    ------
    Forbidden
    """
    work.actor.demand("accounts")
    for party in {g.party for g in grants_of(work, code)}:
        work.actor.demand("accounts", [party])


def _demand_another(work: Work, code: str) -> None:
    """Refuse to lose the last administrator of all."""
    administrators = select(Grant.account).where(Grant.role == ADMINISTRATOR, Grant.party == ALL)
    asked = select(Account.code).where(Account.active, Account.code.in_(administrators))
    left = set(work.session.scalars(asked))
    if code in left and left == {code}:
        raise UsageError("{code!r} is the last administrator; make another one first", code=code)


def actor_of(work: Work, account: Account, scopes: Iterable[str] | None = None) -> Actor:
    """Who an account is: its roles, each for the parties below the one that it is granted for as well."""
    granted = work.session.execute(select(Grant.role, Grant.party).where(Grant.account == account.code)).all()
    named = {party for _, party in granted} - {ALL}
    below: dict[str, set[str]] = {party: {party} for party in named}
    if named:
        parent = {c: p for c, p in work.session.execute(select(Party.code, Party.parent)) if p}
        for code in parent:
            for above in named.intersection(chain_of(code, parent)):
                below[above].add(code)
    grants = {(role, each) for role, party in granted for each in below.get(party, {party})}
    return Actor(account.code, account.name, frozenset(grants), None if scopes is None else frozenset(scopes))


def used(work: Work, kind: type[Login] | type[Token], number: int) -> None:
    """Note that a session or token was used just now; that is no change of it, and not in the audit trail."""
    column = Login.seen if kind is Login else Token.used
    work.session.execute(update(kind).where(kind.id == number).values({column: work.now}))
