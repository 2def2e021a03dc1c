"""Pruning: what no best plan can use is left out before the solver sees it.

Two bounds are kept for every commodity at every place: the least that a unit can cost there, and the most that a unit
can fetch from there. A flow, an activity, a supply or a sale whose cost exceeds what it can fetch is in no best plan.
The bounds hold only for the costs and prices they were made with.

Where rows force quantities (``min``, demand that must be met) the bounds are widened to 0 and ∞ there, so that
nothing is left out that a forced quantity may need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sungari.chain.demand import Demand
from sungari.chain.facilities import Facilities
from sungari.chain.ground import Ground
from sungari.chain.links import Links
from sungari.chain.program import Floats, Ints
from sungari.chain.stores import Stores
from sungari.chain.supply import Supply

MOST_PASSES = 400
#: Bounds are compared with this much slack, relative to their size, so that rounding never prunes a tie.
SLACK = 1e-9


@dataclass
class Bounds:
    """Per (place, commodity): least cost and best price of a unit, money per unit, undiscounted."""

    cost: Floats
    price: Floats


def prune(
    ground: Ground, supply: Supply, facilities: Facilities, links: Links, stores: Stores, demand: Demand,
    *, prices: bool = True,
) -> Bounds | None:
    """Set the ``keep`` masks of the families.

    Parameters
    ----------
    prices : bool
        Whether to prune by price bounds as well as by reach.

    Returns
    -------
    Bounds or None
        The bounds; None if they could not be had (costs that fall around a circle) and only closed rows are left out.
    """
    duty = np.asarray(links.duty.min(axis=1, initial=np.inf if len(links.duty) else 0.0))
    links.keep = np.asarray(links.open.any(axis=1))
    lines = _Lines(ground, facilities)
    bounds = None
    for price in (None, "again"):
        cost = _least_cost(ground, supply, lines, links, stores, duty, bounds.price if price and bounds else None)
        if cost is None:
            return None
        best = _best_price(ground, lines, links, stores, demand, duty, cost)
        if best is None:
            return None
        bounds = Bounds(cost, best)
        if not lines.joint:
            break
    assert bounds is not None
    cost, best = bounds.cost, bounds.price
    if not prices:
        best = np.where(best > -np.inf, np.inf, best)
        cost = np.where(cost < np.inf, 0.0, cost)
    start, end = ground.pair(links.start, links.commodity), ground.pair(links.end, links.commodity)
    fetched = _paid(best[end], links.cost + duty, lines.floor[end])
    links.keep &= _worth(cost[start] + links.cost + duty, _times(fetched, 1.0 - links.loss))
    row = supply.ways.row
    at = ground.pair(supply.place, supply.commodity)[row]
    fetched = _paid(best[at], supply.cost, lines.floor[at])
    supply.keep = supply.limit.open[row].any(axis=1) & _worth(supply.cost, fetched)
    supply.keep |= (supply.least > 0).any(axis=1)[row]
    spent, earned = lines.margins(cost, best)
    way_cost = facilities.cost
    row = facilities.ways.row
    facilities.keep = facilities.limit.open[row].any(axis=1) & _worth(spent[row] + way_cost, earned[row])
    facilities.keep |= (facilities.least > 0).any(axis=1)[row]
    pair = ground.pair(demand.place, demand.commodity)
    offer = demand.best_price()
    demand.keep = np.asarray(np.isinf(offer) | _worth(cost[pair], offer))
    pair = ground.pair(stores.place, stores.commodity)
    stores.keep = (cost[pair] < np.inf) & (best[pair] > -np.inf)
    return bounds


def _worth(cost: Floats, price: Floats) -> NDArray[np.bool_]:
    """Whether something that costs `cost` may fetch `price`."""
    with np.errstate(invalid="ignore"):
        slack = SLACK * (1.0 + np.where(np.isfinite(cost), np.abs(cost), 0.0))
        return np.asarray((cost < np.inf) & (price > -np.inf) & ~(cost - slack > price))


def _times(price: Floats, share: Floats) -> Floats:
    """``price · share`` with ∞ · 0 = 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(share == 0.0, 0.0, price * share))


