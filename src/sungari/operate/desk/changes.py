"""What decisions changed in the register: links from a decision in force to records, seen from both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, or_, select

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.operate.desk import cases, decisions, history
from sungari.operate.desk.records import Case, CaseKind, Decision, DecisionChange, Level, Meeting
from sungari.operate.findings import Flag, Rule
from sungari.operate.holdings import KINDS, Document
from sungari.operate.records import Base, Gate, Package, PackageTable, Party, Project, Stage, Version, Visit
from sungari.operate.register import CALLED, Work
from sungari.words import Words, several

_KINDS: tuple[type[Base], ...] = (
    Project, Version, Visit, Gate, Stage, Rule, Flag, Document, *KINDS.values(), Party, Package, PackageTable, CaseKind,
    Level, Meeting,
)  # fmt: skip
#: The records that a decision may have changed, by the name that the audit trail has for them.
RECORDS = {k.__tablename__: k for k in _KINDS}


@dataclass(frozen=True)
class Linked:
    """A decision and something that it changed.

    Attributes
    ----------
    case : Case
    decision : Decision
    change : DecisionChange
    text : str
        The record in words.
    """

    case: Case
    decision: Decision
    change: DecisionChange
    text: str

    def as_dict(self) -> dict[str, Any]:
        return {"case": self.case.id, "title": self.case.title, "decision": self.decision.number,
                "decision_id": self.decision.id, "effective": self.decision.effective, "record": self.change.record,
                "key": self.change.key, "project": self.change.project, "text": self.text, "who": self.change.who,
                "at": self.change.at, "note": self.change.note}  # fmt: skip


def link(work: Work, decision: int, record: str, key: str) -> DecisionChange:
    """Note what a decision changed.

    Parameters
    ----------
    work : Work
        Its ``why`` is the note.
    decision : int
        The decision's ``id``; it must be in force.
    record, key : str
        As in the audit trail: ``"permit"`` and ``"3"``. Also ``"version"`` with ``"bridge/2"``, ``"visit"`` with
        ``"bridge/negotiation"``, ``"gate"`` with ``"negotiation/CN"``.

    Raises
    ------
    InputError
        If there is no such record.
    UsageError
        If the decision is not in force, or the link is there already.
    """
    made = work.get(Decision, decision)
    case = cases.held(work, made.case)
    cases.acting(work, case, "case.handle", None)
    if made.state != decisions.IN_FORCE:
        raise UsageError("decision {number} on case {id} is {state}; only what is in force has changed something",
                         number=made.number, id=case.id, state=history.SAID.get(made.state, made.state))
    found = _record(work, record, key)
    key = "/".join(str(k) for k in inspect(found).identity or ())
    if work.session.scalar(select(DecisionChange).where(
        DecisionChange.decision == decision, DecisionChange.record == record, DecisionChange.key == key
    )) is not None:  # fmt: skip
        raise UsageError("decision {number} on case {id} is linked to this {record} already",
                         number=made.number, id=case.id, record=record)
    project = found.code if isinstance(found, Project) else getattr(found, "project", None)
    change = DecisionChange(decision=decision, record=record, key=key, project=project, who=work.who, at=work.now,
                            note=work.why)
    work.session.add(change)
    told = {"record": record, "key": key} if cases.openly(work, case, found) else {}
    history.note(work, case, "linked", str(described(found)) if told else "", decision=made.number, **told)
    return change


def of(work: Work, number: int) -> list[Linked]:
    """What the decisions on a case changed."""
    return _linked(work, Decision.case == number)


def decisions_on(work: Work, record: str, key: str) -> list[Linked]:
    """The decisions that changed a record; of a project also those that changed what belongs to it.

    Parameters
    ----------
    work : Work
    record, key : str
        As of :func:`link`.
    """
    key = "/".join(str(k) for k in inspect(_record(work, record, key)).identity or ())
    where: Any = (DecisionChange.record == record) & (DecisionChange.key == key)
    return _linked(work, or_(where, DecisionChange.project == key) if record == "project" else where)


def _linked(work: Work, where: Any) -> list[Linked]:
    rows = work.session.execute(
        select(Case, Decision, DecisionChange).join(Decision, Decision.case == Case.id)
        .join(DecisionChange, DecisionChange.decision == Decision.id).where(where).order_by(DecisionChange.id)
    )  # fmt: skip
    return [Linked(case, decision, change, _text(work, change)) for case, decision, change in rows]


def _text(work: Work, change: DecisionChange) -> str:
    try:
        return described(_record(work, change.record, change.key))
    except InputError:
        name = change.record.replace("_", " ")
        return Words("{record} {key}, which is not there", record=CALLED.get(name, name), key=change.key)


def described(record: Base) -> str:
    """A record in a few words."""
    what = record.__tablename__.replace("_", " ")
    if isinstance(record, Version):
        return Words("version {number} of {project}", number=record.number, project=record.project)
    if isinstance(record, Visit):
        return Words("{project} in {stage} since {day}", project=record.project, stage=record.stage,
                     day=f"{record.entered:%Y-%m-%d}")
    if isinstance(record, Gate):
        return (Words("gate of all parties before {stage}", stage=record.stage) if record.party == "*" else
                Words("gate of {party} before {stage}", party=record.party, stage=record.stage))
    if isinstance(record, Package):
        return Words("region {name}", name=record.name)
    names = (getattr(record, n, None) for n in ("title", "name", "text", "measure", "source", "kind"))
    key = "/".join(str(k) for k in inspect(record).identity or ())
    named = next((f"({n})" for n in names if n and n != key), "")
    return several([CALLED.get(what, what), key, named], " ")


# -- finding records --------------------------------------------------------------------------------------------------


def _record(work: Work, record: str, key: str) -> Base:
    if record not in RECORDS:
        expected = Words("expected one of {names}", names=", ".join(RECORDS))
        raise InputError([Problem("link", None, "record", record, expected, nearest(record, RECORDS), "unknown-name")],
                         "link")
    kind = RECORDS[record]
    first, _, second = key.partition("/")
    found: Base | None = None
    if second and kind in _TWO:
        one, two = _TWO[kind]
        value: Any = int(second) if kind is Version and _number(second) else second
        if kind is not Version or _number(second):
            found = work.session.scalars(
                select(kind).where(one == first, two == value).order_by(history.key_of(kind).desc()).limit(1)
            ).first()
    elif _numbered(kind):
        found = work.session.get(kind, int(key)) if _number(key) else None
    else:
        found = work.session.get(kind, key)
    if found is None:
        name = record.replace("_", " ")
        expected = Words("expected a {record} of the register", record=CALLED.get(name, name))
        hint = nearest(key, _keys(work, kind))
        raise InputError([Problem("link", None, "key", key, expected, hint, "unknown-name")], "link")
    return found


def _numbered(kind: type[Base]) -> bool:
    return inspect(kind).primary_key[0].type.python_type is int


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _keys(work: Work, kind: type[Base]) -> Sequence[str]:
    if kind in _TWO:
        return [f"{a}/{b}" for a, b in work.session.execute(select(*_TWO[kind]))]
    if _numbered(kind):
        return []
    return work.session.scalars(select(history.key_of(kind))).all()


#: Records with a number that are known by two of their columns as well.
_TWO: dict[type[Base], tuple[Any, Any]] = {
    Version: (Version.project, Version.number), Visit: (Visit.project, Visit.stage), Gate: (Gate.stage, Gate.party),
}
