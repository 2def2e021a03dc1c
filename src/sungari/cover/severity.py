"""Severities: how much an event takes, as one small class per distribution.

Each knows its cumulative distribution, its moments below a bound, and how to draw. What is lost is a share of an
amount, or money; the classes don't care. Source: Klugman, Panjer & Willmot, Loss Models, appendix A.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Severity(Protocol):
    """A distribution of losses."""

    @property
    def mean(self) -> float:
        """Mean."""

    @property
    def sd(self) -> float:
        """Standard deviation."""

    def cdf(self, x: Floats) -> Floats:
        """P(X ≤ x)."""

    def survival(self, x: Floats) -> Floats:
        """P(X > x), exact far out as well."""

    def partial(self, k: int, x: Floats) -> Floats:
        """E[X^k; X ≤ x] for k = 1, 2."""

    def quantile(self, u: Floats) -> Floats:
        """Smallest x with P(X ≤ x) ≥ u."""

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        """`n` independent losses."""


@dataclass(frozen=True)
class Lognormal:
    """exp of a normal variable with mean `mu` and standard deviation `sigma`."""

    mu: float
    sigma: float

    @classmethod
    def of(cls, mean: float, sd: float) -> Lognormal:
        """By mean and standard deviation, both above 0."""
        variance = math.log1p((sd / mean) ** 2)
        return cls(math.log(mean) - variance / 2, math.sqrt(variance))

    @property
    def mean(self) -> float:
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def sd(self) -> float:
        return self.mean * math.sqrt(math.expm1(self.sigma**2))

    def _score(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray((np.log(np.maximum(x, 0.0)) - self.mu) / self.sigma)

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(special.ndtr(self._score(x)))

    def survival(self, x: Floats) -> Floats:
        return np.asarray(special.ndtr(-self._score(x)))

    def partial(self, k: int, x: Floats) -> Floats:
        whole = math.exp(k * self.mu + (k * self.sigma) ** 2 / 2)
        return np.asarray(whole * special.ndtr(self._score(x) - k * self.sigma))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(np.exp(self.mu + self.sigma * special.ndtri(u)))

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        found = random.standard_normal(n)
        found *= self.sigma
        found += self.mu
        return np.asarray(np.exp(found, out=found))


@dataclass(frozen=True)
class Gamma:
    """Gamma with `shape` and `scale`; shape 1 is the exponential."""

    shape: float
    scale: float

    @classmethod
    def of(cls, mean: float, sd: float) -> Gamma:
        """By mean and standard deviation, both above 0."""
        return cls((mean / sd) ** 2, sd**2 / mean)

    @property
    def mean(self) -> float:
        return self.shape * self.scale

    @property
    def sd(self) -> float:
        return math.sqrt(self.shape) * self.scale

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(special.gammainc(self.shape, np.maximum(x, 0.0) / self.scale))

    def survival(self, x: Floats) -> Floats:
        return np.asarray(special.gammaincc(self.shape, np.maximum(x, 0.0) / self.scale))

    def partial(self, k: int, x: Floats) -> Floats:
        whole = self.scale**k * math.prod(self.shape + i for i in range(k))
        return np.asarray(whole * special.gammainc(self.shape + k, np.maximum(x, 0.0) / self.scale))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(self.scale * special.gammaincinv(self.shape, u))

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        found = random.standard_gamma(self.shape, n)
        found *= self.scale
        return found


@dataclass(frozen=True)
class Beta:
    """Beta on 0..1 with parameters `a` and `b`."""

    a: float
    b: float

    @classmethod
    def of(cls, mean: float, sd: float) -> Beta:
        """By mean within 0..1 and standard deviation below √(mean·(1−mean))."""
        size = mean * (1 - mean) / sd**2 - 1
        return cls(mean * size, (1 - mean) * size)

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def sd(self) -> float:
        return math.sqrt(self.mean * (1 - self.mean) / (self.a + self.b + 1))

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(special.betainc(self.a, self.b, np.clip(x, 0.0, 1.0)))

    def survival(self, x: Floats) -> Floats:
        return np.asarray(special.betaincc(self.a, self.b, np.clip(x, 0.0, 1.0)))

    def partial(self, k: int, x: Floats) -> Floats:
        whole = math.prod((self.a + i) / (self.a + self.b + i) for i in range(k))
        return np.asarray(whole * special.betainc(self.a + k, self.b, np.clip(x, 0.0, 1.0)))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(special.betaincinv(self.a, self.b, u))

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        return np.asarray(random.beta(self.a, self.b, n))


@dataclass(frozen=True)
class Pareto:
    """Pareto from `least` upwards with exponent `alpha` above 2: P(X > x) = (least / x)^alpha."""

    least: float
    alpha: float

    @classmethod
    def of(cls, mean: float, sd: float) -> Pareto:
        """By mean and standard deviation, both above 0."""
        alpha = 1 + math.sqrt(1 + (mean / sd) ** 2)
        return cls(mean * (alpha - 1) / alpha, alpha)

    @property
    def mean(self) -> float:
        return self.alpha * self.least / (self.alpha - 1)

    @property
    def sd(self) -> float:
        return self.mean / math.sqrt(self.alpha * (self.alpha - 2))

    def cdf(self, x: Floats) -> Floats:
        return 1.0 - self.survival(x)

    def survival(self, x: Floats) -> Floats:
        return np.asarray((self.least / np.maximum(x, self.least)) ** self.alpha)

    def partial(self, k: int, x: Floats) -> Floats:
        over = np.maximum(x, self.least)
        whole = self.alpha * self.least**k / (self.alpha - k)
        return np.asarray(whole * (1 - (self.least / over) ** (self.alpha - k)))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(self.least * (1 - u) ** (-1 / self.alpha))

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        return np.asarray(self.least * np.exp(random.standard_exponential(n) / self.alpha))


@dataclass(frozen=True)
class Constant:
    """The same loss each time."""

    value: float

    @property
    def mean(self) -> float:
        return self.value

    @property
    def sd(self) -> float:
        return 0.0

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(x >= self.value, dtype=np.float64)

    def survival(self, x: Floats) -> Floats:
        return 1.0 - self.cdf(x)

    def partial(self, k: int, x: Floats) -> Floats:
        return self.value**k * self.cdf(x)

    def quantile(self, u: Floats) -> Floats:
        return np.full(np.shape(u), self.value)

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        return np.full(n, self.value)


class Empirical:
    """The losses observed, each as likely as the others."""

    def __init__(self, values: Floats) -> None:
        self.values: Floats = np.sort(np.asarray(values, dtype=np.float64))
        n = len(self.values)
        self._sums = [np.concatenate([[0.0], np.cumsum(self.values**k)]) / n for k in range(3)]

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def sd(self) -> float:
        return float(self.values.std())

    def cdf(self, x: Floats) -> Floats:
        return self.partial(0, x)

    def survival(self, x: Floats) -> Floats:
        return 1.0 - self.cdf(x)

    def partial(self, k: int, x: Floats) -> Floats:
        return np.asarray(self._sums[k][np.searchsorted(self.values, x, side="right")])

    def quantile(self, u: Floats) -> Floats:
        at = np.ceil(np.asarray(u) * len(self.values) - 1e-12).astype(np.int64) - 1
        return np.asarray(self.values[np.clip(at, 0, len(self.values) - 1)])

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        return np.asarray(self.values[random.integers(0, len(self.values), n)])


@dataclass(frozen=True)
class Normal:
    """A drift: what is lost, or below zero won, in a year."""

    mean: float
    sd: float

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(special.ndtr((x - self.mean) / self.sd))

    def survival(self, x: Floats) -> Floats:
        return np.asarray(special.ndtr((self.mean - x) / self.sd))

    def partial(self, k: int, x: Floats) -> Floats:
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.sd
        below, density = special.ndtr(z), np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        first = self.mean * below - self.sd * density
        if k == 1:
            return np.asarray(first)
        edge = np.where(np.isfinite(z), z, 0.0) * density
        return np.asarray(
            self.mean**2 * below - 2 * self.mean * self.sd * density + self.sd**2 * (below - edge)
        )

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(self.mean + self.sd * special.ndtri(u))

    def draw(self, random: np.random.Generator, n: int) -> Floats:
        return random.normal(self.mean, self.sd, n)


#: Distributions given by a mean and a standard deviation.
BY_MOMENTS: dict[str, type[Lognormal] | type[Gamma] | type[Beta] | type[Pareto]] = {
    "lognormal": Lognormal, "gamma": Gamma, "beta": Beta, "pareto": Pareto,
}  # fmt: skip
