"""Common causes: how many events a year brings, given how bad a year it is for each cause.

A cell's number of events N in a year has the hazard's own distribution, whatever the copula. Across cells the numbers
are tied by hidden variables ``X = a·Z + √(1−a²)·ε`` (Gaussian copula), or ``X·√(ν/W)`` (t copula), with Z the cause's
standard normal, a the loading and W chi-square with ν degrees of freedom, shared by all that load on the cause with the
same ν. N ≤ k exactly where the hidden variable is below the quantile of its own distribution at P(N ≤ k). Years are
independent. A drift's yearly loss is tied in the same way. Source: Vasicek 1987; McNeil, Frey & Embrechts, Quantitative
Risk Management, 7.3 and 11.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from sungari.cover.hazards import Causes, Hazard
from sungari.cover.severity import Floats, Ints

#: Chance below which a higher number of events in a year is left out.
LEAST = 1e-13
#: Beyond this many standard deviations a cause is not looked at.
FARTHEST = 8.0
#: Sobol points and independent scramblings where several causes move together, and how much wider they are spread.
POINTS, SCRAMBLES, WIDER = 128, 8, 1.4
MOST_PANELS = 400


def count_chances(hazard: Hazard) -> Floats:
    """P(N = k) of one cell in a year, k = 0, 1, …; sums to 1."""
    if not hazard.poisson:
        return np.array([1.0 - hazard.rate, hazard.rate])
    rate = hazard.rate
    most = int(rate + 12 * math.sqrt(rate) + 14)
    k = np.arange(most + 1)
    chances = np.exp(k * math.log(rate) - rate - special.gammaln(k + 1)) if rate > 0 else np.eye(1, most + 1)[0]
    keep = int(np.flatnonzero(chances > LEAST)[-1]) + 1
    chances = chances[:keep]
    return np.asarray(chances / chances.sum())


def thresholds(hazard: Hazard) -> Floats:
    """Values of the hidden variable above which there are more than k = 0, 1, … events."""
    below = np.minimum(np.cumsum(count_chances(hazard))[:-1], 1.0)
    return hidden_quantile(hazard, below)


def hidden_quantile(hazard: Hazard, u: Floats) -> Floats:
    """Quantile of a hazard's hidden variable."""
    if math.isinf(hazard.df):
        return np.asarray(special.ndtri(u))
    return np.asarray(special.stdtrit(hazard.df, u))


def below(hazard: Hazard, q: Floats, z: Floats, w: Floats) -> Floats:
    """P(hidden variable ≤ q | cause z, mixing w = W/ν); shapes broadcast."""
    spread = math.sqrt(max(1.0 - hazard.loading**2, 0.0))
    edge = q * np.sqrt(w) - hazard.loading * z
    if spread < 1e-9:
        return np.asarray(edge >= 0, dtype=np.float64)
    return np.asarray(special.ndtr(edge / spread))


@dataclass(frozen=True)
class Nodes:
    """Points at which a group of causes is looked at, and how much each counts.

    Attributes
    ----------
    z : ndarray of float, shape (n, causes of the group)
    w : ndarray of float, shape (n, mixings of the group)
        W/ν of each pair of cause and degrees of freedom.
    weight : ndarray of float, shape (n,)
        Sums to 1.
    scramble : ndarray of int, shape (n,)
        Independent repetition that a point belongs to; all 0 for a quadrature.
    """

    z: Floats
    w: Floats
    weight: Floats
    scramble: Ints

    @property
    def sampled(self) -> bool:
        return bool(self.scramble.any())


@dataclass(frozen=True)
class Group:
    """Hazards that hang together, and the points at which their causes are looked at.

    Attributes
    ----------
    hazards : tuple of int
    causes : tuple of int
        Empty for the independent ones.
    mixings : tuple of (int, float)
        Pairs of cause and degrees of freedom.
    nodes : Nodes
    """

    hazards: tuple[int, ...]
    causes: tuple[int, ...]
    mixings: tuple[tuple[int, float], ...]
    nodes: Nodes

    def at(self, hazard: Hazard) -> tuple[Floats, Floats]:
        """Cause and mixing of a hazard at the nodes, shape (n,) each."""
        n = len(self.nodes.weight)
        if not hazard.dependent:
            return np.zeros(n), np.ones(n)
        z = self.nodes.z[:, self.causes.index(hazard.factor)]
        if math.isinf(hazard.df):
            return z, np.ones(n)
        return z, self.nodes.w[:, self.mixings.index((hazard.factor, hazard.df))]

    def counts(self, hazard: Hazard) -> Floats:
        """P(N = k) of one cell at each node, shape (n, most + 1)."""
        if not hazard.dependent:
            return np.tile(count_chances(hazard), (len(self.nodes.weight), 1))
        z, w = self.at(hazard)
        at_most = below(hazard, thresholds(hazard)[None, :], z[:, None], w[:, None])
        whole = np.concatenate([np.zeros((len(z), 1)), at_most, np.ones((len(z), 1))], axis=1)
        return np.maximum(np.diff(whole, axis=1), 0.0)


