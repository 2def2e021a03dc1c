"""Finding cases: filters, order and pages; and a case with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, select

from sungari.errors import UsageError, hinted
from sungari.operate.desk import cases, changes, decisions, history, kinds
from sungari.operate.desk.records import Case, CaseParty, Level
from sungari.operate.register import Work
from sungari.words import Words

#: Orders in which cases are listed.
ORDERS = ("late", "newest", "due")


def listed(
    work: Work, *, state: str | None = None, kind: str | None = None, party: str | None = None,
    on: str | None = None, subject: str | None = None, level: str | None = None, late: bool | None = None,
    text: str | None = None, order: str = "late", limit: int | None = None, offset: int = 0,
) -> Sequence[Case]:  # fmt: skip
    """Cases that fit all that is asked.

    Parameters
    ----------
    work : Work
    state : str or None
        One state, or ``"open"`` for all in which the clock runs, or ``"settled"`` for the others.
    kind, party, on, subject, level : str or None
        Only of this kind, assigned to this party, on this sort of subject, on this one, at this level.
    late : bool or None
        Only open ones that have missed their first deadline (True), or have not (False).
    text : str or None
        Only those whose title, text or subject holds it.
    order : str
        ``late``: open before settled, late ones first, then the highest level, then the nearest deadline; ``due``: the
        nearest deadline first; ``newest``.
    limit, offset : int
        A page of them.

    Raises
    ------
    UsageError
        If a state, a kind, a level or an order is not known.
    """
    if order not in ORDERS:
        raise UsageError("no order {order!r}; one of {names}", order=order, names=", ".join(ORDERS))
    asked = _asked(work, select(Case), state, kind, party, on, subject, level, late, text)
    if order == "newest":
        asked = asked.order_by(Case.id.desc())
    elif order == "due":
        asked = asked.order_by(Case.due, Case.id)
    else:
        position = select(Level.position).where(Level.code == Case.level).scalar_subquery()
        asked = asked.order_by(
            case((_late(work), 0), (Case.state.in_(history.OPEN), 1), else_=2), position.desc(), Case.due, Case.id
        )
    return work.session.scalars(asked.limit(limit).offset(offset)).all()


def counted(
    work: Work, *, state: str | None = None, kind: str | None = None, party: str | None = None,
    on: str | None = None, subject: str | None = None, level: str | None = None, late: bool | None = None,
    text: str | None = None,
) -> int:  # fmt: skip
    """How many cases fit; see :func:`listed`."""
    asked = _asked(work, select(func.count(Case.id)), state, kind, party, on, subject, level, late, text)
    return work.session.scalar(asked) or 0


def _late(work: Work) -> Any:
    return Case.state.in_(history.OPEN) & (Case.answer_by < work.now.date())


def _asked(
    work: Work, asked: Select[Any], state: str | None, kind: str | None, party: str | None, on: str | None,
    subject: str | None, level: str | None, late: bool | None, text: str | None,
) -> Select[Any]:  # fmt: skip
    states = {"open": history.OPEN, "settled": tuple(s for s in history.STATES if s not in history.OPEN),
              **{s: (s,) for s in history.STATES}}
    if state is not None:
        _known(Words("state"), state, states)
        asked = asked.where(Case.state.in_(states[state]))
    if kind is not None:
        _known(Words("kind of case"), kind, [k.code for k in kinds.listed(work, every=True)])
    if level is not None:
        _known(Words("level"), level, [x.code for x in kinds.levels(work)])
    for column, wanted in ((Case.kind, kind), (Case.on, on), (Case.subject, subject), (Case.level, level)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if party is not None:
        asked = asked.where(Case.id.in_(select(CaseParty.case).where(CaseParty.party == party)))
    if late is not None:
        asked = asked.where(_late(work) if late else ~_late(work))
    if text is not None:
        columns = (Case.title, Case.text, Case.subject)
        asked = asked.where(
            columns[0].icontains(text, autoescape=True) | columns[1].icontains(text, autoescape=True)
            | columns[2].icontains(text, autoescape=True)
        )  # fmt: skip
    return asked


def _known(what: str, given: str, names: Any) -> None:
    if given not in names:
        raise UsageError(hinted(Words("no {what} {given!r}", what=what, given=given), given, names, listed=True))


def rows(work: Work, found: Sequence[Case]) -> list[dict[str, Any]]:
    """Cases as plain data, with their parties and whether they are late."""
    parties = cases.parties_of(work, [c.id for c in found])
    return [cases.plain(c, parties[c.id], work) for c in found]


def shown(work: Work, number: int) -> dict[str, Any]:
    """A case with all that belongs to it, as plain data.

    Raises
    ------
    Unknown
        If there is none.
    """
    found = work.get(Case, number, what="case")
    return {
        **rows(work, [found])[0],
        "history": [{"id": e.id, "at": e.at, "who": e.who, "party": e.party, "what": e.what, "text": e.text,
                     "facts": e.facts} for e in history.of(work, number)],
        "decisions": [d.as_dict() for d in decisions.of(work, number)],
        "changed_by_decision": [c.as_dict() for c in changes.of(work, number)],
        "documents": [{"id": d.id, "project": d.project, "title": d.title, "name": d.name, "sha256": d.sha256}
                      for d in cases.documents(work, number)],
        "tied": [{"id": c.id, "title": c.title, "state": c.state} for c in cases.tied(work, number)],
    }  # fmt: skip
