"""Where a sweep's variants are solved beside this process: in worker processes, or on a Dask cluster.

A worker process makes its live model from the same tables, and starts from the same stands: this process solves them
while the others come up, and hands them over. On a cluster each worker solves them for itself, in the same way. So the
figures are the same wherever a variant is solved. This process is one of the workers: work that is done before another
process has come up takes no longer than without it.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from sungari.decide.sweep import Engine, Outcome, Setup, Start, Variant, together
from sungari.errors import Explanation, NoSolution, UsageError

#: Processes that may die one after the other without finishing anything, before this one goes on alone.
MOST_DEATHS = 3
#: Variants that a process still has when it is given more, so that it need not wait for this one to look up.
AHEAD = 2
#: Times that a Dask cluster may try a variant again.
RETRIES = 3
#: Seconds to wait for the scheduler of a cluster.
PATIENCE = 20.0

#: What a worker hands back: an outcome, or why the region has no plan at all (exceptions lose it on the way).
Found = Outcome | tuple[type[NoSolution], Explanation]
#: Variants that one worker had best solve in a row.
Group = tuple[Variant, ...]

_lock = threading.Lock()
_engines: dict[str, Engine] = {}


def work(setup: Setup, variants: tuple[Variant, ...]) -> list[Found]:
    """Solve variants on this worker's own live model, which is made on the first call and kept."""
    with _lock:
        if setup.name not in _engines:
            _engines.clear()  # a worker serves one sweep at a time
            _engines[setup.name] = Engine(setup)
        return [_found(_engines[setup.name], variant) for variant in variants]


def _found(engine: Engine, variant: Variant) -> Found:
    try:
        return engine.solve(variant)
    except NoSolution as error:
        return type(error), error.explanation


def _serve(setup: Setup, way: Connection) -> None:
    """Live of a worker process: solve groups of variants as they come, handing over each outcome at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    try:
        way.send(None)
        engine = Engine(setup, way.recv())
        while True:
            for variant in way.recv():
                way.send((variant, _found(engine, variant)))
    except (EOFError, BrokenPipeError):  # the parent has all it wants, or is gone
        return


class _Worker:
    """A worker process, and the variants that it has been given and not answered yet.

    It says when it has come up; it begins once it has been sent where to start from.
    """

    def __init__(self, setup: Setup) -> None:
        context = get_context("spawn")
        self.way, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(setup, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.open: list[Variant] = []
        self.up = self.begun = False

    def give(self, group: Group, start: Callable[[], Start]) -> None:
        """Hand over a group, and first of all where to start from; ConnectionError if the process has died."""
        self.open += group
        if not self.begun:
            self.way.send(start())
            self.begun = True
        self.way.send(group)

    def hear(self) -> tuple[Variant, Outcome] | None:
        """The next outcome; None if the process has come up; EOFError or ConnectionError if it has died."""
        message = self.way.recv()
        if message is None:
            self.up = True
            return None
        variant, found = message
        self.open.remove(variant)
        return variant, _outcome(found)

    def end(self) -> None:
        self.way.close()
        self.process.kill()
        self.process.join()


def _outcome(found: Found) -> Outcome:
    if isinstance(found, Outcome):
        return found
    kind, explanation = found
    raise kind(explanation)


def in_processes(
    setup: Setup, variants: Sequence[Variant], workers: int, engine: Callable[[], Engine]
) -> Iterator[tuple[Variant, Outcome]]:
    """Solve variants in this process and in others; outcomes come as they are finished.

    What a process that dies had not handed over is given to others. What none has come up for yet is solved here.

    Parameters
    ----------
    setup : Setup
    variants : sequence of Variant
    workers : int
        Processes, this one among them.
    engine : callable
        This process' own engine, made when it is first called.
    """
    left = deque(together(variants))
    mine: deque[Variant] = deque()
    crew = [_Worker(setup) for _ in range(min(workers, len(left)) - 1)]
    deaths = 0

    @cache
    def start() -> Start:
        return engine().start(variants)

    try:
        while left or mine or any(w.open for w in crew):
            for worker in [w for w in crew if w.up and len(w.open) <= AHEAD]:
                if left and not _gave(worker, left, start):
                    deaths += _bury(worker, crew, left, setup, deaths)
            ready = wait([w.way for w in crew], timeout=0 if left or mine else None) if crew else []
            for worker in [w for w in crew if w.way in ready]:
                try:
                    while worker.way.poll():
                        heard = worker.hear()
                        if heard is not None:
                            yield heard
                            deaths = 0
                except (EOFError, ConnectionError):
                    deaths += _bury(worker, crew, left, setup, deaths)
            if left and not mine:
                mine.extend(left.pop())
            if mine:
                variant = mine.popleft()
                yield variant, engine().solve(variant)
    finally:
        for worker in crew:
            worker.end()


def _gave(worker: _Worker, left: deque[Group], start: Callable[[], Start]) -> bool:
    """Give a worker the next group; False if it has died."""
    group = left.popleft()
    try:
        worker.give(group, start)
    except ConnectionError:
        return False
    return True


def _bury(worker: _Worker, crew: list[_Worker], left: deque[Group], setup: Setup, deaths: int) -> int:
    """Take back what a dead worker has not answered, and put another in its place unless too many have died."""
    if worker.open:
        left.append(tuple(worker.open))
        worker.open = []
    crew.remove(worker)
    worker.end()
    if deaths + 1 < MOST_DEATHS:
        crew.append(_Worker(setup))
    return 1


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
        raise UsageError("no Dask scheduler answers at {address}: {error}", address=address, error=error) from error
    with client:
        given = client.scatter(setup, broadcast=True)
        tasks = {client.submit(work, given, g, pure=False, retries=RETRIES): g for g in together(variants)}
        for task in dask.as_completed(list(tasks)):
            outcomes = [_outcome(found) for found in task.result()]
            yield from zip(tasks.pop(task), outcomes, strict=True)
