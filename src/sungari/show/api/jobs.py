"""Jobs: the model run on the register, with progress, cancel, log and result."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path as Folder
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from sungari.operate.jobs import kinds, queue
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reader, Reading, Writer, reads, writes
from sungari.show.api.documents import BINARY, to_keep
from sungari.show.api.lists import Wanted
from sungari.show.api.models import work as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses

router = APIRouter(tags=["jobs"])
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The job's number")]
Runs = Annotated[Writer, writes("job.run")]


@router.get("/job-kinds", operation_id="list_job_kinds", responses=responses())
def every(asked: Reading) -> list[models.JobKind]:
    """What can be run, and what may be asked of each."""
    return [models.JobKind.model_validate({"kind": name, "title": kind.title, "options": list(kind.options),
                                           "needed": list(kind.needed)}) for name, kind in kinds.KINDS.items()]


@router.get("/jobs", operation_id="list_jobs", responses=responses())
def listed(
    asked: Reading, part: Wanted, kind: models.Kind | None = None, state: models.State | None = None,
    own: Annotated[bool, Query(description="Only one's own")] = False,
) -> Page[models.Job]:  # fmt: skip
    """Jobs, newest first."""
    with asked.reading() as work:
        found = queue.listed(work, kind=kind, state=state, account=asked.actor.account if own else None,
                             limit=part.limit, offset=part.offset)  # fmt: skip
        return part.page([_job(each) for each in found.rows], found.total)


def _job(aged: queue.Aged) -> models.Job:
    return models.Job.model_validate(queue.as_json(aged.job, stale=aged.stale))


def _shown(request: Request, response: Response, work: Work, number: int) -> models.Job:
    body = _job(queue.aged(work, [queue.get(work, number)])[0])
    return editions.show(request, response, body, editions.tag_of(body))


@router.post("/jobs", operation_id="start_job", status_code=202, responses=responses(404, 409))
def start(request: Request, response: Response, asked: Runs, body: models.NewJob) -> models.Job:
    """Put a job in the queue; it runs on the register as whoever asks sees it when it begins."""
    made = queue.start(asked.register, body.kind, body.options, asked.actor, who=asked.actor.name, why=asked.why)
    return _of(request, response, asked, made.id)


def _of(request: Request, response: Response, asked: Reader, number: int) -> models.Job:
    response.headers["Location"] = str(request.url_for("get_job", number=number))
    with asked.reading() as work:
        return _shown(request, response, work, number)


@router.get("/jobs/{number}", name="get_job", operation_id="get_job", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.Job:
    """A job: its state, how far it is, what it made."""
    with asked.reading() as work:
        return _shown(request, response, work, number)


@router.post("/jobs/{number}/cancel", operation_id="cancel_job", responses=responses(404, 409))
def cancel(request: Request, response: Response, asked: Runs, number: Id) -> models.Job:
    """Cancel a job: one's own, or as administrator another's; one that is over stays what it is."""
    queue.cancel(asked.register, number, asked.actor)
    return _of(request, response, asked, number)


@router.post("/jobs/{number}/again", operation_id="repeat_job", status_code=202, responses=responses(404, 409))
def again(request: Request, response: Response, asked: Runs, number: Id) -> models.Job:
    """Run a job once more, on the register as it is now."""
    made = queue.again(asked.register, number, asked.actor, who=asked.actor.name, why=asked.why)
    return _of(request, response, asked, made.id)


@router.get("/jobs/{number}/log", operation_id="list_job_log", responses=responses(404))
def log(
    asked: Reading, part: Wanted, number: Id,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="Only lines behind the one with this id")] = 0,
) -> Page[models.Line]:  # fmt: skip
    """A job's log, oldest line first."""
    with asked.reading() as work:
        return part.cut(queue.log_of(work, number, after=after), models.Line.model_validate)


@router.get("/jobs/{number}/files", operation_id="get_job_files", response_class=FileResponse, responses={
    200: {"description": "The folder", "content": {"application/zip": BINARY}}, **responses(404),
})  # fmt: skip
def files(asked: Annotated[Reader, reads("export")], number: Id) -> FileResponse:
    """The folder of what a job has made, as `sungari report` and `sungari compare` read it, packed."""
    with asked.reading() as work:
        job = queue.get(work, number)
        queue.open_all(asked.register, job)  # or says why there is nothing
    made = Folder(tempfile.mkdtemp())
    try:
        packed = shutil.make_archive(str(made / "result"), "zip", asked.register.studies / str(job.folder))
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return FileResponse(packed, headers=to_keep(f"job-{number}.zip"), media_type="application/zip",
                        background=BackgroundTask(shutil.rmtree, made, ignore_errors=True))
