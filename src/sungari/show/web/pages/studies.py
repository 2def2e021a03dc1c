"""Studies: runs of the model, what each was made from, their log and reports; two of them held against each other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sungari.decide.study import PARTS
from sungari.errors import UsageError
from sungari.operate.jobs import kinds, queue
from sungari.operate.jobs.record import DONE, OPEN, Job
from sungari.show.i18n import LANGUAGES, N_
from sungari.show.report import write_report
from sungari.show.web import comparing
from sungari.show.web.pages.page import Page
from sungari.show.web.view import Seen, View

router = APIRouter(prefix="/studies", include_in_schema=False)
PAGE = Page("/studies", N_("Studies"), router)
#: Jobs on one page.
ROWS = 25

#: What each kind of job is called.
KINDS = {
    "plan": N_("Best plan"), "today": N_("Plan without new projects"), "without": N_("Plan without one project"),
    "appraisal": N_("Appraisal"), "portfolio": N_("Portfolio"), "sharing": N_("Sharing"), "fund": N_("Fund"),
    "study": N_("Study of all"),
}  # fmt: skip
#: States of a job, and the badge of each.
STATES = {
    "queued": (N_("waits"), ""), "running": (N_("runs"), "busy"), "done": (N_("done"), "good"),
    "failed": (N_("failed"), "red"), "cancelled": (N_("cancelled"), ""),
}  # fmt: skip


@router.get("")
def listed(view: Seen, page: int = 1, kind: str = "") -> HTMLResponse:
    """The page."""
    page = max(1, page)
    with view.reading() as work:
        found = queue.listed(work, kind=kind or None, limit=ROWS, offset=(page - 1) * ROWS)
        done = queue.listed(work, state=DONE, limit=100).rows
    comparable: dict[str, list[Job]] = {}
    for each in done:
        if each.job.kind in comparing.KINDS:
            comparable.setdefault(view.tr(KINDS[each.job.kind]), []).append(each.job)
    return view.page(
        "studies.html", view.tr("Studies"), rows=found.rows, total=found.total, number=page, kind=kind,
        last=max(1, -(-found.total // ROWS)), kinds=_words(view), states=_states(view), open_states=OPEN,
        comparable={k: v for k, v in comparable.items() if len(v) > 1}, may=view.actor.may("job.run"),
    )  # fmt: skip


@router.post("/run/{kind}")
async def run(view: Seen, request: Request, kind: str) -> Response:
    """Start a job, and go where it is shown."""
    sent = await request.form()
    options = {k: str(v) for k, v in sent.items() if k in getattr(kinds.KINDS.get(kind), "options", {})}
    return started(view, kind, options, str(sent.get("back", "/studies")))


def started(view: View, kind: str, options: dict[str, Any], back: str) -> Response:
    """Put a job in the queue in the reader's name."""
    queue.start(view.space.register, kind, options, view.actor, who=view.actor.name)
    return RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/studies", 303)


@router.get("/compare")
def compared(view: Seen, a: int, b: int) -> HTMLResponse:
    """What differs between two results."""
    with view.reading() as work:
        one, two = queue.get(work, a), queue.get(work, b)
    if one.kind != two.kind:
        raise UsageError(view.tr("Only two results of one kind can be compared."))
    register = view.space.register
    found = comparing.compared(
        queue.open_result(register, one), queue.open_result(register, two), view.tr,
        (_title(view, one), _title(view, two)),
    )  # fmt: skip
    return view.page("studies_compare.html", view.tr("Two results compared"), found=found, one=one, two=two,
                     names=(_title(view, one), _title(view, two)))  # fmt: skip


