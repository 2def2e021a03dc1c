"""Signing in: by password and, where there is one, a second factor, or as somebody whom an OIDC provider vouches for.

Failures make an account wait, whichever of the two was wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select

from sungari.errors import Forbidden
from sungari.operate import audit
from sungari.operate.access import passwords, second, sessions
from sungari.operate.access.actor import Actor
from sungari.operate.access.records import Account, Halfway
from sungari.operate.register import Register, Work
from sungari.words import Words

#: Failures in a row that are nothing yet, the wait after the next one, and the longest.
PATIENCE, WAIT, LONGEST_WAIT = 5, timedelta(seconds=30), timedelta(minutes=15)
#: Says the same whatever is wrong: which accounts there are is nobody's business.
_NO = Words("the name or the password is wrong, or there were too many attempts; wait a little before you try again")
_NO_CODE = Words(
    "the password or the code is wrong, or there were too many attempts; wait a little before you try again"
)
_SOMEBODY = "somebody"
#: How long a sign-in may wait for its code.
HALFWAY = timedelta(minutes=5)

Made = TypeVar("Made")


class CodeAskedError(Forbidden):
    """The password is right, but nobody is in yet: a code of the second factor is asked for.

    Attributes
    ----------
    halfway : str
        What :func:`sign_in_by_code` takes beside the code; whoever has it has given the password.
    """

    def __init__(self, halfway: str) -> None:
        super().__init__("the password is right; a code of the second factor is asked for as well")
        self.halfway = halfway


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
    CodeAskedError
        If the account has a second factor: :func:`sign_in_by_code` goes on from there.
    Forbidden
        If that is not to be; why, it does not say.
    """
    given = sessions.plain(name).strip().lower()
    with register.writing(_SOMEBODY, Words("sign-in")) as work:
        account = work.session.scalar(
            select(Account).where((Account.code == given) | (Account.email == given)).with_for_update()
        )
        code = account.code if account is not None else None
        who = account.name if account is not None else _SOMEBODY
        failed = account.failed if account is not None else None
        kept = account.password if account is not None and _counts(work, account) else None
        counted = work.now
    fits, asked = passwords.fits(kept, password), None
    with register.writing(who, Words("sign-in")) as work:
        account = work.session.get(Account, code, with_for_update=True) if code else None
        if fits and account is not None and account.active and account.password == kept:
            if passwords.outdated(str(kept)):
                account.password = passwords.hashed(password)
            if second.confirmed(work, account.code) is None:
                account.failures, account.failed = 0, None
                return _in(work, account, "password", address, agent)
            # No failure, and no success yet: what was counted before stays, or codes were guessed between passwords.
            account.failures = max(account.failures - 1, 0)
            if account.failed == counted:
                account.failed = failed
            asked = CodeAskedError(_halfway(work, account))
        else:
            _refused(work, code, "password", address)
    raise asked or Forbidden(_NO)


def sign_in_by_code(register: Register, halfway: str, given: str, *, address: str = "", agent: str = "") -> str:
    """Sign in by a code of the second factor, after the password.

    Parameters
    ----------
    register : Register
    halfway : str
        Of :class:`CodeAskedError`; good for :data:`HALFWAY`, and for one sign-in.
    given : str
        The app's code, or a recovery code.
    address, agent : str

    Returns
    -------
    str
        The session's secret.

    Raises
    ------
    Forbidden
        If that is not to be; why, it does not say.
    """
    with register.writing(_SOMEBODY, Words("sign-in")) as work:
        there = _waiting(work, halfway)
        account = work.session.get(Account, there.account, with_for_update=True) if there else None
        there = _waiting(work, halfway) if account else None  # two may have come with it at once
        if there is not None and account is not None:
            work.who = account.name
            how = second.accepted(work, account.code, given) if _counts(work, account) else ""
            if how:
                account.failures, account.failed = 0, None
                work.session.execute(delete(Halfway).where(Halfway.id == there.id))
                return _in(work, account, f"password+{how}", address, agent)
        _refused(work, account.code if account else None, "code", address)
    raise Forbidden(_NO_CODE)


def waiting(register: Register, halfway: str) -> bool:
    """Whether a sign-in still waits for its code."""
    with register.reading() as work:
        return _waiting(work, halfway) is not None


def _waiting(work: Work, halfway: str) -> Halfway | None:
    asked = select(Halfway).where(Halfway.secret == passwords.digest(halfway), Halfway.expires > work.now)
    return work.session.scalar(asked)


def _halfway(work: Work, account: Account) -> str:
    work.session.execute(delete(Halfway).where(Halfway.account == account.code, Halfway.expires <= work.now))
    secret = passwords.new_secret()
    work.session.add(Halfway(account=account.code, secret=passwords.digest(secret), expires=work.now + HALFWAY))
    work.session.flush()
    return secret


def proven(register: Register, actor: Actor, password: str, given: str | None, why: str,
           then: Callable[[Work], Made]) -> Made:  # fmt: skip
    """Do something to one's own second factor once more than a session proves who asks; what is wrong counts as ever.

    Parameters
    ----------
    register : Register
    actor : Actor
        Who has signed in.
    password : str
    given : str or None
        A code of the second factor; None only where there is none yet.
    why : str
        For the audit trail.
    then : callable
        What is to be done, in the same transaction.

    Raises
    ------
    Forbidden
        If password or code is wrong, or the account waits.
    """
    with register.writing(why=why, actor=actor) as work:
        account = work.get(Account, actor.account)
        kept = account.password if _counts(work, account) else None
    fits = passwords.fits(kept, password)
    with register.writing(why=why, actor=actor) as work:
        account = work.get(Account, actor.account)
        if fits and account.active and account.password == kept:
            set_up = second.confirmed(work, account.code) is not None
            if second.accepted(work, account.code, given) if set_up and given is not None else not set_up:
                account.failures, account.failed = 0, None
                return then(work)
        _refused(work, account.code, "second factor", "")
    raise Forbidden(_NO_CODE)


def _counts(work: Work, account: Account) -> bool:
    """Whether an attempt may be looked at; it counts as a failure before it is, so that none slips by among many."""
    if not account.active or not account.password or _waits(account, work.now):
        return False
    account.failures, account.failed = account.failures + 1, work.now
    work.session.flush()
    return True


def _refused(work: Work, code: str | None, method: str, address: str) -> None:
    audit.note(work, "refused", "account", code or "", method=method, address=sessions.plain(address))


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
    with register.writing(_SOMEBODY, Words("sign-in")) as work:
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
    with register.writing(signed.name, Words("sign-out"), actor=signed.actor) as work:
        sessions.end(work, signed.login)
