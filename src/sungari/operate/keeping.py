"""Adding, editing and removing what a register keeps beside projects' figures: one way for all kinds of records."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Date, Float, Integer, inspect, select

from sungari.errors import BLANK, InputError, Problem, UsageError, hinted, nearest
from sungari.operate import projects
from sungari.operate.access import sight
from sungari.operate.holdings import KINDS, Document, Finance, Held, Organisation, Programme, Restriction
from sungari.operate.records import Package, Party, Project, attribute
from sungari.operate.register import CALLED, Work
from sungari.words import Words

_OWN = ("id", "version", "other")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?")
_CURRENCY = re.compile("[A-Z]{3}")
_PARTY = Words("expected a party of the register")


def kind_named(name: str) -> type[Held]:
    """A kind of record by its name; the nearest is offered where there is none."""
    if name not in KINDS:
        raise UsageError(hinted(Words("no records {name!r}", name=name), name, KINDS, listed=True))
    return KINDS[name]


def columns(kind: type[Held]) -> list[str]:
    """Columns of a kind that can be given."""
    return [c.key for c in inspect(kind).columns if c.key not in _OWN]


def add(work: Work, name: str, values: Mapping[str, Any]) -> Held:
    """Add a record.

    Parameters
    ----------
    work : Work
    name : str
        Its kind, ``"permit"``.
    values : mapping
        Cells by column, as values or as texts; what has no column is kept beside them.

    Raises
    ------
    InputError
        With every cell that is wrong.
    """
    kind = kind_named(name)
    record = kind(**typed(work, name, values))
    _demand(work, name, record)
    sight.demand_mark(work.actor, None, getattr(record, "confidential_to", None))
    work.session.add(record)
    work.session.flush()
    _touch(work, record)
    return record


def edit(work: Work, name: str, number: int, values: Mapping[str, Any], *, expected: int | None = None) -> Held:
    """Change cells of a record; the others stay.

    Parameters
    ----------
    work : Work
    name : str
    number : int
        The record's ``id``.
    values : mapping
        The cells to change; None empties one.
    expected : int or None
        Version that the edit was made from; None where it was read in this work.

    Raises
    ------
    InputError
        With every cell that is wrong.
    Conflict
        If the record has been changed since the expected version.
    """
    record = work.get(kind_named(name), number, expected=expected)
    _demand(work, name, record)
    before, kept = getattr(record, "confidential_to", None), as_row(record)
    for column, value in typed(work, name, {**kept, **values}).items():
        if getattr(record, column) != value:
            setattr(record, column, value)
    _demand(work, name, record)
    sight.demand_mark(work.actor, before, getattr(record, "confidential_to", None))
    work.session.flush()
    _touch(work, record)
    return record


def remove(work: Work, name: str, number: int, *, expected: int | None = None) -> None:
    """Remove a record; the audit trail keeps what it held."""
    kind = Document if name == "document" else kind_named(name)
    record = work.get(kind, number, expected=expected)
    _demand(work, name, record)
    work.session.delete(record)
    work.session.flush()
    _touch(work, record)


def _demand(work: Work, name: str, record: Held) -> None:
    """Refuse who may not keep records of this kind for the parties that it is of."""
    if isinstance(record, Restriction):
        work.actor.demand("restriction.edit")
        return
    whose, named = record, getattr(record, "programme", None)
    if named is not None:
        whose = work.session.scalars(select(Programme).where(Programme.code == named)).one()
    of: list[str] | None = None
    if getattr(whose, "project", None):
        of = projects.concerned(work, str(whose.project))  # type: ignore[attr-defined]
    elif isinstance(whose, Programme):
        of = [p.strip() for p in (whose.parties or "").split(";") if p.strip()] or None
    elif isinstance(whose, Organisation) and whose.party:
        of = [whose.party]
    work.actor.demand("document.add" if name == "document" else "record.edit", of)


def _touch(work: Work, record: Held) -> None:
    """Have screened again what a record may raise a flag on: its project, or every one by a new restriction."""
    if isinstance(record, Restriction | Organisation):
        work.touched |= sight.all_projects(work)
    elif getattr(record, "project", None):
        work.touched.add(str(record.project))  # type: ignore[attr-defined]


def listed(work: Work, name: str, *, project: str | None = None) -> Sequence[Any]:
    """Records of a kind, in the order in which they came; only a project's where one is named."""
    kind = Document if name == "document" else kind_named(name)
    asked = select(kind).order_by(kind.id)
    if project is not None:
        if "project" not in inspect(kind).columns:
            raise UsageError("records {name!r} belong to no project", name=name)
        work.get(Project, project)
        asked = asked.where(kind.project == project)  # type: ignore[attr-defined]
    return work.session.scalars(asked).all()


