"""The process of a job: ``python -m sungari.operate.jobs.worker ID``; the database stands in the environment.

It takes one state of the register, closes the transaction, makes part after part, and hands over the result at the
end, whole. A thread beside it tells the database every few seconds that it is there and how far it is, and ends the
process where the job is no longer its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from sungari.chain.plan import Plan
from sungari.decide.study import Part, open_study
from sungari.errors import Conflict, InputError, NoSolution, SungariError
from sungari.operate import packages
from sungari.operate.access import sight
from sungari.operate.evaluations import Ages, plain
from sungari.operate.findings import Evaluation
from sungari.operate.jobs import kinds, results
from sungari.operate.jobs.queue import log, turn
from sungari.operate.jobs.record import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job
from sungari.operate.parts import Order, attempt, parted, steps
from sungari.operate.records import Project
from sungari.operate.register import Register, open_register
from sungari.region.package import Region
from sungari.words import Words, several, stored

#: Seconds between two signs of life.
BEAT = 2.0
#: Share of a part that must be done before what is left is guessed from it.
ENOUGH = 0.02
#: What the log calls the parts.
CALLED = {
    "plan": Words("plan"), "today": Words("today"), "appraisal": Words("appraisal"), "portfolio": Words("portfolio"),
    "sharing": Words("sharing"), "fund": Words("fund"),
}  # fmt: skip
#: Longest reason that is kept.
LONGEST = 4000


class Stopped(Exception):  # noqa: N818 - no error: somebody wanted it
    """The job was cancelled, or is in other hands."""


def carry_out(register: Register, number: int) -> bool:
    """Take a job from the queue and make what it asks for, in this process.

    Parameters
    ----------
    register : Register
    number : int

    Returns
    -------
    bool
        Whether it was in the queue.

    Raises
    ------
    SungariError
        What the model raised; the job is marked failed with it.
    """
    with register.noting() as session:
        mine = turn(session, number, (QUEUED,), None, state=RUNNING, host=socket.gethostname(), process=os.getpid(),
                    heartbeat=register.clock(), attempts=Job.attempts + 1)  # fmt: skip
    if not mine:
        return False
    pulse = Pulse(register, number)
    try:
        with pulse:
            _make(register, number, pulse)
    except (Stopped, KeyboardInterrupt):
        _end(register, number, CANCELLED, Words("stopped"))
        raise
    except SungariError as error:
        _end(register, number, FAILED, error.words)
        raise
    except BaseException as error:
        _end(register, number, FAILED, f"{type(error).__name__}: {error}")
        raise
    return True


class Pulse:
    """Says every few seconds how far a job is, and finds out whether it is still wanted."""

    def __init__(self, register: Register, job: int) -> None:
        self.register, self.job, self.process = register, job, os.getpid()
        self.begun = time.monotonic()
        self._doing = ""
        self._progress: float | None = None
        self._parts, self._part = 1, 0
        self._over, self._lines = threading.Event(), list[str]()
        self._thread = threading.Thread(target=self._beat, name=f"job {job}", daemon=True)
        #: Called in the thread when the job is no longer wanted.
        self.stop: Callable[[], None] = lambda: signal.raise_signal(signal.SIGINT)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._lines:
            with contextlib.suppress(SQLAlchemyError, OSError):
                self.beat()

    def begin(self, name: str, place: int, parts: int) -> None:
        """Say that a part begins."""
        self._part, self._parts = place, parts
        self.tell(name, 0.0 if parts > 1 else None)
        self.say(Words("{part} begins", part=CALLED.get(name, name)))

    def tell(self, what: str, share: float | None = None) -> None:
        """Say what is being done, and the share of the part that is done."""
        whole = None if share is None and self._parts == 1 else (self._part + (share or 0.0)) / self._parts
        self._doing, self._progress = what, whole

    def say(self, line: str) -> None:
        """Put a line to the log."""
        self._lines.append(line)

    def beat(self) -> bool:
        """Write it down; whether the job is still wanted."""
        share, spent = self._progress, time.monotonic() - self.begun
        left = spent * (1 - share) / share if share is not None and share > ENOUGH else None
        lines, self._lines = self._lines, []
        now = self.register.clock()
        with self.register.noting() as session:
            mine = turn(session, self.job, (RUNNING,), self.process, heartbeat=now, doing=self._doing, progress=share,
                        left=left)  # fmt: skip
            if lines:
                log(session, [(self.job, now, line) for line in lines])
            stop = session.scalar(select(Job.stop).where(Job.id == self.job))
        return mine and not stop

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            with contextlib.suppress(SQLAlchemyError, OSError):  # the next one may get through
                if not self.beat() and not self._over.is_set():
                    self.stop()
                    return


# -- the work ---------------------------------------------------------------------------------------------------------


def _make(register: Register, number: int, pulse: Pulse) -> None:
    folder = results.take_up(register, number)
    region, job = _state(register, number, folder, pulse)
    errors = [p for p in region.check() if p.severity == "error"]
    if errors:
        raise InputError(errors, Words("register's region"))
    order = Order(region, folder, tuple(job.options.get("budgets", ())), bool(job.options.get("quick")),
                  kinds.choices_of(job.kind, job.options))  # fmt: skip
    wanted = kinds.parts_of(job.kind, job.options)
    if job.kind == "study":
        there, out = steps(region)
        wanted = [part for part in wanted if part in there]
        for part, why in out.items():
            pulse.say(Words("{part} is left out: {why}", part=CALLED[part],
                            why=why or Words("the region has no exposures")))
    elif wanted[0] == "plan" and len(wanted) > 1:
        _borrow(register, job, folder, pulse)
    for place, part in enumerate(wanted):
        if part in results.notes(folder):
            pulse.say(Words("{part} is there", part=CALLED[part]))
            continue
        pulse.begin(part, place, len(wanted))
        began = time.monotonic()
        if job.kind == "study" and part != "plan":
            remark, why = attempt(order, part, pulse.tell)
        else:
            remark, why = order.make(part, pulse.tell), ""
        if why:
            shutil.rmtree(folder / part, ignore_errors=True)
        results.note(folder, part, seconds=time.monotonic() - began, remark=stored(remark), left_out=stored(why))
        if why:
            pulse.say(Words("{part} is left out: {why}", part=CALLED[part], why=why))
        elif remark:
            pulse.say(Words("{part} is done ({remark})", part=CALLED[part], remark=remark))
        else:
            pulse.say(Words("{part} is done", part=CALLED[part]))
    pulse.tell(Words("keeping the result"), 1.0)
    if not pulse.beat():
        raise Stopped
    _finish(register, job, folder, pulse)


def _state(register: Register, number: int, folder: Path, pulse: Pulse) -> tuple[Region, Job]:
    """The state of the register that a job is made from: as it was when it first began."""
    region = results.region_in(folder)
    with register.reading() as work:
        job = work.session.get_one(Job, number)
        if region is not None and job.made_from:
            pulse.say(Words("goes on, from the register as it was on {began} UTC", began=f"{job.began:%Y-%m-%d %H:%M}"))
            return region, job
        pulse.tell(Words("reading the register"))
        with sight.seeing(work, job.actor):
            region, ages = packages.region(work), Ages(work)
            seen = set(work.session.scalars(select(Project.code)))
            parts = {job.kind, *kinds.parts_of(job.kind, job.options)}
            made_from = {p: ages.now(p, job.options if p == job.kind else {}, job) for p in parts}
        # A project that is kept from whoever asked is not there for the others of the region either.
        region = parted(region, set(work.session.scalars(select(Project.code))) - seen)
    shutil.rmtree(folder / results.REGION, ignore_errors=True)
    results.keep_region(folder, region)
    codes = sorted(region.tables["projects"]["project"].astype(str)) if "projects" in region.tables else []
    facts: dict[str, Any] = {"made_from": made_from, "projects": codes, "began": work.now}
    with register.noting() as session:
        if not turn(session, number, (RUNNING,), os.getpid(), **facts):
            raise Stopped
    for key, value in facts.items():
        setattr(job, key, value)
    return region, job


def _borrow(register: Register, job: Job, folder: Path, pulse: Pulse) -> None:
    """Take over the best plan of the same figures, if an earlier job has made it."""
    if "plan" in results.notes(folder):
        return
    with register.reading(job.actor) as work:
        asked = select(Job).where(Job.kind == "plan", Job.state == DONE).order_by(Job.id.desc()).limit(10)
        found = [j for j in work.session.scalars(asked) if not j.options and j.folder
                 and j.made_from.get("plan") == job.made_from["plan"]]
    for other in found:
        there = register.studies / str(other.folder) / "plan"
        if there.is_dir():
            shutil.copytree(there, folder / "plan", dirs_exist_ok=True)
            results.note(folder, "plan", borrowed=other.id)
            pulse.say(Words("plan is taken over from job {number}", number=other.id))
            return


def _finish(register: Register, job: Job, folder: Path, pulse: Pulse) -> None:
    """Hand over the folder, keep the summaries, and mark the job done: the last in one transaction."""
    noted = results.notes(folder)
    parts = open_study(folder).parts
    done = results.hand_over(register, job.id)
    for patience in (2, 1, 0):
        try:
            _keep(register, job, parts, noted, done.name, time.monotonic() - pulse.begun)
        except Conflict:  # others write as well, and hours of solving must not be lost to that
            if not patience:
                raise
        else:
            return


def _keep(
    register: Register, job: Job, parts: dict[str, Plan | Part], noted: dict[str, dict[str, Any]], folder: str,
    seconds: float,
) -> None:  # fmt: skip
    own = {"without": {"plan": "without"}}.get(job.kind, {})
    with register.writing(job.who, job.why) as work:
        if not turn(work.session, job.id, (RUNNING,), os.getpid(), progress=1.0, left=0.0, doing=""):
            raise Stopped
        kept = work.get(Job, job.id)
        kept.state, kept.ended, kept.folder = DONE, work.now, folder
        for name, part in parts.items():
            note = noted.get(name, {})
            if note.get("left_out") or "borrowed" in note:
                continue
            kind = own.get(name, name)
            result = plain(part.info)
            work.session.add(Evaluation(
                kind=kind, made_from=job.made_from[kind], projects=job.projects, result=result, job=job.id,
                options=job.options if kind == job.kind else {}, seconds=float(note.get("seconds", 0.0)),
                who=work.who, at=work.now, why=work.why,
            ))  # fmt: skip
            if kind == "appraisal":
                work.touched |= {str(p["project"]) for p in result.get("projects", [])}
        log(work.session, [(job.id, work.now, Words("done in {seconds:,.1f} s", seconds=seconds))])


def _end(register: Register, number: int, state: str, reason: str) -> None:
    """Mark a job that came to nothing, unless it has passed into other hands."""
    now = register.clock()
    reason = cut(reason)
    with register.noting() as session:
        if not turn(session, number, (RUNNING,), os.getpid(), state=state, ended=now, left=None,
                    reason="" if state == CANCELLED else reason):
            return
        said = Words("failed: {reason}", reason=reason) if state == FAILED else Words("cancelled")
        log(session, [(number, now, said)])
    results.clear(register, number)


def cut(reason: str) -> str:
    """A reason short enough to be kept: without its last lines, so that the others stay words."""
    if len(reason) <= LONGEST:
        return reason
    if not isinstance(reason, Words) or "part0" not in reason.values:
        return reason[:LONGEST]
    lines, size = list[str](), 0
    for line in reason.values.values():
        size += len(line) + 1
        if size > LONGEST:
            break
        lines.append(line)
    return several([*lines, "…"], "\n")


def main(arguments: list[str] | None = None) -> int:
    """Carry out one job; exit code 0 done, 1 failed, 3 no longer wanted."""
    number = int((sys.argv[1:] if arguments is None else arguments)[0])
    register = open_register()
    try:
        return 0 if carry_out(register, number) else 3
    except (Stopped, KeyboardInterrupt):
        return 3
    except (SungariError, NoSolution):
        return 1
    finally:
        register.close()


if __name__ == "__main__":
    sys.exit(main())
