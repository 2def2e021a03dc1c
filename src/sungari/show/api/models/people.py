"""Accounts, what they are granted, their sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sungari.show.api.models.common import Model, Name, Out

Language = Literal["en", "zh", "ru"]


class NewAccount(Model):
    """An account to add."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$", description="What it signs in with")
    name: Name = Field(description="As it stands in the audit trail; no other account has it")
    email: Name | None = None
    language: Language = "en"
    organisation: Name | None = Field(default=None, description="Code of one of the register's")


class AccountCells(Model):
    """What to change of an account."""

    name: Name | None = None
    email: Name | None = None
    language: Language | None = None
    organisation: Name | None = None


class Account(Out):
    """Somebody who may come in; its ETag is its version."""

    code: str
    version: int
    name: str
    email: str | None
    language: str
    organisation: str | None
    active: bool
    must_change: bool = Field(description="Whether its password is good for nothing but choosing another")
    password_set: datetime | None
    created: datetime
    created_by: str


class Active(Model):
    """Whether an account may come in."""

    active: bool


class OneTime(Out):
    """A password that is good for choosing another; seen this once."""

    password: str


class Granted(Out):
    """A role for a party and all below it."""

    role: str
    party: str = Field(description="* stands for all")
    granted: datetime
    granted_by: str


class Login(Out):
    """An open session in a browser."""

    id: int
    method: str
    created: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str


class NewToken(Model):
    """A token to give out."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$",
                      description="What it is for")
    scopes: list[Name] = Field(max_length=50, description="Actions that it is held to; reading is among them, "
                                                   "unless it is calendar.read alone")
    days: int = Field(default=90, ge=1, le=366, description="That it lasts [days]")


class Secret(Out):
    """A token; seen this once."""

    token: str


class Token(Out):
    """A token, without its secret."""

    id: int
    name: str
    scopes: list[str]
    created: datetime
    expires: datetime
    used: datetime | None