def as_row(record: Held) -> dict[str, Any]:
    """A record's filled cells as plain data, with what it has beside its columns."""
    row = {c: getattr(record, c) for c in columns(type(record))}
    return {k: v for k, v in row.items() if v is not None} | dict(record.other or {})


def typed(work: Work, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Cells of a record, each of its column's type.

    Raises
    ------
    InputError
        With every cell that is wrong.
    """
    kind, problems = kind_named(name), []
    made: dict[str, Any] = dict.fromkeys(columns(kind))
    other = {k: v for k, v in values.items() if k not in made and k not in _OWN}

    def wrong(column: str, value: Any, expected: str, hint: str = "") -> None:
        problems.append(Problem(name, None, column, "" if value is None else str(value), expected, hint, "kind"))

    package = work.session.get(Package, 1)
    values = dict(values)
    if kind is Finance and package is not None:
        home = package.settings.get("currency", "USD")
        values["currency"] = values.get("currency") or home
        if values["currency"] == home:
            values["rate"] = values.get("rate") or 1.0
    for column in inspect(kind).columns:
        if column.key not in made:
            continue
        value = values.get(column.key)
        if value is None or value == "":
            if not column.nullable:
                wrong(column.key, value, BLANK)
            continue
        try:
            value = _cell(column, value)
        except ValueError as error:
            choices = column.info.get("choices", ())
            wrong(column.key, value, error.args[0], nearest(str(value), choices))
            continue
        for foreign in column.foreign_keys:
            target = attribute(foreign.column)
            if work.session.scalar(select(target).where(target == value)) is None:
                names = [str(n) for n in work.session.scalars(select(target))]
                what = foreign.column.table.name
                expected = _PARTY if what == "party" else Words("expected one of the register's {name}s",
                                                                name=CALLED.get(what, what))
                wrong(column.key, value, expected, nearest(str(value), names))
        made[column.key] = value
    party = made.get("confidential_to")
    if party is not None and party not in (codes := work.session.scalars(select(Party.code)).all()):
        wrong("confidential_to", party, _PARTY, nearest(str(party), codes))
    _more(kind, made, wrong)
    if problems:
        raise InputError(problems, name)
    made["other"] = other or None
    return made


def _cell(column: Any, value: Any) -> Any:
    """A cell's value as its column's type; ValueError says what is expected."""
    if isinstance(column.type, Float):
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(Words("expected a number")) from None
        low, high = column.info.get("low"), column.info.get("high")
        if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
            raise ValueError(Words("expected a number") if low is None else
                             Words("expected a number of at least {low:g}", low=low) if high is None else
                             Words("expected a number from {low:g} to {high:g}", low=low, high=high))
        return number
    if isinstance(column.type, Boolean):
        return bool(value)
    if isinstance(column.type, Integer):
        try:
            return int(value)
        except (TypeError, ValueError):
            raise ValueError(Words("expected a whole number")) from None
    if isinstance(column.type, Date):
        try:
            return value if type(value) is date else date.fromisoformat(str(value)[:10])
        except ValueError:
            raise ValueError(Words("expected a date, YYYY-MM-DD")) from None
    text = str(value).strip()
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError(Words("expected a text without control characters"))
    choices = column.info.get("choices")
    if choices and text not in choices:
        raise ValueError(Words("expected one of {names}", names=", ".join(choices)))
    return text


def _more(kind: type[Held], made: Mapping[str, Any], wrong: Any) -> None:
    """What a record's cells must be to each other."""
    email = made.get("email")
    if email and not _EMAIL.fullmatch(email):
        wrong("email", email, Words("expected an address, name@place"))
    period = made.get("period")
    if period and not _PERIOD.fullmatch(period):
        wrong("period", period, Words("expected a year, a month (2030-06) or a quarter (2030-Q2)"))
    for first, last in (("begins", "ends"), ("applied", "decided"), ("decided", "expires")):
        if made.get(first) and made.get(last) and made[last] < made[first]:
            wrong(last, made[last], Words("expected a day not before {first}, {made}", first=first, made=made[first]))
    if kind is Finance:
        if made.get("currency") and not _CURRENCY.fullmatch(made["currency"]):
            wrong("currency", made["currency"], Words("expected an ISO 4217 code"))
        if made.get("rate") not in (None, 1.0) and made.get("value_date") is None:
            wrong("value_date", None, Words("blank; a converted amount needs the day of its rate"))
