"""A study that was made elsewhere, taken in as if a job had made it: so that a new workspace has something to show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sungari.decide.study import PARTS, open_study
from sungari.errors import UsageError
from sungari.operate import packages
from sungari.operate.evaluations import Ages, plain
from sungari.operate.findings import Evaluation
from sungari.operate.jobs import results
from sungari.operate.jobs.queue import log
from sungari.operate.jobs.record import DONE, Job
from sungari.operate.register import Register
from sungari.words import Words

STUDY = "study.json"


def fits(register: Register, folder: Path) -> bool:
    """Whether a folder holds a study of the register's region as it is, to the last cell."""
    notes = folder / STUDY
    if not notes.is_file():
        return False
    with register.reading() as work:
        return bool(json.loads(notes.read_text(encoding="utf-8")).get("sha256") == packages.region(work).sha256)


def adopt(register: Register, folder: Path, *, who: str = "") -> Job:
    """Take a study in: its parts are copied to the register's studies, and count as results of the register.

    Parameters
    ----------
    register : Register
    folder : Path
        As ``sungari study`` writes it.
    who : str
        In whose name.

    Raises
    ------
    UsageError
        If it is of another region, or of other figures than the register has.
    """
    if not fits(register, folder):
        raise UsageError("{folder} holds no study of the register's region as it is now", folder=folder)
    noted = json.loads((folder / STUDY).read_text(encoding="utf-8")).get("parts", {})
    parts = open_study(folder).parts
    why = Words("a study that was made before")
    copied: Path | None = None
    try:
        with register.writing(who, why) as work:
            region = packages.region(work)
            codes = region.tables["projects"]["project"].astype(str).tolist() if "projects" in region.tables else []
            job = Job(
                kind="study", options={}, state=DONE, asked=work.now, who=work.who, why=why, account="", grants=[],
                began=work.now, ended=work.now, attempts=1, stop=False, host=None, process=None, heartbeat=None,
                progress=1.0, doing="", left=0.0, made_from={}, projects=sorted(codes), folder=None, reason="",
            )  # fmt: skip
            work.session.add(job)
            work.session.flush()
            ages = Ages(work)
            job.made_from = {name: ages.now(name, {}, job) for name in ("study", *PARTS)}
            making = results.take_up(register, job.id)
            copied = making
            for name in parts:
                shutil.copytree(folder / name, making / name, ignore=shutil.ignore_patterns("*.sqlite"))
                results.note(making, name, seconds=float(noted.get(name, {}).get("seconds", 0.0)), remark="",
                             left_out="")  # fmt: skip
            copied = results.hand_over(register, job.id)
            job.folder = copied.name
            for name, part in parts.items():
                work.session.add(Evaluation(
                    kind=name, made_from=job.made_from[name], projects=job.projects, result=plain(part.info),
                    job=job.id, options={}, seconds=float(noted.get(name, {}).get("seconds", 0.0)), who=work.who,
                    at=work.now, why=why,
                ))  # fmt: skip
            work.touched |= set(job.projects) if "appraisal" in parts else set()
            log(work.session, [(job.id, work.now, Words("taken in from {folder}", folder=folder.name))])
    except BaseException:
        if copied is not None:
            shutil.rmtree(copied, ignore_errors=True)
        raise
    return job
