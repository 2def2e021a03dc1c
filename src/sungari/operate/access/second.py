"""A second factor beside the password: codes by time from an app (TOTP, RFC 6238), and recovery codes for its loss."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, func, select

from sungari.errors import Forbidden, UsageError
from sungari.operate.access import accounts, passwords
from sungari.operate.access.records import Account, RecoveryCode, SecondFactor
from sungari.operate.register import Work

#: Recovery codes that an account has, and their signs: about 118 bits, so that SHA-256 is enough to keep them by.
RECOVERY, _GROUPS, _SIGNS = 10, 6, "abcdefghjkmnpqrstuvwxyz23456789"
#: Steps of half a minute by which an app's clock may be off.
OFF = 1
#: How long a secret waits for its first code: who finds a session open later does not find it too.
PENDING = timedelta(minutes=15)
_CODE = re.compile(r"[0-9]{6}")
_ISSUER = "Sungari"


def of(work: Work, code: str) -> SecondFactor | None:
    """An account's second factor, for itself and administrators; None where none is confirmed."""
    if work.actor.account != code:
        work.actor.demand("accounts")
    return confirmed(work, code)


def confirmed(work: Work, code: str) -> SecondFactor | None:
    """An account's second factor if it is asked for at sign-in; who may know has been asked before."""
    return work.session.scalar(
        select(SecondFactor).where(SecondFactor.account == code, SecondFactor.confirmed.is_not(None))
    )


def left(work: Work, code: str) -> int:
    """How many recovery codes an account has left."""
    asked = select(func.count()).select_from(RecoveryCode)
    return work.session.scalar(asked.where(RecoveryCode.account == code, RecoveryCode.used.is_(None))) or 0


# -- setting up and giving up -----------------------------------------------------------------------------------------


def begun(work: Work, code: str) -> SecondFactor | None:
    """One's own second factor that waits for its first code."""
    _demand_own(work, code)
    return work.session.scalar(select(SecondFactor).where(
        SecondFactor.account == code, SecondFactor.confirmed.is_(None), SecondFactor.made > work.now - PENDING
    ))  # fmt: skip


def begin(work: Work, code: str) -> SecondFactor:
    """Make the secret of one's own second factor; nothing asks for it until :func:`confirm`.

    Raises
    ------
    UsageError
        If there is one already, or no password that it would stand beside.
    Forbidden
    """
    _demand_own(work, code)
    if work.get(Account, code).password is None:
        raise UsageError("an account without a password has no second factor; the OIDC provider asks for one")
    there = work.session.get(SecondFactor, code, with_for_update=True)
    if there is not None and there.confirmed is not None:
        raise UsageError("there is a second factor already; switch it off first")
    if there is not None:
        work.session.delete(there)
        work.session.flush()
    made = SecondFactor(account=code, secret=pyotp.random_base32(), made=work.now, confirmed=None, step=0)
    work.session.add(made)
    work.session.flush()
    return made


def address(factor: SecondFactor) -> str:
    """What an app reads from a QR code."""
    return pyotp.TOTP(factor.secret).provisioning_uri(name=factor.account, issuer_name=_ISSUER)


def confirm(work: Work, code: str, given: str, *, keep: int | None = None) -> list[str]:
    """Have one's own second factor asked from now on, if the app gives the right code; other sessions end.

    Parameters
    ----------
    work : Work
    code : str
        The account.
    given : str
        The app's code.
    keep : int or None
        The session that goes on.

    Returns
    -------
    list of str
        Recovery codes; the only time that they are seen.

    Raises
    ------
    Forbidden
        If the code is not right.
    UsageError
        If nothing waits for one.
    """
    factor = begun(work, code)
    if factor is None:
        raise UsageError("no second factor waits for its first code")
    step = _step(work, factor, given)
    if step is None:
        raise Forbidden("the code is not right")
    factor.confirmed, factor.step = work.now, step
    return renew(work, code, keep=keep)


