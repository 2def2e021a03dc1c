"""Which row of ``duties.csv`` governs a flow, and where that is not clear."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sungari.errors import Problem
from sungari.region.check.common import (
    Check,
    Floats,
    Mask,
    chain_of,
    flags,
    known,
    numbers,
    parents,
    problems_at,
    row_keys,
)
from sungari.region.package import Region
from sungari.region.schema import ANY
from sungari.words import Words


def crossings(region: Region) -> pd.DataFrame:
    """Directions of links whose ends lie with different parties.

    Returns
    -------
    DataFrame
        ``link`` (position), ``a`` and ``b`` (parties that goods leave and enter).
    """
    links, places = region.table("links"), region.table("places")
    party = places.drop_duplicates("place").set_index("place")["party"]
    start, end = links["from"].map(party).astype("str"), links["to"].map(party).astype("str")
    there = pd.DataFrame({"link": np.arange(len(links)), "a": start, "b": end})
    back = pd.DataFrame({"link": np.arange(len(links)), "a": end, "b": start})[flags(links, "both_ways")]
    both = pd.concat([there, back], ignore_index=True)
    return both[(both["a"] != both["b"]).to_numpy() & known(both, "a") & known(both, "b")].reset_index(drop=True)


def ranks(region: Region, pairs: pd.DataFrame) -> Floats:
    """How narrowly each row of duties fits each pair of parties; −inf where it does not.

    A party named itself beats its parent, a parent beats ``*``, which stands for any party of another country.

    Parameters
    ----------
    region : Region
    pairs : DataFrame
        ``a`` and ``b``.

    Returns
    -------
    ndarray, shape (duties, pairs)
    """
    duties, parent = region.table("duties"), parents(region)
    chains = {p: chain_of(p, parent) for p in {*pairs["a"].astype(str), *pairs["b"].astype(str)}}
    deepest = max((len(c) for c in chains.values()), default=0)
    ends = zip(pairs["a"], pairs["b"], strict=True)
    foreign = np.array([chains[a][-1] != chains[b][-1] for a, b in ends], dtype=bool)
    rank = np.zeros((len(duties), len(pairs)))
    for side, column in (("a", "from_party"), ("b", "to_party")):
        for name in duties[column].dropna().unique():
            if name == ANY:
                fit = np.where(foreign, 0.0, -np.inf)
            else:
                near = {p: float(deepest - c.index(name)) if name in c else -np.inf for p, c in chains.items()}
                fit = pairs[side].map(near).to_numpy(dtype=float)
            rank[(duties[column] == name).to_numpy()] += fit
        rank[~known(duties, column)] = -np.inf
    return rank


def ties(region: Region) -> Iterator[Problem]:
    """Two rows that fit the same flow equally narrowly and say different things."""
    duties = region.table("duties")
    if len(duties) < 2:
        return
    pairs = crossings(region)[["a", "b"]].drop_duplicates()
    if pairs.empty:
        return
    rank = ranks(region, pairs)
    terms = row_keys(duties, ["ad_valorem", "specific", "quota", "banned"]).to_numpy()
    start = np.nan_to_num(numbers(duties, "year_from"), nan=-np.inf)
    end = np.nan_to_num(numbers(duties, "year_to"), nan=np.inf)
    told: set[tuple[int, int]] = set()
    for good in duties["commodity"].dropna().unique():
        mine = np.flatnonzero((duties["commodity"] == good).to_numpy())
        best = rank[mine].max(axis=0)
        top = (rank[mine] == best) & np.isfinite(best)
        for pair in np.flatnonzero(top.sum(axis=0) > 1):
            rows = mine[top[:, pair]].tolist()
            for k, j in enumerate(rows):
                for i in rows[:k]:
                    together = start[i] <= end[j] and start[j] <= end[i]
                    if not together or terms[i] == terms[j] or (i, j) in told or _same_key(duties, i, j):
                        continue
                    told.add((i, j))
                    a, b = pairs["a"].iloc[pair], pairs["b"].iloc[pair]
                    yield from problems_at(region, "duties", [j], "from_party",
                                           Words("it fits flows from {a} to {b} as narrowly as row {row}; which one "
                                                 "counts is not clear", a=a, b=b, row=region.line("duties", i)),
                                           "duty-tie", severity="warning")


def _same_key(duties: pd.DataFrame, i: int, j: int) -> bool:
    # an error already: see keys.py
    key = ["from_party", "to_party", "commodity"]
    return bool((duties[key].iloc[i] == duties[key].iloc[j]).all())


def idle(region: Region) -> Iterator[Problem]:
    """A row that fits no link."""
    duties = region.table("duties")
    if duties.empty:
        return
    pairs = crossings(region)[["a", "b"]].drop_duplicates()
    unused = ~np.isfinite(ranks(region, pairs)).any(axis=1) & known(duties, "from_party") & known(duties, "to_party")
    yield from problems_at(region, "duties", unused, "from_party", Words("no link crosses from this party to that one"),
                           "unused", severity="warning",
                           value=lambda i: f"{duties['from_party'].iloc[i]} to {duties['to_party'].iloc[i]}")


def barred(region: Region, goods: list[str]) -> tuple[Mask, Mask]:
    """Flows that are banned in all years.

    Parameters
    ----------
    region : Region
    goods : list of str
        Commodities.

    Returns
    -------
    there, back : ndarray of bool, shape (links, commodities)
        From ``from`` to ``to``, and the other way.
    """
    links, duties = region.table("links"), region.table("duties")
    there = np.zeros((len(links), len(goods)), dtype=bool)
    back = there.copy()
    banned = flags(duties, "banned")
    if not banned.any():
        return there, back
    ways = crossings(region)
    pairs = ways[["a", "b"]].drop_duplicates().reset_index(drop=True)
    rank = ranks(region, pairs)
    dated = known(duties, "year_from") | known(duties, "year_to")
    loose = ~banned & dated  # may open the way in some years
    names = duties["commodity"].astype("str").to_numpy()
    shut = np.zeros((len(pairs), len(goods)), dtype=bool)
    for c, good in enumerate(goods):
        fits = np.where(((names == good) | (names == ANY))[:, None], rank + 0.5 * (names == good)[:, None], -np.inf)
        open_sometimes = np.isfinite(fits[loose]).any(axis=0)
        lasting = np.where(dated[:, None], -np.inf, fits)
        best = lasting.argmax(axis=0)
        shut[:, c] = banned[best] & np.isfinite(lasting.max(axis=0)) & ~open_sometimes
    index = pd.MultiIndex.from_frame(pairs).get_indexer(pd.MultiIndex.from_frame(ways[["a", "b"]]))
    start = links["from"].map(region.table("places").drop_duplicates("place").set_index("place")["party"])
    forward = (ways["a"] == start.iloc[ways["link"]].to_numpy()).to_numpy()
    there[ways["link"][forward]] = shut[index[forward]]
    back[ways["link"][~forward]] = shut[index[~forward]]
    return there, back


CHECKS: tuple[Check, ...] = (ties, idle)
