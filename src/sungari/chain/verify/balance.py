"""Balances: at every place, what comes of a commodity covers what goes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sungari.chain.verify.facts import Facts
from sungari.chain.verify.ledger import Ledger
from sungari.chain.verify.trade import Trade

KEYS = ["place", "commodity", "period"]


def check_balances(facts: Facts, ledger: Ledger, trade: Trade) -> None:
    """Supply + made + arriving + discharge ≥ used + leaving + charge + sale; equal without free disposal.

    A violation is relative to all that passes through the place.
    """
    flows = trade.flows
    quantity = flows["quantity"].to_numpy(dtype=float)
    supply, sales, stocks = facts.plan("supply"), facts.plan("sales"), facts.plan("stocks")
    parts = [
        _part(supply, "place", supply["quantity"]),
        _part(sales, "place", -sales["quantity"]),
        _part(stocks, "place", stocks["discharge"]),
        _part(stocks, "place", -stocks["charge"]),
        _part(flows, "from", -quantity),
        _part(flows, "to", quantity * trade.arriving_least, quantity * trade.arriving_most),
        _made(facts),
    ]
    every = pd.concat(parts, ignore_index=True)
    total = every.groupby(KEYS, sort=False, as_index=False)[["low", "high", "through"]].sum()
    stated = facts.table("commodities").set_index("commodity")["disposal"].astype(object)
    disposal = stated.reindex(total["commodity"].to_numpy(dtype=object))
    free = (disposal == "free").to_numpy() | (disposal.isna().to_numpy() & facts.region.settings.free_disposal)
    names = (total["place"].astype(str) + "/" + total["commodity"].astype(str)).to_numpy(dtype=object)
    when = total["period"].to_numpy(dtype=object)
    through = total["through"].to_numpy(dtype=float)
    ledger.at_least("balance", "places", names, when, total["high"], 0.0, "more goes than comes", scale=through)
    strict = ~free
    ledger.at_most("balance", "places", names[strict], when[strict], total["low"].to_numpy()[strict], 0.0,
                   "a surplus stays that may not be left", scale=through[strict])


def _part(frame: pd.DataFrame, place: str, low: object, high: object | None = None) -> pd.DataFrame:
    made = frame[[place, "commodity", "period"]].set_axis(KEYS, axis=1).astype(object)
    made["low"] = np.asarray(low, dtype=float)
    made["high"] = made["low"] if high is None else np.asarray(high, dtype=float)
    made["through"] = made["high"].abs()
    return made


def _made(facts: Facts) -> pd.DataFrame:
    """What processes use and make, with the recipe lines of the place in place of the general ones."""
    activity = facts.plan("activity")
    recipes = facts.table("recipes")[["process", "commodity", "amount", "place"]]
    recipes = recipes.astype({"process": object, "commodity": object, "place": object})
    where = activity[["place", "process"]].drop_duplicates()
    general = recipes[recipes["place"].isna()].drop(columns="place")
    own = recipes[recipes["place"].notna()].rename(columns={"amount": "own"})
    lines = where.merge(general, on="process").merge(own, on=["place", "process", "commodity"], how="outer")
    lines = lines.merge(where, on=["place", "process"])
    lines["amount"] = lines["own"].where(lines["own"].notna(), lines["amount"])
    joined = activity[["place", "process", "period", "quantity"]].merge(lines, on=["place", "process"])
    return _part(joined, "place", joined["quantity"] * joined["amount"])
