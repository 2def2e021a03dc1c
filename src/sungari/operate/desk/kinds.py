"""Kinds of cases and the levels that settle them: data of the register, edited as two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError, hinted, nearest
from sungari.operate.access import sight
from sungari.operate.access.actor import ALL
from sungari.operate.desk.records import Case, CaseKind, Level
from sungari.operate.life import default
from sungari.operate.register import Work
from sungari.words import Words

#: The most working days that a level may have, and a reminder may come before its deadline.
MOST_DAYS = 250


def set_defaults(work: Work) -> None:
    """Levels and kinds as they come with Sungari."""
    for position, row in enumerate(default("levels")):
        work.session.add(Level(position=position, **row))
    work.session.flush()
    set_kinds(work, default("case_kinds"))


def levels(work: Work) -> Sequence[Level]:
    """All levels, the first to be asked first."""
    return work.session.scalars(select(Level).order_by(Level.position)).all()


def listed(work: Work, *, every: bool = False) -> Sequence[CaseKind]:
    """Kinds of cases that can be raised, in order; with `every`, those that are no longer used as well."""
    found = work.session.scalars(select(CaseKind).order_by(CaseKind.position, CaseKind.code)).all()
    return [k for k in found if every or k.on]


def known(work: Work, code: str) -> CaseKind:
    """A kind that can be raised, by its code; the nearest is offered where there is none."""
    found = {k.code: k for k in listed(work)}
    if code not in found:
        raise UsageError(hinted(Words("no kind of case {code!r}", code=code), code, found, listed=True))
    return found[code]


def rows(work: Work) -> list[dict[str, Any]]:
    """The kinds as plain rows; ``days`` as ``level=days`` joined by ``;``."""
    return [{"code": k.code, "name": k.name, "name_zh": k.name_zh, "name_ru": k.name_ru, "asked": k.asked,
             "days": ";".join(f"{level}={n}" for level, n in k.days.items()), "remind": k.remind, "on": k.on}
            for k in listed(work, every=True)]  # fmt: skip


def set_kinds(work: Work, given: Sequence[Mapping[str, Any]]) -> None:
    """Put kinds in place of those that are there; a kind that has cases and is left out is only switched off.

    Parameters
    ----------
    work : Work
    given : sequence of mapping
        As :func:`rows` gives them. Deadlines that are running stay as they are.

    Raises
    ------
    InputError
        With every cell that is wrong.
    Forbidden
        If the actor may not edit rules.
    """
    work.actor.demand("rules", [ALL])
    order = [level.code for level in levels(work)]
    problems: list[Problem] = []
    made: dict[str, dict[str, Any]] = {}

    def wrong(line: int | None, column: str, value: Any, expected: str, hint: str = "") -> None:
        problems.append(Problem("case_kinds.csv", line, column, str(value), expected, hint, "kind"))

    for line, row in enumerate(given, start=2):
        code = str(row.get("code") or "").strip()
        if not code or code in made:
            wrong(line, "code", code, Words("expected a name of its own"))
        days: dict[str, int] = {}
        for part in filter(None, str(row.get("days") or "").split(";")):
            level, _, value = (p.strip() for p in part.partition("="))
            if level not in order:
                wrong(line, "days", part, Words("expected LEVEL=DAYS, a level being one of {names}",
                                                names=", ".join(order)),
                      nearest(level, order))
            elif (number := _count(value)) < 1:
                wrong(line, "days", part, Words("expected a whole number of working days from 1 to {most_days}",
                                                most_days=MOST_DAYS))
            else:
                days[level] = number
        if not days:
            wrong(line, "days", row.get("days") or "", Words("expected LEVEL=DAYS for one level at least"))
        remind, on = _count(str(row.get("remind") or "0")), str(row.get("on", "true")).strip().lower()
        if remind < 0:
            wrong(line, "remind", row.get("remind"), Words("expected a whole number of working days from 0 to "
                                                           "{most_days}", most_days=MOST_DAYS))
        if on not in ("true", "false"):
            wrong(line, "on", on, Words("expected true or false"))
        names = {c: str(row.get(c) or row.get("name") or code) for c in ("name", "name_zh", "name_ru")}
        made[code] = {**names, "position": line - 2, "asked": str(row.get("asked") or ""), "remind": remind,
                      "days": {level: days[level] for level in order if level in days}, "on": on == "true"}
    if not any(cells["on"] for cells in made.values()):
        wrong(None, "on", "", Words("one kind at least must be on"))
    if problems:
        raise InputError(problems, "table of kinds of cases")
    _put(work, made)


def _put(work: Work, made: Mapping[str, Mapping[str, Any]]) -> None:
    there = {k.code: k for k in listed(work, every=True)}
    for code, cells in made.items():
        kind = there.pop(code, None)
        if kind is None:
            work.session.add(CaseKind(code=code, **cells))
            continue
        for name, value in cells.items():
            if getattr(kind, name) != value:
                setattr(kind, name, value)
    with sight.everything(work):  # a case that is hidden keeps its kind as well
        used = set(work.session.scalars(select(Case.kind).where(Case.kind.in_(there)).distinct()))
    for code, kind in there.items():
        if code in used:
            kind.on = False
        else:
            work.session.delete(kind)
    work.session.flush()


def _count(text: str) -> int:
    """A whole number from 0 to :data:`MOST_DAYS`; -1 for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MOST_DAYS else -1
