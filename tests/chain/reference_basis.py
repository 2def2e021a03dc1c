"""What the families of the reference formulation stand on: names, time, limits, and projects' decisions."""

from __future__ import annotations

import math
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from sungari.region.package import Region

Array = np.ndarray[Any, Any]


class Basis:
    """Names, time and decisions of a region, and the terms that the families add."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.table = {n: region.table(n).reset_index(drop=True) for n in (
            "places", "parties", "commodities", "supply", "processes", "recipes", "facilities", "units", "unit_use",
            "stores", "links", "rates", "congestion", "duties", "demand", "projects", "effects", "shares", "budgets",
            "ownership_caps", "profiles",
        )}  # fmt: skip
        self.model = linopy.Model()
        self.goods = self.table["commodities"].set_index("commodity")
        places = self.table["places"]
        self.party = dict(zip(places["place"], places["party"], strict=True))
        parties = self.table["parties"]
        self.parent = dict(zip(parties["party"], parties["parent"], strict=True))
        self.buses = [(p, c) for p in places["place"] for c in self.goods.index]
        self.at = {bus: i for i, bus in enumerate(self.buses)}
        self.profit: list[Any] = []  # terms of the objective, discounted
        self.balance: list[Any] = []  # what enters each bus in each period
        self._time()
        self._projects()

    # -- what the families need -----------------------------------------------------------------------------------

    def _free(self) -> Array:
        by_good = self.goods["disposal"].map({"free": True, "none": False})
        free = by_good.where(by_good.notna(), self.region.settings.free_disposal).astype(bool)
        return np.array([free[c] for _, c in self.buses])

    def _time(self) -> None:
        settings, frame = self.region.settings, self.region.table("periods")
        if not len(frame):
            frame = pd.DataFrame({"period": ["all"], "year": [0], "days": [365.0], "years": [1.0], "discount": np.nan})
        self.periods = list(frame["period"])
        self.years = sorted({int(y) for y in frame["year"]})
        self.year = [self.years.index(int(y)) for y in frame["year"]]
        days = frame["days"].astype(float)
        self.share = (days / days.groupby(np.array(self.year)).transform("sum")).to_numpy()
        base = settings.base_year if settings.base_year is not None else self.years[0]
        self.span = [int(frame["years"].iloc[self.year.index(y)]) for y in range(len(self.years))]
        self.weight = []
        for y, year in enumerate(self.years):
            given = frame["discount"].iloc[self.year.index(y)]
            rates = [(1 + settings.discount_rate) ** -(year - base + n) for n in range(self.span[y])]
            self.weight.append(sum(rates) if pd.isna(given) else float(given))
        profiles = self.table["profiles"]
        named = zip(profiles["profile"], profiles["period"], strict=True)
        self.factors = dict(zip(named, profiles["factor"].astype(float), strict=True))
        self.w = self._t([self.weight[y] for y in self.year])

    def _t(self, values: Any, *dims: str) -> xr.DataArray:
        return xr.DataArray(np.asarray(values, dtype=float), dims=(*dims, "t"))

    def _factor(self, profile: Any, t: int) -> float:
        if pd.isna(profile):
            return 1.0
        of_month = self.factors.get((profile, self.periods[t][-2:]), 1.0) if len(self.periods[t]) == 7 else 1.0
        return self.factors.get((profile, self.periods[t]), of_month)

    def _active(self, row: Any, t: int) -> bool:
        year = self.years[self.year[t]]
        return not (
            (pd.notna(row.year_from) and year < row.year_from) or (pd.notna(row.year_to) and year > row.year_to)
        )

    def _yearly(self, name: str, column: str, blank: float) -> tuple[Array, Array]:
        """Figures of a table by row and period, and what one yearly unit more would add to each."""
        frame = self.table[name]
        figure, unit = np.zeros((len(frame), len(self.periods))), np.zeros((len(frame), len(self.periods)))
        for i, row in enumerate(frame.itertuples(index=False)):
            for t in range(len(self.periods)):
                if "year_from" in frame.columns and not self._active(row, t):
                    continue
                unit[i, t] = self.share[t] * self._factor(getattr(row, "profile", None), t)
                value = getattr(row, column)
                figure[i, t] = (blank if unit[i, t] > 0 else 0.0) if pd.isna(value) else value * unit[i, t]
        return figure, unit

    def _variable(self, name: str, *size: int, dims: tuple[str, ...] = ()) -> linopy.Variable:
        coords = [pd.RangeIndex(n, name=d) for n, d in zip(size, dims, strict=True)]
        coords.append(pd.RangeIndex(len(self.periods), name="t"))
        return self.model.add_variables(lower=0, coords=coords, name=name)

    def _at_bus(self, places: Any, goods: Any, dim: str) -> xr.DataArray:
        matrix = np.zeros((len(self.buses), len(places)))
        for i, bus in enumerate(zip(places, goods, strict=True)):
            matrix[self.at[bus], i] = 1.0
        return xr.DataArray(matrix, dims=("bus", dim))

    # -- projects -------------------------------------------------------------------------------------------------

    def _projects(self) -> None:
        """Decisions; a decision that would not come into operation within the horizon is none."""
        frame, years = self.table["projects"], self.years
        self.names = list(frame["project"])
        self.works = np.zeros((len(frame), len(years), len(years)))  # p, y of decision, year of operation
        for i, p in enumerate(frame.itertuples(index=False)):
            low = p.year_from if pd.notna(p.year_from) else -math.inf
            high = p.year_to if pd.notna(p.year_to) else math.inf
            for y, year in enumerate(years):
                if high < year or low > year + self.span[y] - 1 or self._blocked(i):
                    continue
                start = min((m for m in years if m >= max(year, low) + p.lead), default=math.inf)
                self.works[i, y] = [start <= m < start + p.life for m in years]
        if not len(frame):
            return
        can = self.works.any(axis=2)
        coords = [pd.RangeIndex(len(frame), name="p"), pd.RangeIndex(len(years), name="y")]
        most = frame["size_max"].to_numpy(dtype=float)
        size = self.model.add_variables(0, can * most[:, None], coords, name="size")
        others = [(i, q) for i in range(len(frame)) for c in ("requires", "excludes") for q in self._list(i, c)]
        linked = {i for pair in others for i in pair}
        decided = np.array([
            i in linked or p.lumpy == "true" or max(p.capex, p.opex, p.size_min) > 0
            for i, p in enumerate(frame.itertuples(index=False))
        ])
        built = self.model.add_variables(coords=coords, binary=True, name="built")
        self.model.add_constraints(built <= xr.DataArray((can & decided[:, None]).astype(float), coords), name="can")
        for i, p in enumerate(frame.itertuples(index=False)):
            if decided[i]:
                self.model.add_constraints(size.sel(p=i) - p.size_max * built.sel(p=i) <= 0)
                least = p.size_max if p.lumpy == "true" else p.size_min
                self.model.add_constraints(size.sel(p=i) - least * built.sel(p=i) >= 0)
                sign, once = ("=" if p.committed else "<="), built.sel(p=i).sum()
                self.model.add_constraints(once, sign, 1)
            else:
                self.model.add_constraints(size.sel(p=i).sum() <= p.size_max)
            if p.lumpy == "whole":
                units = self.model.add_variables(0, coords=coords[1:], integer=True, name=f"units {i}")
                self.model.add_constraints(size.sel(p=i) - units == 0)
            for q in self._list(i, "excludes"):
                self.model.add_constraints(built.sel(p=i).sum() + built.sel(p=q).sum() <= 1)
            for q in self._list(i, "requires"):
                for y in range(len(years)):
                    until = slice(0, y)
                    self.model.add_constraints(built.sel(p=i, y=until).sum() - built.sel(p=q, y=until).sum() <= 0)
        works = xr.DataArray(self.works[:, :, self.year], dims=("p", "y", "t"))
        self.size_in = (size * works).sum("y")  # p, t: size in operation
        rate = self.region.settings.discount_rate
        recovery = [rate / (1 - (1 + rate) ** -n) if rate else 1 / n for n in frame["life"]]
        weight = self.works @ np.array(self.weight)
        for cost, running, what in (("capex", "opex", built), ("capex_per_size", "opex_per_size", size)):
            each = (frame[cost] * recovery + frame[running]).to_numpy()[:, None] * weight
            self.profit.append((what * xr.DataArray(-each, dims=("p", "y"))).sum())
        self._budgets(size, built)

    def _list(self, project: int, column: str) -> list[int]:
        text = self.table["projects"][column].iloc[project]
        return [] if pd.isna(text) else [self.names.index(name) for name in text.split(";")]

    def _line(self, party: str) -> list[str]:
        """The party and all above it."""
        line = [party]
        while pd.notna(self.parent[line[-1]]):
            line.append(self.parent[line[-1]])
        return line

    def _blocked(self, project: int) -> bool:
        p = self.table["projects"].iloc[project]
        shares = self.table["shares"].query("project == @p.project")
        for cap in self.table["ownership_caps"].itertuples(index=False):
            if pd.isna(p.host) or cap.party not in self._line(p.host) or cap.sector not in ("*", p.sector):
                continue
            foreign = sum(s.share for s in shares.itertuples() if cap.party not in self._line(s.party))
            if foreign > cap.max_foreign_share + 1e-9:
                return True
        return False

    def _budgets(self, size: linopy.Variable, built: linopy.Variable) -> None:
        frame = self.table["projects"]
        for budget in self.table["budgets"].itertuples(index=False):
            part = np.zeros((len(frame), len(self.years)))
            for i, p in enumerate(frame.itertuples(index=False)):
                shares = self.table["shares"].query("project == @p.project")
                held = sum(s.share for s in shares.itertuples() if budget.party in ("*", *self._line(s.party)))
                for y, year in enumerate(self.years):
                    in_year = pd.isna(budget.year) or year <= budget.year < year + self.span[y]
                    part[i, y] = held if in_year and budget.sector in ("*", p.sector) else 0.0
            fixed = xr.DataArray(part * frame["capex"].to_numpy()[:, None], dims=("p", "y"))
            sized = xr.DataArray(part * frame["capex_per_size"].to_numpy()[:, None], dims=("p", "y"))
            if part.any():
                self.model.add_constraints((fixed * built).sum() + (sized * size).sum() <= budget.amount)

    def _keys(self, name: str) -> list[set[str]]:
        frame = self.table[name]
        keys = {"facilities": ["place", "process"], "units": ["place", "unit"], "links": ["link"]}
        parts = frame[keys.get(name, ["place", "commodity"])].agg("/".join, axis=1) if len(frame) else []
        steps = frame["step"] if "step" in frame.columns else [None] * len(frame)
        return [{k} if s is None else {k, f"{k}/{s}"} if s == "1" else {f"{k}/{s}"}
                for k, s in zip(parts, steps, strict=True)]  # fmt: skip

    def _added(self, name: str, column: str, unit: Array, dim: str) -> Any:
        """What projects add to each row's figure in each period, or None."""
        matrix = np.zeros((len(self.table[name]), len(self.names)))
        for e in self.table["effects"].itertuples(index=False):
            if e.table == name and e.column == column:
                for i, keys in enumerate(self._keys(name)):
                    matrix[i, self.names.index(e.project)] += e.change * (e.row in keys)
        if not matrix.any():
            return None
        return (xr.DataArray(matrix, dims=(dim, "p")) * self.size_in * self._t(unit, dim)).sum("p")

    def _limit(self, name: str, use: Any, figure: Array, unit: Array, dim: str, column: str = "capacity") -> None:
        """``use`` (row, t) stays within the yearly figure and what projects add to it."""
        added = self._added(name, column, unit, dim)
        self._at_most(use if added is None else use - added, figure, dim)

    def _at_most(self, use: Any, figure: Array, dim: str) -> None:
        if np.isfinite(figure).any():
            limit = self._t(np.nan_to_num(figure, posinf=0.0), dim)
            self.model.add_constraints(use, "<=", limit, mask=self._t(figure, dim) < np.inf)

    def _variants(self, name: str) -> list[tuple[int, int, dict[str, float]]]:
        """Rows as they stand (project −1) and as an all-or-nothing project leaves them."""
        found: dict[tuple[int, int], dict[str, float]] = {}
        for e in self.table["effects"].itertuples(index=False):
            if e.table == name and e.column in ("cost", "loss", "days"):
                p = self.names.index(e.project)
                for i, keys in enumerate(self._keys(name)):
                    if e.row in keys:
                        size = self.table["projects"]["size_max"].iloc[p]
                        found.setdefault((i, p), {})[e.column] = e.change * size
        return [(i, -1, {}) for i in range(len(self.table[name]))] + [(i, p, c) for (i, p), c in found.items()]

    def _gate(
        self, name: str, variants: list[tuple[int, int, dict[str, float]]], load: Any, figure: Array, unit: Array
    ) -> None:
        """Without the project only the row as it stands can be used, with it only the changed one."""
        most = figure.copy()
        for e in self.table["effects"].itertuples(index=False):
            size = self.table["projects"]["size_max"].iloc[self.names.index(e.project)]
            for i, keys in enumerate(self._keys(name) if (e.table, e.column) == (name, "capacity") else []):
                most[i] += max(e.change, 0.0) * size * unit[i] * (e.row in keys)
        changed = {i: p for i, p, _ in variants if p >= 0}
        for v, (i, p, _) in enumerate(variants):
            if i not in changed:
                continue
            full = self.table["projects"]["size_max"].iloc[changed[i]]
            on = self.size_in.sel(p=changed[i]) * (1 / full) * self._t(most[i])
            if p >= 0:
                self.model.add_constraints(load(v) - on <= 0)
            else:
                self.model.add_constraints(load(v) + on <= self._t(most[i]))
