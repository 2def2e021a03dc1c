"""Stores: what is kept from one period to the next.

Source: model.md, constraints 1 and 2; region-format.md, ``stores.csv``.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.family import Family, Solution, empty_keep
from sungari.chain.ground import Ground
from sungari.chain.limits import Limit, Load, capacity_table
from sungari.chain.program import Block, Edge, Floats, Ints, Program
from sungari.chain.projects import Projects


class Stores(Family):
    """Columns ``stock`` (way × period), ``charge`` and ``discharge`` (store × period); rows ``stock`` and ``stores``.

    The stock at the end of a period is what is left of the stock before it – ``(1 − loss)`` to the power of the
    period's share of the year – plus what is put in, less what is taken out.
    """

    table = "stores"
    component = "store rent"

    def __init__(self, ground: Ground, projects: Projects) -> None:
        self.ground, self.projects = ground, projects
        frame = self.frame = ground.region.table("stores")
        self.ways = projects.ways("stores", len(frame))
        self.place, self.commodity = ground.place(frame["place"]), ground.commodity(frame["commodity"])
        self.owner = ground.party(frame["party"], ground.place_party[self.place])
        self.limit = Limit.of(ground, projects, frame, "stores", seasonal=False)
        row = self.ways.row
        self.cost = frame["cost"].to_numpy(dtype=float)[row] + self.ways.change["cost"]
        loss = np.clip(frame["loss"].to_numpy(dtype=float)[row] + self.ways.change["loss"], 0.0, 1.0)
        self.remains = (1.0 - loss)[:, None] ** ground.periods.share
        self.keep = empty_keep(len(frame))

    def pairs(self) -> Ints:
        return self.ground.pair(self.place[self.keep], self.commodity[self.keep])

    def _before(self) -> Ints:
        """Period before each period, by store; −1 = the start of the horizon. Shape (rows, T)."""
        periods = self.ground.periods
        n = len(periods)
        chain = np.arange(n) - 1
        by_year = chain.copy()
        for y in range(len(periods.years)):
            mine = np.flatnonzero(periods.year == y)
            by_year[mine] = np.append(mine[-1], mine[:-1])
        around = np.where(chain < 0, n - 1, chain)
        cycle = self.frame["cycle"].to_numpy(dtype=object)
        return np.array([{"year": by_year, "horizon": around}.get(c, chain) for c in cycle], dtype=np.int64).reshape(
            len(cycle), n
        )

    def add(self, program: Program) -> None:
        ground, frame, limit = self.ground, self.frame, self.limit
        periods = ground.periods
        n, share = len(periods), periods.share
        self.rows = rows = np.flatnonzero(self.keep)
        self.way = np.flatnonzero(self.keep[self.ways.row])
        position = np.full(len(frame), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        of_way = self.ways.row[self.way]
        weight = periods.weight_of_period
        several = np.bincount(self.ways.row, minlength=len(frame)) > 1
        alone = ~limit.movable & ~several
        upper = np.where(alone[of_way][:, None], limit.capacity[of_way], np.inf)
        cost = self.cost[self.way][:, None] * share * weight
        self.stock = program.add_columns("stock", len(self.way) * n, cost.ravel(), 0.0, upper.ravel())

        def rate(column: str) -> Floats:
            yearly = frame[column].to_numpy(dtype=float)[rows]
            return np.where(np.isnan(yearly), np.inf, yearly)[:, None] * share

        self.charge = program.add_columns("charge", len(rows) * n, upper=rate("charge").ravel())
        self.discharge = program.add_columns("discharge", len(rows) * n, upper=rate("discharge").ravel())
        starts = (frame["cycle"] == "none").to_numpy(dtype=bool)[rows]
        first = np.zeros((len(rows), n))
        if n:
            first[:, 0] = np.where(starts, frame["initial"].to_numpy(dtype=float)[rows] * self.remains[rows, 0], 0.0)
        block = program.add_rows("stock", len(rows) * n, first.ravel(), first.ravel())

        at = np.arange(len(rows) * n).reshape(len(rows), n)
        stock = self.stock.start + np.arange(len(self.way) * n).reshape(len(self.way), n)
        mine = position[of_way]
        program.add(block.start + at[mine], stock, 1.0)
        before = self._before()[of_way]
        w, t = np.nonzero(before >= 0)
        program.add(block.start + at[mine[w], t], stock[w, before[w, t]], -self.remains[self.way[w], t])
        program.add(block.index, self.charge.index, -1.0)
        program.add(block.index, self.discharge.index, 1.0)
        t = np.tile(np.arange(n), len(rows))
        balance = ground.balance_row(np.repeat(self.place[rows], n), np.repeat(self.commodity[rows], n), t)
        program.add(balance, self.charge.index, -1.0)
        program.add(balance, self.discharge.index, 1.0)

        used = np.zeros(limit.open.shape, dtype=bool)
        used[rows] = True
        self.used = used
        shared = limit.add_rows(program, self.projects, self.owner, self.component, used & ~alone[:, None])[of_way]
        program.add(shared[shared >= 0], stock[shared >= 0], 1.0)
        most = limit.most(self.projects, ground.bulk)
        way = np.repeat(self.way, n)
        period = np.tile(np.arange(n), len(self.way))
        self.projects.gate(
            program, "store way", self.ways, way, period, self.stock.index, np.ones(self.stock.size), most
        )

    stock: Block

    def _stock(self, x: Floats) -> Floats:
        """Units held at the end of each period, shape (kept rows, T)."""
        n = len(self.ground.periods)
        total = np.zeros((len(self.frame), n))
        np.add.at(total, self.ways.row[self.way], x[self.stock.slice].reshape(-1, n))
        return total

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        n = len(self.ground.periods)
        x = solution.x
        stock = self._stock(x)
        cost = np.zeros_like(stock)
        held = x[self.stock.slice].reshape(-1, n) * self.cost[self.way][:, None] * self.ground.periods.share
        np.add.at(cost, self.ways.row[self.way], held)
        frame = self.frame.iloc[np.repeat(self.rows, n)]
        stocks = pd.DataFrame({
            "place": frame["place"].array,
            "commodity": frame["commodity"].array,
            "period": self.period_names(np.tile(np.arange(n), len(self.rows))),
            "stock": stock[self.rows].ravel(),
            "charge": x[self.charge.slice],
            "discharge": x[self.discharge.slice],
            "cost": cost[self.rows].ravel(),
        })
        capacity = pd.concat([capacity_table(load, self.ground) for load in self.loads(solution)], ignore_index=True)
        return {"stocks": stocks, "capacity": capacity}

    @cached_property
    def _keys(self) -> NDArray[np.object_]:
        return (self.frame["place"] + "/" + self.frame["commodity"]).to_numpy(dtype=object)

    def edges(self) -> list[Edge]:
        n = len(self.ground.periods)
        rows = np.repeat(self.rows, n)
        stock = ("column", self.stock.index, np.repeat(self.ways.row[self.way], n))
        return [stock, ("column", self.charge.index, rows), ("column", self.discharge.index, rows), *self.limit.edges()]

    def loads(self, solution: Solution) -> list[Load]:
        n = len(self.ground.periods)
        x = solution.x
        limit = self.limit
        shadow = limit.shadow(solution.row_dual)
        bound = np.maximum(-solution.column_dual[self.stock.slice], 0.0).reshape(-1, n)
        bound[~np.isfinite(solution.upper[self.stock.slice].reshape(-1, n))] = 0.0
        np.add.at(shadow, self.ways.row[self.way], bound)
        capacity = limit.with_projects(self.projects, x)
        where = self.used & np.isfinite(capacity)
        return [Load("stores", self._keys, capacity, self._stock(x), shadow, where)]

    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        n = len(self.ground.periods)
        period = np.tile(np.arange(n), len(self.rows))
        row = np.repeat(self.rows, n)
        price = solution.price(self.place[row], self.commodity[row], period)
        trade = price * (solution.x[self.discharge.slice] - solution.x[self.charge.slice])
        periods = self.ground.periods
        held = (self.cost[self.way][:, None] * periods.share * periods.weight_of_period).ravel()
        owner = np.repeat(self.owner[self.ways.row[self.way]], n)
        return [
            (self.owner[row], self.component, trade),
            (owner, self.component, -held * solution.x[self.stock.slice]),
        ]
