"""Capacities, least amounts, reserves and demand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sungari.chain.verify.facts import Facts, Floats, key_text
from sungari.chain.verify.ledger import Ledger


def check_limits(facts: Facts, ledger: Ledger) -> None:
    """Supply steps, facilities, units and demand against what their rows allow."""
    _supply(facts, ledger)
    _facilities(facts, ledger)
    _units(facts, ledger)
    _demand(facts, ledger)


def matched(facts: Facts, ledger: Ledger, table: str, result: str, keys: Sequence[str]) -> pd.DataFrame:
    """Rows of a package's table by period, beside what the plan says of them (0 where it says nothing).

    What the plan says of rows that the package doesn't have (in that period), or says twice, is found wrong here.
    """
    open_rows = facts.by_period(table)
    said = facts.plan(result)
    if open_rows.empty and said.empty:
        return open_rows
    numbers = [c for c in said.columns if c not in (*keys, "period")]
    on = [*keys, "period"]
    twice = said.duplicated(on).to_numpy()
    ledger.holds("rows known", result, key_text(said, list(keys)), said["period"], ~twice, "stands twice in the plan",
                 value=2.0, limit=1.0)
    both = open_rows.merge(said[~twice], on=on, how="outer", indicator=True)
    strange = both[both["_merge"] == "right_only"]
    amounts = [c for c in numbers if c in ("quantity", "unserved", "stock", "charge", "discharge")]
    size = strange[amounts].abs().sum(axis=1)
    ledger.at_most("rows known", result, key_text(strange, list(keys)), strange["period"], size, 0.0,
                   f"{table}.csv has no such row in this period", floor=ledger.floor)
    both = both[both["_merge"] != "right_only"].drop(columns="_merge").reset_index(drop=True)
    both[numbers] = both[numbers].astype(float).fillna(0.0)
    both["row"] = both["row"].astype(int)
    both["year"] = both["year"].astype(int)
    for column in amounts:
        ledger.at_least("not negative", result, both["key"], both["period"], both[column], 0.0, f"{column} is negative")
    return both


def capacity_of(facts: Facts, table: str, both: pd.DataFrame, column: str = "capacity") -> Floats:
    """Capacity of each row in each period with what projects add, ∞ where unlimited."""
    yearly = facts.table(table)[column].to_numpy(dtype=float)[both["row"].to_numpy()]
    part = (both["share"] * both["factor"]).to_numpy(dtype=float)
    known = (np.nan_to_num(yearly) + facts.added(both, table, column)) * part
    return np.where(np.isnan(yearly), np.where(part > 0, np.inf, 0.0), known)


def least_of(facts: Facts, table: str, both: pd.DataFrame) -> Floats:
    """Least amount of each row in each period."""
    yearly = np.nan_to_num(facts.table(table)["min"].to_numpy(dtype=float))[both["row"].to_numpy()]
    return np.asarray(yearly * (both["share"] * both["factor"]).to_numpy(dtype=float))


def reported(
    facts: Facts, ledger: Ledger, table: str, both: pd.DataFrame, capacity: Floats, used: Floats
) -> None:
    """What the plan's table ``capacity`` says of capacities and of their use."""
    said = facts.plan("capacity")
    said = said[said["table"] == table]
    ours = pd.DataFrame({"row": both["key"].to_numpy(), "period": both["period"].to_numpy()}).astype(object)
    ours = ours.assign(**{"is": capacity, "use": used})
    joined = said.merge(ours, on=["row", "period"], how="left")
    of, when = joined["row"], joined["period"]
    ledger.equal("capacity table", table, of, when, joined["capacity"], joined["is"], "capacity is not the package's")
    ledger.equal("capacity table", table, of, when, joined["used"], joined["use"], "use is not the plan's")


