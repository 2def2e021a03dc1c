"""What all families stand on: the region's names as numbers, its time, and the balance rows where families meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.periods import Periods
from sungari.chain.program import Block, Floats, Ints, Program
from sungari.region.package import Region


class Ground:
    """Codes of a region's places, commodities and parties, and the balances.

    Attributes
    ----------
    places, commodities, parties : pandas.Index
        Identifiers; a code is a position in one of them.
    place_party : ndarray of int
        Party of each place.
    root : ndarray of int
        Topmost parent of each party.
    ancestry : ndarray of int, shape (parties, parties)
        ``ancestry[a, b]`` = steps from party a up to party b (0 for itself), −1 if b is not above a.
    periods : Periods
    bulk : float
        More units a year than any sensible plan moves anywhere; stands in for an unlimited capacity where a row needs
        a finite one.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.periods = Periods(region)
        self.places = pd.Index(region.table("places")["place"])
        self.commodities = pd.Index(region.table("commodities")["commodity"])
        parties = region.table("parties")
        self.parties = pd.Index(parties["party"])
        self.place_party = self.code(self.parties, region.table("places")["party"])
        self.ancestry = _ancestry(self.code(self.parties, parties["parent"]))
        self.root: Ints = self.ancestry.argmax(axis=1) if len(parties) else np.zeros(0, dtype=np.int64)
        disposal = region.table("commodities")["disposal"]
        free = np.full(len(self.commodities), region.settings.free_disposal)
        free[(disposal == "free").fillna(False).to_numpy(dtype=bool)] = True
        free[(disposal == "none").fillna(False).to_numpy(dtype=bool)] = False
        self.free_disposal = free
        self.bulk = _bulk(region)
        self.balance: Block | None = None
        self._pairs: Ints = np.zeros(0, dtype=np.int64)
        self._pair_position: Ints = np.full(len(self.places) * len(self.commodities), -1, dtype=np.int64)

    # -- codes --------------------------------------------------------------------------------------------------

    @staticmethod
    def code(index: pd.Index, values: pd.Series) -> Ints:
        """Positions of `values` in `index`; −1 for blanks."""
        return np.asarray(index.get_indexer(pd.Index(values)), dtype=np.int64)

    def place(self, values: pd.Series) -> Ints:
        return self.code(self.places, values)

    def commodity(self, values: pd.Series) -> Ints:
        return self.code(self.commodities, values)

    def party(self, values: pd.Series, default: Ints) -> Ints:
        """Codes of parties; `default` where blank."""
        codes = self.code(self.parties, values)
        return np.where(codes < 0, default, codes)

    def pair(self, place: Ints, commodity: Ints) -> Ints:
        """One number for a place and a commodity."""
        return place * len(self.commodities) + commodity

    # -- balances -----------------------------------------------------------------------------------------------

    def add_balances(self, program: Program, pairs: Ints) -> None:
        """Add the balance rows ``in − out ≥ 0`` (``= 0`` without free disposal) of these (place, commodity) pairs.

        Source: model.md, constraint 1. The dual of a row is the discounted price there.
        """
        self._pairs = np.unique(pairs)
        self._pair_position[:] = -1
        self._pair_position[self._pairs] = np.arange(len(self._pairs))
        n = len(self.periods)
        free = self.free_disposal[self._pairs % max(len(self.commodities), 1)]
        upper = np.repeat(np.where(free, np.inf, 0.0), n)
        self.balance = program.add_rows("balance", len(self._pairs) * n, 0.0, upper)

    def balance_row(self, place: Ints, commodity: Ints, period: Ints) -> Ints:
        """Absolute index of the balance rows."""
        assert self.balance is not None
        position = self._pair_position[self.pair(place, commodity)]
        return np.asarray(self.balance.start + position * len(self.periods) + period)

    def balance_rows(self, place: Ints, commodity: Ints) -> NDArray[np.int32]:
        """Absolute indices of the balance rows of all periods, shape (pairs, T)."""
        assert self.balance is not None
        n = len(self.periods)
        first = self.balance.start + self._pair_position[self.pair(place, commodity)] * n
        return np.add.outer(first.astype(np.int32), np.arange(n, dtype=np.int32), dtype=np.int32)

    def prices(self, row_dual: Floats) -> Floats:
        """Discounted prices, shape (places × commodities, T); NaN where the model has no balance."""
        assert self.balance is not None
        n = len(self.periods)
        result = np.full((len(self.places) * len(self.commodities), n), np.nan)
        result[self._pairs] = row_dual[self.balance.slice].reshape(-1, n)
        return result

    def balance_names(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Place and commodity codes of the balances, pair by pair."""
        c = max(len(self.commodities), 1)
        return self._pairs // c, self._pairs % c


def _ancestry(parent: Ints) -> Ints:
    n = len(parent)
    result = np.full((n, n), -1, dtype=np.int64)
    for party in range(n):
        above, steps = party, 0
        while above >= 0 and result[party, above] < 0:
            result[party, above] = steps
            above, steps = int(parent[above]), steps + 1
    return result


def _bulk(region: Region) -> float:
    total = 1.0
    for table, column in (("supply", "capacity"), ("facilities", "capacity"), ("units", "capacity")):
        total += float(np.nansum(region.table(table)[column].to_numpy(dtype=float)))
    demand = region.table("demand")
    # A linear demand curve goes on to 1 + |elasticity| times the quantity it is drawn through.
    most = demand["quantity"].to_numpy(dtype=float) * (1.0 - np.nan_to_num(demand["elasticity"].to_numpy(dtype=float)))
    total += float(most.sum())
    effects = region.table("effects")
    if len(effects):
        effects = effects[effects["column"].isin(["capacity", "quantity"]) & (effects["change"] > 0)]
        size = region.table("projects").set_index("project")["size_max"]
        total += float((effects["change"].to_numpy() * size.reindex(effects["project"]).to_numpy(dtype=float)).sum())
    # What is a unit of demand may be many units of load, of an input, or of activity, and seasons may pile it up.
    amounts = np.abs(region.table("recipes")["amount"].to_numpy(dtype=float))
    amounts = amounts[amounts > 0]
    factors = (
        region.table("rates")["weight"].to_numpy(dtype=float), region.table("profiles")["factor"].to_numpy(dtype=float),
        amounts, 1.0 / amounts,
    )
    for factor in factors:
        total *= max(1.0, float(np.nanmax(factor, initial=1.0)))
    return 2.0 * total
