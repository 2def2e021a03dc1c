"""Measures of a yearly cash flow: NPV, every internal rate of return, MIRR, benefit–cost ratio, payback, annuity.

A flow is a sequence of amounts at yearly distance; the first is not discounted. Amounts are in any one money.

The internal rates are the real roots r > −1 of ``Σ flow[k] · (1 + r)^−k``. A flow that changes its sign more than once
may have several; they are isolated by Sturm's theorem in whole numbers, so that none is missed and none is made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd

import numpy as np
from numpy.typing import ArrayLike

from sungari.chain.program import Floats
from sungari.chain.projects import capital_recovery

#: Amounts below this share of the largest are rounding, not money.
ROUNDING = 1e-12
#: Halvings that bring a root to the precision of a float.
_HALVINGS = 70


def discounted(flow: ArrayLike, rate: float) -> Floats:
    """Present values of the amounts, year by year."""
    amounts = np.asarray(flow, dtype=float)
    return np.asarray(amounts * (1.0 + rate) ** -np.arange(len(amounts), dtype=float))


def npv(rate: float, flow: ArrayLike) -> float:
    """Net present value.

    Parameters
    ----------
    rate : float
        Discount rate per year.
    flow : array-like

    Examples
    --------
    >>> round(npv(0.05, [-15000, 1500, 2500, 3500, 4500, 6000]), 2)
    122.89
    """
    return float(discounted(flow, rate).sum())


def sign_changes(flow: ArrayLike) -> int:
    """How often a flow changes its sign; zeros are passed over."""
    signs = [1 if a > 0 else -1 for a in _clean(flow) if a]
    return sum(a != b for a, b in pairwise(signs))


def conventional(flow: ArrayLike) -> bool:
    """Whether a flow is first negative, then positive: its one internal rate of return then means what it says."""
    signs = [1 if a > 0 else -1 for a in _clean(flow) if a]
    return bool(signs) and signs[0] < 0 and sum(a != b for a, b in pairwise(signs)) == 1


def irr(flow: ArrayLike) -> list[float]:
    """Every internal rate of return, per year, in rising order.

    Returns
    -------
    list of float
        All distinct real rates above −1 (−100 %) at which the present value is zero; empty where there is none.

    Examples
    --------
    >>> [round(r, 5) for r in irr([-100, 39, 59, 55, 20])]
    [0.28095]
    >>> [round(r, 4) for r in irr([-50, -100, 600, 300, -100])]
    [-0.7689, 1.8544]
    >>> irr([1, 2, 3])
    []
    """
    amounts = _clean(flow)
    while amounts and not amounts[-1]:
        amounts.pop()
    while amounts and not amounts[0]:
        amounts.pop(0)
    if sign_changes(amounts) == 0:
        return []
    # In x = 1 / (1 + r) the present value is a polynomial; floats are fractions, so its roots can be counted exactly.
    ratios = [Fraction(a) for a in amounts]
    common = 1
    for ratio in ratios:
        common = common * ratio.denominator // gcd(common, ratio.denominator)
    chain = _sturm(_primitive([int(r * common) for r in ratios]))
    square_free = chain[0]
    bound = Fraction(1 + max(abs(c) for c in square_free[:-1]) // abs(square_free[-1]) + 1)
    roots: list[Fraction] = []
    open_ = [(Fraction(0), bound, _variations(chain, Fraction(0)) - _variations(chain, bound))]
    while open_:
        low, high, count = open_.pop()
        if count == 1:
            roots.append(_halve(square_free, low, high))
        elif count > 1:
            middle = (low + high) / 2
            left = _variations(chain, low) - _variations(chain, middle)
            open_ += [(low, middle, left), (middle, high, count - left)]
    return sorted(float(1 / x - 1) for x in roots)


def mirr(flow: ArrayLike, finance: float, reinvest: float | None = None) -> float | None:
    """Modified internal rate of return, per year.

    Parameters
    ----------
    flow : array-like
    finance : float
        Rate at which outlays are financed, per year.
    reinvest : float or None
        Rate at which returns are put to work; None = `finance`.

    Returns
    -------
    float or None
        None for a flow without outlays or without returns.
    """
    amounts = np.array(_clean(flow))
    n = len(amounts) - 1
    out = -npv(finance, np.minimum(amounts, 0.0))
    back = npv(finance if reinvest is None else reinvest, np.maximum(amounts, 0.0))
    if n < 1 or out <= 0 or back <= 0:
        return None
    grown = 1.0 + (finance if reinvest is None else reinvest)
    return float((back / out) ** (1.0 / n) * grown - 1.0)


def bcr(benefits: ArrayLike, costs: ArrayLike, rate: float) -> float | None:
    """Benefit–cost ratio: present value of benefits over that of costs (both positive where they are what they say).

    Returns
    -------
    float or None
        None where there are no costs.
    """
    spent = npv(rate, costs)
    return npv(rate, benefits) / spent if spent > 0 else None


def payback(flow: ArrayLike, rate: float = 0.0) -> float | None:
    """Years from the first amount until what was spent is back for good; within a year by parts.

    Parameters
    ----------
    flow : array-like
    rate : float
        Discount rate per year; 0 = simple payback.

    Returns
    -------
    float or None
        None if it never is.
    """
    amounts = discounted(_clean(flow), rate)
    total = np.cumsum(amounts)
    if not len(total) or total[-1] < 0:
        return None
    short = np.flatnonzero(total < 0)
    if not len(short):
        return 0.0
    last = int(short[-1])
    return float(last - total[last] / amounts[last + 1])


def annuity(amount: float, rate: float, years: float) -> float:
    """Equal yearly amounts, at the ends of so many years, that have the present value `amount`."""
    return float(amount * capital_recovery(rate, np.array([years]))[0])


# -- polynomials with whole coefficients, lowest power first ----------------------------------------------------------


def _clean(flow: ArrayLike) -> list[float]:
    """The amounts, with rounding set to zero."""
    amounts = np.asarray(flow, dtype=float)
    if not np.isfinite(amounts).all():
        raise ValueError("a cash flow must be finite numbers")
    least = ROUNDING * float(np.abs(amounts).max(initial=0.0))
    return [float(a) if abs(a) > least else 0.0 for a in amounts]


def _primitive(p: list[int]) -> list[int]:
    """The polynomial without leading zeros and without a common factor."""
    while p and p[-1] == 0:
        p.pop()
    factor = 0
    for c in p:
        factor = gcd(factor, c)
    return [c // factor for c in p] if factor > 1 else p


def _remainder(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Remainder of a / b times a positive number."""
    rest = list(a)
    lead = abs(b[-1])
    sign = 1 if b[-1] > 0 else -1
    while len(rest) >= len(b):
        factor, shift = rest[-1] * sign, len(rest) - len(b)
        rest = [c * lead for c in rest]
        for i, c in enumerate(b):
            rest[shift + i] -= factor * c
        while rest and rest[-1] == 0:
            rest.pop()
    return _primitive(rest)


