"""Jobs in processes of their own: begun in order, stopped, killed, and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helping import take_in

from sungari.decide.store import Store
from sungari.operate.jobs import queue, results, runner
from sungari.operate.jobs.record import Job
from sungari.operate.register import VARIABLE, Register
from sungari.region.package import Region

#: Seconds within which what is waited for must have come.
PATIENCE = 120.0
#: Thousands of plans: it would run for minutes.
LONG = {"draws": 8192, "projects": ["ferry"]}
SERVER = """
import time
from sungari.operate.jobs.runner import Runner
from sungari.operate.register import open_register
with Runner(open_register()):
    time.sleep(600)
"""


@pytest.fixture
def joint(url: str, tmp_path: Path) -> Iterator[Register]:
    """A register with a clock that goes, as a server has it."""
    made = Register(url, documents=tmp_path / "documents")
    yield made
    made.close()


def waited(register: Register, number: int, wanted: Callable[[Job], object]) -> Job:
    """A job once it is as wanted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with register.reading() as work:
            job = queue.get(work, number)
            lines = [line.text for line in queue.log_of(work, number)]
        if wanted(job):
            return job
        time.sleep(0.2)
    raise AssertionError(f"job {number} is {job.state}, begun {job.attempts} times: {lines}")


def lines_of(register: Register, number: int) -> list[str]:
    with register.reading() as work:
        return [line.text for line in queue.log_of(work, number)]


def variants(register: Register, number: int) -> int:
    """Plans that a running appraisal has solved."""
    path = results.making(register, number) / "appraisal" / "variants.sqlite"
    if not path.is_file():
        return 0
    store = Store(path)
    try:
        return len(store)
    finally:
        store.close()


def test_jobs_are_begun_in_their_order_and_done(joint: Register, small: Region) -> None:
    take_in(joint, small)
    first, second = queue.start(joint, "plan"), queue.start(joint, "today")
    with runner.Runner(joint):
        ended = [waited(joint, job.id, lambda job: job.state == "done") for job in (first, second)]
    assert ended[0].ended is not None
    assert ended[1].began is not None
    assert ended[0].ended < ended[1].began
    assert {job.process for job in ended}.isdisjoint({os.getpid(), None})
    assert queue.open_all(joint, ended[1]).today is not None


def test_a_running_job_is_killed_goes_on_and_is_cancelled(joint: Register, tiny: Region) -> None:
    take_in(joint, tiny)
    job = queue.start(joint, "appraisal", LONG)
    with runner.Runner(joint):
        waited(joint, job.id, lambda _: variants(joint, job.id) > 20)
        begun = waited(joint, job.id, lambda job: job.progress and job.left)
        assert 0 < begun.progress < 1
        before = variants(joint, job.id)
        os.kill(begun.process or 0, signal.SIGKILL)
        again = waited(joint, job.id, lambda job: job.attempts == 2 and job.process not in (None, begun.process))
        assert variants(joint, job.id) >= before  # nothing is solved twice
        waited(joint, job.id, lambda _: variants(joint, job.id) > before)
        queue.cancel(joint, job.id)
        ended = waited(joint, job.id, lambda job: job.state == "cancelled")
        waited(joint, job.id, lambda _: not runner._alive(again.process))
    assert ended.reason == ""
    told = lines_of(joint, job.id)
    assert any("ended by SIGKILL: it will go on" in line for line in told)
    assert any(line.startswith("goes on, from the register as it was") for line in told)
    assert not results.making(joint, job.id).exists()


def test_killed_twice_a_job_is_given_up(joint: Register, tiny: Region) -> None:
    take_in(joint, tiny)
    job = queue.start(joint, "appraisal", LONG)
    with runner.Runner(joint):
        for attempt in (1, 2):
            running = waited(joint, job.id, lambda job, n=attempt: job.attempts == n and job.process)
            os.kill(running.process or 0, signal.SIGKILL)
        ended = waited(joint, job.id, lambda job: job.state == "failed")
    assert "SIGKILL" in ended.reason
    assert "begun 2 times" in ended.reason
    assert not results.making(joint, job.id).exists()


def test_the_server_is_killed_and_the_next_one_goes_on(joint: Register, tiny: Region) -> None:
    take_in(joint, tiny)
    orphan, lost = queue.start(joint, "appraisal", LONG), queue.start(joint, "plan")
    place = {VARIABLE: joint.url.render_as_string(hide_password=False), "SUNGARI_DOCUMENTS": str(joint.documents)}
    server = subprocess.Popen([sys.executable, "-c", SERVER], env={**os.environ, **place})
    running = waited(joint, orphan.id, lambda job: job.process and job.made_from)
    server.kill()
    server.wait()
    os.kill(running.process or 0, 0)  # the job itself has not ended with the server
    assert runner.recover(joint) == []
    os.kill(running.process or 0, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while runner._alive(running.process) and time.monotonic() < end:
        time.sleep(0.1)  # until whoever took it over has buried it
    assert [job.id for job in runner.recover(joint)] == [orphan.id]
    queue.cancel(joint, orphan.id)
    with runner.Runner(joint):
        waited(joint, lost.id, lambda job: job.state == "done")


def test_with_the_server_its_jobs_end_and_wait_for_the_next(joint: Register, tiny: Region) -> None:
    take_in(joint, tiny)
    job = queue.start(joint, "appraisal", LONG)
    with runner.Runner(joint):
        running = waited(joint, job.id, lambda job: job.process and job.made_from)
    ended = waited(joint, job.id, lambda _: True)
    assert (ended.state, ended.attempts, ended.process) == ("queued", 0, None)
    assert not runner._alive(running.process)
    assert results.region_in(results.making(joint, job.id)) is not None
