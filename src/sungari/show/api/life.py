"""A project's way through its stages and gates."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from sungari.operate import clock, life, projects
from sungari.operate.records import Project, Signature, Visit
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import projects as models
from sungari.show.api.models.common import Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Code, shown

router = APIRouter(tags=["stages and gates"])
Shown = TypeVar("Shown", bound=BaseModel)
Gates = Annotated[list[models.Gate], Field(max_length=500)]


@router.get("/stages", operation_id="list_stages", responses=responses(304))
def stages(request: Request, response: Response, asked: Reading) -> list[models.Stage]:
    """The stages of a project's life, in order."""
    with asked.reading() as work:
        found = [models.Stage.model_validate(s) for s in life.stages(work)]
        return _tagged(request, response, found)


def _tagged(request: Request, response: Response, found: list[Shown]) -> list[Shown]:
    return editions.show(request, response, found, editions.tag_of([f.model_dump() for f in found]))


@router.get("/gates", operation_id="list_gates", responses=responses(304))
def gates(request: Request, response: Response, asked: Reading) -> list[models.Gate]:
    """What each party asks for before a project enters a stage."""
    with asked.reading() as work:
        return _tagged(request, response, [models.Gate(**g) for g in life.gates(work)])


@router.put("/gates", operation_id="replace_gates", responses=responses(409, 412, 428))
def set_gates(
    request: Request, response: Response, asked: Annotated[Writer, writes("gates")], body: Gates,
    if_match: IfMatch = None,
) -> list[models.Gate]:  # fmt: skip
    """Put other gates in place of all that are there."""
    with asked.writing() as work:
        editions.demand(if_match, editions.tag_of([models.Gate(**g).model_dump() for g in life.gates(work)]), "gates")
        life.set_gates(work, [g.model_dump() for g in body])
        return _tagged(request, response, [models.Gate(**g) for g in life.gates(work)])


@router.get("/reviews", operation_id="list_reviews", responses=responses())
def reviews(asked: Reading, part: Wanted) -> Page[models.Review]:
    """How long each project's review has taken: its time in the stages that are marked as review."""
    with asked.reading() as work:
        frame = clock.reviews(work)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return part.cut(rows, models.Review.model_validate)


@router.get("/projects/{code}/gate", operation_id="get_gate_ahead", responses=responses(404))
def ahead(asked: Reading, code: Code) -> models.Ahead:
    """What stands before a project's next stage: needs, signatures, red flags."""
    with asked.reading() as work:
        project = projects.get(work, code)
        after = life.next_stage(work, project)
        found = [models.Asked.model_validate(a) for a in (life.asked(work, project, after.code) if after else [])]
        return models.Ahead(stage=project.stage, next=after.code if after else None,
                            open=after is not None and all(a.met for a in found), asked=found)


@router.post("/projects/{code}/stage", operation_id="move_project", responses=EDITS)
def enter(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.move")], code: Code,
    body: models.Move, if_match: IfMatch = None,
) -> models.Project:  # fmt: skip
    """Move a project: forward through its gates, back, or out; the last two need a reason (header `Why`)."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        life.enter(work, code, body.stage, expected=project.version)
        return shown(request, response, work, project)


@router.get("/projects/{code}/visits", operation_id="list_visits", responses=responses(404))
def visits(asked: Reading, part: Wanted, code: Code) -> Page[models.Visit]:
    """A project's time in each stage, in order."""
    with asked.reading() as work:
        projects.get(work, code)
        return part.of(work, select(Visit).where(Visit.project == code).order_by(Visit.id), models.Visit.model_validate)


@router.get("/projects/{code}/signatures", operation_id="list_signatures", responses=responses(404))
def signatures(asked: Reading, part: Wanted, code: Code) -> Page[models.Signature]:
    """What parties have said to a project's stages, in order."""
    with asked.reading() as work:
        projects.get(work, code)
        found = select(Signature).where(Signature.project == code).order_by(Signature.id)
        return part.of(work, found, models.Signature.model_validate)


@router.post("/projects/{code}/signatures", operation_id="sign_project", status_code=201, responses=EDITS)
def sign(
    asked: Annotated[Writer, writes("project.sign")], code: Code, body: models.Sign, if_match: IfMatch = None
) -> models.Signature:
    """Sign, or refuse, a project's next stage for a party; the note stands in the header `Why`."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        made = life.sign(work, code, body.party, agreed=body.agreed, expected=project.version)
        return models.Signature.model_validate(made)
