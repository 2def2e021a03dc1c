"""Signing in: by password, with a wait after failures, or as somebody whom an OIDC provider vouches for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from sungari.errors import Forbidden
from sungari.operate import audit
from sungari.operate.access import passwords, sessions
from sungari.operate.access.actor import Actor
from sungari.operate.access.records import Account
from sungari.operate.register import Register, Work

#: Failures in a row that are nothing yet, the wait after the next one, and the longest.
PATIENCE, WAIT, LONGEST_WAIT = 5, timedelta(seconds=30), timedelta(minutes=15)
#: Says the same whatever is wrong: which accounts there are is nobody's business.
_NO = "the name or the password is wrong, or there were too many attempts; wait a little before you try again"
_SOMEBODY = "somebody"


def wait(failures: int) -> timedelta:
    """How long an account waits after this many failures in a row.

    Examples
    --------
    >>> [int(wait(n).total_seconds()) for n in (0, 4, 5, 6, 7, 50)]
    [0, 0, 30, 60, 120, 900]
    """
    if failures < PATIENCE:
        return timedelta()
    return min(WAIT * int(2 ** min(failures - PATIENCE, 10)), LONGEST_WAIT)


def sign_in(register: Register, name: str, password: str, *, address: str = "", agent: str = "") -> str:
    """Sign in by password.

    Parameters
    ----------
    register : Register
    name : str
        The account's code or address.
    password : str
    address, agent : str
        Where from, and with what.

    Returns
    -------
    str
        The session's secret.

    Raises
    ------
    Forbidden
        If that is not to be; why, it does not say.
    """
    given = sessions.plain(name).strip().lower()
    with register.writing(_SOMEBODY, "sign-in") as work:  # an attempt counts before it is looked at: none slips by
        account = work.session.scalar(
            select(Account).where((Account.code == given) | (Account.email == given)).with_for_update()
        )
        kept = None
        if account is not None and account.active and account.password and not _waits(account, work.now):
            kept = account.password
            account.failures, account.failed = account.failures + 1, work.now
    fits = passwords.fits(kept, password)
    with register.writing(account.name if account else _SOMEBODY, "sign-in") as work:
        account = work.session.get(Account, account.code, with_for_update=True) if account else None
        if fits and account is not None and account.active and account.password == kept:
            account.failures, account.failed = 0, None
            if passwords.outdated(str(kept)):
                account.password = passwords.hashed(password)
            return _in(work, account, "password", address, agent)
        audit.note(work, "refused", "account", account.code if account else "", method="password",
                   address=sessions.plain(address))
    raise Forbidden(_NO)


def _waits(account: Account, now: datetime) -> bool:
    return account.failed is not None and account.failed + wait(account.failures) > now


def _in(work: Work, account: Account, method: str, address: str, agent: str) -> str:
    work.actor = Actor(account.code, account.name, frozenset())
    audit.note(work, "sign-in", "account", account.code, method=method, address=sessions.plain(address))
    return sessions.open_(work, account, method, address=address, agent=agent)


def sign_in_as(register: Register, issuer: str, subject: str, email: str | None, *, address: str = "",
               agent: str = "") -> str:  # fmt: skip
    """Sign in as whom an OIDC provider vouches for.

    Parameters
    ----------
    register : Register
    issuer, subject : str
        The provider, and its name for the person; both have been verified.
    email : str or None
        The person's address, if the provider has verified it: an account of this address that no provider knows yet is
        tied to this one for good.
    address, agent : str

    Returns
    -------
    str
        The session's secret.

    Raises
    ------
    Forbidden
        If there is no account of this person: nobody comes in that an administrator has not let in.
    """
    with register.writing(_SOMEBODY, "sign-in") as work:
        account = work.session.scalar(select(Account).where(Account.issuer == issuer, Account.subject == subject))
        if account is None and email:
            account = work.session.scalar(
                select(Account).where(Account.email == email.strip().lower(), Account.issuer.is_(None))
            )
        if account is not None and account.active:
            work.who = account.name
            account.issuer, account.subject = issuer, subject
            if account.must_change:  # the provider vouches for him; a one-time password is of no use any more
                account.must_change, account.password = False, None
            return _in(work, account, "oidc", address, agent)
        audit.note(work, "refused", "account", account.code if account else "", method="oidc", issuer=issuer,
                   address=sessions.plain(address))
    raise Forbidden("no account of this person; an administrator of the register adds one")


def sign_out(register: Register, secret: str) -> None:
    """End the session of a secret; nothing where it is over already."""
    try:
        with register.reading() as work:
            signed = sessions.known(work, secret)
    except Forbidden:
        return
    with register.writing(signed.name, "sign-out", actor=signed.actor) as work:
        sessions.end(work, signed.login)
