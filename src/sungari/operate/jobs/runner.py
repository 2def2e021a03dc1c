"""The scheduler of jobs: a thread of the server that gives waiting jobs a process each, and looks after them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from sungari.operate.jobs import results
from sungari.operate.jobs.queue import log, turn
from sungari.operate.jobs.record import CANCELLED, FAILED, QUEUED, RUNNING, Job
from sungari.operate.register import VARIABLE, Register
from sungari.words import Words

#: Seconds between two looks at the queue, and at the processes of others.
TICK, ROUND = 0.5, 10.0
#: Seconds without a sign of life after which a process counts as gone, and those that one gets to end by itself.
SILENT, GRACE = 60.0, 5.0
#: How often a job is begun at most.
MOST = 2
#: Characters of a crashed process's last words that are kept.
LAST_WORDS = 2000


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    words: IO[bytes]
    asked_to_end: float | None = None


def recover(register: Register) -> list[Job]:
    """Put jobs whose process is gone back in the queue, or mark those failed that were begun too often.

    Returns
    -------
    list of Job
        Those that were found so.
    """
    with register.reading() as work:
        running = work.session.scalars(select(Job).where(Job.state == RUNNING)).all()
    found = [job for job in running if _gone(register, job)]
    for job in found:
        lost(register, job, Words("its process is gone"))
    return found


def _gone(register: Register, job: Job) -> bool:
    quiet = register.clock() - (job.heartbeat or job.asked)
    if quiet > timedelta(seconds=SILENT):
        return True
    return job.host == socket.gethostname() and not _alive(job.process)


def _alive(process: int | None) -> bool:
    try:
        os.kill(process or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(process)


def lost(register: Register, job: Job, why: str, *, counts: bool = True) -> None:
    """Say what becomes of a job whose process has ended without a word.

    Parameters
    ----------
    register : Register
    job : Job
    why : str
    counts : bool
        Whether this was an attempt; not if its process was ended with the server.
    """
    now = register.clock()
    with register.noting() as session:
        kept = session.get_one(Job, job.id, populate_existing=True)
        cells: dict[str, Any] = {"process": None, "host": None, "left": None}
        if kept.stop:
            cells |= {"state": CANCELLED, "ended": now}
        elif kept.attempts < MOST or not counts:
            cells |= {"state": QUEUED, "attempts": kept.attempts - (0 if counts else 1)}
        else:
            reason = Words("{why}; it was begun {n} times", why=why, n=kept.attempts)
            cells |= {"state": FAILED, "ended": now, "reason": reason}
        if turn(session, job.id, (RUNNING,), job.process, **cells):
            then = {
                QUEUED: Words("{why}: it will go on", why=why), FAILED: Words("{why}: given up", why=why),
                CANCELLED: Words("{why}: cancelled", why=why),
            }[cells["state"]]  # fmt: skip
            log(session, [(job.id, now, then)])
    if cells["state"] != QUEUED:
        results.clear(register, job.id)


class Runner:
    """Gives waiting jobs a process each, in their order.

    Parameters
    ----------
    register : Register
    workers : int
        Processes at the same time.

    Examples
    --------
    >>> with Runner(register, workers=2):  # doctest: +SKIP
    ...     serve()
    """

    def __init__(self, register: Register, workers: int = 1) -> None:
        self.register, self.workers = register, workers
        self._children: dict[int, _Child] = {}
        self._over, self._poked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def __enter__(self) -> Runner:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Look after what a former server has left, and begin."""
        recover(self.register)
        self._thread.start()

    def stop(self) -> None:
        """End all processes; their jobs go back to the queue and go on with the next server."""
        self._over.set()
        self._poked.set()
        self._thread.join()
        for child in self._children.values():
            child.process.kill()
        for number, child in list(self._children.items()):
            child.process.wait()
            self._ended(number, child, Words("the server was stopped"), counts=False)

    def poke(self) -> None:
        """Look at the queue now."""
        self._poked.set()

    def _run(self) -> None:
        waited = 0.0
        while not self._over.is_set():
            with contextlib.suppress(SQLAlchemyError, OSError):  # the database may be away for a while
                self._reap()
                if waited >= ROUND:
                    waited = 0.0
                    recover(self.register)
                self._look()
            self._poked.wait(TICK)
            self._poked.clear()
            waited += TICK

    def _reap(self) -> None:
        for number, child in list(self._children.items()):
            code = child.process.poll()
            if code is not None:
                how = Words("its process ended with code {code}", code=code)
                if code < 0:
                    how = Words("its process ended by {signal}", signal=signal.Signals(-code).name)
                self._ended(number, child, how)

    def _ended(self, number: int, child: _Child, why: str, *, counts: bool = True) -> None:
        del self._children[number]
        child.words.seek(0, os.SEEK_END)
        child.words.seek(max(child.words.tell() - LAST_WORDS, 0))
        words = child.words.read().decode("utf-8", "replace").strip()
        child.words.close()
        with self.register.reading() as work:
            job = work.session.get_one(Job, number)
        if job.state == RUNNING and job.process == child.process.pid:
            said = Words("{why}: {words}", why=why, words=words) if words and counts else why
            lost(self.register, job, said, counts=counts)

    def _look(self) -> None:
        with self.register.reading() as work:
            unwanted = set(work.session.scalars(select(Job.id).where(Job.state == RUNNING, Job.stop)))
            waiting = list(work.session.scalars(select(Job.id).where(Job.state == QUEUED).order_by(Job.id).limit(
                self.workers)))
        for number in unwanted & self._children.keys():
            self._end(self._children[number])
        for number in waiting:
            if number not in self._children and len(self._children) < self.workers:
                self._spawn(number)

    def _end(self, child: _Child) -> None:
        """Ask a process to end, and see to it after a while."""
        now = time.monotonic()
        if child.asked_to_end is None:
            child.asked_to_end = now
            child.process.send_signal(signal.SIGINT)
        elif now - child.asked_to_end > GRACE:
            child.process.kill()

    def _spawn(self, number: int) -> None:
        # The URL may hold a password, and a process's arguments can be seen by all users of a machine.
        register = self.register
        place = {VARIABLE: register.url.render_as_string(hide_password=False),
                 "SUNGARI_DOCUMENTS": str(register.documents), "SUNGARI_STUDIES": str(register.studies)}
        words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        process = subprocess.Popen(
            [sys.executable, "-m", "sungari.operate.jobs.worker", str(number)], env={**os.environ, **place},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words, start_new_session=True,
        )  # fmt: skip
        self._children[number] = _Child(process, words)
