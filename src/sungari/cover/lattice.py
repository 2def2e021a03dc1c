"""Distributions on a grid: probabilities at 0, h, 2h, … money.

A continuous loss is put on the grid so that its mean is kept (local moment matching; Klugman, Panjer & Willmot, Loss
Models, 9.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sungari.cover.severity import Floats
from sungari.cover.terms import Layer


@dataclass(frozen=True)
class Lattice:
    """Probabilities at multiples of a step.

    Attributes
    ----------
    step : float
        Money between two points.
    p : ndarray of float, shape (N,)
    discrete : bool
        Whether there is nothing between the points; if not, the distribution is taken as linear between them.
    """

    step: float
    p: Floats
    discrete: bool = False

    @property
    def grid(self) -> Floats:
        """Money at each point."""
        return self.step * np.arange(float(len(self.p)))

    @property
    def mean(self) -> float:
        return float(self.step * (np.arange(len(self.p)) @ self.p))

    @property
    def sd(self) -> float:
        index = np.arange(len(self.p))
        first = float(index @ self.p)
        return self.step * math.sqrt(max(float((index - first) ** 2 @ self.p), 0.0))

    def exceeding(self, x: Floats) -> Floats:
        """P(X > x)."""
        if self.discrete:
            over = np.append(1.0 - np.cumsum(self.p), 0.0)
            at = np.floor(np.asarray(x) / self.step + 1e-9).astype(np.int64)
            return np.asarray(np.clip(over[np.minimum(at, len(self.p))], 0.0, 1.0))
        over = 1.0 - np.cumsum(self.p) + self.p / 2
        over[0] = 1.0 - self.p[0]
        return np.clip(np.interp(x, self.grid, over), 0.0, 1.0)

    def var(self, level: float) -> float:
        """Quantile; a point that clearly holds a chance of its own (a limit) is taken as it stands."""
        below = np.cumsum(self.p)
        at = int(np.searchsorted(below, level - 1e-12))
        if at == 0:
            return 0.0
        if at >= len(self.p) - 1:
            return float(self.step * (len(self.p) - 1))
        if self.discrete:
            return float(self.step * at)
        beside = max(self.p[at - 1] if at > 1 else 0.0, self.p[at + 1])
        if self.p[at] > 3 * beside:
            return float(self.step * at)
        middle = below - self.p / 2
        # Where the mass at zero ends is no point to interpolate from.
        low = max(at - 1, 1)
        points, chances = self.step * np.arange(low, at + 2), middle[low : at + 2]
        return float(np.interp(level, chances, points))

    def excess(self, x: float) -> float:
        """E[(X − x)⁺], money."""
        over = self.grid - x
        return float(np.maximum(over, 0.0) @ self.p)

    def tvar(self, level: float) -> float:
        """Mean of the worst ``1 − level`` (tail value at risk, expected shortfall)."""
        var = self.var(level)
        return var + self.excess(var) / (1.0 - level)

    def moved(self, change: Callable[[Floats], Floats]) -> Lattice:
        """The distribution of ``change(X)``, 0 ≤ change(X) ≤ the last point, on the same grid; keeps its mean."""
        return Lattice(self.step, spread(change(self.grid) / self.step, self.p, len(self.p)))

    def coarser(self, most: int) -> Lattice:
        """The distribution on at most `most` points; keeps its mean."""
        if len(self.p) <= most:
            return self
        factor = math.ceil((len(self.p) - 1) / (most - 1))
        points = (len(self.p) - 1) // factor + 2
        return Lattice(self.step * factor, spread(np.arange(len(self.p)) / factor, self.p, points))


def spread(position: Floats, p: Floats, points: int) -> Floats:
    """Put masses at positions between grid points on the points beside them; what is beyond the ends goes there."""
    position = np.clip(position, 0.0, points - 1.0)
    low = np.minimum(position.astype(np.int64), points - 2)
    part = position - low
    made = np.bincount(low, weights=p * (1.0 - part), minlength=points)
    made += np.bincount(low + 1, weights=p * part, minlength=points)
    return np.asarray(made)


def discretised(layer: Layer, step: float, points: int) -> Floats:
    """Payment for one event on a grid, shape (points,); keeps its mean but for what lies beyond the grid."""
    if layer.most <= 0:
        found = np.zeros(points)
        found[0] = 1.0
        return found
    limited = layer.limited(step * np.arange(points + 1.0))
    return _matched(limited, step, points)


def halves(step: float, points: int) -> Floats:
    """The grid and the points halfway between, where :func:`from_cdf` wants the distribution."""
    return step / 2 * np.arange(2.0 * points + 1)


def from_cdf(below: Floats, step: float) -> Floats:
    """A distribution on a grid, given its cumulative one at :func:`halves`; keeps its mean (Simpson's rule)."""
    half = 1.0 - below
    part = step / 6 * (half[:-2:2] + 4 * half[1:-1:2] + half[2::2])
    return _matched(np.concatenate([[0.0], np.cumsum(part)]), step, len(part))


def _matched(limited: Floats, step: float, points: int) -> Floats:
    """Local moment matching from E[min(X, jh)] at j = 0..points."""
    slope = np.diff(limited) / step  # mean chance of exceeding, interval by interval
    made = np.empty(points)
    made[0] = 1.0 - slope[0]
    made[1:] = slope[:-1] - slope[1:]
    made[-1] += slope[-1]
    return made
