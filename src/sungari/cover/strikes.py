"""What strikes: events and drifts of one hazard in many path-years at once.

Where events are rare, the number of cells that are struck is drawn first, and only then which ones and how often.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from sungari.cover.copula import below, count_chances, thresholds
from sungari.cover.exposure import Cells
from sungari.cover.hazards import Hazard
from sungari.cover.severity import Floats, Ints, Normal

#: Chance of an event below which the struck cells are counted before they are drawn.
RARE = 0.3
Singles = npt.NDArray[np.float32]


class Sky:
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


def struck(hazard: Hazard, n: int, sky: Sky, random: np.random.Generator) -> tuple[Ints, Ints, Floats]:
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


def _rare(hazard: Hazard, n: int, sky: Sky, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Rare events under a common cause: how many cells are struck in each path-year, which, and how often."""
    z, w = sky.at(hazard)
    edges = thresholds(hazard)
    chance = 1.0 - below(hazard, edges[0], z, w)
    with np.errstate(divide="ignore"):
        none = np.exp(n * np.log1p(-chance))
    u = random.random(sky.size)
    at = np.flatnonzero(u >= none)
    number = truncated_binomial(n, chance[at], u[at], none[at], random)
    at, cell = chosen(at, number, n, random)
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


def truncated_binomial(
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


def chosen(at: Ints, number: Ints, n: int, random: np.random.Generator) -> tuple[Ints, Ints]:
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


def _hidden(hazard: Hazard, n: int, sky: Sky, random: np.random.Generator) -> Singles:
    """Hidden variables of all cells, shape (path-years, n)."""
    z, w = sky.at(hazard)
    x = random.standard_normal((sky.size, n), dtype=np.float32)
    x *= np.float32(math.sqrt(max(1.0 - hazard.loading**2, 0.0)))
    x += (hazard.loading * z).astype(np.float32)[:, None]
    if len(w) > 1:
        x /= np.sqrt(w).astype(np.float32)[:, None]
    return x


def _frequent(hazard: Hazard, n: int, sky: Sky, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Events under a common cause, cell by cell."""
    x = _hidden(hazard, n, sky, random)
    edges = thresholds(hazard).astype(np.float32)
    times = np.searchsorted(edges, x.ravel(), side="left")
    where = np.repeat(np.arange(x.size), times)
    at = where // n
    return at, where - at * n


def drifted(
    cells: Cells, hazard: Hazard, mine: Ints, sky: Sky, random: np.random.Generator
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
