"""Money: costs and values of the result tables, and the headline made from them."""

from __future__ import annotations

import numpy as np

from sungari.chain.verify.facts import Facts, Floats
from sungari.chain.verify.ledger import Ledger
from sungari.chain.verify.limits import capacity_of


def check_money(facts: Facts, ledger: Ledger) -> None:
    """Unit costs, values of sales, objective, total cost, welfare and its parts."""
    _costs(facts, ledger)
    missed = _values(facts, ledger)
    _headline(facts, ledger, missed)


def _costs(facts: Facts, ledger: Ledger) -> None:
    """Supply and activity: cost of the row, as projects leave it, times quantity."""
    processes = facts.table("processes").set_index("process")["cost"].astype(float)
    for table, result, keys in (
        ("supply", "supply", ["place", "commodity", "step"]), ("facilities", "activity", ["place", "process"]),
    ):
        both = facts.by_period(table).merge(facts.plan(result), on=[*keys, "period"])
        cost = facts.table(table)["cost"].to_numpy(dtype=float)[both["row"].to_numpy(dtype=int)]
        if table == "facilities":
            general = np.nan_to_num(processes.reindex(both["process"].to_numpy(dtype=object)).to_numpy(dtype=float))
            cost = np.where(np.isnan(cost), general, cost)
        low, high = facts.moved(both, table, "cost")
        quantity = both["quantity"].to_numpy(dtype=float)
        a, b = quantity * (cost + low), quantity * (cost + high)
        ledger.within(f"{result} cost", result, both["key"], both["period"], both["cost"], np.minimum(a, b),
                      np.maximum(a, b), "not quantity times cost", scale=np.maximum(np.abs(a), np.abs(b)), floor=1e-3)


def _values(facts: Facts, ledger: Ledger) -> float:
    """Value of sales; returns what the plan's values of demand curves fall short of the curves', present value."""
    both = facts.by_period("demand").merge(facts.plan("sales"), on=["place", "commodity", "step", "period"])
    frame = facts.table("demand").iloc[both["row"].to_numpy(dtype=int)]
    quantity, value = both["quantity"].to_numpy(dtype=float), both["value"].to_numpy(dtype=float)
    price = frame["price"].to_numpy(dtype=float)
    elasticity = frame["elasticity"].to_numpy(dtype=float)
    curve = ~np.isnan(elasticity) & ~np.isnan(price)
    key, when = both["key"].to_numpy(dtype=object), both["period"].to_numpy(dtype=object)
    steps = ~curve
    ledger.equal("sale value", "sales", key[steps], when[steps], value[steps],
                 (np.nan_to_num(price) * quantity)[steps], "not price times quantity", floor=1e-3)
    amount = capacity_of(facts, "demand", both, "quantity")
    exact = np.zeros(len(both))
    if curve.any():
        exact[curve] = _integral(quantity[curve], amount[curve], price[curve], -elasticity[curve])
        largest = np.abs(exact[curve]) + price[curve] * quantity[curve]
        ledger.at_most("sale value", "sales", key[curve], when[curve], value[curve], exact[curve],
                       "above the area under the demand curve", scale=largest, floor=1e-3)
    weight = facts.weight(both["period"])
    return float(((exact - value) * weight)[curve].sum())


def _integral(quantity: Floats, amount: Floats, price: Floats, slope: Floats) -> Floats:
    """Area under the linear demand curve through (amount, price) with point elasticity −slope, from 0 to quantity."""
    r = np.divide(quantity, amount, out=np.zeros_like(quantity), where=amount > 0)
    return np.asarray(price * amount * (r + (r - r * r / 2.0) / slope))


def _headline(facts: Facts, ledger: Ledger, missed: float) -> None:
    tables, info = facts.tables, facts.info

    def present(table: str, column: str) -> float:
        frame = facts.plan(table)
        return float((frame[column].to_numpy(dtype=float) * facts.weight(frame["period"])).sum())

    sales = facts.plan("sales")
    penalty = facts.by_period("demand").merge(sales, on=["place", "commodity", "step", "period"])
    per_unit = np.nan_to_num(facts.table("demand")["penalty"].to_numpy(dtype=float))[penalty["row"].to_numpy(dtype=int)]
    lost = float((per_unit * penalty["unserved"].to_numpy(dtype=float) * facts.weight(penalty["period"])).sum())
    value, duties = present("sales", "value"), present("flows", "duty")
    costs = sum(present(t, "cost") for t in ("supply", "activity", "flows", "stocks"))
    per_year = facts.calendar.drop_duplicates("year").set_index("year")["weight"]
    decided = facts.tables["projects"]
    running = facts.running
    yearly = (decided["annuity"] + decided["opex"]).to_numpy(dtype=float)[running["decision"].to_numpy(dtype=int)]
    projects = float((yearly * per_year.reindex(running["year"].to_numpy()).to_numpy(dtype=float)).sum())
    objective = value - costs - duties - lost - projects
    gross = abs(value) + abs(costs) + abs(duties) + abs(lost) + abs(projects)
    scale = max(abs(objective), 1e-3 * gross, 1e-3)
    money = facts.region.settings.money_scale
    said = {name: float(info[name]) * money for name in ("objective", "total_cost", "welfare")}
    for name, ours in (("objective", objective), ("total_cost", value - objective), ("welfare", objective + duties)):
        ledger.equal(name, "plan", name, "", said[name], ours, "not what the tables sum to", scale=scale)
    welfare = tables["welfare"]
    every = float(welfare["amount"].sum())
    taxes = float(welfare["amount"][(welfare["component"] == "duties").to_numpy()].sum())
    ledger.equal("welfare sums", "welfare", "all components", "", every, said["welfare"], "don't sum to welfare",
                 scale=scale)
    ledger.equal("welfare sums", "welfare", "all but duties", "", every - taxes, said["objective"],
                 "don't sum to the objective", scale=scale)
    ledger.equal("welfare sums", "welfare", "duties", "", taxes, duties, "not the duties of the flows", scale=scale)
    if facts.table("demand")["elasticity"].notna().any():
        error = float(info.get("demand_error") or 0.0)
        ledger.at_most("demand curves", "sales", "all", "", missed, error * max(abs(objective), 1.0),
                       "the plan's values miss more of the demand curves than it says", scale=scale)
