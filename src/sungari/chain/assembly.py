"""Assembly: from a region to a program, family by family.

The list in :class:`Model` is the only place that knows which families there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from sungari.chain.demand import Demand
from sungari.chain.duties import Duties
from sungari.chain.facilities import Facilities
from sungari.chain.family import Family, Solution
from sungari.chain.ground import Ground
from sungari.chain.links import Links
from sungari.chain.program import Arrays, Floats, Program
from sungari.chain.projects import Projects
from sungari.chain.prune import prune as prune_families
from sungari.chain.solver import Answer
from sungari.chain.stores import Stores
from sungari.chain.supply import Supply
from sungari.region.package import Region

#: Result tables in the order in which they are written; their columns are set by the families.
TABLES = ("flows", "activity", "supply", "sales", "stocks", "prices", "capacity", "projects", "welfare")


class Model:
    """The chain model of a region: the families, and the program that they make together.

    Parameters
    ----------
    region : Region
        A checked region.
    projects : "best", "none", "all" or list of str
        Which projects may or must be built; see :class:`sungari.chain.projects.Projects`.
    prune : bool or "reach"
        Whether to leave out what no best plan can use; ``reach``: only what cannot be had or wanted anywhere, whatever
        costs and prices are.
    like : Model or None
        Model of the same region with other figures: this one then has the same columns and rows, where that can be
        (see :meth:`stands_like`), so that a basis of one fits the other.

    Attributes
    ----------
    arrays : Arrays
        The program: minimise cost less value of sales, discounted money.
    """

    def __init__(
        self, region: Region, projects: str | Iterable[str] = "best", *, prune: bool | Literal["reach"] = True,
        like: Model | None = None,
    ) -> None:
        self.region = region
        self.ground = ground = Ground(region)
        self.projects: Projects = Projects(ground, projects, like.projects if like is not None else None)
        self.duties = Duties(ground)
        self.supply = Supply(ground, self.projects)
        self.facilities = Facilities(ground, self.projects)
        self.links = Links(ground, self.projects, self.duties)
        self.stores = Stores(ground, self.projects)
        self.demand = Demand(ground, self.projects)
        self.families: tuple[Family, ...] = (self.supply, self.facilities, self.links, self.stores, self.demand)
        self._fits = True
        if like is not None:
            self._stand_like(like)
        elif prune:
            prune_families(
                ground, self.supply, self.facilities, self.links, self.stores, self.demand, prices=prune != "reach"
            )
        program = Program()
        ground.add_balances(program, np.concatenate([f.pairs() for f in self.families]))
        self.projects.add(program)
        for family in self.families:
            family.add(program)
        self.arrays: Arrays = program.finish()

    def _stand_like(self, other: Model) -> None:
        """Give the families the places that they have in another model."""
        limits = [(f.limit, g.limit) for f, g in zip(self.families, other.families, strict=True)]
        limits.append((self.facilities.unit_limit, other.facilities.unit_limit))
        fits = [mine.stand_like(theirs) for mine, theirs in limits]
        self._fits = all(fits) and not bool((self.links.open & ~other.links.open).any())
        self._fits &= np.array_equal(self.demand.slope, other.demand.slope)  # else the curves' segments end elsewhere
        self.links.open = other.links.open
        for family, same in zip(self.families, other.families, strict=True):
            family.keep = same.keep

    def stands_like(self, other: Model) -> bool:
        """Whether this model has the columns and rows of another one, and they say all of it."""
        mine, theirs = self.arrays, other.arrays
        return self._fits and mine.columns == theirs.columns and mine.rows == theirs.rows

    def solution(self, answer: Answer) -> Solution:
        """The solver's answer, with discounted prices."""
        return Solution(
            self.ground,
            answer.x,
            answer.column_dual,
            self.arrays.upper,
            answer.row_dual,
            answer.row_activity,
            self.ground.prices(answer.row_dual),
        )

    def results(self, solution: Solution) -> dict[str, pd.DataFrame]:
        """Every result table of a solution; see model.md, "Results: a plan"."""
        parts: dict[str, list[pd.DataFrame]] = {}
        for family in self.families:
            for name, frame in family.results(solution).items():
                parts.setdefault(name, []).append(frame)
        made = {
            name: pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
            for name, frames in parts.items()
        }
        made["prices"] = self._prices(solution)
        made["projects"] = self.projects.result(solution.x)
        made["welfare"] = self._welfare(solution)
        return {name: made[name] for name in TABLES}

    def _prices(self, solution: Solution) -> pd.DataFrame:
        ground = self.ground
        place, commodity = ground.balance_names()
        n = len(ground.periods)
        prices = solution.prices[ground.pair(place, commodity)] / ground.periods.weight_of_period
        return pd.DataFrame({
            "place": pd.array(np.repeat(ground.places.to_numpy(dtype=object)[place], n), dtype="str"),
            "commodity": pd.array(np.repeat(ground.commodities.to_numpy(dtype=object)[commodity], n), dtype="str"),
            "period": pd.array(np.tile(np.array(ground.periods.names, dtype=object), len(place)), dtype="str"),
            "price": prices.ravel() + 0.0,
        })

    def _welfare(self, solution: Solution) -> pd.DataFrame:
        """Gains by party and component, discounted money; they sum to objective plus duties."""
        ground = self.ground
        parts = [item for family in self.families for item in family.welfare(solution)]
        parts += self.projects.welfare(solution.x, solution.row_dual)
        total: dict[str, Floats] = {}
        for party, component, amount in parts:
            each = total.setdefault(component, np.zeros(len(ground.parties)))
            np.add.at(each, party, amount)
        frames = [
            pd.DataFrame({
                "party": pd.array(ground.parties.to_numpy(dtype=object), dtype="str"),
                "component": component,
                "amount": amount,
            })
            for component, amount in total.items()
        ]
        made = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(
            {"party": pd.array([], dtype="str"), "component": pd.array([], dtype="str"), "amount": np.zeros(0)}
        )
        made = made[made["amount"] != 0.0]
        order = {p: i for i, p in enumerate(ground.parties)}
        made = made.assign(_o=made["party"].map(order)).sort_values(["_o", "component"], kind="stable")
        return made.drop(columns="_o").astype({"component": "str"}).reset_index(drop=True)
