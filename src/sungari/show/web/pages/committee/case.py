"""A case's page: where it stands, what was said, the decision and who has signed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select

from sungari.errors import UsageError
from sungari.operate.desk import cases, changes, decisions, history, kinds
from sungari.operate.desk.records import Case, CaseKind
from sungari.operate.holdings import Document
from sungari.operate.register import Work
from sungari.show.web.given import Given, Sent, done
from sungari.show.web.pages.committee.told import BY_TIME, Told, tabs
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/committee", include_in_schema=False)


@router.get("/{number}")
def show(view: Seen, number: int) -> HTMLResponse:
    """The page."""
    with view.reading() as work:
        case = cases.get(work, number)
        words = Words(work, view.tr)
        parties = cases.parties_of(work, [number])[number]
        found = decisions.of(work, number)
        waiting = next((d for d in found if d.decision.state == decisions.PROPOSED), None)
        linked = changes.of(work, number)
        papers = select(Document).where(Document.project == case.project).order_by(Document.title)
        return view.page(
            "committee/case.html", case.title, tabs=tabs(view.tr), case=case, words=words,
            told=Told(work, view.tr, words), parties=parties, ladder=_ladder(work, case), by_time=BY_TIME,
            events=list(reversed(history.of(work, number))), decisions=list(reversed(found)), waiting=waiting,
            linked={d.decision.id: [c for c in linked if c.decision.id == d.decision.id] for d in found},
            documents=cases.documents(work, number), tied=cases.tied(work, number),
            papers=work.session.scalars(papers).all() if case.project else [], late=cases.late(case, work.now.date()),
            settled=case.state not in history.OPEN, party_names=[(p, words.party(p)) for p in parties],
            **_rights(view, case, parties),
        )  # fmt: skip


def _rights(view: View, case: Case, parties: list[str]) -> dict[str, Any]:
    """For whom the reader may do what on a case."""
    own = list(dict.fromkeys((*parties, case.party)))
    return {
        "handles": [p for p in parties if view.actor.may("case.handle", [p])],
        "speaks": [p for p in own if view.actor.may("case.raise", [p])],
        "signs": [p for p in parties if view.actor.may("case.sign", [p])],
        "raised_it": view.actor.may("case.raise", [case.party]),
    }  # fmt: skip


def _ladder(work: Work, case: Case) -> list[tuple[str, str, int]]:
    """The levels of the case's kind: whether it has passed them or is there, and their working days."""
    kind = work.session.scalars(select(CaseKind).where(CaseKind.code == case.kind)).one()
    order = [level.code for level in kinds.levels(work) if level.code in kind.days]
    here = order.index(case.level) if case.level in order else 0
    return [(code, "passed" if i < here else "now" if i == here else "ahead", int(kind.days[code]))
            for i, code in enumerate(order)]  # fmt: skip


# -- what is done -----------------------------------------------------------------------------------------------------


def _answer(work: Work, number: int, given: Given) -> str:
    cases.answer(work, number, given.text("text"), party=given.text("party"), expected=given.whole("expected"))
    return "saved"


def _comment(work: Work, number: int, given: Given) -> str:
    cases.comment(work, number, given.text("text"), party=given.maybe("party"))
    return "saved"


def _propose(work: Work, number: int, given: Given) -> str:
    decisions.propose(work, number, given.text("text"), party=given.text("party"),
                      parties=given.several("parties") or None, expected=given.whole("expected"))
    return "proposed"


def _amend(work: Work, number: int, given: Given) -> str:
    decisions.amend(work, number, given.text("text"), party=given.text("party"), expected=given.whole("expected"))
    return "proposed"


def _retract(work: Work, number: int, given: Given) -> str:
    decisions.retract(work, number, expected=given.whole("expected"))
    return "saved"


def _sign(work: Work, number: int, given: Given) -> str:
    agreed = given.text("agreed") == "true"
    made = decisions.sign(work, number, given.text("party"), agreed=agreed, sha256=given.maybe("sha256"))
    if not agreed:
        return "refused"
    return "decided" if made.state == decisions.IN_FORCE else "signed"


def _withdraw(work: Work, number: int, given: Given) -> str:
    cases.withdraw(work, number, expected=given.whole("expected"))
    return "saved"


def _close(work: Work, number: int, given: Given) -> str:
    cases.close(work, number, expected=given.whole("expected"))
    return "saved"


def _reopen(work: Work, number: int, given: Given) -> str:
    cases.reopen(work, number, party=given.maybe("party"), expected=given.whole("expected"))
    return "saved"


def _assign(work: Work, number: int, given: Given) -> str:
    cases.assign(work, number, given.several("parties"), expected=given.whole("expected"))
    return "saved"


def _edit(work: Work, number: int, given: Given) -> str:
    cases.edit(work, number, title=given.text("title"), text=given.text("text"), expected=given.whole("expected"))
    return "saved"


def _keep(work: Work, number: int, given: Given) -> str:
    cases.keep_to(work, number, given.maybe("party"), expected=given.whole("expected"))
    return "saved"


def _tie(work: Work, number: int, given: Given) -> str:
    cases.tie(work, number, given.whole("other") or 0)
    return "saved"


def _refer(work: Work, number: int, given: Given) -> str:
    cases.refer(work, number, given.whole("document") or 0)
    return "saved"


def _link(work: Work, number: int, given: Given) -> str:
    own = {d.decision.id for d in decisions.of(work, number)}
    if given.whole("decision") not in own:
        raise UsageError("case {number} has no such decision", number=number)
    changes.link(work, given.whole("decision") or 0, given.text("record"), given.text("key"))
    return "saved"


#: What can be done with a case, by the last part of the address.
_ACTS: dict[str, Callable[[Work, int, Given], str]] = {
    "answer": _answer, "comment": _comment, "propose": _propose, "amend": _amend, "retract": _retract, "sign": _sign,
    "withdraw": _withdraw, "close": _close, "reopen": _reopen, "assign": _assign, "edit": _edit, "keep": _keep,
    "tie": _tie, "refer": _refer, "link": _link,
}  # fmt: skip


@router.post("/{number}/{act}")
def act(view: Seen, number: int, act: str, given: Sent) -> RedirectResponse:
    """Do something with a case."""
    if act not in _ACTS:
        raise UsageError("nothing to do by the name {act!r}", act=act)
    with view.writing(given.text("why")) as work:
        said = _ACTS[act](work, number, given)
    return done(f"/committee/{number}", said)
