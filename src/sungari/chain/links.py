"""Links: flows of commodities over corridors, with rates, time, losses, congestion and shared capacity.

Source: model.md, constraints 1 and 2; region-format.md, ``links.csv``, ``rates.csv``, ``congestion.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sungari.chain.duties import Duties
from sungari.chain.family import Family, Solution, empty_keep
from sungari.chain.ground import Ground
from sungari.chain.limits import Limit, Load, capacity_table
from sungari.chain.program import Edge, Floats, Grid, Ints, Program
from sungari.chain.projects import Projects


@dataclass(frozen=True)
class Bands:
    """Utilisation bands of the links that have a congestion curve.

    Attributes
    ----------
    link : ndarray of int, shape (bands,)
        Row of ``links.csv``.
    start, width : ndarray, shape (bands,)
        Utilisation at which the band begins, and how far it goes.
    days : ndarray, shape (bands,)
        Extra transit days of a unit in the band.
    """

    link: Ints
    start: Floats
    width: Floats
    days: Floats


class Links(Family):
    """Columns ``flow`` (entry × period), rows ``links`` (capacity) and ``links band`` (congestion).

    An *entry* is a way of using a link in one direction for one commodity (in one congestion band).

    Attributes
    ----------
    way, start, end, commodity, band : ndarray of int, shape (entries,)
        Way, place it leaves, place it enters, commodity, band (−1 = none).
    cost, weight, loss : ndarray, shape (entries,)
        Money per unit, capacity units per unit, share lost.
    rule : ndarray of int, shape (entries, Y)
        Governing row of ``duties.csv``.
    """

    table = "links"
    component = "link rent"

    def __init__(self, ground: Ground, projects: Projects, duties: Duties) -> None:
        self.ground, self.projects, self.duties = ground, projects, duties
        frame = self.frame = ground.region.table("links")
        self.ways = projects.ways("links", len(frame))
        self.limit = Limit.of(ground, projects, frame, "links")
        self.from_place, self.to_place = ground.place(frame["from"]), ground.place(frame["to"])
        self.owner = ground.party(frame["party"], ground.place_party[self.from_place])
        self.bands = self._bands()
        self._entries()
        self.rule = duties.govern(
            ground.place_party[self.start], ground.place_party[self.end], self.commodity
        )
        forbidden = duties.banned_flows(self.rule)
        year = ground.periods.year
        self.open = self.limit.open[self.link] & ~forbidden[:, year]
        self.duty = np.zeros((len(self.commodity), len(ground.periods.years)))
        governed = self.rule >= 0
        flow, at = np.nonzero(governed)
        self.duty[flow, at] = duties.per_unit[self.rule[flow, at], self.commodity[flow]]
        self.forbidden = forbidden.any(axis=1)
        self.keep = empty_keep(len(self.commodity))

    # -- reading the tables -------------------------------------------------------------------------------------

    def _bands(self) -> Bands:
        curves = self.ground.region.table("congestion").sort_values(["curve", "utilisation"], kind="stable")
        link: list[int] = []
        start: list[float] = []
        width: list[float] = []
        days: list[float] = []
        named = self.frame["congestion"]
        for row in np.flatnonzero(named.notna().to_numpy()):
            mine = curves[curves["curve"] == named.iloc[row]]
            limited = self.limit.movable[row] or np.isfinite(self.limit.capacity[row]).any()
            if mine.empty or not limited:
                continue
            points = mine["utilisation"].tolist()
            extra = mine["days"].tolist()
            if points[0] > 0:
                points, extra = [0.0, *points], [0.0, *extra]
            ends = [*points[1:], 1.0]
            for u, v, d in zip(points, ends, extra, strict=True):
                if v > u:
                    link.append(int(row))
                    start.append(u)
                    width.append(v - u)
                    days.append(d)
        return Bands(np.array(link, dtype=np.int64), np.array(start), np.array(width), np.array(days))

    def _rates(self) -> Ints:
        """Row of ``rates.csv`` that holds for each link and commodity, shape (links, commodities); −1 = not carried.

        The narrower row wins: link over mode, commodity over ``*``.
        """
        ground = self.ground
        rates = ground.region.table("rates")
        modes = pd.Index(rates["mode"].dropna().unique())
        mode, commodity = ground.code(modes, rates["mode"]), ground.commodity(rates["commodity"])
        own = ground.code(pd.Index(self.frame["link"].drop_duplicates()), rates["link"])
        of_mode = np.full((len(modes) + 1, len(ground.commodities)), -1, dtype=np.int64)
        for narrow in (False, True):
            for r in np.flatnonzero((own < 0) & ((commodity >= 0) == narrow) & rates["link"].isna().to_numpy()):
                of_mode[mode[r], commodity[r] if narrow else slice(None)] = r
        result = of_mode[ground.code(modes, self.frame["mode"])]
        names = self.frame["link"].to_numpy(dtype=object)
        for narrow in (False, True):
            for r in np.flatnonzero((own >= 0) & ((commodity >= 0) == narrow)):
                rows = np.flatnonzero(names == rates["link"].iloc[r])
                result[rows, commodity[r] if narrow else slice(None)] = r
        return result

    def _entries(self) -> None:
        ground, frame = self.ground, self.frame
        rates = ground.region.table("rates")
        rate_of = self._rates()[self.ways.row]
        way, commodity = np.nonzero(rate_of >= 0)
        rate = rate_of[way, commodity]
        both = frame["both_ways"].fillna(False).to_numpy(dtype=bool)[self.ways.row[way]]
        back = np.concatenate([np.zeros(len(way), dtype=bool), np.ones(int(both.sum()), dtype=bool)])
        way, commodity = np.append(way, way[both]), np.append(commodity, commodity[both])
        rate = np.append(rate, rate[both])
        per_day = rates["per_day"].to_numpy(dtype=float)[rate]
        band = np.full(len(way), -1, dtype=np.int64)
        # Only who pays for time is sorted into bands by cost; the others still fill them, so all get bands.
        count = np.bincount(self.bands.link, minlength=len(frame))
        first = np.cumsum(count) - count
        each = np.maximum(count[self.ways.row[way]], 1)
        at = np.repeat(np.arange(len(way)), each)
        offset = np.arange(len(at)) - np.repeat(np.cumsum(each) - each, each)
        banded = count[self.ways.row[way]][at] > 0
        band = np.where(banded, first[self.ways.row[way]][at] + offset, -1)
        way, commodity, rate, back, per_day = way[at], commodity[at], rate[at], back[at], per_day[at]
        link = self.ways.row[way]
        days = frame["days"].to_numpy(dtype=float)[link] + self.ways.change["days"][way]
        if len(self.bands.days):
            days = days + np.where(band >= 0, self.bands.days[np.maximum(band, 0)], 0.0)
        self.way, self.link, self.commodity, self.band = way, link, commodity, band
        self.start = np.where(back, self.to_place[link], self.from_place[link])
        self.end = np.where(back, self.from_place[link], self.to_place[link])
        self.cost = (
            frame["cost"].to_numpy(dtype=float)[link]
            + self.ways.change["cost"][way]
            + rates["per_km"].to_numpy(dtype=float)[rate] * frame["distance"].to_numpy(dtype=float)[link]
            + rates["per_unit"].to_numpy(dtype=float)[rate]
            + per_day * days
        )
        self.weight = rates["weight"].to_numpy(dtype=float)[rate]
        self.loss = np.clip(frame["loss"].to_numpy(dtype=float)[link] + self.ways.change["loss"][way], 0.0, 1.0)

    # -- the model ------------------------------------------------------------------------------------------------

    def pairs(self) -> Ints:
        keep = self.keep
        leaving = self.ground.pair(self.start[keep], self.commodity[keep])
        return np.append(leaving, self.ground.pair(self.end[keep], self.commodity[keep]))

    def add(self, program: Program) -> None:
        ground, limit, link = self.ground, self.limit, self.link
        periods = ground.periods
        self.grid = grid = Grid(self.open & self.keep[:, None])
        cost = self.duty[:, periods.year]
        cost += self.cost[:, None]
        cost *= periods.weight_of_period
        # Where a link is closed in this course of things only, it has no row that says so if it is unlimited in others.
        shut = (limit.capacity == 0) & ~limit.movable[:, None]
        upper = grid.pick(np.where(shut, 0.0, np.inf)[link]) if shut.any() else np.inf
        self.columns = program.add_columns("flow", len(grid), grid.pick(cost), upper=upper)
        column = np.arange(self.columns.start, self.columns.start + len(grid), dtype=np.int32)
        for place, share in ((self.start, np.array(-1.0)), (self.end, grid.each(1.0 - self.loss))):
            program.add(grid.pick(ground.balance_rows(place, self.commodity)), column, share)
        used = np.zeros(limit.open.shape, dtype=bool)
        for t in range(len(periods)):
            used[link[grid.mask[:, t]], t] = True
        self.used = used
        banded = np.zeros(len(self.frame), dtype=bool)
        banded[self.bands.link] = True
        rows = limit.add_rows(program, self.projects, self.owner, self.component, used & ~banded[:, None])
        at, load = grid.pick(rows.astype(np.int32)[link]), grid.each(self.weight)
        limited = at >= 0
        program.add(at[limited], column[limited], load[limited])
        self._add_bands(program)
        self.duties.add_quotas(program, self.rule, grid, self.columns)
        if not self.ways.plain:
            most = limit.most(self.projects, ground.bulk)
            way = self.way[grid.row]
            self.projects.gate(program, "link way", self.ways, way, grid.period, self.columns.index, load, most)

    @cached_property
    def link_of(self) -> Ints:
        """Row of ``links.csv`` of each column."""
        return self.grid.each(self.link)

    def _add_bands(self, program: Program) -> None:
        """Rows ``links band``: the load in a band stays within the band's part of the capacity."""
        bands, limit = self.bands, self.limit
        entry, t = np.nonzero(self.grid.mask & (self.band >= 0)[:, None])
        band = self.band[entry]
        used = np.zeros((len(bands.link), len(self.ground.periods)), dtype=bool)
        used[band, t] = True
        grid = self.band_grid = Grid(used)
        link = bands.link[grid.row]
        upper = bands.width[grid.row] * limit.capacity[link, grid.period]
        self.band_rows = program.add_rows("links band", len(grid), upper=upper)
        if len(entry):
            column = self.columns.start + self.grid.at(entry, t)
            program.add(self.band_rows.start + grid.at(band, t), column, self.weight[entry])
        for effect in self.projects.effects("links", "capacity"):
            r = effect.row
            for b in np.flatnonzero(bands.link == r):
                index = np.where(grid.position[b] >= 0, self.band_rows.start + grid.position[b], -1)
                change = effect.change * bands.width[b]
                self.projects.move(
                    program, effect.project, change, index, limit.share[r], int(self.owner[r]), self.component
                )

    # -- results --------------------------------------------------------------------------------------------------

    def restrictions(self) -> list[dict[str, object]]:
        """Bans and quotas that the model obeys: the rule, its line in ``duties.csv``, and the links it governs."""
        frame = self.duties.frame
        found: list[dict[str, object]] = []
        for r in np.unique(self.rule[self.rule >= 0]):
            banned, limited = bool(self.duties.banned[r]), bool(np.isfinite(self.duties.quota[r]))
            if not banned and not limited:
                continue
            mine = (self.rule == r).any(axis=1)
            row = frame.iloc[r]
            found.append({
                "kind": "ban" if banned else "quota",
                "from_party": row["from_party"],
                "to_party": row["to_party"],
                "commodity": row["commodity"],
                "quota": None if banned else float(self.duties.quota[r]),
                "row": self.ground.region.line("duties", int(r)),
                "source": None if pd.isna(row["source"]) else row["source"],
                "links": sorted(set(self.frame["link"].iloc[self.link[mine]].tolist())),
            })
        return found

    def _shadow(self, row_dual: Floats) -> Floats:
        """Discounted worth of one more capacity unit, shape (links, T): of all its bands in their proportions."""
        shadow = self.limit.shadow(row_dual)
        if len(self.band_grid):
            grid = self.band_grid
            each = -row_dual[self.band_rows.slice] * self.bands.width[grid.row]
            np.add.at(shadow, (self.bands.link[grid.row], grid.period), each)
        return shadow

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        x = solution.x[self.columns.slice]
        e, t = self.grid.row, self.grid.period
        ground = self.ground
        places, commodities = ground.places.to_numpy(dtype=object), ground.commodities.to_numpy(dtype=object)
        flows = pd.DataFrame({
            "link": self.frame["link"].iloc[self.link_of].array,
            "from": pd.array(places[self.start[e]], dtype="str"),
            "to": pd.array(places[self.end[e]], dtype="str"),
            "commodity": pd.array(commodities[self.commodity[e]], dtype="str"),
            "period": self.period_names(t),
            "quantity": x,
            "cost": x * self.cost[e],
            "duty": x * self.duty[e, ground.periods.year[t]],
        })
        flows = flows[x > 0]
        if len(self.bands.link) or not self.ways.plain:
            keys = ["link", "from", "to", "commodity", "period"]
            flows = flows.groupby(keys, sort=False, as_index=False)[["quantity", "cost", "duty"]].sum()
        parts = [capacity_table(load, ground) for load in self.loads(solution)]
        return {"flows": flows.reset_index(drop=True), "capacity": pd.concat(parts, ignore_index=True)}

    def edges(self) -> list[Edge]:
        bands = ("row", self.band_rows.index, self.bands.link[self.band_grid.row])
        return [*self.limit.edges(), bands, *self.duties.edges()]

    def loads(self, solution: Solution) -> list[Load]:
        load = np.zeros(self.limit.open.shape)
        x = solution.x[self.columns.slice]
        np.add.at(load, (self.link_of, self.grid.period), x * self.weight[self.grid.row])
        capacity = self.limit.with_projects(self.projects, solution.x)
        names = self.frame["link"].to_numpy(dtype=object)
        where = self.used & np.isfinite(capacity)
        return [
            Load("links", names, capacity, load, self._shadow(solution.row_dual), where),
            self.duties.load(solution.row_dual, solution.row_activity),
        ]

    def welfare(self, solution: Solution) -> list[tuple[Ints, str, Floats]]:
        x = solution.x[self.columns.slice]
        e, t = self.grid.row, self.grid.period
        year = self.ground.periods.year[t]
        weight = self.ground.periods.weight_of_period[t]
        rule = self.rule[e, year]
        arriving = solution.price(self.end[e], self.commodity[e], t) * (1.0 - self.loss[e])
        leaving = solution.price(self.start[e], self.commodity[e], t)
        quota = self.duties.quota_price(solution.row_dual, rule, t)
        duty = self.duty[e, year] * weight
        gain = (arriving - leaving - self.cost[e] * weight - duty - quota) * x
        collector = self.duties.collectors(np.maximum(rule, 0), self.ground.place_party[self.end[e]]) if len(
            self.duties.frame) else np.zeros(len(x), dtype=np.int64)
        taxed = np.flatnonzero(rule >= 0)
        return [
            (self.owner[self.link_of], self.component, gain),
            (collector[taxed], "quota rent", (quota * x)[taxed]),
            (collector[taxed], "duties", (duty * x)[taxed]),
        ]
