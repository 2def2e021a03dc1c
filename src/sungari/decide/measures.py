"""What a sweep keeps of each plan: surplus by year, welfare by party and year, trade, prices of bottlenecks, decisions.

All of it is arrays, so that it can be kept in a file and sent between processes. Money is in the package's currency,
not divided by ``money_scale``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sungari.chain.assembly import Model
from sungari.chain.family import Solution
from sungari.chain.ground import Ground
from sungari.chain.program import Floats, Ints
from sungari.chain.projects import Projects
from sungari.chain.solver import Answer

Arrays = dict[str, NDArray[Any]]


class Measures:
    """Reads what is kept from the answers of one model.

    Parameters
    ----------
    model : Model
    detail : bool
        Whether welfare by party, trade and bottlenecks are wanted as well.
    """

    def __init__(self, model: Model, *, detail: bool) -> None:
        self.model, self.detail = model, detail
        self.year_of = _years(model)
        matrix = model.arrays.matrix
        # A row belongs to the latest year of the columns in it; rows that projects enlarge have one year only.
        self.year_of_row = np.full(matrix.shape[0], -1, dtype=np.int64)
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        np.maximum.at(self.year_of_row, matrix.indices, self.year_of[column])
        links, ground = model.links, model.ground
        root = ground.root[ground.place_party]
        crossing = root[links.start] != root[links.end]
        keys = np.stack([links.link, links.start, links.end, links.commodity], axis=1)
        trades, position = np.unique(keys[crossing], axis=0, return_inverse=True)
        self.ways = np.array(["|".join(names) for names in _trade_names(ground, trades)], dtype=np.str_)
        self.trade_of = np.full(len(links.link), -1, dtype=np.int64)
        self.trade_of[crossing] = position.ravel()

    def read(self, answer: Answer) -> Arrays:
        """Arrays of one answer.

        Returns
        -------
        dict
            ``surplus`` (Y,): discounted objective by model year, projects' own cost left out; ``decision``, ``size``,
            ``built``: what is decided (index of the decision, size, 0/1). With detail also ``welfare`` (parties, Y):
            discounted gains with duties, projects' cost and rents; ``way`` (texts ``link|from|to|commodity``) and
            ``trade`` (ways, Y): units a year that cross a border between countries; ``limit`` (texts
            ``table|row|year``), ``worth`` (money per unit of yearly capacity and year), ``rent`` (money a year) of the
            capacities that bind.
        """
        model, x = self.model, answer.x
        ours = self.year_of >= 0
        years = len(model.ground.periods.years)
        made: Arrays = {"surplus": -np.bincount(
            self.year_of[ours], weights=(model.arrays.cost * x)[ours], minlength=years
        )}
        size, built = model.projects.decided(x)
        decided = np.flatnonzero((size > 1e-9) | (built > 0.5))
        made |= {"decision": decided, "size": size[decided], "built": np.round(built[decided])}
        if self.detail:
            solution = model.solution(answer)
            made["welfare"] = self._welfare(solution)
            trade = self._trade(x)
            busy = np.flatnonzero(trade.any(axis=1))
            made |= {"way": self.ways[busy], "trade": trade[busy]}
            made |= self._bottlenecks(solution)
        return made

    def decided_otherwise(self, arrays: Arrays, before: Floats, after: Floats) -> Arrays:
        """Arrays of a plan that differs from one already read by decisions that change nothing but their own cost.

        Parameters
        ----------
        arrays : dict
            Of the plan that was read.
        before, after : ndarray, shape (columns,)
            Values of that plan, and of the other.
        """
        if np.array_equal(before, after):
            return arrays
        projects = self.model.projects
        size, built = projects.decided(after)
        decided = np.flatnonzero((size > 1e-9) | (built > 0.5))
        made = {**arrays, "decision": decided, "size": size[decided], "built": np.round(built[decided])}
        if "welfare" in arrays:
            cost = project_cost(projects, size, built) - project_cost(projects, *projects.decided(before))
            made["welfare"] = arrays["welfare"] + cost
        return made

    def _welfare(self, solution: Solution) -> Floats:
        """Gains by party and model year; shape (parties, Y)."""
        model = self.model
        ground, projects = model.ground, model.projects
        total = np.zeros((len(ground.parties), len(ground.periods.years)))
        for y in range(total.shape[1]):
            here = replace(solution, x=np.where(self.year_of == y, solution.x, 0.0))
            for family in model.families:
                for party, _, amount in family.welfare(here):
                    np.add.at(total[:, y], party, amount)
        total += project_cost(projects, *projects.decided(solution.x))
        added = projects.added
        if added.rows:
            rows = np.concatenate(added.rows)
            rent = solution.row_dual[rows] * np.concatenate(added.values) * solution.x[np.concatenate(added.columns)]
            owner, project, year = np.concatenate(added.owner), np.concatenate(added.project), self.year_of_row[rows]
            mine = year >= 0
            rent, owner, project, year = rent[mine], owner[mine], project[mine], year[mine]
            np.add.at(total, (owner, year), -rent)
            for p in np.unique(project):
                mine = project == p
                each = np.bincount(year[mine], weights=rent[mine], minlength=total.shape[1])
                parties, shares = projects.shares[p]
                np.add.at(total, parties, shares[:, None] * each)
        return total

    def _trade(self, x: Floats) -> Floats:
        """Units a year over each border-crossing way, by model year."""
        links, periods = self.model.links, self.model.ground.periods
        total = np.zeros((len(self.ways), len(periods.years)))
        at = self.trade_of[links.grid.row]
        mine = at >= 0
        np.add.at(total, (at[mine], periods.year[links.grid.period[mine]]), x[links.columns.slice][mine])
        return total

    def _bottlenecks(self, solution: Solution) -> Arrays:
        periods = self.model.ground.periods
        years = len(periods.years)
        limit: list[str] = []
        worth: list[Floats] = []
        rent: list[Floats] = []
        for load in (load for family in self.model.families for load in family.loads(solution)):
            price = np.where(load.where, load.shadow / periods.weight_of_period, 0.0)
            price[price <= 1e-9 * max(1.0, float(price.max(initial=0.0)))] = 0.0
            row, period = np.nonzero(price)
            # Rows of one key hold in different years: the key and the year tell them apart.
            at, position = np.unique(row * years + periods.year[period], return_inverse=True)
            limit += [f"{load.table}|{load.names[k // years]}|{periods.years[k % years]}" for k in at.tolist()]
            many = len(at)
            worth.append(np.bincount(position, price[row, period] * periods.share[period], many).astype(float))
            rent.append(np.bincount(position, price[row, period] * load.used[row, period], many).astype(float))
        return {
            "limit": np.array(limit, dtype=np.str_), "worth": np.concatenate(worth), "rent": np.concatenate(rent),
        }


def project_cost(projects: Projects, size: Floats, built: Floats) -> Floats:
    """What projects cost their parties by model year, as negative gains; shape (parties, Y), discounted money.

    `size` and `built` have one figure per decision.
    """
    ground = projects.ground
    frame, p = projects.frame, projects.project
    fixed = projects.recovery * frame["capex"].to_numpy() + frame["opex"].to_numpy()
    sized = projects.recovery * frame["capex_per_size"].to_numpy() + frame["opex_per_size"].to_numpy()
    yearly = (fixed[p] * built + sized[p] * size)[:, None] * projects.operating * ground.periods.weight
    total = np.zeros((len(ground.parties), len(ground.periods.years)))
    for d in np.flatnonzero(yearly.any(axis=1)):
        parties, shares = projects.shares[p[d]]
        np.add.at(total, parties, -shares[:, None] * yearly[d])
    return total


def _trade_names(ground: Ground, trades: Ints) -> Iterable[tuple[str, str, str, str]]:
    """Link, place it leaves, place it enters, commodity of each border-crossing way."""
    link = ground.region.table("links")["link"].to_numpy(dtype=object)
    for a, b, c, d in trades:
        yield str(link[a]), str(ground.places[b]), str(ground.places[c]), str(ground.commodities[d])


def _years(model: Model) -> Ints:
    """Model year of each column; −1 for decisions."""
    periods = model.ground.periods
    n = len(periods)
    year = np.full(len(model.arrays.cost), -1, dtype=np.int64)
    for uses in (model.supply, model.facilities):
        year[uses.columns.slice] = periods.year[uses.grid.period]
    year[model.links.columns.slice] = periods.year[model.links.grid.period]
    stores, demand = model.stores, model.demand
    year[stores.stock.slice] = np.tile(periods.year, stores.stock.size // n)
    year[stores.charge.slice] = np.tile(periods.year, stores.charge.size // n)
    year[stores.discharge.slice] = np.tile(periods.year, stores.discharge.size // n)
    year[demand.columns.slice] = periods.year[demand.grid.period]
    year[demand.unserved.slice] = periods.year[demand.grid.period[demand.short_of]]
    return year