@router.get("/{number}")
def show(view: Seen, number: int) -> HTMLResponse:
    """One job."""
    with view.reading() as work:
        job = queue.get(work, number)
        aged = queue.aged(work, [job])[0]
        lines = queue.log_of(work, number)
    parts = _parts(view, job)
    return view.page(
        "study.html", _title(view, job), job=job, stale=aged.stale, lines=lines, kinds=_words(view),
        states=_states(view), running=job.state in OPEN, parts=parts, languages_of_reports=LANGUAGES,
        may_cancel=_may_cancel(view, job), may=view.actor.may("job.run"), options=_options(view, job),
        marks=_marks(view, job),
    )  # fmt: skip


@router.get("/{number}/progress")
def progress(view: Seen, number: int, back: str = "") -> Response:
    """How far a job is; once it is over, the page is loaded anew."""
    with view.reading() as work:
        job = queue.get(work, number)
        lines = queue.log_of(work, number)[-6:]
    if job.state not in OPEN:
        inside = back.startswith("/") and not back.startswith(("//", "/\\"))
        return Response(status_code=200, headers={"HX-Redirect": back if inside and job.state == DONE
                                                  else f"/studies/{number}"})  # fmt: skip
    return view.part("job.html", job=job, lines=lines, kinds=_words(view), states=_states(view), back=back,
                     may_cancel=_may_cancel(view, job))  # fmt: skip


@router.post("/{number}/cancel")
def cancel(view: Seen, number: int) -> Response:
    """Cancel a job."""
    queue.cancel(view.space.register, number, view.actor, who=view.actor.name)
    return RedirectResponse(f"/studies/{number}", 303)


@router.post("/{number}/again")
def again(view: Seen, number: int) -> Response:
    """The same once more, on the register as it is now."""
    job = queue.again(view.space.register, number, view.actor, who=view.actor.name)
    return RedirectResponse(f"/studies/{job.id}", 303)


@router.get("/{number}/report/{lang}")
def report(view: Seen, number: int, lang: str) -> Response:
    """The report of a job's result, one file that needs no network."""
    view.actor.demand("export")
    with view.reading() as work:
        job = queue.get(work, number)
    study = queue.open_all(view.space.register, job)
    with tempfile.TemporaryDirectory(prefix="sungari-report-") as folder:
        text = write_report(study, Path(folder) / "report.html", lang).read_bytes()
    name = f"{study.region.name}-{job.kind}-{number}-{lang}.html"
    return Response(text, media_type="application/octet-stream",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


def _words(view: View) -> dict[str, str]:
    return {kind: view.tr(text) for kind, text in KINDS.items()}


def _states(view: View) -> dict[str, tuple[str, str]]:
    return {state: (view.tr(text), badge) for state, (text, badge) in STATES.items()}


def _title(view: View, job: Job) -> str:
    return f"{view.tr(KINDS[job.kind])} {job.id}"


def _may_cancel(view: View, job: Job) -> bool:
    actor = view.actor
    return actor.may("job.run") and (actor.everything or actor.account == job.account or actor.may("settings"))


def _parts(view: View, job: Job) -> list[str]:
    """Parts of a finished result, as chapters call them."""
    if job.state != DONE or job.folder is None:
        return []
    folder = view.space.register.studies / job.folder
    return [name for name in PARTS if (folder / name).is_dir()]


def _marks(view: View, job: Job) -> list[tuple[str, list[str]]]:
    """Fingerprints of the figures that a job was made from, each with the results that rest on it."""
    made: dict[str, list[str]] = {}
    for kind, mark in job.made_from.items():
        made.setdefault(str(mark), []).append(view.tr(KINDS[kind]))
    return list(made.items())


def _options(view: View, job: Job) -> list[tuple[str, str]]:
    """What was asked of a job, as text."""
    def text(value: Any) -> str:
        if isinstance(value, dict):
            return ", ".join(f"{k}: {v}" for k, v in value.items())
        if isinstance(value, list):
            return ", ".join(str(v) for v in value)
        return view.tr("yes") if value is True else view.tr("no") if value is False else str(value)

    return [(name, text(value)) for name, value in job.options.items()]