class _Lines:
    """Recipe lines of the facilities, split into what is used and what is made."""

    def __init__(self, ground: Ground, facilities: Facilities) -> None:
        n = len(facilities.frame)
        pair = ground.pair(facilities.place[facilities.line_row], facilities.line_commodity)
        used = facilities.line_amount < 0
        self.n = n
        self.in_row, self.in_pair = facilities.line_row[used], pair[used]
        self.in_amount = -facilities.line_amount[used]
        self.out_row, self.out_pair = facilities.line_row[~used], pair[~used]
        self.out_amount = facilities.line_amount[~used]
        self.several = np.bincount(self.out_row, minlength=n) > 1
        self.joint = bool(self.several.any())
        self.open = np.asarray(facilities.limit.open.any(axis=1))
        self.forced = np.asarray((facilities.least > 0).any(axis=1))
        cheapest = np.full(n, np.inf)
        np.minimum.at(cheapest, facilities.ways.row, facilities.cost)
        self.cost = cheapest
        # What may be left where it is fetches at least nothing.
        self.floor = _floor(ground)

    def margins(self, cost: Floats, best: Floats) -> tuple[Floats, Floats]:
        """Least spending on inputs and best earnings from outputs, per unit of activity, by facility."""
        return self.spent(cost), self.earned(best)

    def spent(self, cost: Floats) -> Floats:
        return _sum(self.in_row, self.in_amount * cost[self.in_pair], self.n, np.inf)

    def earned(self, best: Floats) -> Floats:
        return _sum(self.out_row, self.out_amount * np.maximum(best, self.floor)[self.out_pair], self.n, -np.inf)


def _sum(row: Ints, values: Floats, n: int, poison: float) -> Floats:
    """Sums by row where one `poison` value spoils its row, and the other infinity wins otherwise."""
    total = np.bincount(row, weights=np.where(np.isfinite(values), values, 0.0), minlength=n).astype(float)
    total[row[values == -poison]] = -poison
    total[row[values == poison]] = poison
    return np.asarray(total)


def _floor(ground: Ground) -> Floats:
    """Least price of a unit: 0 for what may be left where it is, −∞ for what may not. Per (place, commodity)."""
    return np.tile(np.where(ground.free_disposal, 0.0, -np.inf), len(ground.places))


def _least_cost(
    ground: Ground, supply: Supply, lines: _Lines, links: Links, stores: Stores, duty: Floats, best: Floats | None
) -> Floats | None:
    """Least cost at which a unit can be at each place; ∞ where none can be."""
    n = len(ground.places) * len(ground.commodities)
    floor = lines.floor
    cost = np.full(n, np.inf)
    row = supply.ways.row
    at = ground.pair(supply.place, supply.commodity)[row]
    can = supply.limit.open[row].any(axis=1)
    forced = (supply.least > 0).any(axis=1)[row]
    np.minimum.at(cost, at[can], supply.cost[can])
    np.minimum.at(cost, at[forced], floor[at[forced]])
    stocked = np.flatnonzero(
        (stores.frame["cycle"] == "none").to_numpy(dtype=bool) & (stores.frame["initial"].to_numpy(dtype=float) > 0)
    )
    at = ground.pair(stores.place[stocked], stores.commodity[stocked])
    np.minimum.at(cost, at, floor[at])
    cost = np.where(cost < np.inf, np.maximum(cost, floor), cost)
    go = links.keep
    start, end = ground.pair(links.start, links.commodity)[go], ground.pair(links.end, links.commodity)[go]
    step, left = (links.cost + duty)[go], (1.0 - links.loss)[go]
    left = np.maximum(left, 1e-12)
    for _ in range(MOST_PASSES):
        before = cost.copy()
        with np.errstate(invalid="ignore"):
            np.minimum.at(cost, end, (cost[start] + step) / left)
            made = lines.spent(cost) + lines.cost
            made = np.where(lines.open & (made < np.inf), made, np.inf)
            per_unit = _per_output(lines, made, best, floor)
        np.minimum.at(cost, lines.out_pair, per_unit)
        cost = np.where(cost < np.inf, np.maximum(cost, floor), cost)
        if _same(before, cost):
            return cost
    return None


