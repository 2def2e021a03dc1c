"""Who works in the register: accounts, what they are granted, their second factors, sessions and tokens.

No secret stands here in clear but that of a second factor, from which codes are worked out. Columns marked ``masked``
stand in the audit trail as changed, not as what; those marked ``derived`` are not in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sungari.operate.records import Base, Edited

_SECRET = {"masked": True}


class Account(Edited, Base):
    """Somebody who may come in."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)  # as it stands in the audit trail
    email: Mapped[str | None] = mapped_column(unique=True)  # in small letters
    language: Mapped[str]  # of the pages that it sees first; empty: as the browser says
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisation.code"))
    password: Mapped[str | None] = mapped_column(info=_SECRET)  # argon2's; none: comes in by an OIDC provider only
    password_set: Mapped[datetime | None]
    must_change: Mapped[bool]  # whether the password is good for nothing but choosing another
    active: Mapped[bool]
    issuer: Mapped[str | None]  # the OIDC provider that knows it, and under which name
    subject: Mapped[str | None]
    failures: Mapped[int] = mapped_column(info={"derived": True})  # in a row; each is an audit row of its own
    failed: Mapped[datetime | None] = mapped_column(info={"derived": True})  # when last
    created: Mapped[datetime]
    created_by: Mapped[str]


class Grant(Base):
    """A role of an account, for a party and all below it, or for ``*``: every one."""

    __tablename__ = "grant"
    __table_args__ = (UniqueConstraint("account", "role", "party"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"))
    role: Mapped[str]
    party: Mapped[str]
    granted: Mapped[datetime]
    granted_by: Mapped[str]


class SecondFactor(Base):
    """What an account's codes are worked out from, in the app that it has set up."""

    __tablename__ = "second_factor"

    account: Mapped[str] = mapped_column(ForeignKey("account.code"), primary_key=True)
    secret: Mapped[str] = mapped_column(info=_SECRET)  # base32, as apps take it
    made: Mapped[datetime]
    confirmed: Mapped[datetime | None]  # by a first code; until then it is asked nowhere
    step: Mapped[int] = mapped_column(info={"derived": True})  # the last one whose code was used: no code counts twice


class RecoveryCode(Base):
    """A code that stands in once for one of the app's."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"), index=True)
    secret: Mapped[str] = mapped_column(unique=True, info=_SECRET)  # SHA-256 of it
    used: Mapped[datetime | None]


class Halfway(Base):
    """A sign-in whose password was right, and that waits for a code of the second factor."""

    __tablename__ = "halfway"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"), index=True)
    secret: Mapped[str] = mapped_column(unique=True, info=_SECRET)  # SHA-256 of what the cookie holds
    expires: Mapped[datetime]


class Login(Base):
    """A session of an account in a browser."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"), index=True)
    secret: Mapped[str] = mapped_column(unique=True, info=_SECRET)  # SHA-256 of what the cookie holds
    method: Mapped[str]  # password, password+code, password+recovery, oidc
    created: Mapped[datetime]
    seen: Mapped[datetime] = mapped_column(info={"derived": True})
    expires: Mapped[datetime]
    ended: Mapped[datetime | None]
    address: Mapped[str]
    agent: Mapped[str]


class Token(Base):
    """A key to the API that an account has given to a program."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"), index=True)
    secret: Mapped[str] = mapped_column(unique=True, info=_SECRET)  # SHA-256 of it
    name: Mapped[str]
    scopes: Mapped[list[Any]]  # actions that it is held to
    created: Mapped[datetime]
    expires: Mapped[datetime]
    ended: Mapped[datetime | None]
    used: Mapped[datetime | None] = mapped_column(info={"derived": True})
