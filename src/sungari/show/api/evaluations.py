"""Results of the model on the register's region, and how old they are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select

from sungari.operate import evaluations
from sungari.operate.findings import Evaluation
from sungari.operate.jobs.record import Job
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reading
from sungari.show.api.lists import Wanted
from sungari.show.api.models import records as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses

router = APIRouter(tags=["evaluations"])
Kind = Literal["plan", "today", "without", "appraisal", "portfolio", "sharing", "fund"]
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The result's number")]


@router.get("/evaluations", operation_id="list_evaluations", responses=responses())
def listed(
    asked: Reading, part: Wanted, kind: Annotated[Kind | None, Query(description="Only those of a kind")] = None,
    job: Annotated[int | None, Query(ge=1, le=LARGEST, description="Only what this job has made")] = None,
) -> Page[models.Evaluation]:  # fmt: skip
    """Results, newest first, each with whether what it was made from has changed since."""
    with asked.reading() as work:
        found, ages = select(Evaluation).order_by(Evaluation.id.desc()), evaluations.Ages(work)
        for column, wanted in ((Evaluation.kind, kind), (Evaluation.job, job)):
            if wanted is not None:
                found = found.where(column == wanted)
        return part.of(work, found, lambda each: _with(models.Evaluation, each, _stale(work, each, ages)))


@router.get("/evaluations/{number}", operation_id="get_evaluation", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.EvaluationIn:
    """A result with all that it says."""
    with asked.reading() as work:
        found = work.get(Evaluation, number)
        stale = _stale(work, found, evaluations.Ages(work))
        body = _with(models.EvaluationIn, found, stale)
        return editions.show(request, response, body, f'"{found.id}-{"stale" if stale else "fresh"}"')


def _stale(work: Work, found: Evaluation, ages: evaluations.Ages) -> bool:
    job = work.session.get(Job, found.job) if found.job is not None else None
    return found.made_from != ages.now(found.kind, found.options, job)


def _with(kind: type[models.Shown], found: Evaluation, stale: bool) -> models.Shown:
    names = set(kind.model_fields) - {"stale"}
    return kind(**{n: getattr(found, n) for n in names}, stale=stale)
