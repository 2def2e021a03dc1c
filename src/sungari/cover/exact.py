"""The year's aggregate loss without drawing: exact up to a grid, and to a quadrature over common causes.

Given its causes, cells are independent: the generating functions of their losses multiply, point by point of the
Fourier transform, and are averaged over the causes. Independent causes multiply again. With several causes that move
together the average is over scrambled Sobol points (conditional Monte Carlo), and has a standard error.
Source: Klugman, Panjer & Willmot, Loss Models, 9.8; Glasserman 2004, 9.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sungari.cover.copula import Group, below, groups, hidden_quantile
from sungari.cover.exposure import Cells
from sungari.cover.hazards import Hazard
from sungari.cover.lattice import Lattice, discretised, from_cdf, halves
from sungari.cover.severity import Floats
from sungari.cover.terms import Layer

Complex = NDArray[np.complex128]
#: Chance that the grid may leave out at its end, and of the jumps from which on one alone is looked at.
BEYOND, SINGLE = 1e-8, 1e-4
#: Least and most points of a grid, and multiplications that a year may take.
FEWEST, MOST = 2**11, 2**20
WORK = 2e8


@dataclass(frozen=True)
class Kind:
    """Cells that are alike: `number` of them, each with the same hazard and the same layer."""

    hazard: int
    layer: Layer
    number: int


@dataclass(frozen=True)
class Aggregate:
    """A year's aggregate loss.

    Attributes
    ----------
    lattice : Lattice
    sampled : list of Lattice
        The same by independent scramblings of the causes; empty where the answer is exact.
    occurrence : callable
        P(largest single loss of the year > x).
    """

    lattice: Lattice
    sampled: list[Lattice]
    occurrence: Callable[[Floats], Floats]

    def error(self, figure: Callable[[Lattice], float]) -> float:
        """Standard error of a figure from the scramblings; 0 where there are none."""
        if not self.sampled:
            return 0.0
        found = [figure(one) for one in self.sampled]
        return float(np.std(found, ddof=1) / math.sqrt(len(found)))


class Aggregator:
    """Makes aggregate distributions of a set of cells.

    Parameters
    ----------
    cells : Cells
    seed : int
        Of the scramblings, where there are any.

    Attributes
    ----------
    possible : bool
        Whether the work stays within bounds; if not, there is only simulation.
    """

    def __init__(self, cells: Cells, seed: int = 0) -> None:
        self.cells = cells
        found = groups(cells.hazards, np.bincount(cells.hazard, minlength=len(cells.hazards)), cells.causes, seed)
        self.groups: list[Group] = found or []
        distinct = len(np.unique(cells.same_years))
        work = sum(self._work(y, 1) * FEWEST for y in np.unique(cells.same_years)) if found is not None else math.inf
        self.possible = bool(work <= 2 * WORK + WORK * distinct / 4)

    @property
    def exact(self) -> bool:
        """Whether nothing is sampled."""
        return self.possible and not any(g.nodes.sampled for g in self.groups)

    def kinds(self, year: int) -> list[Kind]:
        """Cells of a year (by position), alike ones together."""
        cells = self.cells
        found: dict[tuple[int, float, float, float], int] = {}
        for i in np.flatnonzero(cells.gross[:, year] > 0):
            layer = cells.layer(int(i), year)
            if layer.most > 0 and cells.events[i, year] > 0:
                key = (int(cells.hazard[i]), layer.scale, layer.lower, layer.upper)
                found[key] = found.get(key, 0) + 1
        return [Kind(h, Layer(cells.hazards[h].severity, s, low, up), n) for (h, s, low, up), n in found.items()]

    def _work(self, year: int, points: int) -> float:
        nodes = {h: len(g.nodes.weight) for g in self.groups for h in g.hazards}
        hazards = self.cells.hazards
        total = 0.0
        for kind in self.kinds(year):
            hazard = hazards[kind.hazard]
            each = 25.0 * nodes[kind.hazard] if hazard.drift and hazard.dependent else (
                20.0 + 2 * nodes[kind.hazard] * (1 + (hazard.rate if hazard.poisson and hazard.dependent else 0)))
            total += each * points
        return total

    def year(self, year: int, *, points: int | None = None, step: float | None = None) -> Aggregate:
        """Aggregate of a year (by position).

        Parameters
        ----------
        year : int
        points : int or None
            Points of the grid; None = as many as the work allows.
        step : float or None
            Step of the grid, money; None = as fits the points.
        """
        kinds = self.kinds(year)
        if not kinds:
            return Aggregate(Lattice(1.0, np.eye(1, 4)[0]), [], lambda x: np.zeros(np.shape(x)))
        if points is None:
            points = self.fitting(year, WORK)
        top = self.range(kinds)
        discrete = False
        if step is None:
            step, points, discrete = _step(kinds, top, points)
        else:
            points = fft.next_fast_len(max(math.ceil(top / step) + 2, 4), real=True)
        transforms: list[list[Complex]] = []  # of each group: by scrambling, or only one
        for group in self.groups:
            mine = [k for k in kinds if k.hazard in group.hazards]
            if mine:
                transforms.append(self._transform(group, mine, step, points))

        def back(chosen: Sequence[Complex]) -> Lattice:
            found = fft.irfft(math.prod(chosen[1:], start=chosen[0]), points)
            np.maximum(found, 0.0, out=found)
            return Lattice(step, found / found.sum(), discrete)

        repeats = max(len(t) for t in transforms)
        sampled = [back([t[r % len(t)] for t in transforms]) for r in range(repeats)] if repeats > 1 else []
        whole = [sum(t[1:], start=t[0]) / len(t) for t in transforms]
        return Aggregate(back(whole), sampled, lambda x: self._occurrence(kinds, x))

    def fitting(self, year: int, work: float) -> int:
        """Points of a grid that a year can have for so much work: a power of 2."""
        return int(2 ** math.floor(math.log2(min(max(work / max(self._work(year, 1), 1.0), FEWEST), MOST))))

    def range(self, kinds: Sequence[Kind]) -> float:
        """Money that the year's aggregate hardly ever exceeds."""
        hazards = self.cells.hazards
        jump, usual = _jump(kinds, hazards, BEYOND), _jump(kinds, hazards, SINGLE)
        total, most = 0.0, 0.0
        for group in self.groups:
            mine = [k for k in kinds if k.hazard in group.hazards]
            if not mine:
                continue
            mean, variance = np.zeros(len(group.nodes.weight)), np.zeros(len(group.nodes.weight))
            for kind in mine:
                layer, hazard = kind.layer, hazards[kind.hazard]
                first, second = float(layer.limited(np.array(jump))), layer.second if jump >= layer.most else _second(
                    layer, jump)
                if hazard.drift:
                    mean += kind.number * jump if hazard.dependent else kind.number * first
                    variance += kind.number * second
                    most += kind.number * jump
                    continue
                chances = group.counts(hazard)
                k = np.arange(chances.shape[1])
                count = chances @ k
                mean += kind.number * count * first
                variance += kind.number * (count * max(second - first**2, 0.0) + (
                    chances @ k**2 - count**2) * first**2)
                most += kind.number * (len(k) - 1) * min(layer.most, jump)
            likely = group.nodes.weight > BEYOND / 10
            variance = np.maximum(variance, 0.0)
            # All jumps bounded by the largest; or by a usual one, and one larger beside them.
            over = np.minimum(_bernstein(variance, jump), _bernstein(variance, usual) + 1.5 * jump)
            total += float((mean + over)[likely].max())
        return min(total, most) * 1.0001

    def _transform(self, group: Group, kinds: Sequence[Kind], step: float, points: int) -> list[Complex]:
        """Fourier transform of a group's aggregate, averaged over its nodes (by scrambling)."""
        hazards, nodes = self.cells.hazards, group.nodes
        if len(nodes.weight) == 1:
            found = np.ones(points // 2 + 1, dtype=np.complex128)
            for kind in kinds:
                found *= _alone(hazards[kind.hazard], fft.rfft(self.payment(kind, step, points)), kind.number)
            return [found]
        payments = [None if hazards[k.hazard].drift else fft.rfft(self.payment(k, step, points)) for k in kinds]
        edges = [self._edges(k, halves(step, points)) if hazards[k.hazard].drift else None for k in kinds]
        counts = {k.hazard: group.counts(hazards[k.hazard]) for k in kinds if not hazards[k.hazard].drift}
        repeats = int(nodes.scramble.max()) + 1
        sums = [np.zeros(points // 2 + 1, dtype=np.complex128) for _ in range(repeats)]
        for n in np.flatnonzero(nodes.weight > 0):
            product: Complex | None = None
            for kind, payment, edge in zip(kinds, payments, edges, strict=True):
                if payment is None or edge is not None:
                    each = fft.rfft(from_cdf(self._drift(group, kind, edge, int(n)), step))
                else:
                    each = _polynomial(counts[kind.hazard][n], payment)
                if kind.number > 1:
                    each = each**kind.number
                product = each if product is None else product * each
            sums[nodes.scramble[n]] += (nodes.weight[n] * repeats) * product
        return sums

    def payment(self, kind: Kind, step: float, points: int) -> Floats:
        """Payment for one event on a grid."""
        if kind.layer.normal and self.cells.hazards[kind.hazard].drift:
            return from_cdf(1.0 - kind.layer.survival(halves(step, points)), step)
        return discretised(kind.layer, step, points)

    def _edges(self, kind: Kind, y: Floats) -> Floats:
        """Hidden variable of a drift up to which at most `y` is paid; ∞ from the most that can be."""
        layer = kind.layer
        q = hidden_quantile(self.cells.hazards[kind.hazard], layer.severity.cdf(layer.lower + y / layer.scale))
        return np.where(y < layer.most, q, np.inf)

    def _drift(self, group: Group, kind: Kind, edges: Floats | None, node: int) -> Floats:
        """Distribution of a drift's yearly payment at the amounts of the edges, given its cause."""
        assert edges is not None
        hazard = self.cells.hazards[kind.hazard]
        z, w = group.at(hazard)
        return below(hazard, edges, z[node : node + 1], w[node : node + 1])

    def _occurrence(self, kinds: Sequence[Kind], x: Floats) -> Floats:
        """P(largest single payment of the year > x)."""
        hazards, none = self.cells.hazards, np.ones(len(np.atleast_1d(x)))
        for group in self.groups:
            mine = [k for k in kinds if k.hazard in group.hazards]
            if not mine:
                continue
            each = np.ones((len(group.nodes.weight), len(none)))
            for kind in mine:
                hazard = hazards[kind.hazard]
                if hazard.drift:
                    edges = self._edges(kind, np.atleast_1d(x))
                    one = np.stack([self._drift(group, kind, edges, n) for n in range(len(each))])
                else:
                    under = 1.0 - kind.layer.survival(np.atleast_1d(x))
                    one = np.stack([_horner(row, under) for row in group.counts(hazard)])
                each *= one**kind.number
            none = none * (group.nodes.weight @ each)
        return 1.0 - none


def alone(maker: Aggregator, kind: Kind, points: int) -> Lattice:
    """The year's aggregate of cells of one kind, as if they were independent."""
    hazard = maker.cells.hazards[kind.hazard]
    step, points, discrete = _step([kind], maker.range([kind]), points)
    payment = fft.rfft(maker.payment(kind, step, points))
    found = np.maximum(fft.irfft(_alone(hazard, payment, kind.number), points), 0.0)
    return Lattice(step, found / found.sum(), discrete)


def _alone(hazard: Hazard, payment: Complex, number: int) -> Complex:
    """Transform of the aggregate of `number` cells of an independent hazard."""
    if hazard.drift:
        return payment**number
    if hazard.poisson:
        return np.exp(number * hazard.rate * (payment - 1.0))
    return (1.0 + hazard.rate * (payment - 1.0)) ** number


def _polynomial(chances: Floats, x: Complex) -> Complex:
    """Σ chances[k] · x^k, the highest powers left out where they have no chance."""
    last = int(np.flatnonzero(chances > 1e-15)[-1])
    found = np.full(len(x), chances[last], dtype=np.complex128)
    for k in range(last - 1, -1, -1):
        found *= x
        found += chances[k]
    return found


def _horner(chances: Floats, x: Floats) -> Floats:
    return np.asarray(np.polynomial.polynomial.polyval(x, chances))


def _bernstein(variance: Floats, jump: float) -> Floats:
    """What a sum of jumps of at most `jump` hardly ever exceeds its mean by (Bernstein's inequality)."""
    depth = -math.log(BEYOND)
    return np.asarray(jump * depth / 3 + np.sqrt((jump * depth / 3) ** 2 + 2 * depth * variance))


def _jump(kinds: Sequence[Kind], hazards: Sequence[Hazard], beyond: float) -> float:
    """Money that a single payment exceeds in a year with a chance of `beyond`."""
    bound = max(k.layer.most for k in kinds)

    def often(x: float) -> float:
        return sum(k.number * hazards[k.hazard].expected_events * float(k.layer.survival(np.array(x))) for k in kinds)

    high = 1.0 if math.isinf(bound) else bound
    while math.isinf(bound) and often(high) > beyond:
        high *= 4.0
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if often(middle) > beyond else (low, middle)
    return high


def _second(layer: Layer, jump: float) -> float:
    """Mean squared payment, cut off at `jump`."""
    return Layer(layer.severity, layer.scale, layer.lower, min(layer.upper, layer.lower + jump / layer.scale)).second


def _step(kinds: Sequence[Kind], top: float, points: int) -> tuple[float, int, bool]:
    """Step of the grid, its number of points, and whether nothing lies between them.

    Payments with a chance of their own lie on the grid, if they can.
    """
    step, discrete = top / (points - 2), False
    atoms = sorted({round(a, 12) for k in kinds for a in k.layer.atoms})
    if atoms and len(atoms) <= 1000:
        unit = Fraction(atoms[0]).limit_denominator(10**6)
        for a in atoms[1:]:
            other = Fraction(a).limit_denominator(10**6)
            unit = Fraction(math.gcd(unit.numerator * other.denominator, other.numerator * unit.denominator),
                            unit.denominator * other.denominator)
        common = float(unit)
        if common > 0 and top / common <= min(4 * points, MOST):
            discrete = not any(k.layer.smooth for k in kinds)
            step = common if discrete else common / max(math.floor(common / step), 1)
    # A coarse grid costs little: it may as well reach so far that nothing is left beyond it.
    reach = min(4.0, max(points * step / top, 1.0)) if discrete else 1.0
    needed = math.ceil(reach * top / step) + 2
    return step, fft.next_fast_len(max(needed, 4), real=True), discrete
