"""Red flags, and the rules that raise them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import case, select

from sungari.operate import flags, projects
from sungari.operate.findings import Flag
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import projects as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Chosen

router = APIRouter(tags=["flags"])
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The flag's number")]
Rules = Annotated[list[models.Rule], Field(max_length=200)]
_ORDER = case({flags.RED: 0, flags.AMBER: 1}, value=Flag.state, else_=2)


@router.get("/flags", operation_id="list_flags", responses=responses(404))
def listed(
    asked: Reading, part: Wanted, project: Chosen = None,
    state: Annotated[list[Literal["red", "amber", "resolved"]], Query(description="Default: red and amber")] = [  # noqa: B006
        "red", "amber"],
) -> Page[models.Flag]:  # fmt: skip
    """Flags, red ones first."""
    found = select(Flag).where(Flag.state.in_(state)).order_by(_ORDER, Flag.project, Flag.rule, Flag.subject)
    with asked.reading() as work:
        if project is not None:
            projects.get(work, project)
            found = found.where(Flag.project == project)
        return part.of(work, found, models.Flag.model_validate)


@router.get("/flags/{number}", operation_id="get_flag", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.Flag:
    """A flag."""
    with asked.reading() as work:
        return _shown(request, response, work.get(Flag, number))


def _shown(request: Request, response: Response, flag: Flag) -> models.Flag:
    return editions.show(request, response, models.Flag.model_validate(flag), editions.tag_of(flag))


@router.post("/flags/{number}/justification", operation_id="justify_flag", responses=EDITS)
def justify(
    request: Request, response: Response, asked: Annotated[Writer, writes("flag.justify")], number: Id,
    body: models.Justify, if_match: IfMatch = None,
) -> models.Flag:  # fmt: skip
    """Say why a red flag is no reason to stop: it turns amber until its facts change."""
    with asked.writing(body.reason) as work:
        flag = editions.held(work, Flag, number, if_match)
        flags.justify(work, number, expected=flag.version)
        return _shown(request, response, flag)


@router.get("/rules", operation_id="list_rules", responses=responses(304))
def rules(request: Request, response: Response, asked: Reading) -> list[models.Rule]:
    """The rules that raise flags."""
    with asked.reading() as work:
        return _rules(request, response, flags.rule_rows(work))


def _rules(request: Request, response: Response, rows: list[dict[str, Any]]) -> list[models.Rule]:
    return editions.show(request, response, [models.Rule(**r) for r in rows], editions.tag_of(rows))


@router.put("/rules", operation_id="replace_rules", responses=responses(409, 412, 428))
def set_rules(
    request: Request, response: Response, asked: Annotated[Writer, writes("rules")], body: Rules,
    if_match: IfMatch = None,
) -> list[models.Rule]:  # fmt: skip
    """Put other rules in place of those that are there; flags of rules that are gone are resolved."""
    with asked.writing() as work:
        editions.demand(if_match, editions.tag_of(flags.rule_rows(work)), "rules")
        flags.set_rules(work, [r.model_dump() for r in body])
        return _rules(request, response, flags.rule_rows(work))
