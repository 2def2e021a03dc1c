"""Jobs as people see them: started, cancelled, listed with their age, their log and what they made.

A job waits in the queue until a :class:`sungari.operate.jobs.runner.Runner` gives it a process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from sungari.chain.plan import Plan
from sungari.decide.study import Part, Study, open_study
from sungari.errors import Forbidden, Unknown, UsageError, hinted
from sungari.operate.access.actor import LOCAL, Actor
from sungari.operate.evaluations import Ages
from sungari.operate.jobs import kinds, results
from sungari.operate.jobs.record import CANCELLED, DONE, FAILED, OPEN, QUEUED, STATES, Job, JobLine
from sungari.operate.records import Project
from sungari.operate.register import Register, Work
from sungari.words import Words


@dataclass(frozen=True)
class Aged:
    """A job, and whether what it made is no longer of the register as it is."""

    job: Job
    stale: bool


class Page(NamedTuple):
    """Some of the jobs that were asked for, and how many there are in all."""

    rows: Sequence[Aged]
    total: int


def start(
    register: Register, kind: str, options: Mapping[str, Any] | None = None, actor: Actor = LOCAL, *, who: str = "",
    why: str = "",
) -> Job:  # fmt: skip
    """Put a job in the queue.

    Parameters
    ----------
    register : Register
    kind : str
        One of :data:`sungari.operate.jobs.kinds.KINDS`.
    options : mapping or None
        What is asked of it; see there. Money is the package's, not divided by ``money_scale``.
    actor : Actor
        Who asks: the job runs on the region as this actor sees it, and is seen by those who see as much.
    who, why : str
        In whose name, for whoever has the database in hand; for what reason.

    Raises
    ------
    Unknown
        If there is no such kind.
    InputError
        With everything that is wrong about the options.
    Forbidden
        If the actor may not run jobs.

    Examples
    --------
    >>> start(register, "portfolio", {"budgets": ["20e9"], "nobody_worse": True}, actor)  # doctest: +SKIP
    """
    actor.demand("job.run")
    with register.writing(who, why or Words("{kind} of the register", kind=kind), actor=actor) as work:
        asked = kinds.checked(work, kind, options or {})
        codes = work.session.scalars(select(Project.code).where(Project.stage != "cancelled").order_by(Project.code))
        job = Job(
            kind=kind, options=asked, state=QUEUED, asked=work.now, who=work.who, why=work.why, account=actor.account,
            grants=sorted([role, party] for role, party in actor.grants), began=None, ended=None, attempts=0,
            stop=False, host=None, process=None, heartbeat=None, progress=None, doing="", left=None, made_from={},
            projects=list(codes), folder=None, reason="",
        )  # fmt: skip
        work.session.add(job)
        work.session.flush()
    return job


def again(register: Register, number: int, actor: Actor = LOCAL, *, who: str = "", why: str = "") -> Job:
    """Run a job once more, with the same options, on the register as it is now."""
    with register.reading(actor) as work:
        job = get(work, number)
    return start(register, job.kind, job.options, actor, who=who, why=why or Words("job {number} again", number=number))


def cancel(register: Register, number: int, actor: Actor = LOCAL, *, who: str = "") -> Job:
    """Cancel a job: one that waits never runs, one that runs is stopped, one that is over stays what it is.

    Raises
    ------
    Forbidden
        If it is somebody else's, and the actor is no administrator.
    """
    actor.demand("job.run")
    with register.writing(who, Words("cancelled job {number}", number=number), actor=actor) as work:
        job = work.get(Job, number)
        if not (actor.everything or actor.account == job.account or actor.may("settings")):
            raise Forbidden("job {number} is {who}'s: only who started it, or an administrator, cancels it",
                            number=number, who=job.who)
        if job.state in OPEN and not job.stop:
            job.stop = True
            if job.state == QUEUED:
                job.state, job.ended = CANCELLED, work.now
            log(work.session, [(job.id, work.now, Words("cancelled by {who}", who=work.who))])
    if job.state == CANCELLED:
        results.clear(register, job.id)
    return job


def get(work: Work, number: int) -> Job:
    """A job by its number."""
    found = work.session.get(Job, number, populate_existing=True)
    if found is None:
        raise Unknown("no job {number}", number=number)
    return found


def listed(
    work: Work, *, kind: str | None = None, state: str | None = None, account: str | None = None,
    limit: int | None = None, offset: int = 0,
) -> Page:  # fmt: skip
    """Jobs, newest first, each with whether what it made is stale.

    Parameters
    ----------
    work : Work
    kind, state, account : str or None
        Only those of this kind, in this state, asked for by this account.
    limit, offset : int
        How many at most, after how many.
    """
    asked = select(Job)
    for column, wanted, known in ((Job.kind, kind, kinds.KINDS), (Job.state, state, STATES)):
        if wanted is not None and wanted not in known:
            raise UsageError(hinted(Words("no jobs {wanted!r}", wanted=wanted), wanted, known, listed=True))
        if wanted is not None:
            asked = asked.where(column == wanted)
    if account is not None:
        asked = asked.where(Job.account == account)
    total = work.session.scalar(asked.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    rows = work.session.scalars(asked.order_by(Job.id.desc()).limit(limit).offset(offset)).all()
    return Page(aged(work, rows), total)


def newest(work: Work, kind: str) -> Aged | None:
    """The newest job of a kind that is done, and seen; None where there is none."""
    found = listed(work, kind=kind, state=DONE, limit=1).rows
    return found[0] if found else None


def aged(work: Work, jobs: Iterable[Job]) -> list[Aged]:
    """Jobs with whether what they made is stale."""
    ages = Ages(work)
    return [Aged(job, job.state == DONE and job.made_from[job.kind] != ages.now(job.kind, job.options, job))
            for job in jobs]


def log_of(work: Work, number: int, *, after: int = 0) -> Sequence[JobLine]:
    """Lines of a job's log, oldest first; only those behind the one with this ``id``."""
    get(work, number)
    asked = select(JobLine).where(JobLine.job == number, JobLine.id > after).order_by(JobLine.id)
    return work.session.scalars(asked).all()


