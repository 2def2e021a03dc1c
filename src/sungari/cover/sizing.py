"""The smallest capital that keeps the chance of ruin within what is accepted, and the chance of ruin without end."""

from __future__ import annotations

import math

import numpy as np

from sungari.cover.capital import quantile
from sungari.cover.exact import Aggregator
from sungari.cover.exposure import Cells
from sungari.cover.figures import Figure
from sungari.cover.lattice import Lattice
from sungari.cover.losses import Draws
from sungari.cover.reserve import Account, needed, run
from sungari.cover.ruin import Chain, ever_ruined


def smallest(account: Account, draws: Draws, chain: Chain | None) -> Figure:
    """Smallest opening capital for the accepted chance of ruin."""
    ruin = account.rules.ruin
    need = needed(account, draws.claims)
    drawn, error = quantile(need, 1 - ruin)
    if account.rules.called:
        # Calls depend on the reserve: the chance of ruin falls with the capital, so its half is halved again.
        low, high = 0.0, drawn
        if run(account, draws.claims, 0.0).ruin()[-1] <= ruin:
            high = 0.0
        while high - low > 1e-4 * max(drawn, 1e-300):
            middle = (low + high) / 2
            low, high = (low, middle) if run(account, draws.claims, middle).ruin()[-1] <= ruin else (middle, high)
        drawn = high
    if chain is None:
        return Figure(drawn, drawn, error, error)
    return Figure(chain.capital(ruin), drawn, error, chain.step)


def ever(cells: Cells, account: Account, opening: float) -> float | None:
    """Chance of ever being ruined, where the formula of Cramér and Lundberg holds: one kind of Poisson event, alike in
    all years, nothing but premiums and equal contributions coming in, and all claims paid."""
    rules, hazards = account.rules, {int(h) for h in cells.hazard}
    hazard = cells.hazards[min(hazards)]
    plain = not rules.called and not rules.layers and rules.rate == 0 and math.isinf(rules.annual_limit)
    maker = Aggregator(cells)
    kinds = maker.kinds(0)
    if not plain or len(np.unique(cells.same_years)) > 1 or len(kinds) != 1 or np.ptp(account.income) > 0:
        return None
    if not hazard.poisson or hazard.dependent or hazard.drift:
        return None
    kind = kinds[0]
    points = 2**16
    top = max(maker.range([kind]), 1e-12)
    step = top / (points - 2)
    payment = Lattice(step, maker.payment(kind, step, points))
    return ever_ruined(kind.number * hazard.rate, payment, float(account.income[0]), opening)
