"""What a register keeps about projects beside their figures: documents, permits, risks, finance, people, programmes.

Each is a small record of its own, edited through :mod:`sungari.operate.keeping`. ``other`` holds what an import brought
that has no column here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sungari.operate.records import Base, Belonging, Confidential, Edited, Under


def _one_of(*choices: str) -> Any:
    return mapped_column(info={"choices": choices})


def _amount(low: float | None = 0.0, high: float | None = None) -> Any:
    return mapped_column(info={"low": low, "high": high})


class Held(Edited, Base):
    """A record with a number, and room for what has no column."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class OfProject(Belonging, Held):
    """A record of a project."""

    __abstract__ = True

    project: Mapped[str] = mapped_column(ForeignKey("project.code"), index=True)


class Organisation(Held):
    """A ministry, bank, company, university … of a party."""

    __tablename__ = "organisation"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    party: Mapped[str | None] = mapped_column(ForeignKey("party.code"))
    kind: Mapped[str | None] = _one_of("government", "agency", "bank", "company", "university", "association", "other")
    identifier: Mapped[str | None]  # in a public register: scheme and number
    note: Mapped[str | None]


class Contact(Confidential, OfProject):
    """Whom to ask about a project."""

    __tablename__ = "contact"

    name: Mapped[str]
    role: Mapped[str | None]
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisation.code"))
    email: Mapped[str | None]
    phone: Mapped[str | None]


class Document(Confidential, OfProject):
    """A file of a project; its bytes lie in the folder of documents under their hash."""

    __tablename__ = "document"

    kind: Mapped[str]
    title: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    media_type: Mapped[str]
    language: Mapped[str | None]
    added: Mapped[datetime]
    added_by: Mapped[str]
    note: Mapped[str | None]


class Permit(Confidential, OfProject):
    """A permit that a project needs or has."""

    __tablename__ = "permit"

    kind: Mapped[str]
    party: Mapped[str | None] = mapped_column(ForeignKey("party.code"))
    authority: Mapped[str | None]
    status: Mapped[str] = _one_of("needed", "applied", "granted", "refused", "expired")
    applied: Mapped[date | None]
    decided: Mapped[date | None]
    expires: Mapped[date | None]
    note: Mapped[str | None]


class Risk(Confidential, OfProject):
    """A risk of a project, as its owner sees it; what the fund covers stands in the content's exposures."""

    __tablename__ = "risk"

    title: Mapped[str]
    category: Mapped[str | None]
    likelihood: Mapped[float | None] = _amount(0.0, 1.0)
    impact: Mapped[float | None] = _amount()  # money of the package
    owner: Mapped[str | None]
    response: Mapped[str | None]
    status: Mapped[str] = _one_of("open", "mitigated", "closed")
    note: Mapped[str | None]


class Finance(Confidential, OfProject):
    """A source of finance. The amount stays in its own currency, with the rate and the day at which it is valued."""

    __tablename__ = "finance"

    source: Mapped[str]
    kind: Mapped[str] = _one_of("budget", "equity", "loan", "bond", "grant", "guarantee")
    party: Mapped[str | None] = mapped_column(ForeignKey("party.code"))
    status: Mapped[str] = _one_of("sought", "committed", "paid")
    amount: Mapped[float] = _amount()
    currency: Mapped[str]
    rate: Mapped[float] = _amount()  # money of the package for one unit of the currency
    value_date: Mapped[date | None]
    note: Mapped[str | None]


class Measure(Confidential, OfProject):
    """What was planned and what came of it, for one period."""

    __tablename__ = "measure"

    measure: Mapped[str]  # cost, progress, or what the project makes
    unit: Mapped[str]
    period: Mapped[str]
    target: Mapped[float | None] = _amount(None)
    actual: Mapped[float | None] = _amount(None)
    source: Mapped[str | None]
    note: Mapped[str | None]


class Programme(Belonging, Held):
    """A cultural or educational programme, of a project or of the parties alone."""

    __tablename__ = "programme"

    code: Mapped[str] = mapped_column(unique=True)
    project: Mapped[str | None] = mapped_column(ForeignKey("project.code"), index=True)
    name: Mapped[str]
    kind: Mapped[str] = _one_of("culture", "education", "youth", "sport", "science", "media", "health", "other")
    parties: Mapped[str | None]  # codes joined by ;
    begins: Mapped[date | None]
    ends: Mapped[date | None]
    note: Mapped[str | None]


class Event(Under, Held):
    """One event of a programme."""

    __tablename__ = "event"
    above = ("programme", "programme", "code")

    programme: Mapped[str] = mapped_column(ForeignKey("programme.code"), index=True)
    name: Mapped[str]
    place: Mapped[str | None]
    begins: Mapped[date | None]
    ends: Mapped[date | None]
    note: Mapped[str | None]


class Indicator(Under, Held):
    """What a programme, or one event of it, was to reach and has reached: people, exchanges, cost."""

    __tablename__ = "indicator"
    above = ("programme", "programme", "code")

    programme: Mapped[str] = mapped_column(ForeignKey("programme.code"), index=True)
    event: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    name: Mapped[str]
    unit: Mapped[str]
    target: Mapped[float | None] = _amount(None)
    actual: Mapped[float | None] = _amount(None)
    note: Mapped[str | None]


class Restriction(Held):
    """Goods, a party or an organisation that somebody restricts: a sanction, an export control, a ban."""

    __tablename__ = "restriction"

    kind: Mapped[str] = _one_of("commodity", "hs", "party", "organisation")
    name: Mapped[str]  # the commodity, the beginning of a code in the Harmonised System, the party …
    authority: Mapped[str]
    reason: Mapped[str]
    begins: Mapped[date | None]
    ends: Mapped[date | None]
    source: Mapped[str | None]


#: The records that may be added and edited, by name; documents come in by :mod:`sungari.operate.documents` only.
KINDS: dict[str, type[Held]] = {
    k.__tablename__: k
    for k in (Organisation, Contact, Permit, Risk, Finance, Measure, Programme, Event, Indicator, Restriction)
}
