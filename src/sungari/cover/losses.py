"""Losses drawn: many paths of yearly claims, only what happens being drawn.

Paths come in chunks. Each chunk has a stream of its own under the seed, so that the figures are the same for any number
of workers, and memory is bounded by the chunk and a few numbers a path. Where events are rare, the number of cells that
are struck is drawn first, and only then which ones and how hard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt

from sungari.cover.copula import count_chances
from sungari.cover.exposure import Cells
from sungari.cover.severity import Floats, Ints
from sungari.cover.strikes import RARE, Singles, Sky, drifted, struck

#: Path-years of a chunk, and cells or events that it may hold at once.
PATH_YEARS = 200_000
HELD = 2_000_000
Index = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Events:
    """Single payments, one entry each, and the causes of the paths that they stand in.

    Attributes
    ----------
    path, year, cell : ndarray of int, shape (n,)
    payment : ndarray of float, shape (n,)
        Money that the fund owes for it.
    paths : ndarray of int, shape (k,)
        Paths that are kept, all of their events being here.
    causes : ndarray of float, shape (k, Y, F)
        How bad each year was for each cause (standard normal) in the kept paths.
    """

    path: Ints
    year: Ints
    cell: Ints
    payment: Floats
    paths: Ints
    causes: Floats


@dataclass(frozen=True)
class Draws:
    """Yearly claims of many paths.

    Attributes
    ----------
    claims : ndarray of float, shape (paths, Y)
        What the fund owes, money.
    gross : ndarray of float, shape (paths,)
        What is lost in the first year, whoever pays.
    largest : ndarray of float, shape (paths,)
        Largest single claim of the first year.
    kept : Events
        All events of the worst paths.
    """

    claims: Floats
    gross: Floats
    largest: Floats
    kept: Events


@dataclass(frozen=True)
class Task:
    """What every chunk is drawn from.

    Attributes
    ----------
    cells : Cells
    seed : int
    paths : int
        Of all chunks together.
    worth : ndarray of float, shape (Y,)
        What a unit of claims of each year counts in ranking the paths (discounting); the worst are kept.
    income : ndarray of float, shape (Y,)
        What comes in by the end of each year, in the same worth.
    keep : float
        Share of the paths whose events are kept.
    """

    cells: Cells
    seed: int
    paths: int
    worth: Floats
    income: Floats
    keep: float
    sizes: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        cells = self.cells
        years = len(cells.years)
        rate = np.array([1.0 if h.drift or (h.dependent and 1 - count_chances(h)[0] > RARE) else h.rate
                         for h in cells.hazards])[cells.hazard]
        held = float((rate[:, None] * (cells.gross > 0)).sum()) + 1e-9
        size = int(min(PATH_YEARS / years, HELD / held, self.paths))
        size = max(size, 1)
        full, rest = divmod(self.paths, size)
        object.__setattr__(self, "sizes", (size,) * full + ((rest,) if rest else ()))


def draw(task: Task, workers: int = 1) -> Draws:
    """Draw all paths.

    Parameters
    ----------
    task : Task
    workers : int
        Processes; the figures do not depend on it.
    """
    chunks = _by_processes(task, workers) if workers > 1 and len(task.sizes) > 1 else (
        chunk(task, i) for i in range(len(task.sizes)))
    years = len(task.cells.years)
    claims = np.empty((task.paths, years))
    gross, largest = np.empty(task.paths), np.empty(task.paths)
    kept: list[Events] = []
    first = 0
    for size, part in zip(task.sizes, chunks, strict=True):
        span = slice(first, first + size)
        claims[span], gross[span], largest[span] = part.claims, part.gross, part.largest
        events = part.kept
        kept.append(Events(events.path + first, events.year, events.cell, events.payment, events.paths + first,
                           events.causes))
        first += size
    joined = [np.concatenate([getattr(e, name) for e in kept]) for name in
              ("path", "year", "cell", "payment", "paths", "causes")]
    return Draws(claims, gross, largest, Events(*joined))


_here: list[Task] = []


def _enter(task: Task) -> None:
    _here.append(task)


def _work(number: int) -> Draws:
    return chunk(_here[-1], number)


def _by_processes(task: Task, workers: int) -> Iterator[Draws]:
    with ProcessPoolExecutor(workers, get_context("spawn"), _enter, (task,)) as pool:
        yield from pool.map(_work, range(len(task.sizes)))


def chunk(task: Task, number: int) -> Draws:
    """Draw one chunk of paths."""
    cells, paths = task.cells, task.sizes[number]
    years = len(cells.years)
    random = np.random.Generator(np.random.SFC64(np.random.SeedSequence(task.seed, spawn_key=(number,))))
    sky = Sky(cells, paths * years, random)
    claims = np.zeros(paths * years)
    gross, largest = np.zeros(paths), np.zeros(paths)
    events: list[tuple[Ints, Ints, Floats]] = []
    dense: list[tuple[Ints, Singles]] = []
    for h, hazard in enumerate(cells.hazards):
        mine = np.flatnonzero(cells.hazard == h)
        if not len(mine) or not (cells.gross[mine] > 0).any() or not hazard.expected_events > 0:
            continue
        if hazard.drift:
            owed, lost = drifted(cells, hazard, mine, sky, random)
            claims += owed.sum(axis=1, dtype=np.float64)
            gross += lost
            np.maximum(largest, owed.reshape(paths, years, -1)[:, 0].max(axis=1), out=largest)
            dense.append((mine, owed))
            continue
        at, cell, loss = struck(hazard, len(mine), sky, random)
        if hazard.cap < math.inf:
            np.minimum(loss, hazard.cap, out=loss)
        year = at % years
        payment = _payments(cells, mine, cell, year, loss)
        claims += np.bincount(at, weights=payment, minlength=paths * years)
        first = np.flatnonzero(year == 0)
        lost = np.maximum(loss[first], 0.0) * cells.gross[mine[cell[first]], 0]
        gross += np.bincount(at[first] // years, weights=lost, minlength=paths)
        np.maximum.at(largest, at[first] // years, payment[first])
        events.append((at, mine[cell], payment))
    table = claims.reshape(paths, years)
    return Draws(table, gross, largest, _keep(task, table, events, dense, sky))


def _payments(cells: Cells, mine: Ints, cell: Index, year: Index, loss: Floats) -> Floats:
    """What the fund owes for the losses of one hazard."""
    scale, lower, upper = cells.scale[mine], cells.lower[mine], cells.upper[mine]
    if (scale == scale[0, 0]).all() and (lower == lower[0, 0]).all() and (upper == upper[0, 0]).all():
        low, high, each = lower[0, 0], upper[0, 0], scale[0, 0]
        found = np.minimum(loss, high) if math.isfinite(high) else loss.copy()
        if low > 0:
            found -= low
        np.maximum(found, 0.0, out=found)
        found *= each
        return np.asarray(found)
    place = cell * scale.shape[1] + year
    found = np.minimum(loss, upper.ravel()[place])
    found -= lower.ravel()[place]
    np.maximum(found, 0.0, out=found)
    found *= scale.ravel()[place]
    return np.asarray(found)


def _keep(
    task: Task, claims: Floats, events: list[tuple[Ints, Ints, Floats]], dense: list[tuple[Ints, Singles]], sky: Sky
) -> Events:
    """Events of the paths that need most capital; a drift's yearly claim counts as one."""
    paths, years = claims.shape
    need = (np.cumsum(claims * task.worth, axis=1) - task.income).max(axis=1)
    most = min(max(round(task.keep * paths), 1), paths)
    worst = np.sort(np.argpartition(need, paths - most)[paths - most :])
    marked = np.zeros(paths, dtype=bool)
    marked[worst] = True
    by_year = np.repeat(marked, years)
    found: list[tuple[Ints, Ints, Floats]] = []
    for at, cell, payment in events:
        mine = np.flatnonzero(by_year[at])
        mine = mine[payment[mine] > 0]
        found.append((at[mine], cell[mine], payment[mine]))
    rows = np.flatnonzero(by_year)
    for mine, owed in dense:
        row, column = np.nonzero(owed[rows])
        found.append((rows[row], mine[column], owed[rows][row, column].astype(np.float64)))
    none = np.zeros(0, dtype=np.int64)
    at, cell = (np.concatenate([none, *(f[i] for f in found)]) for i in (0, 1))
    payment = np.concatenate([np.zeros(0), *(f[2] for f in found)])
    causes = sky.z.reshape(len(sky.z), paths, years)[:, worst].transpose(1, 2, 0)
    return Events(at // years, at % years, cell, payment, worst, np.ascontiguousarray(causes))
