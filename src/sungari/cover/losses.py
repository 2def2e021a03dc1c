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
from scipy import special

from sungari.cover.copula import below, count_chances, thresholds
from sungari.cover.exposure import Cells
from sungari.cover.hazards import Hazard
from sungari.cover.severity import Floats, Ints, Normal

#: Path-years of a chunk, and cells or events that it may hold at once.
PATH_YEARS = 200_000
HELD = 2_000_000
#: Chance of an event below which the struck cells are counted before they are drawn.
RARE = 0.3
Index = npt.NDArray[np.integer]
Singles = npt.NDArray[np.float32]


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
    sky = _Sky(cells, paths * years, random)
    claims = np.zeros(paths * years)
    gross, largest = np.zeros(paths), np.zeros(paths)
    events: list[tuple[Ints, Ints, Floats]] = []
    dense: list[tuple[Ints, Singles]] = []
    for h, hazard in enumerate(cells.hazards):
        mine = np.flatnonzero(cells.hazard == h)
        if not len(mine) or not (cells.gross[mine] > 0).any() or not hazard.expected_events > 0:
            continue
        if hazard.drift:
            owed, lost = _drifted(cells, hazard, mine, sky, random)
            claims += owed.sum(axis=1, dtype=np.float64)
            gross += lost
            np.maximum(largest, owed.reshape(paths, years, -1)[:, 0].max(axis=1), out=largest)
            dense.append((mine, owed))
            continue
        at, cell, loss = _struck(hazard, len(mine), sky, random)
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


class _Sky:
    """How bad each path-year of a chunk is for each cause."""

    def __init__(self, cells: Cells, size: int, random: np.random.Generator) -> None:
        self.size = size
        wanted = sorted({h.factor for h in cells.hazards if h.dependent})
        self.z = np.zeros((len(cells.causes.names), size))
        if wanted:
            matrix = cells.causes.correlation[np.ix_(wanted, wanted)]
            value, vector = np.linalg.eigh(matrix)
            root = vector * np.sqrt(np.maximum(value, 0.0))
            self.z[wanted] = root @ random.standard_normal((len(wanted), size))
        self.w: dict[tuple[int, float], Floats] = {}
        for h in cells.hazards:
            if h.dependent and math.isfinite(h.df) and (h.factor, h.df) not in self.w:
                mixing = random.standard_gamma(h.df / 2, size)
                mixing *= 2 / h.df
                self.w[h.factor, h.df] = mixing

    def at(self, hazard: Hazard) -> tuple[Floats, Floats]:
        """Cause and mixing of a hazard, shape (path-years,) each (the mixing of a Gaussian copula is 1)."""
        return self.z[hazard.factor], self.w.get((hazard.factor, hazard.df), np.ones(1))