def _supply(facts: Facts, ledger: Ledger) -> None:
    both = matched(facts, ledger, "supply", "supply", ("place", "commodity", "step"))
    if both.empty:
        return
    quantity, capacity = both["quantity"].to_numpy(dtype=float), capacity_of(facts, "supply", both)
    ledger.at_most("supply capacity", "supply", both["key"], both["period"], quantity, capacity, "more than there is")
    ledger.at_least("least supply", "supply", both["key"], both["period"], quantity, least_of(facts, "supply", both),
                    "less than must be taken")
    taken = pd.Series(quantity * facts.of_period(both["period"], "span")).groupby(both["row"]).sum()
    frame = facts.table("supply")
    reserve = frame["reserve"].to_numpy(dtype=float)
    rows = np.flatnonzero(~np.isnan(reserve))
    keys = key_text(frame, ["place", "commodity", "step"])[rows]
    ledger.at_most("reserve", "supply", keys, "", taken.reindex(rows).fillna(0.0), reserve[rows],
                   "more is taken than the reserve holds")
    reported(facts, ledger, "supply", both, capacity, quantity)


def _facilities(facts: Facts, ledger: Ledger) -> None:
    both = matched(facts, ledger, "facilities", "activity", ("place", "process"))
    if both.empty:
        return
    capacity = capacity_of(facts, "facilities", both)
    needs = facts.table("unit_use")[["process", "unit", "use"]].astype({"process": object, "unit": object})
    needs = needs[needs["use"] > 0]
    places = facts.table("facilities")[["place", "process"]].astype(object).drop_duplicates()
    wanted = places.merge(needs, on="process")
    there = facts.table("units")[["place", "unit"]].astype(object).assign(there=True)
    wanted = wanted.merge(there, on=["place", "unit"], how="left")
    shut = wanted[wanted["there"].isna()][["place", "process"]].drop_duplicates().assign(shut=True)
    closed = both[["place", "process"]].merge(shut, on=["place", "process"], how="left")["shut"].notna().to_numpy()
    quantity = both["quantity"].to_numpy(dtype=float)
    ledger.at_most("facility capacity", "facilities", both["key"], both["period"], quantity,
                   np.where(closed, 0.0, capacity), "more activity than there is capacity")
    ledger.at_least("least activity", "facilities", both["key"], both["period"], quantity,
                    least_of(facts, "facilities", both), "less activity than there must be")
    reported(facts, ledger, "facilities", both[~closed], capacity[~closed], quantity[~closed])


def _units(facts: Facts, ledger: Ledger) -> None:
    if facts.table("units").empty:
        return
    uses = facts.table("unit_use")[["process", "unit", "use"]].astype({"process": object, "unit": object})
    load = facts.plan("activity")[["place", "process", "period", "quantity"]].merge(uses, on="process")
    load["load"] = load["quantity"] * load["use"]
    total = load.groupby(["place", "unit", "period"])["load"].sum().reset_index()
    both = facts.by_period("units").merge(total, on=["place", "unit", "period"], how="left")
    used, capacity = both["load"].fillna(0.0).to_numpy(dtype=float), capacity_of(facts, "units", both)
    ledger.at_most("unit capacity", "units", both["key"], both["period"], used, capacity,
                   "its processes take more than there is")
    reported(facts, ledger, "units", both, capacity, used)


def _demand(facts: Facts, ledger: Ledger) -> None:
    both = matched(facts, ledger, "demand", "sales", ("place", "commodity", "step"))
    if both.empty:
        return
    frame = facts.table("demand").iloc[both["row"].to_numpy()]
    amount = capacity_of(facts, "demand", both, "quantity")
    key, when = both["key"].to_numpy(dtype=object), both["period"].to_numpy(dtype=object)
    quantity, unserved = both["quantity"].to_numpy(dtype=float), both["unserved"].to_numpy(dtype=float)
    firm = frame["price"].isna().to_numpy()
    soft = firm & frame["penalty"].notna().to_numpy()
    elasticity = frame["elasticity"].to_numpy(dtype=float)
    most = amount * np.where(np.isnan(elasticity), 1.0, 1.0 + np.abs(np.nan_to_num(elasticity)))
    ledger.equal("demand met", "demand", key[firm], when[firm], (quantity + unserved)[firm], amount[firm],
                 "sold and short don't sum to what must be met")
    ledger.at_most("demand met", "demand", key[~soft], when[~soft], unserved[~soft], 0.0, "short, though it may not be")
    ledger.at_most("demand quantity", "demand", key[~firm], when[~firm], quantity[~firm], most[~firm],
                   "more is sold than wanted")
    least = least_of(facts, "demand", both)
    ledger.at_least("least sale", "demand", key[~firm], when[~firm], quantity[~firm], least[~firm],
                    "less is sold than must be")
