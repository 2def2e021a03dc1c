"""What can get where: demand that no supply reaches.

Nodes are commodities at places. Supply opens some; links whose mode carries the commodity, and processes all of whose
inputs have arrived, open others. Quantities and years don't count here: what a project opens counts as open.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sungari.errors import Problem
from sungari.region.check.common import Check, Mask, among, flags, known, listed, numbers, problems_at, row_keys, whole
from sungari.region.check.duties import barred
from sungari.region.package import Region
from sungari.region.schema import ANY, BY_NAME
from sungari.words import Words

Ints = npt.NDArray[np.int64]


@dataclass
class Graph:
    """Commodities at places, and the ways between them.

    Attributes
    ----------
    places, goods : Index
        Names; node number = place × number of goods + good.
    start, end : ndarray of int
        Nodes of each way along a link.
    needs, makes : ndarray of bool, shape (facilities, goods)
        Inputs and outputs of each open facility.
    at : ndarray of int
        Place of each open facility.
    sources : ndarray of bool, shape (places × goods,)
    """

    places: pd.Index[str]
    goods: pd.Index[str]
    start: Ints
    end: Ints
    needs: Mask
    makes: Mask
    at: Ints
    sources: Mask


def where(index: pd.Index[str], values: pd.Series[str]) -> Ints:
    """Position of each value in an index; −1 where it is not there."""
    return np.asarray(index.get_indexer(pd.Index(values)), dtype=np.int64)


def is_open(region: Region, table: str) -> Mask:
    """Rows that have or may get a capacity."""
    frame = region.table(table)
    column = "quantity" if table == "demand" else "capacity"
    effects = region.table("effects")
    raised = whole(effects.loc[((effects["table"] == table) & (effects["column"] == column)).to_numpy(), "row"])
    key = BY_NAME[table].key
    result = ~(numbers(frame, column) == 0)
    if len(raised):
        result |= among(row_keys(frame, key), raised)
        if "step" in key:
            result |= among(row_keys(frame, key[:-1]), raised)
    return np.asarray(result, dtype=bool)


def build(region: Region) -> Graph:
    """The graph of a region; rows with unknown names are left out."""
    places = pd.Index(region.table("places")["place"].dropna().unique(), dtype="str")
    goods = pd.Index(region.table("commodities")["commodity"].dropna().unique(), dtype="str")
    sources = np.zeros(len(places) * len(goods), dtype=bool)
    for table, mask in (("supply", is_open(region, "supply")), ("stores", _stocked(region))):
        frame = region.table(table)
        p, c = where(places, frame["place"]), where(goods, frame["commodity"])
        sources[(p * len(goods) + c)[mask & (p >= 0) & (c >= 0)]] = True
    start, end = _ways(region, places, goods)
    needs, makes, at = _facilities(region, places, goods)
    return Graph(places, goods, start, end, needs, makes, at, sources)


def _stocked(region: Region) -> Mask:
    stores = region.table("stores")
    return (numbers(stores, "initial") > 0) & (stores["cycle"] == "none").to_numpy()


def carried(region: Region, goods: pd.Index[str]) -> Mask:
    """Which commodities each link carries, shape (links, goods)."""
    links, rates = region.table("links"), region.table("rates")
    modes = pd.Index(rates["mode"].dropna().unique(), dtype="str")
    general = np.zeros((len(modes) + 1, len(goods)), dtype=bool)  # the last row stands for an unknown mode
    special = np.zeros((len(links), len(goods)), dtype=bool)
    mode, good = where(modes, rates["mode"]), where(goods, rates["commodity"])
    all_goods, local = among(rates["commodity"], {ANY}), known(rates, "link")
    one = ~local & (good >= 0)
    general[mode[one], good[one]] = True
    general[mode[~local & all_goods]] = True
    general[-1] = False
    rows = pd.Series(np.arange(len(links)), index=links["link"]).groupby(level=0).indices if local.any() else {}
    for k in np.flatnonzero(local & ((good >= 0) | all_goods)):
        special[rows.get(rates["link"].iloc[k], []), slice(None) if all_goods[k] else good[k]] = True
    return np.asarray(general[where(modes, links["mode"])] | special, dtype=bool)


def _ways(region: Region, places: pd.Index[str], goods: pd.Index[str]) -> tuple[Ints, Ints]:
    links = region.table("links")
    if links.empty:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    a, b = where(places, links["from"]), where(places, links["to"])
    usable = is_open(region, "links") & ~(numbers(links, "loss") >= 1) & (a >= 0) & (b >= 0)
    loads = carried(region, goods) & usable[:, None]
    no_there, no_back = barred(region, goods.tolist())
    link, good = np.nonzero(loads & ~no_there)
    back, what = np.nonzero(loads & ~no_back & flags(links, "both_ways")[:, None])
    n = len(goods)
    start = np.concatenate([a[link] * n + good, b[back] * n + what])
    end = np.concatenate([b[link] * n + good, a[back] * n + what])
    return start.astype(np.int64), end.astype(np.int64)


def _facilities(region: Region, places: pd.Index[str], goods: pd.Index[str]) -> tuple[Mask, Mask, Ints]:
    rows, recipes = region.table("facilities"), region.table("recipes")
    at = where(places, rows["place"])
    runs = is_open(region, "facilities") & (at >= 0) & _equipped(region)
    needs = np.zeros((len(rows), len(goods)), dtype=bool)
    makes = needs.copy()
    if len(rows) and len(recipes):
        good = where(goods, recipes["commodity"])
        amount = numbers(recipes, "amount")
        local = known(recipes, "place")
        every = pd.DataFrame({"facility": np.arange(len(rows)), "process": rows["process"], "place": rows["place"]})
        recipe = pd.DataFrame({"process": recipes["process"], "place": recipes["place"], "good": good,
                               "amount": amount})[(good >= 0) & ~np.isnan(amount)]
        local = local[(good >= 0) & ~np.isnan(amount)]
        # general rows first, so that those of a place overwrite them
        for part in (
            every.merge(recipe[~local].drop(columns="place"), on="process"),
            every.merge(recipe[local], on=["process", "place"]),
        ):
            f, g, m = part["facility"].to_numpy(), part["good"].to_numpy(), part["amount"].to_numpy()
            needs[f, g], makes[f, g] = m < 0, m > 0
    return needs[runs], makes[runs], at[runs]


def _equipped(region: Region) -> Mask:
    """Facilities at whose place every unit that the process uses is there."""
    rows, use, units = region.table("facilities"), region.table("unit_use"), region.table("units")
    result = np.ones(len(rows), dtype=bool)
    if use.empty or rows.empty:
        return result
    used = use.loc[(use["use"] > 0).to_numpy(), ["process", "unit"]]
    pairs = pd.DataFrame({"facility": np.arange(len(rows)), "process": rows["process"], "place": rows["place"]})
    pairs = pairs.merge(used, on="process")
    have = whole(row_keys(units[is_open(region, "units")], ["place", "unit"]))
    lacking = ~among(row_keys(pairs, ["place", "unit"]), have)
    result[pairs["facility"].to_numpy()[lacking]] = False
    return result


def spread(graph: Graph) -> Mask:
    """Commodities that can be had at each place, shape (places, goods)."""
    width, n = len(graph.goods), len(graph.sources)
    # ways by the node they start from, so that those of any set of nodes are found at once
    end = graph.end[np.argsort(graph.start, kind="stable")]
    count = np.bincount(graph.start, minlength=n)
    first = np.cumsum(count) - count
    reached = graph.sources.copy()
    front = np.flatnonzero(reached)
    while len(front):
        while len(front):  # one step along all ways out of the front (SciPy's search would take longer to import)
            lengths = count[front]
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            ahead = end[np.repeat(first[front], lengths) + within]
            front = np.unique(ahead[~reached[ahead]])
            reached[front] = True
        have = reached.reshape(len(graph.places), width)
        runs = ~(graph.needs & ~have[graph.at]).any(axis=1)
        facility, good = np.nonzero(graph.makes[runs])
        made = graph.at[runs][facility] * width + good
        front = np.unique(made[~reached[made]])
        reached[front] = True
    return reached.reshape(len(graph.places), width)


def unreachable_demand(region: Region) -> Iterator[Problem]:
    """Demand that no supply can reach."""
    demand = region.table("demand")
    if demand.empty:
        return
    graph = build(region)
    have = spread(graph)
    p, c = where(graph.places, demand["place"]), where(graph.goods, demand["commodity"])
    asked = (p >= 0) & (c >= 0) & is_open(region, "demand")
    asked[asked] = ~have[p[asked], c[asked]]
    must = asked & ~known(demand, "price") & ~known(demand, "penalty")

    places, goods = demand["place"].tolist(), demand["commodity"].tolist()

    @functools.cache
    def about(good: int) -> str:
        some = np.flatnonzero(have[:, good])
        name = graph.goods[good]
        if len(some):
            return Words("{commodity} can be had at {places}", commodity=name, places=listed(graph.places[some]))
        return Words("no place supplies {commodity}, or a process that makes it lacks an input or a unit",
                     commodity=name)

    for mask, text in ((must, Words("no supply can reach this demand, which must be met")),
                       (asked & ~must, Words("no supply can reach this demand"))):
        yield from problems_at(region, "demand", mask, "place", text, "unreachable", severity="warning",
                               hint=lambda i: about(int(c[i])), value=lambda i: f"{places[i]}/{goods[i]}")


CHECKS: tuple[Check, ...] = (unreachable_demand,)
