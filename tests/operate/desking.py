"""What several tests of the desk share."""

from __future__ import annotations

from typing import Any

from sungari.operate.access.actor import Actor
from sungari.operate.desk import cases, decisions
from sungari.operate.desk.records import Case
from sungari.operate.register import Register, Work


def of(party: str, name: str = "", role: str = "committee") -> Actor:
    """An account with one role for one party."""
    return Actor(name or f"{party}-{role}", name or f"{party} {role}", frozenset({(role, party)}))


def put(work: Work, **cells: Any) -> Case:
    """A case of China on the railway from Russia."""
    given = {"kind": "border-closed", "on": "link", "subject": "rail", "party": "cn", "title": "No trains", **cells}
    return cases.put(work, given.pop("kind"), given.pop("on"), given.pop("subject"), **given)


def decide(register: Register, number: int, text: str = "Open at eight") -> int:
    """Settle a case by both sides; the decision's id."""
    with register.writing("anna") as work:
        made = decisions.propose(work, number, text, party="cn")
        decisions.sign(work, number, "cn")
    with register.writing("boris") as work:
        decisions.sign(work, number, "ru")
    return made.id


def told(work: Work, number: int) -> list[str]:
    """What a case's history says."""
    from sungari.operate.desk import history

    return [e.what for e in history.of(work, number)]