def groups(hazards: Sequence[Hazard], numbers: Sequence[int] | Ints, causes: Causes, seed: int = 0
           ) -> list[Group] | None:
    """Hazards that hang together, those that stand alone first.

    Parameters
    ----------
    hazards : sequence of Hazard
    numbers : sequence of int
        Cells of each hazard; a hazard without any is left out.
    causes : Causes
    seed : int
        Of the scramblings.

    Returns
    -------
    list of Group or None
        None if a quadrature would need too many points.
    """
    used = [i for i, n in enumerate(numbers) if n]
    found: list[Group] = []
    alone = tuple(i for i in used if not hazards[i].dependent)
    if alone:
        nowhere = np.zeros((1, 0))
        found.append(Group(alone, (), (), Nodes(nowhere, nowhere, np.ones(1), np.zeros(1, dtype=np.int64))))
    for linked in causes.linked:
        mine = tuple(i for i in used if hazards[i].dependent and hazards[i].factor in linked)
        if not mine:
            continue
        here = tuple(sorted({hazards[i].factor for i in mine}))
        mixings = tuple(sorted({(hazards[i].factor, hazards[i].df) for i in mine if math.isfinite(hazards[i].df)}))
        if len(here) == 1 and len(mixings) <= 1:
            nodes = _quadrature([hazards[i] for i in mine], [int(numbers[i]) for i in mine], mixings)
            if nodes is None:
                return None
        else:
            nodes = _sobol(causes.correlation[np.ix_(here, here)], mixings, seed)
        found.append(Group(mine, here, mixings, nodes))
    return found


def _quadrature(
    hazards: Sequence[Hazard], numbers: Sequence[int], mixings: Sequence[tuple[int, float]]
) -> Nodes | None:
    """Points over one cause, and its mixing if it has one.

    Trapezoids, exact to many digits for what falls off smoothly at both ends; where a hazard's chance leaps as
    its loading comes near to 1, Gauss–Legendre panels that end where it leaps.
    """
    if mixings:
        y = np.arange(-5.4, 5.41, 0.6)
        chance = np.exp(-(y**2) / 2)
        df = mixings[0][1]
        mixed = 2 * special.gammaincinv(df / 2, special.ndtr(y)) / df
    else:
        mixed, chance = np.ones(1), np.ones(1)
    parts = []
    for w, c in zip(mixed, chance, strict=True):
        edges = _edges(hazards, numbers, float(w))
        if len(edges) > MOST_PANELS:
            return None
        points, weights = np.polynomial.legendre.leggauss(5)
        middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
        if np.ptp(half) < 1e-9:
            z = np.linspace(-FARTHEST, FARTHEST, 5 * len(half) // 2 + 1)
            weight = np.exp(-(z**2) / 2) * c / len(z)
        else:
            z = (middle[:, None] + half[:, None] * points).ravel()
            weight = (half[:, None] * weights).ravel() / (2 * FARTHEST) * np.exp(-(z**2) / 2) * c
        parts.append((z, np.full(len(z), w), weight))
    z, at_w, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    weight /= weight.sum()
    keep = weight > 1e-13
    mixing = at_w[keep, None] if mixings else np.zeros((int(keep.sum()), 0))
    return Nodes(z[keep, None], mixing, weight[keep] / weight[keep].sum(), np.zeros(int(keep.sum()), dtype=np.int64))


def _edges(hazards: Sequence[Hazard], numbers: Sequence[int], w: float) -> Floats:
    """Where panels begin and end: the more cells there are, the less is left to chance once the cause is known."""
    sure = 0.0
    for hazard, number in zip(hazards, numbers, strict=True):
        events = number if hazard.drift else number * float(
            (1 - below(hazard, thresholds(hazard), np.array(2.0), np.array(w))).sum())
        sure += events * hazard.loading**2 / max(1 - hazard.loading**2, 1e-4)
    panels = int(np.clip(math.ceil(2 * FARTHEST * math.sqrt(sure) / 3), 20, MOST_PANELS))
    edges = [np.linspace(-FARTHEST, FARTHEST, panels + 1)]
    for hazard in hazards:
        if hazard.loading <= 0 or hazard.drift:
            continue
        width = math.sqrt(max(1.0 - hazard.loading**2, 0.0)) / hazard.loading
        if width > 0.5:
            continue
        around = np.array([0.0]) if width < 1e-9 else width * np.array([-6.0, -3.5, -1.5, 0.0, 1.5, 3.5, 6.0])
        mixed = 1.0 if math.isinf(hazard.df) else w
        centres = thresholds(hazard) * math.sqrt(mixed) / hazard.loading
        edges.append((centres[:, None] + around).ravel())
    every = np.unique(np.round(np.concatenate(edges), 9))
    return np.asarray(every[(every >= -FARTHEST) & (every <= FARTHEST)])


def _sobol(correlation: Floats, mixings: Sequence[tuple[int, float]], seed: int) -> Nodes:
    """Scrambled Sobol points over several causes and mixings, spread wider than they are and weighed back.

    Importance sampling: bad years, that decide on ruin, get more points than they would by chance.
    """
    from scipy.stats import qmc

    size = len(correlation) + len(mixings)
    value, vector = np.linalg.eigh(correlation)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    parts = []
    for scramble in range(SCRAMBLES):
        # One stream per repetition, so that their spread is the error.
        random = np.random.default_rng([seed, scramble])
        uniform = qmc.Sobol(size, scramble=True, rng=random).random(POINTS)
        normal = WIDER * special.ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
        weight = np.exp(-(normal**2).sum(axis=1) / 2 * (1 - WIDER**-2)) * WIDER**size
        weight /= weight.sum() * SCRAMBLES
        w = np.stack([
            2 * special.gammaincinv(df / 2, special.ndtr(normal[:, len(correlation) + j])) / df
            for j, (_, df) in enumerate(mixings)
        ], axis=1) if mixings else np.zeros((POINTS, 0))  # fmt: skip
        parts.append((normal[:, : len(correlation)] @ root.T, w, weight, np.full(POINTS, scramble)))
    z, w, weight, scrambles = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Nodes(z, w, weight, scrambles)
