"""Premiums: what cover costs a year, by the rule of the fund.

expected_value: (1 + θ)·E. standard_deviation: E + θ·sd. wang: the mean after the chance of each loss is raised,
Φ(Φ⁻¹(S(x)) + θ) in place of S(x). tvar: E + θ·(TVaR − E) at a level. Each exposure is priced for itself; a premium that
is stated holds in its place. Source: Klugman, Panjer & Willmot, Loss Models, 3.5; Wang 2000.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sungari.cover.exact import Aggregator, Kind, alone
from sungari.cover.exposure import Cells
from sungari.cover.lattice import Lattice
from sungari.cover.reserve import Rules
from sungari.cover.severity import Floats

#: Points of the grid on which one exposure is priced.
POINTS = 2**13


def premiums(cells: Cells, rules: Rules) -> Floats:
    """Premium of each cell by year, money, shape (n, Y)."""
    expected = cells.expected
    known: dict[tuple[object, ...], float] = {}
    found = np.zeros(expected.shape)
    maker = Aggregator(cells)
    for i, y in np.argwhere(cells.events * cells.scale > 0):
        if not math.isnan(cells.premium[i]):
            found[i, y] = cells.premium[i]
            continue
        if rules.premium_rule == "expected_value":
            found[i, y] = (1 + rules.premium_loading) * expected[i, y]
            continue
        layer = cells.layer(int(i), int(y))
        # A share is priced on one unit of money: years and projects that differ by the amount only share the work.
        key = (int(cells.hazard[i]), layer.lower, layer.upper)
        if key not in known:
            known[key] = _loaded(maker, Kind(int(cells.hazard[i]), layer, 1), rules) / layer.scale
        found[i, y] = known[key] * layer.scale
    return found


def _loaded(maker: Aggregator, kind: Kind, rules: Rules) -> float:
    """Premium of one cell by a rule that looks at its spread."""
    hazard, layer, loading = maker.cells.hazards[kind.hazard], kind.layer, rules.premium_loading
    events = hazard.expected_events
    mean = events * layer.mean
    if rules.premium_rule == "standard_deviation":
        # Poisson: E[N]·E[Y²]; a chance, or a drift: the mean's square less.
        variance = events * layer.second - (0.0 if hazard.poisson else mean**2)
        return mean + loading * math.sqrt(max(variance, 0.0))
    lattice = alone(maker, kind, POINTS)
    if rules.premium_rule == "wang":
        return mean * _wang(lattice, loading) / max(lattice.mean, 1e-300) if mean > 0 else 0.0
    return mean + loading * max(lattice.tvar(rules.premium_level) - mean, 0.0)


def _wang(lattice: Lattice, shift: float) -> float:
    over = np.clip(1.0 - np.cumsum(lattice.p), 0.0, 1.0)
    return float(lattice.step * special.ndtr(special.ndtri(over) + shift).sum())
