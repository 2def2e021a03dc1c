"""Tokens: keys to the API that an account gives to programs, held to some of what it may do itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select

from sungari.errors import Forbidden, InputError, Problem, nearest
from sungari.operate.access import accounts, passwords
from sungari.operate.access.actor import ACTIONS, PARTS, Actor
from sungari.operate.access.records import Account, Token
from sungari.operate.access.sessions import NOTED
from sungari.operate.register import Register, Work
from sungari.words import Words

#: How tokens begin, so that one that strays into a text is recognised.
PREFIX = "sungari_"
#: Days that a token lasts, unless said otherwise, and at most.
DAYS, LONGEST = 90, 366


def issue(work: Work, account: str, name: str, scopes: Iterable[str], *, days: int = DAYS) -> str:
    """Give out a token; what it is, is seen this once.

    Parameters
    ----------
    work : Work
    account : str
        Whose; one's own.
    name : str
        What it is for.
    scopes : iterable of str
        Actions that it is held to; reading is among them, unless they are only parts of it (``calendar.read``).
    days : int
        That it lasts.

    Raises
    ------
    InputError
        With every cell that is wrong.
    Forbidden
        If the account is another's, or may not do itself what the token is to.
    """
    if work.actor.account != account and not work.actor.everything:
        raise Forbidden("tokens are given out by the account itself")
    record = work.get(Account, account)
    named = set(scopes)
    wanted = sorted(named if named and named <= set(PARTS) else {"read", *named})
    problems = [Problem("token", None, "scopes", s, Words("expected one of {names}", names=", ".join(sorted(ACTIONS))),
                        nearest(s, ACTIONS), "token") for s in wanted if s not in ACTIONS]
    if not name.strip() or len(name) > 100:
        problems.append(Problem("token", None, "name", name[:100], Words("expected what it is for, up to 100 signs")))
    if not 1 <= days <= LONGEST:
        problems.append(Problem("token", None, "days", str(days), Words("expected 1 to {longest}", longest=LONGEST)))
    if problems:
        raise InputError(problems, "token")
    actor = accounts.actor_of(work, record)
    for scope in wanted:
        actor.demand(scope)
        work.actor.demand(scope)  # a token gives out none that may more than itself
    secret = PREFIX + passwords.new_secret()
    work.session.add(Token(
        account=account, secret=passwords.digest(secret), name=name.strip(), scopes=wanted, created=work.now,
        expires=work.now + timedelta(days=days), ended=None, used=None,
    ))  # fmt: skip
    work.session.flush()
    return secret


def actor_of(work: Work, token: str) -> Actor:
    """Who acts by a token, now: what the account is granted today, held to the token's scopes.

    Raises
    ------
    Forbidden
        If there is no such token, or no longer.
    """
    return _known(work, token)[0]


def entered(register: Register, token: str) -> Actor:
    """Who acts by a token, noted as in use: once a request.

    Raises
    ------
    Forbidden
        If there is no such token, or no longer.
    """
    with register.reading() as work:
        actor, number, rested = _known(work, token)
    if rested is None or rested >= NOTED:
        with register.writing(actor.name) as work:
            accounts.used(work, Token, number)
    return actor


def _known(work: Work, token: str) -> tuple[Actor, int, timedelta | None]:
    asked = select(Token, Account).join(Account, Account.code == Token.account)
    found = work.session.execute(asked.where(Token.secret == passwords.digest(token))).first()
    if found is None or found[0].ended or found[0].expires <= work.now:
        raise Forbidden("no such token, or no longer; its owner gives out another")
    record, account = found
    if not account.active or account.must_change:
        raise Forbidden("the token's account may not come in now")
    return accounts.actor_of(work, account, record.scopes), record.id, work.now - record.used if record.used else None


def listed(work: Work, account: str) -> Sequence[Token]:
    """An account's tokens that are good, the newest first."""
    if work.actor.account != account:
        work.actor.demand("accounts")
    asked = select(Token).where(Token.account == account, Token.ended.is_(None), Token.expires > work.now)
    return work.session.scalars(asked.order_by(Token.id.desc())).all()


def revoke(work: Work, number: int) -> None:
    """End a token, one's own or, as administrator, another's; the very next request by it is refused."""
    token = work.get(Token, number, what="token")
    if work.actor.account != token.account:
        work.actor.demand("accounts")
    if token.ended is None:
        token.ended = work.now
        work.session.flush()