def open_result(register: Register, job: Job) -> Plan | Part | Study:
    """What a job has made: a plan, another part, or a whole study.

    Parameters
    ----------
    register : Register
    job : Job
        As :func:`get` gave it to somebody who sees it.

    Raises
    ------
    UsageError
        If it has made nothing (yet), or its folder is gone.
    """
    study = open_all(register, job)
    if job.kind == "study":
        return study
    return study.parts["plan" if job.kind == "without" else job.kind]


def open_all(register: Register, job: Job) -> Study:
    """All parts that lie in a job's folder: with a sharing or a fund also the plan that it stands on."""
    if job.state != DONE or job.folder is None:
        if job.reason:
            raise UsageError("job {number} failed: it has no result ({reason})", number=job.id, reason=job.reason)
        raise UsageError({
            QUEUED: Words("job {number} still waits: it has no result", number=job.id),
            CANCELLED: Words("job {number} was cancelled: it has no result", number=job.id),
            FAILED: Words("job {number} failed: it has no result", number=job.id),
        }.get(job.state, Words("job {number} is not done: it has no result", number=job.id)))
    return open_study(register.studies / job.folder)


def as_json(job: Job, *, stale: bool = False) -> dict[str, Any]:
    """A job as plain data."""
    return {
        "id": job.id, "kind": job.kind, "options": job.options, "state": job.state, "stale": stale,
        "progress": job.progress, "doing": job.doing, "left": job.left, "asked": job.asked, "began": job.began,
        "ended": job.ended, "who": job.who, "why": job.why, "attempts": job.attempts, "reason": job.reason,
        "made_from": job.made_from,
    }  # fmt: skip


# -- what processes note ----------------------------------------------------------------------------------------------


def log(session: Session, lines: Iterable[tuple[int, Any, str]]) -> None:
    """Put lines (job, moment, text) to jobs' logs."""
    session.execute(insert(JobLine), [{"job": job, "at": at, "text": text} for job, at, text in lines])


def turn(session: Session, job: int, before: Sequence[str], holder: int | None, **cells: Any) -> bool:
    """Change a job that is still in one of these states and (if given) in this process's hands; whether it was."""
    asked = update(Job).where(Job.id == job, Job.state.in_(before))
    if holder is not None:
        asked = asked.where(Job.process == holder)
    found: Any = session.execute(asked.values(**cells).execution_options(synchronize_session=False))
    return bool(found.rowcount)
