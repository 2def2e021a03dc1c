"""Terms of cover: what of a loss the fund pays.

Of a loss x (a share of the exposed amount, or money) the fund pays ``scale · (min(x, upper) − lower)⁺``: the deductible
is `lower`, the limit (or the hazard's cap, if that is less) is `upper`, and coverage times amount is `scale`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sungari.cover.severity import Constant, Empirical, Floats, Normal, Severity


@dataclass(frozen=True)
class Layer:
    """What one event costs the fund: the layer of a severity between two bounds, scaled to money."""

    severity: Severity
    scale: float
    lower: float = 0.0
    upper: float = math.inf

    @property
    def most(self) -> float:
        """Most that one event can cost; ∞ if there is no bound."""
        return self.scale * max(self.upper - self.lower, 0.0) if self.scale > 0 else 0.0

    def survival(self, y: Floats) -> Floats:
        """P(payment > y), y ≥ 0."""
        if self.most <= 0:
            return np.zeros(np.shape(y))
        over = self.severity.survival(self.lower + np.asarray(y) / self.scale)
        return np.where(np.asarray(y) < self.most, over, 0.0)

    def limited(self, y: Floats) -> Floats:
        """E[min(payment, y)], y ≥ 0."""
        if self.most <= 0:
            return np.zeros(np.shape(y))
        upper = np.minimum(self.lower + np.asarray(y, dtype=np.float64) / self.scale, self.upper)
        return np.asarray(self.scale * (self._capped(upper) - self._capped(np.array(self.lower))))

    def _capped(self, x: Floats) -> Floats:
        """E[min(X, x)]; E[X] at x = ∞."""
        beyond = self.severity.survival(x)
        with np.errstate(invalid="ignore"):
            rest = np.where(np.isfinite(x), x * beyond, 0.0)
        return np.asarray(self.severity.partial(1, x) + rest)

    @property
    def mean(self) -> float:
        """Mean payment for an event."""
        return float(self.limited(np.array(math.inf)))

    @property
    def second(self) -> float:
        """Mean of the squared payment for an event."""
        if self.most <= 0:
            return 0.0
        s, low, up = self.severity, np.array(self.lower), np.array(self.upper)
        second, first = s.partial(2, up) - s.partial(2, low), s.partial(1, up) - s.partial(1, low)
        between = s.cdf(up) - s.cdf(low)
        top = (self.upper - self.lower) ** 2 * float(s.survival(up)) if math.isfinite(self.upper) else 0.0
        inside = float(second) - 2 * self.lower * float(first) + self.lower**2 * float(between)
        return self.scale**2 * max(inside + top, 0.0)

    def pay(self, x: Floats) -> Floats:
        """What the fund pays for losses `x`."""
        return np.asarray(self.scale * np.maximum(np.minimum(x, self.upper) - self.lower, 0.0))

    @property
    def atoms(self) -> list[float]:
        """Payments above 0 that have a chance of their own."""
        found: list[float] = []
        if isinstance(self.severity, Constant):
            found = [float(self.pay(np.array(self.severity.value)))]
        elif isinstance(self.severity, Empirical):
            found = list(np.unique(self.pay(self.severity.values)))
        elif math.isfinite(self.most) and float(self.severity.survival(np.array(self.upper))) > 0:
            found = [self.most]
        return [float(v) for v in found if v > 0]

    @property
    def smooth(self) -> bool:
        """Whether the severity has a density."""
        return not isinstance(self.severity, Constant | Empirical)

    @property
    def normal(self) -> bool:
        """Whether it is a drift's own distribution, which can be below zero."""
        return isinstance(self.severity, Normal)