def _per_output(lines: _Lines, made: Floats, best: Floats | None, floor: Floats) -> Floats:
    """Least cost of each output: spending less the best that the other outputs may earn."""
    total = made[lines.out_row]
    joint = lines.several[lines.out_row] | lines.forced[lines.out_row]
    alone = total / lines.out_amount
    if not joint.any():
        return np.asarray(alone)
    lowest = floor[lines.out_pair]
    if best is None:
        return np.asarray(np.where(joint & (total < np.inf), lowest, alone))
    worth = lines.out_amount * np.maximum(best, lines.floor)[lines.out_pair]
    others = lines.earned(best)[lines.out_row]
    with np.errstate(invalid="ignore"):
        rest = np.where(np.isfinite(others) & np.isfinite(worth), others - worth, np.inf)
        shared = np.where(np.isfinite(rest), (total - rest) / lines.out_amount, lowest)
    shared = np.where(lines.forced[lines.out_row], lowest, shared)
    return np.asarray(np.where(joint & (total < np.inf), np.maximum(shared, lowest), alone))


def _best_price(
    ground: Ground, lines: _Lines, links: Links, stores: Stores, demand: Demand, duty: Floats, cost: Floats
) -> Floats | None:
    """Most that a unit at each place can fetch; −∞ where nobody wants it."""
    n = len(ground.places) * len(ground.commodities)
    best = np.full(n, -np.inf)
    np.maximum.at(best, ground.pair(demand.place, demand.commodity), demand.best_price())
    _sinks(ground, links, stores, best)
    go = links.keep
    start, end = ground.pair(links.start, links.commodity)[go], ground.pair(links.end, links.commodity)[go]
    step, left = (links.cost + duty)[go], (1.0 - links.loss)[go]
    live = np.asarray(lines.open[lines.in_row] | lines.forced[lines.in_row])
    for _ in range(MOST_PASSES):
        before = best.copy()
        np.maximum.at(best, start, _times(_paid(best[end], step, lines.floor[end]), left) - step)
        earned = lines.earned(best) - lines.cost
        spent = lines.in_amount * cost[lines.in_pair]
        total = lines.spent(cost)[lines.in_row]
        with np.errstate(invalid="ignore"):
            # What is left for this input after the others were paid at their least cost.
            others = np.where(np.isfinite(total) & np.isfinite(spent), total - spent, -np.inf)
            others = np.where(total == np.inf, np.inf, others)
            worth = (earned[lines.in_row] - others) / lines.in_amount
        worth = np.where(np.isnan(worth) | (others == -np.inf), np.inf, worth)
        worth = np.where(lines.forced[lines.in_row], np.inf, worth)
        # An input that none can have here yet is judged as if it were free: it is the cost bound that tells.
        worth = np.where((others == np.inf) & (spent < np.inf), -np.inf, worth)
        worth = np.asarray(np.where(earned[lines.in_row] == -np.inf, -np.inf, worth))
        np.maximum.at(best, lines.in_pair[live], worth[live])
        if _same(before, best):
            return best
    return None


def _sinks(ground: Ground, links: Links, stores: Stores, best: Floats) -> None:
    """Raise prices, where no surplus may be left lying, to what getting rid of it in a store or on a way may fetch.

    A store that loses some, or that need not end as it began, takes what nobody wants; so does a way that loses some,
    to and fro. Neither pays for it, unless its own cost is below zero.
    """
    lossy = (stores.frame["cycle"] == "none").to_numpy(dtype=bool)
    np.logical_or.at(lossy, stores.ways.row, (stores.remains < 1.0).any(axis=1))
    paid = np.zeros(len(stores.frame), dtype=bool)
    np.logical_or.at(paid, stores.ways.row, stores.cost < 0)
    strict = ~ground.free_disposal
    mine = np.flatnonzero(lossy & strict[stores.commodity])
    np.maximum.at(best, ground.pair(stores.place, stores.commodity)[mine], np.where(paid[mine], np.inf, 0.0))
    mine = np.flatnonzero(links.keep & (links.loss > 0) & strict[links.commodity])
    any_paid = bool((links.cost[links.keep] < 0).any() or (links.duty < 0).any())
    np.maximum.at(best, ground.pair(links.start, links.commodity)[mine], np.inf if any_paid else 0.0)


def _paid(best: Floats, cost: Floats, floor: Floats) -> Floats:
    """What a unit fetches at the end of a step; being paid for the step (a negative cost) is worth a surplus there."""
    return np.where(cost < 0, np.maximum(best, floor), best)


def _same(a: Floats, b: Floats) -> bool:
    both = np.isfinite(a) & np.isfinite(b)
    with np.errstate(invalid="ignore"):
        moved = np.abs(a - b) > 1e-12 * (1.0 + np.abs(b))
    return not bool(np.where(both, moved, a != b).any())