def _quotient(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """a / b where b divides a, times a positive number."""
    rest = [Fraction(c) for c in a]
    result = [Fraction(0)] * (len(a) - len(b) + 1)
    for shift in range(len(result) - 1, -1, -1):
        result[shift] = factor = rest[shift + len(b) - 1] / b[-1]
        for i, c in enumerate(b):
            rest[shift + i] -= factor * c
    common = 1
    for part in result:
        common = common * part.denominator // gcd(common, part.denominator)
    return _primitive([int(part * common) for part in result])


def _sturm(p: list[int]) -> list[list[int]]:
    """Sturm's chain of the polynomial without its multiple roots."""
    chain = _chain(p)
    if len(chain[-1]) > 1:
        return _chain(_quotient(p, chain[-1]))
    return chain


def _chain(p: list[int]) -> list[list[int]]:
    chain = [p, _primitive([k * c for k, c in enumerate(p)][1:])]
    while True:
        rest = _remainder(chain[-2], chain[-1])
        if not rest:
            return chain
        chain.append([-c for c in rest])


def _sign(p: Sequence[int], x: Fraction) -> int:
    """Sign of the polynomial at a fraction, in whole numbers."""
    value, power = 0, 1
    for c in reversed(p):
        value = value * x.numerator + c * power
        power *= x.denominator
    return (value > 0) - (value < 0)


def _variations(chain: list[list[int]], x: Fraction) -> int:
    signs = [s for s in (_sign(p, x) for p in chain) if s]
    return sum(a != b for a, b in pairwise(signs))


def _halve(p: list[int], low: Fraction, high: Fraction) -> Fraction:
    """The one (simple) root in (low, high]."""
    right = _sign(p, high)
    if right == 0:
        return high
    for _ in range(4 * _HALVINGS):
        if low > 0 and (high - low) * 2**_HALVINGS < low:
            break
        middle = (low + high) / 2
        here = _sign(p, middle)
        if here == 0:
            return middle
        if here == right:
            high = middle
        else:
            low = middle
    middle = (low + high) / 2
    plain = middle.limit_denominator(10**6)
    return plain if plain > 0 and _sign(p, plain) == 0 else middle
