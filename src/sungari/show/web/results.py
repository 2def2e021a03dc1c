"""Which results a reader is shown: the newest of each kind, of the register as it is if there is one, else an older one
that is marked as stale. Jobs that the reader may not see are not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from sungari.decide.study import PARTS
from sungari.operate import packages
from sungari.operate.access.actor import Actor
from sungari.operate.evaluations import Ages
from sungari.operate.jobs.record import DONE, OPEN, Job
from sungari.operate.records import Audit, Package
from sungari.operate.register import Work
from sungari.region.package import Region
from sungari.show.web.shelf import Found
from sungari.show.web.space import Space

#: Jobs that are looked through for a result.
_MOST = 200
#: Options of a plan that leave it the best one.
_STILL_BEST = {"gap", "time_limit"}


def region(space: Space, actor: Actor, work: Work) -> Region | None:
    """The register's region as the reader may see it; None where it holds none. Kept until something changes."""
    held = work.session.get(Package, 1)
    if held is None or not held.name:
        return None
    mark = (work.session.scalar(select(func.max(Audit.id))), tuple(sorted(actor.parties)), actor.everything)
    return space.shelf.kept(("region", mark), lambda: packages.region(work))


def newest(space: Space, work: Work, wanted: Iterable[str] = PARTS) -> dict[str, Found]:
    """The result to show for each part of a study that there is one of."""
    parts = list(wanted)
    ages, made = Ages(work), dict[str, Found]()
    asked = select(Job).where(Job.state == DONE, Job.kind.in_([*parts, "study"])).order_by(Job.id.desc()).limit(_MOST)
    for job in work.session.scalars(asked):
        for part in parts:
            known = made.get(part)
            if (known is not None and not known.stale) or not _is(job, part):
                continue
            found = _found(space, job, part, PARTS[part], ages)
            if found is not None and (known is None or not found.stale):
                made[part] = found
    return made


def without(space: Space, work: Work, project: str, mark: str) -> Found | None:
    """The best plan in which a project can't be built, of the same figures as a plan with this mark."""
    asked = select(Job).where(Job.state == DONE, Job.kind == "without").order_by(Job.id.desc()).limit(_MOST)
    ages = Ages(work)
    jobs = (j for j in work.session.scalars(asked) if j.options.get("project") == project)
    found = (_found(space, j, "plan", "plan", ages) for j in jobs)
    return next((f for f in found if f is not None and f.mark == mark), None)


def running(work: Work, kinds: Iterable[str], **options: Any) -> list[Job]:
    """Jobs of some kinds that wait or run, the oldest first; none that was asked for with other options than these."""
    asked = select(Job).where(Job.state.in_(OPEN), Job.kind.in_([*kinds, "study"])).order_by(Job.id)
    return [j for j in work.session.scalars(asked) if all(j.options.get(k, v) == v for k, v in options.items())]


def _is(job: Job, part: str) -> bool:
    """Whether a job's result is this part of a study: a plan with projects to order is not the best plan."""
    return job.kind == "study" or (job.kind == part and (part != "plan" or set(job.options) <= _STILL_BEST))


def _found(space: Space, job: Job, part: str, kind: str, ages: Ages) -> Found | None:
    folder = space.register.studies / str(job.folder) / part
    file = folder / f"{kind}.json"
    if not file.is_file():
        return None
    of = "without" if job.kind == "without" else part
    now = ages.now(of, job.options if job.kind == of else {}, job)
    return Found(folder, kind, file.stat().st_mtime_ns, job.ended or job.asked, job.who, job.id,
                 job.made_from.get(of) != now, str(job.made_from.get(of, "")))  # fmt: skip
