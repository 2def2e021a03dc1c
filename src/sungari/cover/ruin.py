"""Ruin without drawing: the reserve's own distribution carried from year to year on a grid.

Years are independent, so the reserve is a Markov chain; its step is the year's aggregate (see
:mod:`sungari.cover.exact`). Nothing in it depends on the number of paths: a chance of one in a million has no error
but the grid's. Source: Asmussen & Albrecher, Ruin Probabilities, chapters IV and XI.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from sungari.cover.lattice import Lattice, spread
from sungari.cover.reserve import Account
from sungari.cover.severity import Floats

#: Points of the grid of reserves.
POINTS = 2**14
#: Chance of a year's claims that the grid need not reach: such a year ruins the fund anyway.
BEYOND = 1e-7


@dataclass
class Chain:
    """The reserve as a Markov chain.

    Parameters
    ----------
    account : Account
    claims : sequence of Lattice
        The year's aggregate claims, one for each year.
    reach : float
        Largest reserve to be told apart, money; by default as far as the claims go.
    """

    account: Account
    claims: Sequence[Lattice]
    reach: float = 0.0

    def __post_init__(self) -> None:
        rules, income = self.account.rules, self.account.income
        tops = [max(one.var(1 - BEYOND), one.step) for one in self.claims]
        grown = sum(max(float(i) - one.mean, 0.0) for i, one in zip(income, self.claims, strict=True))
        short = sum(max(one.mean - float(i), 0.0) for i, one in zip(income, self.claims, strict=True))
        top = max(self.reach, 1.5 * max(tops) + 2 * short, rules.target) + grown
        fine = min(one.step for one in self.claims)
        self.step = fine * max(1, math.ceil(top / POINTS / fine))
        self.points = max(min(POINTS, math.ceil(top / self.step) + 2), 4)
        self.size = fft.next_fast_len(2 * self.points, real=True)
        self.reserves: Floats = self.step * np.arange(float(self.points))
        self._claims = [self._net(one) for one in self.claims]

    def _net(self, one: Lattice) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
        """Transform of what the fund pays net in a year."""
        net = self.account.rules.net(one.grid) / self.step
        return np.asarray(fft.rfft(spread(net, one.p, self.points), self.size))

    def _start(self, year: int) -> Floats:
        """Reserve before the year's claims, given the one at the end of the year before."""
        rules = self.account.rules
        have = self.reserves + self.account.income[year]
        return np.asarray((have + rules.call(have)) * (1 + rules.rate))

    def ruin(self, opening: float) -> Floats:
        """Chance of ruin by the end of each year, shape (Y,)."""
        alive = np.zeros(self.points)
        place = min(opening / self.step, self.points - 1.0)
        low = min(int(place), self.points - 2)
        alive[low], alive[low + 1] = 1 - (place - low), place - low
        found = np.zeros(len(self.claims))
        lost = 0.0
        for y, claims in enumerate(self._claims):
            before = self._start(y)
            lost += float(alive[before < 0].sum())
            alive = spread(before[before >= 0] / self.step, alive[before >= 0], self.points)
            held = float(alive.sum())
            # alive[i] after = Σ_j alive[i + j] · claims[j]
            alive = fft.irfft(fft.rfft(alive, self.size) * np.conj(claims), self.size)[: self.points]
            np.maximum(alive, 0.0, out=alive)
            lost += max(held - float(alive.sum()), 0.0)
            found[y] = lost
        return np.clip(found, 0.0, 1.0)

    def survival(self) -> Floats:
        """Chance of not being ruined within the horizon, by opening capital on the grid; shape (points,)."""
        safe = np.ones(self.points)
        for y in reversed(range(len(self.claims))):
            # E[safe(x − claims)], 0 below zero
            after = fft.irfft(fft.rfft(safe, self.size) * self._claims[y], self.size)[: self.points]
            before = self._start(y)
            safe = np.interp(before, self.reserves, after, left=0.0)
            safe[before < 0] = 0.0
        return np.clip(safe, 0.0, 1.0)

    def capital(self, ruin: float) -> float:
        """Smallest opening capital with which the chance of ruin within the horizon is at most `ruin`, money."""
        safe = self.survival()
        enough = np.flatnonzero(1.0 - safe <= ruin * (1 + 1e-9))
        if not len(enough):
            return float(self.reserves[-1])
        first = int(enough[0])
        if first == 0:
            return 0.0
        low, high = 1.0 - safe[first - 1], 1.0 - safe[first]
        # Smooth between points where the chance falls smoothly; where it leaps, the leap is at the point.
        if low - high > 0.5 * low:
            return float(self.reserves[first])
        return float(self.step * (first - 1 + (low - ruin) / max(low - high, 1e-300)))


def ever_ruined(
    rate: float, payment: Lattice, income: float, opening: float
) -> float:
    """Chance that a fund is ever ruined, in continuous time and without end (Cramér–Lundberg).

    Parameters
    ----------
    rate : float
        Events a year (Poisson).
    payment : Lattice
        Payment for one event.
    income : float
        Money a year, flowing in evenly.
    opening : float
        Opening capital.

    Returns
    -------
    float
        By the Pollaczek–Khinchine formula; 1 where the income does not exceed the mean claims. With exponential
        payments of mean μ and a relative loading θ it is ``exp(−θ·u / (μ·(1+θ))) / (1+θ)``.
    """
    if income <= rate * payment.mean:
        return 1.0
    used = rate * payment.mean / income
    if opening <= 0:
        return used
    over = np.clip(1.0 - np.cumsum(payment.p), 0.0, None)
    # The ladder heights have the density P(payment > x) / mean; half a step on, so that their mean is kept.
    points = max(4 * len(payment.p), 4 * math.ceil(opening / payment.step))
    size = fft.next_fast_len(2 * points, real=True)
    ladder = np.zeros(points)
    ladder[: len(over)] = over / 2
    ladder[1 : len(over) + 1] += over / 2
    ladder /= ladder.sum()
    deepest = Lattice(payment.step, fft.irfft((1 - used) / (1 - used * fft.rfft(ladder, size)), size)[:points])
    return float(deepest.exceeding(np.array(opening)))
