"""A case's states, the moves between them, and its history, which only ever grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm.attributes import flag_modified

from sungari.errors import UsageError, either
from sungari.operate.desk.records import Case, CaseEvent
from sungari.operate.records import Base
from sungari.operate.register import Work
from sungari.words import Words

RAISED, IN_HAND, PROPOSED, DECIDED, CLOSED, WITHDRAWN = (
    "raised", "in-hand", "proposed", "decided", "closed", "withdrawn",
)  # fmt: skip
STATES = (RAISED, IN_HAND, PROPOSED, DECIDED, CLOSED, WITHDRAWN)
#: States in which a case's clock runs.
OPEN = (RAISED, IN_HAND, PROPOSED)
#: What may be done in which states, and where it leads.
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "take in hand": ((RAISED,), IN_HAND),
    "propose a decision on": ((RAISED, IN_HAND), PROPOSED),
    "return": ((PROPOSED,), IN_HAND),
    "decide": ((PROPOSED,), DECIDED),
    "close": ((DECIDED,), CLOSED),
    "withdraw": (OPEN, WITHDRAWN),
    "reopen": ((DECIDED, CLOSED, WITHDRAWN), IN_HAND),
}
#: States and actions, so that they can be said in other languages.
SAID = {str(word): word for word in (
    Words("raised"), Words("in-hand"), Words("proposed"), Words("decided"), Words("closed"), Words("withdrawn"),
    Words("in-force"), Words("refused"), Words("take in hand"), Words("propose a decision on"), Words("return"),
    Words("decide"), Words("close"), Words("withdraw"), Words("reopen"), Words("edit"), Words("assign"),
    Words("answer"),
)}  # fmt: skip


def move(case: Case, action: str) -> None:
    """Bring a case to its next state.

    Raises
    ------
    UsageError
        If it can't be done in the state where the case is.
    """
    demand(case, action)
    case.state = MOVES[action][1]


def demand(case: Case, action: str) -> None:
    """Refuse what can't be done in the state where a case is.

    Raises
    ------
    UsageError
    """
    allowed = MOVES[action][0] if action in MOVES else OPEN
    if case.state not in allowed:
        raise UsageError("can't {action} case {id}: it is {state}, not {names}",
                         action=SAID.get(action, action), id=case.id, state=SAID.get(case.state, case.state),
                         names=either([SAID.get(state, state) for state in allowed]))


def note(
    work: Work, case: Case, what: str, /, text: str = "", party: str | None = None, **facts: Any
) -> CaseEvent:
    """Write something into a case's history; the case counts it as an edit."""
    case.changed = work.now
    if inspect(case).persistent:
        flag_modified(case, "changed")  # a second change at the same moment counts as well
    work.session.flush()
    made = CaseEvent(case=case.id, at=work.now, who=work.who, party=party, what=what, text=text, facts=facts)
    work.session.add(made)
    work.session.flush()
    return made


def key_of(kind: type[Base]) -> Any:
    """The column that a kind of record is known by, as statements that are held to who may see what name it."""
    mapper = inspect(kind)
    return mapper.get_property_by_column(mapper.primary_key[0]).class_attribute


def of(work: Work, number: int) -> Sequence[CaseEvent]:
    """A case's history, oldest first."""
    return work.session.scalars(select(CaseEvent).where(CaseEvent.case == number).order_by(CaseEvent.id)).all()
