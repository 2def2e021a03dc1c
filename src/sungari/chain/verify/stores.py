"""Stores: what they hold, and that what goes in comes out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sungari.chain.verify.facts import Facts, Floats
from sungari.chain.verify.ledger import Ledger
from sungari.chain.verify.limits import matched, reported


def check_stores(facts: Facts, ledger: Ledger) -> None:
    """Stock, charge and discharge against their limits; the stock from one period to the next; its cost."""
    both = matched(facts, ledger, "stores", "stocks", ("place", "commodity"))
    if both.empty:
        return
    frame = facts.table("stores").iloc[both["row"].to_numpy()]
    key, when = both["key"], both["period"]
    capacity = frame["capacity"].to_numpy(dtype=float)
    capacity = np.where(np.isnan(capacity), np.inf, capacity + facts.added(both, "stores", "capacity"))
    stock = both["stock"].to_numpy(dtype=float)
    ledger.at_most("store capacity", "stores", key, when, stock, capacity, "more is held than there is room")
    share = both["share"].to_numpy(dtype=float)
    for column in ("charge", "discharge"):
        yearly = frame[column].to_numpy(dtype=float)
        most = np.where(np.isnan(yearly), np.inf, yearly * share)
        ledger.at_most(f"store {column}", "stores", key, when, both[column], most, f"{column} above its limit")
    reported(facts, ledger, "stores", both, capacity, stock)
    low, high = facts.moved(both, "stores", "cost")
    cost = frame["cost"].to_numpy(dtype=float)
    held = stock * share
    ledger.within("stock cost", "stocks", key, when, both["cost"], held * (cost + low), held * (cost + high),
                  "not stock times cost", floor=1e-3)
    _recursion(facts, ledger, both, frame, share)


def _recursion(facts: Facts, ledger: Ledger, both: pd.DataFrame, frame: pd.DataFrame, share: Floats) -> None:
    """Stock at the end = what is left of the stock before + put in − taken out."""
    low, high = facts.moved(both, "stores", "loss")
    loss = frame["loss"].to_numpy(dtype=float)
    left_most = (1.0 - np.clip(loss + low, 0.0, 1.0)) ** share
    left_least = (1.0 - np.clip(loss + high, 0.0, 1.0)) ** share
    at = pd.Index(facts.calendar["period"]).get_indexer(pd.Index(both["period"]))
    stock = both["stock"].to_numpy(dtype=float)
    position = pd.Series(np.arange(len(both)), index=pd.MultiIndex.from_arrays([both["row"].to_numpy(), at]))
    n = len(facts.calendar)
    years = facts.calendar["year"].to_numpy()
    first = np.array([np.flatnonzero(years == y)[0] for y in years], dtype=int)
    last = np.array([np.flatnonzero(years == y)[-1] for y in years], dtype=int)
    cycle = frame["cycle"].to_numpy(dtype=object)
    before = at - 1
    before = np.where((cycle == "year") & (at == first[at]), last[at], before)
    before = np.where((cycle == "horizon") & (at == 0), n - 1, before)
    starts = before < 0
    index = pd.MultiIndex.from_arrays([both["row"].to_numpy(), np.where(starts, at, before)])
    previous = np.where(starts, frame["initial"].to_numpy(dtype=float), stock[position.loc[index].to_numpy()])
    change = (both["charge"] - both["discharge"]).to_numpy(dtype=float)
    size = np.maximum.reduce([stock, previous, np.abs(change)])
    # A store that the plan says nothing of is not used: what may have stood in it is left to itself.
    named = facts.plan("stocks")[["place", "commodity"]].drop_duplicates().assign(named=True)
    used = both[["place", "commodity"]].merge(named, on=["place", "commodity"], how="left")["named"].notna().to_numpy()
    key, when = both["key"].to_numpy(dtype=object), both["period"].to_numpy(dtype=object)
    ledger.within("stock recursion", "stocks", key[used], when[used], stock[used],
                  (previous * left_least + change)[used], (previous * left_most + change)[used],
                  "not what is left of the stock before, plus charge, less discharge", scale=size[used])