def renew(work: Work, code: str, *, keep: int | None = None) -> list[str]:
    """New recovery codes of one's own instead of all before, seen this once; other sessions end.

    :func:`sungari.operate.access.signing.proven` asks for password and code before.

    Raises
    ------
    UsageError
        If there is no second factor.
    Forbidden
    """
    _demand_own(work, code)
    _demand_there(work, code)
    _forget(work, code)
    made = ["-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(_GROUPS))
            for _ in range(RECOVERY)]  # fmt: skip
    work.session.add_all(
        RecoveryCode(account=code, secret=passwords.digest(_bare(each)), used=None) for each in made
    )
    work.session.flush()
    accounts.end_all(work, code, keep=keep)
    return made


def switch_off(work: Work, code: str, *, keep: int | None = None) -> None:
    """Do without a second factor of one's own; other sessions end.

    :func:`sungari.operate.access.signing.proven` asks for password and code before.

    Raises
    ------
    UsageError
        If there is none.
    Forbidden
    """
    _demand_own(work, code)
    _demand_there(work, code)
    _remove(work, code)
    accounts.end_all(work, code, keep=keep)


def take_away(work: Work, code: str) -> None:
    """Take an account's second factor away, where it is lost with its recovery codes; its sessions end.

    Raises
    ------
    UsageError
        If it has none.
    Forbidden
        If the actor does not administer every party that the account acts for, or it is his own.
    """
    accounts.get(work, code)
    accounts.demand_over(work, code)
    if work.actor.account == code:  # else a session left open would do without the password and the code
        raise Forbidden("nobody takes away his own; switch it off by password and code, or ask another administrator")
    _demand_there(work, code)
    _remove(work, code)
    accounts.end_all(work, code)


def _demand_own(work: Work, code: str) -> None:
    if work.actor.account != code:
        raise Forbidden("only whoever it belongs to changes a second factor; an administrator can take it away")


def _demand_there(work: Work, code: str) -> None:
    if work.session.get(SecondFactor, code) is None:
        raise UsageError("account {code!r} has no second factor", code=code)


def _remove(work: Work, code: str) -> None:
    _forget(work, code)
    factor = work.session.get(SecondFactor, code, with_for_update=True)
    if factor is not None:
        work.session.delete(factor)
    work.session.flush()


def _forget(work: Work, code: str) -> None:
    # No row of the audit trail for each of ten: the factor's own, or those of the new ones, say it.
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.account == code))


# -- codes ------------------------------------------------------------------------------------------------------------


def accepted(work: Work, code: str, given: str) -> str:
    """Whether a code is an account's, and has not been used; from now on it has.

    Parameters
    ----------
    work : Work
        Holds the account, so that one code is not used twice at the same time.
    code : str
        The account.
    given : str
        What was typed: six digits of the app, or a recovery code, however it is spaced.

    Returns
    -------
    str
        ``code`` or ``recovery``; empty for neither.
    """
    factor = confirmed(work, code)
    if factor is None:
        return ""
    step = _step(work, factor, given)
    if step is not None:
        factor.step = step
        work.session.flush()
        return "code"
    found = work.session.scalar(select(RecoveryCode).where(
        RecoveryCode.account == code, RecoveryCode.used.is_(None),
        RecoveryCode.secret == passwords.digest(_bare(given))))  # fmt: skip
    if found is None:
        return ""
    found.used = work.now
    work.session.flush()
    return "recovery"


def _step(work: Work, factor: SecondFactor, given: str) -> int | None:
    """The step that an app's code is of; None where it is none, or no newer than the last one used."""
    bare = _bare(given)
    if not _CODE.fullmatch(bare):
        return None
    try:
        step = pyotp.TOTP(factor.secret).verify_and_get_timecode(bare, for_time=work.now, valid_window=OFF)
    except OTPVerificationError:
        return None
    return step if step > factor.step else None


def _bare(given: str) -> str:
    """A code without what people put between its signs."""
    return re.sub(r"[\s-]", "", given[:100]).lower()
