"""Sessions in a browser: opened at sign-in, ended at once, each known by a secret that only its cookie holds."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from sungari.errors import Forbidden
from sungari.operate.access import accounts, passwords
from sungari.operate.access.actor import Actor
from sungari.operate.access.records import Account, Login, SecondFactor
from sungari.operate.register import Register, Work

#: How long a session may rest, and how long it lasts at most.
IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)
#: Use is noted no more often than this.
NOTED = timedelta(minutes=1)
_SHORT = 200
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Signed:
    """Who a session is of.

    Attributes
    ----------
    login : int
        The session's number.
    account, name, language : str
    must_change : bool
        Whether there is nothing to do but to choose a password: the actor has no grants then.
    actor : Actor
    method : str
        How it was signed in.
    second : bool
        Whether the account has a second factor.
    rested : timedelta
        Since it was last noted as used.
    """

    login: int
    account: str
    name: str
    language: str
    must_change: bool
    actor: Actor
    method: str
    second: bool
    rested: timedelta


def open_(work: Work, account: Account, method: str, *, address: str = "", agent: str = "") -> str:
    """Open a session; its secret, which is kept nowhere else than by its owner."""
    secret = passwords.new_secret()
    work.session.add(Login(
        account=account.code, secret=passwords.digest(secret), method=method, created=work.now, seen=work.now,
        expires=work.now + LONGEST, ended=None, address=plain(address), agent=plain(agent),
    ))  # fmt: skip
    work.session.flush()
    return secret


def plain(text: str) -> str:
    """A text from a request as it can be kept: short, without signs that no database takes."""
    return _CONTROL.sub("", text)[:_SHORT]


def known(work: Work, secret: str) -> Signed:
    """Who a session's secret is of, now: a session that was ended a moment ago is none.

    Raises
    ------
    Forbidden
        If there is no such session, or no longer.
    """
    asked = select(Login, Account, SecondFactor.confirmed).join(Account, Account.code == Login.account)
    asked = asked.outerjoin(SecondFactor, SecondFactor.account == Login.account)
    found = work.session.execute(asked.where(Login.secret == passwords.digest(secret))).first()
    if found is None:
        raise Forbidden("no session; sign in")
    login, account, confirmed = found
    if login.ended or login.expires <= work.now or login.seen + IDLE <= work.now or not account.active:
        raise Forbidden("the session is over; sign in again")
    actor = accounts.actor_of(work, account)
    if account.must_change:
        actor = Actor(actor.account, actor.name, frozenset())
    return Signed(login.id, account.code, account.name, account.language, account.must_change, actor,
                  login.method, confirmed is not None, work.now - login.seen)


def actor_of(work: Work, secret: str) -> Actor:
    """Who acts in a session; see :func:`known`."""
    return known(work, secret).actor


def entered(register: Register, secret: str) -> Signed:
    """Who a session's secret is of, noted as in use so that the session does not end for rest: once a request.

    Raises
    ------
    Forbidden
        If there is no such session, or no longer.
    """
    with register.reading() as work:
        signed = known(work, secret)
    if signed.rested >= NOTED:
        with register.writing(signed.name) as work:
            accounts.used(work, Login, signed.login)
    return signed


def listed(work: Work, account: str) -> Sequence[Login]:
    """An account's sessions that are open, the newest first."""
    if work.actor.account != account:
        work.actor.demand("accounts")
    asked = select(Login).where(Login.account == account, Login.ended.is_(None), Login.expires > work.now,
                                Login.seen > work.now - IDLE)  # fmt: skip
    return work.session.scalars(asked.order_by(Login.id.desc())).all()


def end(work: Work, number: int) -> None:
    """End a session, one's own or, as administrator, another's; the very next request in it is refused."""
    login = work.get(Login, number, what="session")
    if work.actor.account != login.account:
        work.actor.demand("accounts")
    if login.ended is None:
        login.ended = work.now
        work.session.flush()


def form_secret(secret: str) -> str:
    """What every form of a session must send back: nobody else can work it out."""
    return hmac.new(secret.encode(), b"form", "sha256").hexdigest()
