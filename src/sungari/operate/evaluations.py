"""Results of the model on the register's region: kept with the hash of what they were made from, and their age.

Jobs make them (:mod:`sungari.operate.jobs`), on one state of the register and outside of any transaction. A result
whose hash is no longer that of the register's figures is stale, and is shown as such.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sungari.decide.store import BESIDE
from sungari.errors import UsageError, hinted
from sungari.operate import packages
from sungari.operate.access.actor import ALL, LOCAL, Actor
from sungari.operate.content import PROJECT_TABLES, WORDS
from sungari.operate.findings import Evaluation
from sungari.operate.jobs import kinds
from sungari.operate.jobs.record import Job
from sungari.operate.records import PackageTable, Party, Project
from sungari.operate.register import Register, Work
from sungari.words import Words


@dataclass(frozen=True)
class Kept:
    """A result and whether it is still of the register as it is."""

    evaluation: Evaluation
    stale: bool


# -- what a result is made from ---------------------------------------------------------------------------------------


def hash_of(work: Work, *, whole: bool = False, parties: Collection[str] | None = None) -> str:
    """SHA-256 of what results are made from: figures and what ties them together, not names, notes and stages.

    Parameters
    ----------
    work : Work
    whole : bool
        Of all tables, not only of those that plans depend on.
    parties : collection of str or None
        Leave out projects that other parties keep to themselves; None = take all that the work sees.
    """
    held = packages.package(work)
    asked = select(Project.code, Project.figures, Project.beside).where(Project.stage != "cancelled")
    if parties is not None and ALL not in parties:
        asked = asked.where(Project.confidential_to.is_(None) | Project.confidential_to.in_(parties))
    projects = sorted((code, figures, beside if whole else "") for code, figures, beside in work.session.execute(asked))
    tables = work.session.execute(select(PackageTable.name, PackageTable.figures).order_by(PackageTable.name))
    rest = [(name, figures) for name, figures in tables
            if name != packages.PARTIES and name not in PROJECT_TABLES and (whole or name not in BESIDE)]
    members = [[p.code, {k: v for k, v in p.content.items() if k not in WORDS}]
               for p in work.session.scalars(select(Party).order_by(Party.code))]
    return hashlib.sha256(json.dumps([held.settings, rest, members, projects], sort_keys=True).encode()).hexdigest()


class Ages:
    """What results would be made from now, worked out once for each way that is asked for."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[tuple[bool, frozenset[str] | None], str] = {}

    def now(self, kind: str, options: dict[str, Any], job: Job | None) -> str:
        """Hash of what this kind of result would be made from now, for whoever asked for the job."""
        parties = None if job is None or job.actor.everything else job.actor.parties
        key = kinds.rests_on_all(kind, options), parties
        if key not in self._known:
            self._known[key] = hash_of(self._work, whole=key[0], parties=parties)
        return self._known[key]


def hashes(work: Work) -> dict[str, str]:
    """Hash of what each kind of result would be made from now, without options."""
    ages = Ages(work)
    return {kind: ages.now(kind, {}, None) for kind in kinds.KINDS}


# -- making and finding -----------------------------------------------------------------------------------------------


def run(
    register: Register, kind: str, *, who: str = "", why: str = "", actor: Actor = LOCAL, **options: Any
) -> Evaluation:
    """Run the model on the register's region as it is now, in this process, and keep what it says.

    Parameters
    ----------
    register : Register
    kind : str
        A kind of job but ``study``; see :data:`sungari.operate.jobs.kinds.KINDS`.
    who, why : str
        In whose name, and for what reason.
    actor : Actor
        Whose rights count; the result rests on what this actor sees.
    **options
        As of a job.

    Raises
    ------
    InputError
        If the region or an option has errors.
    NoSolution
        If there is no plan.
    Forbidden
        If the actor may not run jobs.
    """
    from sungari.operate.jobs import queue, worker

    if kind not in kinds.KINDS or kind == "study":
        known = [k for k in kinds.KINDS if k != "study"]
        raise UsageError(hinted(Words("no evaluation {kind!r}", kind=kind), kind, known, listed=True))
    job = queue.start(register, kind, options, actor, who=who, why=why)
    worker.carry_out(register, job.id)
    with register.reading(actor) as work:
        asked = select(Evaluation).where(Evaluation.job == job.id).order_by(Evaluation.id.desc()).limit(1)
        return work.session.scalars(asked).one()


def plain(value: Any) -> Any:
    """Plain data as a database keeps it; what is not a number becomes null."""
    def clean(v: Any) -> Any:
        if isinstance(v, dict):
            return {str(k): clean(x) for k, x in v.items()}
        if isinstance(v, list | tuple):
            return [clean(x) for x in v]
        if hasattr(v, "item"):
            return clean(v.item())
        return None if isinstance(v, float) and not math.isfinite(v) else v

    return json.loads(json.dumps(clean(value), default=str))


def listed(work: Work, kind: str | None = None) -> list[Kept]:
    """Results, newest first, each with whether it is stale."""
    asked = select(Evaluation).order_by(Evaluation.id.desc())
    return _aged(work, work.session.scalars(asked.where(Evaluation.kind == kind) if kind else asked).all())


def _aged(work: Work, found: Iterable[Evaluation]) -> list[Kept]:
    ages, made = Ages(work), []
    for each in found:
        job = work.session.get(Job, each.job) if each.job is not None else None
        made.append(Kept(each, each.made_from != ages.now(each.kind, each.options, job)))
    return made


def appraisal_of(work: Work, code: str) -> dict[str, Any] | None:
    """What the newest appraisal that holds a project says of it; None where there is none."""
    newest = _newest(work, code)
    return newest[1] if newest else None


def appraised(work: Work, code: str) -> tuple[bool, str]:
    """Whether a project has an appraisal of the register as it is, and in words."""
    newest = _newest(work, code)
    if newest is None:
        return False, Words("not appraised")
    stale = _aged(work, [newest[0]])[0].stale
    day = f"{newest[0].at:%Y-%m-%d}"
    if stale:
        return False, Words("appraised on {day}, before what is in the register now", day=day)
    return True, Words("appraised on {day}", day=day)


def _newest(work: Work, code: str) -> tuple[Evaluation, dict[str, Any]] | None:
    asked = select(Evaluation).where(Evaluation.kind == "appraisal").order_by(Evaluation.id.desc())
    for each in work.session.scalars(asked.execution_options(yield_per=5)):
        for project in each.result.get("projects", []):
            if project["project"] == code:
                return each, project
    return None
