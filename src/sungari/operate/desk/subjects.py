"""What a case may be about – a project, a corridor, a place, a party – and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from sungari.errors import InputError, Problem, nearest
from sungari.operate import projects
from sungari.operate.records import PackageTable, Party, Project
from sungari.operate.register import Work
from sungari.region.check.common import chain_of
from sungari.words import Words

#: What cases may be on, each with the table of the package that names it.
SUBJECTS = {"project": "projects", "link": "links", "place": "places", "party": "parties"}
_CALLED = {str(word): word for word in (Words("project"), Words("link"), Words("place"), Words("party"))}
#: Kinds of parties that sit at no table: those above them do.
_OUTSIDE = ("company", "external")


def problems(work: Work, on: str, subject: str) -> list[Problem]:
    """What is wrong with a subject; nothing where it is known."""
    if on not in SUBJECTS:
        return [_problem("on", on, Words("expected one of {names}", names=", ".join(SUBJECTS)), nearest(on, SUBJECTS))]
    known = names(work, on)
    if subject in known:
        return []
    expected = Words("expected a {record} of the register", record=_CALLED[on])
    return [_problem("subject", subject, expected, nearest(subject, known))]


def names(work: Work, on: str) -> list[str]:
    """All subjects of a kind that the register knows."""
    if on == "project":
        return list(work.session.scalars(select(Project.code).order_by(Project.code)))
    if on == "party":
        return list(work.session.scalars(select(Party.code).order_by(Party.code)))
    return [str(row[on]) for row in _rows(work, SUBJECTS[on]) if row.get(on)]


def concerned(work: Work, on: str, subject: str) -> list[str]:
    """The parties that a subject concerns: the highest above its ends, hosts and owners; no companies, no outsiders."""
    if on == "project":
        return projects.parties_of(work, projects.current(work, subject).content)
    if on == "party":
        return _highest(work, [subject])
    places = {str(r.get("place")): r.get("party") for r in _rows(work, "places")}
    if on == "place":
        return _highest(work, [places.get(subject)])
    link = next(r for r in _rows(work, "links") if r.get("link") == subject)
    return _highest(work, [places.get(str(link.get(end))) for end in ("from", "to")])


def assigned(work: Work, on: str, subject: str, raised_by: str) -> list[str]:
    """The parties that a case is assigned to: all that its subject concerns, and the one who raises it."""
    found = concerned(work, on, subject)
    parent = _parents(work)
    if not set(chain_of(raised_by, parent)) & set(found):
        found = [*_highest(work, [raised_by]), *found] or [raised_by]
    return list(dict.fromkeys(found))


def unknown_parties(work: Work, given: Iterable[str], column: str = "parties") -> list[Problem]:
    """What is wrong with some parties' codes."""
    known = names(work, "party")
    expected = Words("expected a party of the register")
    return [_problem(column, p, expected, nearest(p, known)) for p in given if p not in known]


def check(found: list[Problem]) -> None:
    """Refuse a case with anything wrong.

    Raises
    ------
    InputError
    """
    if found:
        raise InputError(found, "case")


def above(work: Work, party: str) -> list[str]:
    """A party and those above it."""
    return chain_of(party, _parents(work))


def _highest(work: Work, parties: Iterable[Any]) -> list[str]:
    parent = _parents(work)
    kinds = dict(iter(work.session.execute(select(Party.code, Party.kind))))
    top = dict.fromkeys(chain_of(str(p), parent)[-1] for p in parties if p)
    return [code for code in top if code in kinds and kinds[code] not in _OUTSIDE]


def _parents(work: Work) -> dict[str, str]:
    return {code: above for code, above in work.session.execute(select(Party.code, Party.parent)) if above}


def _rows(work: Work, table: str) -> list[dict[str, Any]]:
    held = work.session.get(PackageTable, table)
    return list(held.rows) if held is not None else []


def _problem(column: str, value: str, expected: str, hint: str = "") -> Problem:
    return Problem("case", None, column, value, expected, hint, "unknown-name")
