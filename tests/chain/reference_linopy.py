"""The chain model once more, written straight from ``model.md`` in linopy, as slow and plain as can be.

Shares no code with ``sungari.chain``: the tests hold the two against each other. Coefficients are dense arrays with
named dimensions (``t`` periods, ``y`` model years, ``p`` projects, ``bus`` a commodity at a place, and one per family).
Not here, because ``model.md`` leaves it open: rules of ``duties.csv`` of which none is the narrowest, several projects
that change the cost of one row, and costs changed by projects that are not all-or-nothing.
"""

from __future__ import annotations

import logging
import math
import warnings
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from reference_basis import Array, Basis

from sungari.region.package import Region

SEGMENTS = 500  # of a demand curve: the value missed is at most 1 / (4 · SEGMENTS²) of the market's


class Reference(Basis):
    """The whole model of a region; :meth:`solve` gives its objective."""

    def __init__(self, region: Region) -> None:
        super().__init__(region)
        self._supply()
        self._facilities()
        self._stores()
        self._links()
        self._demand()
        total = sum(self.balance[1:], self.balance[0])
        free = self._free()
        if free.any():
            self.model.add_constraints(total.sel(bus=np.flatnonzero(free)) >= 0, name="balance of what may be left")
        if not free.all():
            self.model.add_constraints(total.sel(bus=np.flatnonzero(~free)) == 0, name="balance")
        self.model.add_objective(sum(self.profit[1:], self.profit[0]), sense="max")

    def solve(self) -> float | None:
        """Greatest total surplus; None if no plan meets all that must be met."""
        status, condition = self.model.solve("highs", io_api="direct", output_flag=False, mip_rel_gap=1e-9)
        if status != "ok":
            assert condition in ("infeasible", "infeasible_or_unbounded"), condition
            return None
        return float(self.model.objective.value)

    # -- families -------------------------------------------------------------------------------------------------

    def _rows(self, name: str, cost: Array) -> tuple[Any, Array]:
        """Use of each row of supply or facilities between its least and its most; returns it and the capacities."""
        variants = self._variants(name)
        use = self._variable(name, len(variants), dims=("v",))
        row = np.array([[float(i == r) for i, _, _ in variants] for r in range(len(self.table[name]))])
        total = (xr.DataArray(row, dims=("row", "v")) * use).sum("v")
        capacity, unit = self._yearly(name, "capacity", math.inf)
        self._limit(name, total, capacity, unit, "row")
        self.model.add_constraints(total >= self._t(self._yearly(name, "min", 0.0)[0], "row"), name=f"{name} min")
        self._gate(name, variants, lambda v: use.sel(v=v), capacity, unit)
        each = [cost[i] + change.get("cost", 0.0) for i, _, change in variants]
        self.profit.append(-1 * (use * xr.DataArray(each, dims="v") * self.w).sum())
        return total, capacity

    def _supply(self) -> None:
        frame = self.table["supply"]
        if not len(frame):
            return
        total, _ = self._rows("supply", frame["cost"].to_numpy())
        self.balance.append((self._at_bus(frame["place"], frame["commodity"], "row") * total).sum("row"))
        years = self._t([self.span[y] for y in self.year])
        for i in np.flatnonzero(frame["reserve"].notna()):
            self.model.add_constraints((total.sel(row=i) * years).sum() <= frame["reserve"].iloc[i])

    def _facilities(self) -> None:
        frame, recipes, units = self.table["facilities"], self.table["recipes"], self.table["units"]
        if not len(frame):
            return
        cost = self.table["processes"].set_index("process")["cost"]
        total, _ = self._rows("facilities", frame["cost"].fillna(frame["process"].map(cost)).to_numpy())
        made = np.zeros((len(self.buses), len(frame)))
        for i, f in enumerate(frame.itertuples(index=False)):
            mine = recipes[recipes["process"] == f.process]
            amounts = dict(mine.loc[mine["place"].isna(), ["commodity", "amount"]].itertuples(index=False))
            amounts |= dict(mine.loc[mine["place"] == f.place, ["commodity", "amount"]].itertuples(index=False))
            for good, amount in amounts.items():
                made[self.at[f.place, good], i] += amount
        self.balance.append((xr.DataArray(made, dims=("bus", "row")) * total).sum("row"))
        have = list(zip(units["place"], units["unit"], strict=True))
        use = np.zeros((len(units), len(frame)))
        for i, f in enumerate(frame.itertuples(index=False)):
            for u in self.table["unit_use"].itertuples(index=False):
                if u.process == f.process and u.use > 0:
                    if (f.place, u.unit) in have:
                        use[have.index((f.place, u.unit)), i] = u.use
                    else:
                        self.model.add_constraints(total.sel(row=i) <= 0)
        if len(units):
            capacity, unit = self._yearly("units", "capacity", math.inf)
            self._limit("units", (xr.DataArray(use, dims=("unit", "row")) * total).sum("row"), capacity, unit, "unit")

    def _stores(self) -> None:
        frame = self.table["stores"]
        if not len(frame):
            return
        n = len(self.periods)
        variants = self._variants("stores")
        held = self._variable("stock", len(variants), dims=("v",))
        charge = self._variable("charge", len(frame), dims=("row",))
        discharge = self._variable("discharge", len(frame), dims=("row",))
        row = np.array([[float(i == r) for i, _, _ in variants] for r in range(len(frame))])
        stock = (xr.DataArray(row, dims=("row", "v")) * held).sum("v")
        most = np.repeat(frame["capacity"].fillna(math.inf).to_numpy()[:, None], n, axis=1)
        self._limit("stores", stock, most, np.ones_like(most), "row")
        self._gate("stores", variants, lambda v: held.sel(v=v), most, np.ones_like(most))
        for what, column in ((charge, "charge"), (discharge, "discharge")):
            self._at_most(1 * what, frame[column].fillna(math.inf).to_numpy()[:, None] * self.share, "row")
        start, keeps = np.zeros((len(frame), n)), np.zeros((len(frame), n, n))  # row, t, period before
        for i, s in enumerate(frame.itertuples(index=False)):
            for t in range(n):
                year = [u for u in range(n) if self.year[u] == self.year[t]]
                before = year[-1] if s.cycle == "year" and t == year[0] else (t - 1) % n
                if s.cycle == "none" and t == 0:
                    start[i, t] = s.initial * (1 - s.loss) ** self.share[t]
                else:
                    keeps[i, t, before] = (1 - s.loss) ** self.share[t]
        left = (xr.DataArray(keeps, dims=("row", "t", "u")) * stock.rename(t="u")).sum("u")
        self.model.add_constraints(stock - left - charge + discharge == self._t(start, "row"))
        self.balance.append(
            (self._at_bus(frame["place"], frame["commodity"], "row") * (discharge - charge)).sum("row")
        )
        each = xr.DataArray([frame["cost"].iloc[i] + c.get("cost", 0.0) for i, _, c in variants], dims="v")
        self.profit.append(-1 * (held * each * self._t(self.share) * self.w).sum())

    def _rate(self, link: Any, good: str) -> Any:
        rates = self.table["rates"]
        for own in (link.link, None):
            for name in (good, "*"):
                found = rates[
                    (rates["mode"] == link["mode"])
                    & (rates["link"].isna() if own is None else rates["link"] == own)
                    & (rates["commodity"] == name)
                ]
                if len(found):
                    return found.iloc[0]
        return None

    def _bands(self, link: Any, limited: bool) -> list[tuple[float, float]]:
        """Width and extra days of the bands of a link's congestion curve."""
        curve = self.table["congestion"]
        curve = curve[curve["curve"] == link.congestion].sort_values("utilisation")
        if not len(curve) or not limited:
            return [(1.0, 0.0)]
        begins, days = list(curve["utilisation"]), list(curve["days"])
        if begins[0] > 0:
            begins, days = [0.0, *begins], [0.0, *days]
        return [(b - a, d) for a, b, d in zip(begins, [*begins[1:], 1.0], days, strict=True) if b > a]

    def _duty(self, start: str, end: str, good: str, t: int) -> Any:
        """The narrowest rule on a flow between two places, or None."""
        a, b = self.party[start], self.party[end]
        if a == b:
            return None
        found: list[tuple[tuple[int, int, int], Any]] = []
        abroad = self._line(a)[-1] != self._line(b)[-1]
        for position, rule in enumerate(self.duties):
            width = []
            for named, line in ((rule.from_party, self._line(a)), (rule.to_party, self._line(b))):
                width.append(line.index(named) if named in line else 99 if named == "*" and abroad else -1)
            width.append({good: 0, "*": 1}.get(rule.commodity, -1))
            if min(width) >= 0 and self._active(rule, t):
                found.append(((width[0], width[1], width[2]), (position, rule)))
        narrowest = [x for x in found if all(np.less_equal(x[0], y[0]).all() for y in found)]
        assert bool(narrowest) == bool(found), "no rule is the narrowest: model.md does not say which one counts"
        return narrowest[0][1] if narrowest else None

    def _links(self) -> None:
        frame = self.table["links"]
        if not len(frame):
            return
        capacity, unit = self._yearly("links", "capacity", math.inf)
        variants = self._variants("links")
        flows = []  # link, band, start, end, good, cost, weight, loss, variant
        for v, (i, _, change) in enumerate(variants):
            link = frame.iloc[i]
            for good in self.goods.index:
                rate = self._rate(link, good)
                if rate is None:
                    continue
                for band, (_, extra) in enumerate(self._bands(link, np.isfinite(capacity[i]).any())):
                    days = link["days"] + change.get("days", 0.0) + extra
                    cost = link["cost"] + change.get("cost", 0.0) + rate["per_km"] * link["distance"]
                    cost += rate["per_unit"] + rate["per_day"] * days
                    loss = min(max(link["loss"] + change.get("loss", 0.0), 0.0), 1.0)
                    for start, end in [("from", "to"), ("to", "from")][: 2 if link["both_ways"] else 1]:
                        flows.append((i, band, link[start], link[end], good, cost, rate["weight"], loss, v))
        if not flows:
            return
        flow = self._variable("flow", len(flows), dims=("f",))
        loss = np.array([f[7] for f in flows])
        leaving = self._at_bus([f[2] for f in flows], [f[4] for f in flows], "f")
        entering = self._at_bus([f[3] for f in flows], [f[4] for f in flows], "f") * xr.DataArray(1 - loss, dims="f")
        self.balance.append(((entering - leaving) * flow).sum("f"))
        load = np.array([[f[6] * (f[0] == i) for f in flows] for i in range(len(frame))])
        self._limit("links", (xr.DataArray(load, dims=("row", "f")) * flow).sum("f"), capacity, unit, "row")
        bands = [(i, band, width) for i in range(len(frame)) for band, (width, _) in
                 enumerate(self._bands(frame.iloc[i], np.isfinite(capacity[i]).any())) if width < 1]  # fmt: skip
        if bands:
            within = np.array([load[i] * [f[1] == band for f in flows] for i, band, _ in bands])
            use = (xr.DataArray(within, dims=("band", "f")) * flow).sum("f")
            added = self._added("links", "capacity", unit, "row")
            if added is not None:
                part = np.array([[width * (i == row) for row in range(len(frame))] for i, _, width in bands])
                use = use - (xr.DataArray(part, dims=("band", "row")) * added).sum("row")
            self._at_most(use, np.array([capacity[i] * width for i, _, width in bands]), "band")
        of_variant = np.array([[f[6] * (f[8] == v) for f in flows] for v in range(len(variants))])
        of = [xr.DataArray(loads, dims="f") for loads in of_variant]
        self._gate("links", variants, lambda v: (of[v] * flow).sum("f"), capacity, unit)
        self._pay(flow, flows)

    def _pay(self, flow: linopy.Variable, flows: list[Any]) -> None:
        """Costs and duties of flows, bans, dates and quotas."""
        cost = np.zeros((len(flows), len(self.periods)))
        shut = np.full(cost.shape, np.inf)
        self.duties = list(self.table["duties"].itertuples(index=False))
        links = list(self.table["links"].itertuples(index=False))
        value = dict(self.goods["value"].fillna(0))
        under = np.zeros((len(self.duties), *cost.shape))  # whether the quota of a rule governs a flow
        for f, (i, _, start, end, good, each, *_) in enumerate(flows):
            for t in range(len(self.periods)):
                cost[f, t] = each
                if not self._active(links[i], t):
                    shut[f, t] = 0.0
                found = self._duty(start, end, good, t)
                if found is not None:
                    position, rule = found
                    cost[f, t] += rule.ad_valorem * value[good] + rule.specific
                    if rule.banned:
                        shut[f, t] = 0.0
                    under[position, f, t] = pd.notna(rule.quota)
        flow.upper = self._t(shut, "f")
        if under.any():
            most = self.table["duties"]["quota"].fillna(math.inf).to_numpy()[:, None] * self.share
            self._at_most((self._t(under, "rule", "f") * flow).sum("f"), most, "rule")
        self.profit.append(-1 * (flow * self._t(cost, "f") * self.w).sum())

    def _demand(self) -> None:
        frame = self.table["demand"]
        if not len(frame):
            return
        quantity, unit = self._yearly("demand", "quantity", 0.0)
        least, _ = self._yearly("demand", "min", 0.0)
        price = frame["price"].to_numpy()
        firm = np.isnan(price)
        curved = ~firm & (frame["elasticity"].fillna(0).to_numpy() < 0)
        sale = self._variable("sale", len(frame), dims=("row",))
        unserved = self._variable("unserved", len(frame), dims=("row",))
        self.balance.append((self._at_bus(frame["place"], frame["commodity"], "row") * (-1 * sale)).sum("row"))
        most = np.where(curved[:, None], np.inf, quantity)
        self._limit("demand", sale + unserved, most, unit, "row", "quantity")
        if firm.any():
            added = self._added("demand", "quantity", unit, "row")
            left = sale + unserved if added is None else sale + unserved - added
            rows = np.flatnonzero(firm)
            wanted = xr.DataArray(quantity[rows], coords={"row": rows}, dims=("row", "t"))
            self.model.add_constraints(left.sel(row=rows) >= wanted, name="must be met")
        soft = firm & frame["penalty"].notna().to_numpy()
        self._at_most(1 * unserved, np.where(soft, np.inf, 0.0)[:, None] + 0 * quantity, "row")
        self.model.add_constraints(sale >= self._t(least, "row"))
        worth = xr.DataArray(np.where(firm | curved, 0.0, price), dims="row")
        self.profit.append((sale * worth * self.w).sum())
        penalty = xr.DataArray(np.where(soft, frame["penalty"].fillna(0), 0.0), dims="row")
        self.profit.append(-1 * (unserved * penalty * self.w).sum())
        for i in np.flatnonzero(curved):
            self._curve(sale.sel(row=i), quantity[i], price[i], -frame["elasticity"].iloc[i], f"curve {i}")

    def _curve(self, sale: linopy.Variable, quantity: Array, price: float, elasticity: float, name: str) -> None:
        """The price falls in a straight line, through (quantity, price) with the elasticity there, down to zero."""
        part = self._variable(name, SEGMENTS, dims=("s",))
        ends = np.linspace(0, 1 + elasticity, SEGMENTS + 1)  # in units of the quantity
        self.model.add_constraints(part <= self._t(np.diff(ends)[:, None] * quantity, "s"))
        self.model.add_constraints(part.sum("s") - sale == 0)
        middle = (ends[1:] + ends[:-1]) / 2
        worth = xr.DataArray(price * (1 + (1 - middle) / elasticity), dims="s")
        self.profit.append((part * worth * self.w).sum())


def objective(region: Region) -> float | None:
    """Greatest total surplus of a region by the reference; None if it is infeasible."""
    logging.getLogger("linopy").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Reference(region).solve()
