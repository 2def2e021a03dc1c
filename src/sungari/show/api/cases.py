"""Cases of the committee's desk: raised, worked on, settled."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from sungari.operate.desk import cases, finding, kinds, statistics
from sungari.operate.desk.records import Case
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import desk as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Chosen

router = APIRouter(tags=["cases"])
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The case's number")]
Other = Annotated[int, Path(ge=1, le=LARGEST)]
Raises = Annotated[Writer, writes("case.raise")]
Handles = Annotated[Writer, writes("case.handle")]
Kinds = Annotated[list[models.CaseKind], Field(max_length=200)]


def case(work: Work, number: int, if_match: str | None) -> int:
    """The version of a case that an edit was made from; refused where it is not the newest."""
    return editions.held(work, Case, number, if_match, "case").version


def shown(request: Request, response: Response, work: Work, number: int) -> models.WholeCase:
    """A case with all that belongs to it, of its edition."""
    found = finding.shown(work, number)
    return editions.show(request, response, models.WholeCase.model_validate(found), f'"{found["version"]}"')


@router.get("/cases", operation_id="list_cases", responses=responses())
def listed(
    asked: Reading, part: Wanted,
    state: models.State | Literal["open", "settled"] | None = None,
    kind: Chosen = None, party: Annotated[Chosen, Query(description="Assigned to this party")] = None,
    on: Annotated[models.On | None, Query(description="What it is about")] = None, subject: Chosen = None,
    level: Chosen = None, late: Annotated[bool | None, Query(description="Open and past its first deadline")] = None,
    text: Annotated[Chosen, Query(description="Held by title, text or subject")] = None,
    sort: Annotated[Literal["late", "newest", "due"], Query(description="late: what presses most first")] = "late",
) -> Page[models.Case]:  # fmt: skip
    """Cases."""
    wanted: dict[str, Any] = {"state": state, "kind": kind, "party": party, "on": on, "subject": subject,
                              "level": level, "late": late, "text": text}
    with asked.reading() as work:
        found = finding.listed(work, **wanted, order=sort, limit=part.limit, offset=part.offset)
        rows = [models.Case.model_validate(row) for row in finding.rows(work, found)]
        return part.page(rows, finding.counted(work, **wanted))


@router.post("/cases", operation_id="raise_case", status_code=201, responses=responses(409))
def put(request: Request, response: Response, asked: Raises, body: models.NewCase) -> models.WholeCase:
    """Raise a case for a party."""
    with asked.writing() as work:
        made = cases.put(work, **body.model_dump())
        response.headers["Location"] = str(request.url_for("get_case", number=made.id))
        return shown(request, response, work, made.id)


@router.get("/cases/{number}", name="get_case", operation_id="get_case", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.WholeCase:
    """A case with its history, decisions and documents."""
    with asked.reading() as work:
        return shown(request, response, work, number)


@router.patch("/cases/{number}", operation_id="edit_case", responses=EDITS)
def edit(
    request: Request, response: Response, asked: Raises, number: Id, body: models.CaseWords, if_match: IfMatch = None
) -> models.WholeCase:
    """Change the words of an open case, or who sees it, for the party that raised it."""
    with asked.writing() as work:
        case(work, number, if_match)
        given = body.model_dump(exclude_unset=True)
        if words := {k: v for k, v in given.items() if k != "confidential_to"}:
            cases.edit(work, number, **words)
        if "confidential_to" in given:
            cases.keep_to(work, number, given["confidential_to"])
        return shown(request, response, work, number)


@router.put("/cases/{number}/parties", operation_id="assign_case", responses=EDITS)
def assign(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Assigned, if_match: IfMatch = None
) -> models.WholeCase:
    """Say which parties a case is between."""
    with asked.writing() as work:
        cases.assign(work, number, body.parties, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.post("/cases/{number}/comments", operation_id="comment_on_case", status_code=201, responses=responses(404, 409))
def comment(asked: Raises, number: Id, body: models.Said) -> models.Happened:
    """Say something about a case."""
    with asked.writing() as work:
        return models.Happened.model_validate(cases.comment(work, number, body.text, party=body.party))


@router.post("/cases/{number}/answers", operation_id="answer_case", responses=EDITS)
def answer(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Answer, if_match: IfMatch = None
) -> models.WholeCase:
    """Answer a case for another party than the one that raised it."""
    with asked.writing() as work:
        cases.answer(work, number, body.text, party=body.party, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.post("/cases/{number}/withdrawal", operation_id="withdraw_case", responses=EDITS)
def withdraw(
    request: Request, response: Response, asked: Raises, number: Id, if_match: IfMatch = None
) -> models.WholeCase:
    """Take a case back; the header `Why` says why."""
    with asked.writing() as work:
        cases.withdraw(work, number, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.post("/cases/{number}/closing", operation_id="close_case", responses=EDITS)
def close(
    request: Request, response: Response, asked: Handles, number: Id, if_match: IfMatch = None
) -> models.WholeCase:
    """Put a decided case away."""
    with asked.writing() as work:
        cases.close(work, number, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.post("/cases/{number}/reopening", operation_id="reopen_case", responses=EDITS)
def reopen(
    request: Request, response: Response, asked: Handles, number: Id, body: models.ForParty, if_match: IfMatch = None
) -> models.WholeCase:
    """Take up a settled case again; the header `Why` says why."""
    with asked.writing() as work:
        cases.reopen(work, number, party=body.party, expected=case(work, number, if_match))
        return shown(request, response, work, number)


@router.put("/cases/{number}/ties/{other}", operation_id="tie_cases", responses=responses(404, 409))
def tie(request: Request, response: Response, asked: Raises, number: Id, other: Other) -> models.WholeCase:
    """Note that two cases belong together."""
    with asked.writing() as work:
        cases.tie(work, number, other)
        return shown(request, response, work, number)


@router.put("/cases/{number}/documents/{other}", operation_id="refer_case_to_document", responses=responses(404, 409))
def refer(request: Request, response: Response, asked: Raises, number: Id, other: Other) -> models.WholeCase:
    """Note that a case refers to a document of the register."""
    with asked.writing() as work:
        cases.refer(work, number, other)
        return shown(request, response, work, number)


# -- kinds, levels, figures -------------------------------------------------------------------------------------------


@router.get("/levels", operation_id="list_levels", responses=responses())
def levels(asked: Reading) -> list[models.Level]:
    """The levels that settle cases, the first to be asked first."""
    with asked.reading() as work:
        return [models.Level.model_validate(each) for each in kinds.levels(work)]


@router.get("/case-kinds", operation_id="list_case_kinds", responses=responses(304))
def case_kinds(request: Request, response: Response, asked: Reading) -> list[models.CaseKind]:
    """Kinds of cases, those that are no longer used as well."""
    with asked.reading() as work:
        return _kinds(request, response, work)


def _kinds(request: Request, response: Response, work: Work) -> list[models.CaseKind]:
    rows = kinds.rows(work)
    return editions.show(request, response, [models.CaseKind(**r) for r in rows], editions.tag_of(rows))


@router.put("/case-kinds", operation_id="replace_case_kinds", responses=responses(409, 412, 428))
def set_kinds(
    request: Request, response: Response, asked: Annotated[Writer, writes("rules")], body: Kinds,
    if_match: IfMatch = None,
) -> list[models.CaseKind]:  # fmt: skip
    """Put other kinds in place of those that are there; running deadlines stay."""
    with asked.writing() as work:
        editions.demand(if_match, editions.tag_of(kinds.rows(work)), "kinds of cases")
        kinds.set_kinds(work, [k.model_dump() for k in body])
        return _kinds(request, response, work)


@router.get("/case-figures", operation_id="list_case_figures", responses=responses())
def figures(asked: Reading) -> list[models.Figures]:
    """Cases in figures: all, then each kind, then each party."""
    with asked.reading() as work:
        return [models.Figures.model_validate(f) for f in statistics.figures(work)]
