"""Decisions on cases: proposed, signed by every party that they name, linked to what they changed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select

from sungari.operate.desk import changes, decisions
from sungari.operate.desk.records import Decision
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.cases import Handles, Id, case, shown
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import desk as models
from sungari.show.api.models.common import LARGEST, NAMED, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS

router = APIRouter(tags=["decisions"])
State = Literal["proposed", "in-force", "refused", "withdrawn"]


@router.get("/decisions", operation_id="list_decisions", responses=responses())
def listed(
    asked: Reading, part: Wanted, state: Annotated[State | None, Query(description="Only those in this state")] = None
) -> Page[models.Decision]:
    """Decisions, newest first."""
    found = select(Decision).order_by(Decision.id.desc())
    if state is not None:
        found = found.where(Decision.state == state)
    with asked.reading() as work:
        return part.of(work, found, lambda d: models.Decision.model_validate(decisions.standing(work, d).as_dict()))


@router.post("/cases/{number}/decision", operation_id="propose_decision", status_code=201, responses=EDITS)
def propose(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Wording, if_match: IfMatch = None
) -> models.WholeCase:
    """Propose a decision on a case."""
    with asked.writing() as work:
        expected = case(work, number, if_match)
        decisions.propose(work, number, body.text, party=body.party, parties=body.parties, expected=expected)
        return shown(request, response, work, number)


@router.put("/cases/{number}/decision", operation_id="amend_decision", responses=EDITS)
def amend(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Wording, if_match: IfMatch = None
) -> models.WholeCase:
    """Put another wording in place of the one that waits for signatures; those that are there count no more."""
    with asked.writing() as work:
        expected = case(work, number, if_match)
        decisions.amend(work, number, body.text, party=body.party, parties=body.parties, expected=expected)
        return shown(request, response, work, number)


@router.delete("/cases/{number}/decision", operation_id="retract_decision", responses=EDITS)
def retract(
    request: Request, response: Response, asked: Handles, number: Id, if_match: IfMatch = None
) -> models.WholeCase:
    """Take a proposed decision back; the case is in hand again."""
    with asked.writing() as work:
        decisions.retract(work, number, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.post("/cases/{number}/decision/signatures", operation_id="sign_decision", status_code=201, responses=EDITS)
def sign(
    request: Request, response: Response, asked: Annotated[Writer, writes("case.sign")], number: Id,
    body: models.SignDecision, if_match: IfMatch = None,
) -> models.WholeCase:  # fmt: skip
    """Sign, or refuse, for a party; the last signature that is missing puts the decision in force."""
    with asked.writing() as work:
        decisions.sign(work, number, body.party, agreed=body.agreed, sha256=body.sha256,
                       expected=case(work, number, if_match))  # fmt: skip
        return shown(request, response, work, number)


@router.post("/decisions/{decision}/changes", operation_id="link_decision", status_code=201,
             responses=responses(404, 409))
def link(
    asked: Handles, decision: Annotated[int, Path(ge=1, le=LARGEST, description="The decision's id")], body: models.Link
) -> models.Changed:
    """Note what a decision in force changed in the register."""
    with asked.writing() as work:
        made = changes.link(work, decision, body.record, body.key)
        linked = next(c for c in changes.of(work, work.get(Decision, decision).case) if c.change.id == made.id)
        return models.Changed.model_validate(linked.as_dict())


@router.get("/changes", operation_id="list_decisions_on_record", responses=responses())
def on(
    asked: Reading, part: Wanted, record: Annotated[str, Query(pattern=NAMED, description="project, permit, gate …")],
    key: Annotated[str, Query(pattern=NAMED, description="The record's key, as in the audit trail")],
) -> Page[models.Changed]:  # fmt: skip
    """The decisions that changed a record; of a project also those that changed what belongs to it."""
    with asked.reading() as work:
        return part.cut(changes.decisions_on(work, record, key), lambda c: models.Changed.model_validate(c.as_dict()))