def _struck(hazard: Hazard, n: int, sky: _Sky, random: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Events of one hazard at `n` cells: path-year, cell (0..n−1) and loss of each."""
    if not hazard.dependent:
        at, cell = _independent(hazard, n, sky.size, random)
    else:
        none = float(count_chances(hazard)[0])
        at, cell = (_rare if 1 - none < RARE else _frequent)(hazard, n, sky, random)
    return at, cell, hazard.severity.draw(random, len(at))


def _independent(hazard: Hazard, n: int, size: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Events that know nothing of each other: how many in all, and where."""
    if hazard.poisson:
        where = random.integers(0, size * n, random.poisson(hazard.rate * size * n))
    else:
        # Gaps between successes are geometric.
        expected = hazard.rate * size * n
        most = int(expected + 8 * math.sqrt(expected + 1) + 20)
        where = np.cumsum(random.geometric(hazard.rate, most)) - 1
        while where[-1] < size * n:
            where = np.append(where, where[-1] + np.cumsum(random.geometric(hazard.rate, most)))
        where = where[: np.searchsorted(where, size * n)]
    if n == 1:
        return where, np.zeros(len(where), dtype=np.int64)
    at = where // n
    return at, where - at * n


def _rare(hazard: Hazard, n: int, sky: _Sky, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Rare events under a common cause: how many cells are struck in each path-year, which, and how often."""
    z, w = sky.at(hazard)
    edges = thresholds(hazard)
    chance = 1.0 - below(hazard, edges[0], z, w)
    with np.errstate(divide="ignore"):
        none = np.exp(n * np.log1p(-chance))
    u = random.random(sky.size)
    at = np.flatnonzero(u >= none)
    number = _truncated_binomial(n, chance[at], u[at], none[at], random)
    at, cell = _chosen(at, number, n, random)
    if len(edges) > 1 and len(at):
        mixing = w[at] if len(w) > 1 else w
        bar = random.random(len(at)) * chance[at]
        times = np.ones(len(at), dtype=np.int64)
        left = np.arange(len(at))
        for edge in edges[1:]:
            more = 1.0 - below(hazard, edge, z[at[left]], mixing[left] if len(w) > 1 else mixing)
            left = left[more > bar[left]]
            if not len(left):
                break
            times[left] += 1
        at, cell = np.repeat(at, times), np.repeat(cell, times)
    return at, cell


def _truncated_binomial(
    n: int, chance: Floats, u: Floats, none: Floats, random: np.random.Generator
) -> Ints:
    """Binomial numbers of at least 1, from uniforms `u` at least P(0) = `none`."""
    number = np.ones(len(chance), dtype=np.int64)
    many = n * chance > 20
    if many.any():
        found = random.binomial(n, chance[many])
        while (found == 0).any():
            found[found == 0] = random.binomial(n, chance[many][found == 0])
        number[many] = found
    left = np.flatnonzero(~many & (chance < 1))
    number[~many & (chance >= 1)] = n
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = chance[left] / (1.0 - chance[left])
        mass = none[left] * n * odds
    reached = none[left] + mass
    k = 1
    while k < n:
        go = u[left] >= reached
        left, odds, mass, reached = left[go], odds[go], mass[go], reached[go]
        if not len(left):
            break
        number[left] += 1
        mass = mass * odds * (n - k) / (k + 1)
        reached = reached + mass
        k += 1
    return number


def _chosen(at: Ints, number: Ints, n: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Which of `n` alike cells are struck, `number` of them in each place."""
    if n == 1:
        return at, np.zeros(len(at), dtype=np.int64)
    one, two, more = (at[number == 1], at[number == 2], number > 2)
    single = random.integers(0, n, len(one))
    a, b = random.integers(0, n, len(two)), random.integers(0, n - 1, len(two))
    b += b >= a
    parts = [(one, single), (two, a), (two, b)]
    if more.any():
        place, left = at[more], number[more].copy()
        for c in range(n):
            take = random.random(len(place)) * (n - c) < left
            parts.append((place[take], np.full(int(take.sum()), c, dtype=np.int64)))
            left -= take
    return np.concatenate([p for p, _ in parts]), np.concatenate([c for _, c in parts])


def _hidden(hazard: Hazard, n: int, sky: _Sky, random: np.random.Generator) -> Singles:
    """Hidden variables of all cells, shape (path-years, n)."""
    z, w = sky.at(hazard)
    x = random.standard_normal((sky.size, n), dtype=np.float32)
    x *= np.float32(math.sqrt(max(1.0 - hazard.loading**2, 0.0)))
    x += (hazard.loading * z).astype(np.float32)[:, None]
    if len(w) > 1:
        x /= np.sqrt(w).astype(np.float32)[:, None]
    return x


def _frequent(hazard: Hazard, n: int, sky: _Sky, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Events under a common cause, cell by cell."""
    x = _hidden(hazard, n, sky, random)
    edges = thresholds(hazard).astype(np.float32)
    times = np.searchsorted(edges, x.ravel(), side="left")
    where = np.repeat(np.arange(x.size), times)
    at = where // n
    return at, where - at * n


def _drifted(
    cells: Cells, hazard: Hazard, mine: Ints, sky: _Sky, random: np.random.Generator
) -> tuple[Singles, Floats]:
    """Yearly claims from a drift, shape (path-years, n), and what is lost in the first year of each path."""
    n, years = len(mine), len(cells.years)
    if not hazard.dependent:
        loss = hazard.severity.draw(random, sky.size * n).astype(np.float32).reshape(sky.size, n)
    else:
        loss = _hidden(hazard, n, sky, random)
        if isinstance(hazard.severity, Normal) and math.isinf(hazard.df):
            loss *= np.float32(hazard.severity.sd)
            loss += np.float32(hazard.severity.mean)
        else:
            x = loss.astype(np.float64)
            u = special.ndtr(x) if math.isinf(hazard.df) else special.stdtr(hazard.df, x)
            loss = hazard.severity.quantile(np.clip(u, 1e-15, 1 - 1e-15)).astype(np.float32)
    if hazard.cap < math.inf:
        np.minimum(loss, np.float32(hazard.cap), out=loss)
    table = loss.reshape(-1, years, n)
    lost = np.maximum(table[:, 0], 0.0) @ cells.gross[mine, 0]
    scale, lower, upper = (a[mine].T.astype(np.float32) for a in (cells.scale, cells.lower, cells.upper))
    if np.isfinite(upper).any():
        np.minimum(table, upper, out=table)
    if lower.any():
        table -= lower
    np.maximum(table, 0.0, out=table)
    table *= scale
    return loss, lost


def _keep(
    task: Task, claims: Floats, events: list[tuple[Ints, Ints, Floats]], dense: list[tuple[Ints, Singles]], sky: _Sky
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
