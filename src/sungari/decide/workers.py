"""Where a sweep's variants are solved beside this process: in worker processes, or on a Dask cluster.

Every worker makes its live model and the stands for itself, from the same tables and in the same way; so the figures
are the same wherever a variant is solved.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context
from typing import Any

from sungari.decide.sweep import Engine, Outcome, Setup, Variant, together
from sungari.errors import Explanation, NoSolution, SungariError, UsageError

#: Rounds of worker processes that may die one after the other without finishing anything.
MOST_DEATHS = 3
#: Times that a Dask cluster may try a variant again.
RETRIES = 3
#: Seconds to wait for the scheduler of a cluster.
PATIENCE = 20.0

#: What a worker hands back: an outcome, or why the region has no plan at all (exceptions lose it on the way).
Found = Outcome | tuple[type[NoSolution], Explanation]


class WorkersLostError(SungariError):
    """Worker processes die without finishing anything: out of memory, most likely."""

    exit_code = 1


_lock = threading.Lock()
_engines: dict[str, Engine] = {}
_here: list[Setup] = []


def work(setup: Setup, variants: tuple[Variant, ...]) -> list[Found]:
    """Solve variants on this worker's own live model, which is made on the first call and kept."""
    with _lock:
        try:
            if setup.name not in _engines:
                _engines.clear()  # a worker serves one sweep at a time
                _engines[setup.name] = Engine(setup)
            return [_engines[setup.name].solve(variant) for variant in variants]
        except NoSolution as error:
            return [(type(error), error.explanation)] * len(variants)


def _enter(setup: Setup) -> None:
    """Begin a worker process; Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _here.append(setup)


def _work_here(variants: tuple[Variant, ...]) -> list[Found]:
    return work(_here[-1], variants)


def _outcome(found: Found) -> Outcome:
    if isinstance(found, Outcome):
        return found
    kind, explanation = found
    raise kind(explanation)


def in_processes(setup: Setup, variants: Sequence[Variant], workers: int) -> Iterator[tuple[Variant, Outcome]]:
    """Solve variants in worker processes; outcomes come as they are finished.

    What a worker that dies had not handed over is given to others.

    Raises
    ------
    WorkersLostError
        If workers die time and again without finishing anything.
    """
    left = dict.fromkeys(variants)
    deaths = 0
    while left:
        pool = ProcessPoolExecutor(
            min(workers, len(left)), mp_context=get_context("spawn"), initializer=_enter, initargs=(setup,)
        )
        try:
            tasks = {pool.submit(_work_here, group): group for group in together(list(left))}
            for task in as_completed(tasks):
                outcomes = [_outcome(found) for found in task.result()]
                deaths = 0
                for variant, outcome in zip(tasks[task], outcomes, strict=True):
                    del left[variant]
                    yield variant, outcome
        except BrokenProcessPool as error:
            deaths += 1
            if deaths >= MOST_DEATHS:
                raise WorkersLostError(
                    f"worker processes died {deaths} times without finishing anything, with {len(left)} variants left; "
                    "most likely there is not enough memory for so many: try fewer workers"
                ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def on_cluster(setup: Setup, variants: Sequence[Variant], address: str) -> Iterator[tuple[Variant, Outcome]]:
    """Solve variants on an existing Dask cluster; outcomes come as they are finished.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers at the address.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        raise UsageError("a cluster needs Dask: pip install 'sungari[cluster]'") from error
    try:
        client = dask.Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        given = client.scatter(setup, broadcast=True)
        tasks = {client.submit(work, given, g, pure=False, retries=RETRIES): g for g in together(variants)}
        for task in dask.as_completed(list(tasks)):
            outcomes = [_outcome(found) for found in task.result()]
            yield from zip(tasks.pop(task), outcomes, strict=True)
