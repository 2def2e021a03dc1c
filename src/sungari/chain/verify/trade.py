"""Links and duties: what may flow, how much of it, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sungari.chain.verify.facts import Facts, Floats, key_text
from sungari.chain.verify.ledger import Ledger
from sungari.chain.verify.limits import capacity_of, reported

ANY = "*"


@dataclass(frozen=True)
class Trade:
    """The plan's flows, each beside its link and rate.

    Attributes
    ----------
    flows : DataFrame
        The plan's flows in order, with ``row`` (of ``links.csv``; −1 = none), ``year``, ``share`` …
    arriving_least, arriving_most : ndarray
        Share that arrives; a range where projects change losses.
    """

    flows: pd.DataFrame
    arriving_least: Floats
    arriving_most: Floats


def check_trade(facts: Facts, ledger: Ledger) -> Trade:
    """Flows against links, rates and duties."""
    flows = facts.plan("flows").reset_index(drop=True)
    label = key_text(flows, ["link", "commodity"])
    keys = ["link", "from", "to", "commodity", "period"]
    ledger.holds("rows known", "flows", label, flows["period"], ~flows.duplicated(keys).to_numpy(),
                 "stands twice in the plan", value=2.0, limit=1.0)
    ledger.at_least("not negative", "flows", label, flows["period"], flows["quantity"], 0.0, "quantity is negative")
    open_links = facts.by_period("links")
    flows = flows.merge(open_links.drop(columns="key"), on=["link", "period"], how="left")
    known = flows["row"].notna().to_numpy()
    ledger.holds("rows known", "flows", label, flows["period"], known, "links.csv has no such row in this period",
                 value=flows["quantity"])
    flows["row"] = flows["row"].fillna(-1).astype(int)
    flows["label"] = label
    flows, label = flows[known].reset_index(drop=True), label[known]
    links = facts.table("links").iloc[flows["row"].to_numpy()]
    here, there = links["from"].to_numpy(dtype=object), links["to"].to_numpy(dtype=object)
    start, end = flows["from"].to_numpy(dtype=object), flows["to"].to_numpy(dtype=object)
    both_ways = links["both_ways"].fillna(False).to_numpy(dtype=bool)
    good = ((start == here) & (end == there)) | (both_ways & (start == there) & (end == here))
    ledger.holds("direction", "flows", label, flows["period"], good, "the link does not lead that way",
                 value=flows["quantity"])
    flows["rate"] = _rates(facts, flows, links["mode"].to_numpy(dtype=object))
    carried = (flows["rate"] >= 0).to_numpy()
    ledger.holds("carried", "flows", label, flows["period"], carried, "no row of rates.csv lets the link carry it",
                 value=flows["quantity"])
    _capacity(facts, ledger, flows, open_links)
    _cost(facts, ledger, flows[carried].reset_index(drop=True))
    _duties(facts, ledger, flows)
    low, high = facts.moved(flows, "links", "loss")
    loss = links["loss"].to_numpy(dtype=float)
    return Trade(flows, 1.0 - np.clip(loss + high, 0.0, 1.0), 1.0 - np.clip(loss + low, 0.0, 1.0))


def _rates(facts: Facts, flows: pd.DataFrame, mode: np.ndarray) -> np.ndarray:
    """Row of ``rates.csv`` that holds for each flow; −1 = none. A link's own row first, then the commodity's."""
    rates = facts.table("rates")[["mode", "commodity", "link"]].astype(object)
    rates["rate"] = np.arange(len(rates))
    asked = pd.DataFrame({"link": flows["link"], "mode": mode, "commodity": flows["commodity"]})
    own, general = rates[rates["link"].notna()], rates[rates["link"].isna()]
    found = np.full(len(asked), -1)
    for part, named in ((general, "mode"), (own, "link")):
        for any_commodity in (True, False):
            rows = part[(part["commodity"] == ANY) == any_commodity]
            on = [named] if any_commodity else [named, "commodity"]
            one = rows[[*on, "rate"]].drop_duplicates(on, keep="last")
            at = asked[on].merge(one, on=on, how="left")["rate"].to_numpy(dtype=float)
            found = np.where(np.isnan(at), found, np.nan_to_num(at).astype(int))
    return found


def _capacity(facts: Facts, ledger: Ledger, flows: pd.DataFrame, open_links: pd.DataFrame) -> None:
    weight = facts.table("rates")["weight"].to_numpy(dtype=float)
    load = np.where(flows["rate"] >= 0, weight[np.maximum(flows["rate"], 0)] if len(weight) else 1.0, 1.0)
    loads = pd.DataFrame({"link": flows["link"], "period": flows["period"], "load": load * flows["quantity"]})
    total = loads.groupby(["link", "period"], as_index=False)["load"].sum()
    both = open_links.merge(total, on=["link", "period"], how="left")
    used, capacity = both["load"].fillna(0.0).to_numpy(dtype=float), capacity_of(facts, "links", both)
    ledger.at_most("link capacity", "links", both["key"], both["period"], used, capacity, "more load than capacity")
    reported(facts, ledger, "links", both, capacity, used)


def _cost(facts: Facts, ledger: Ledger, flows: pd.DataFrame) -> None:
    """Cost of a flow: between that of an empty link and that of its fullest congestion band."""
    links = facts.table("links").iloc[flows["row"].to_numpy()]
    rates = facts.table("rates").iloc[flows["rate"].to_numpy()]

    def number(frame: pd.DataFrame, column: str) -> Floats:
        return frame[column].to_numpy(dtype=float)

    per_day = number(rates, "per_day")
    cost = number(links, "cost") + number(rates, "per_km") * number(links, "distance") + number(rates, "per_unit")
    cost = cost + per_day * number(links, "days")
    cost_low, cost_high = facts.moved(flows, "links", "cost")
    days_low, days_high = facts.moved(flows, "links", "days")
    first, last = _congested(facts, links)
    a, b = per_day * (days_low + first), per_day * (days_high + last)
    quantity = number(flows, "quantity")
    low, high = quantity * (cost + cost_low + np.minimum(a, b)), quantity * (cost + cost_high + np.maximum(a, b))
    ledger.within("flow cost", "flows", flows["label"], flows["period"], flows["cost"], low, high,
                  "not quantity times cost", scale=np.maximum(np.abs(low), np.abs(high)), floor=1e-3)


def _congested(facts: Facts, links: pd.DataFrame) -> tuple[Floats, Floats]:
    """Extra days of a unit in the first and in the last band of its link's congestion curve."""
    curves = facts.table("congestion").astype({"curve": object})
    curves = curves[curves["utilisation"] < 1].sort_values("utilisation")
    first = curves[curves["utilisation"] <= 0].groupby("curve")["days"].last()
    last = curves.groupby("curve")["days"].max()
    name = links["congestion"].astype(object)
    limited = links["capacity"].notna().to_numpy() & name.notna().to_numpy()
    low = np.nan_to_num(first.reindex(name.to_numpy()).to_numpy(dtype=float))
    high = np.nan_to_num(last.reindex(name.to_numpy()).to_numpy(dtype=float))
    return np.where(limited, low, 0.0), np.where(limited, high, 0.0)


# -- duties -----------------------------------------------------------------------------------------------------------


def _duties(facts: Facts, ledger: Ledger, flows: pd.DataFrame) -> None:
    if facts.table("duties").empty:
        ledger.equal("duty", "flows", flows["label"], flows["period"], flows["duty"], 0.0, "there are no duties",
                     floor=1e-3)
        return
    party = facts.table("places").set_index("place")["party"].astype(object)
    a = party.reindex(flows["from"].to_numpy(dtype=object)).to_numpy(dtype=object)
    b = party.reindex(flows["to"].to_numpy(dtype=object)).to_numpy(dtype=object)
    asked = pd.DataFrame({"a": a, "b": b, "commodity": flows["commodity"], "year": flows["year"].astype(int)})
    rule = asked.merge(_rules(facts, asked.drop_duplicates()), on=list(asked.columns), how="left")["rule"]
    governed = rule.notna().to_numpy()
    at = rule.fillna(-1).to_numpy(dtype=int)
    table = facts.table("duties")
    label, when, quantity = flows["label"], flows["period"], flows["quantity"].to_numpy(dtype=float)
    worth = facts.table("commodities").set_index("commodity")["value"]
    value = np.nan_to_num(worth.reindex(flows["commodity"].to_numpy(dtype=object)).to_numpy(dtype=float))
    own = table.iloc[np.maximum(at, 0)]
    ad_valorem, specific = own["ad_valorem"].to_numpy(dtype=float), own["specific"].to_numpy(dtype=float)
    per_unit = np.where(governed, ad_valorem * value + specific, 0.0)
    banned = governed & own["banned"].fillna(False).to_numpy(dtype=bool)
    ledger.at_most("bans", "flows", label[governed], when[governed], quantity[governed],
                   np.where(banned, 0.0, np.inf)[governed], "the flow is banned")
    _quotas(facts, ledger, flows, at)
    ledger.equal("duty", "flows", label, when, flows["duty"], per_unit * quantity, "not the duty of the governing rule",
                 floor=1e-3)


def _quotas(facts: Facts, ledger: Ledger, flows: pd.DataFrame, rule: np.ndarray) -> None:
    table = facts.table("duties")
    each = pd.DataFrame({"rule": rule, "period": flows["period"], "used": flows["quantity"]})
    used = each[each["rule"] >= 0].groupby(["rule", "period"])["used"].sum().reset_index()
    quota = table["quota"].to_numpy(dtype=float)[used["rule"]]
    limit = np.where(np.isnan(quota), np.inf, quota * facts.of_period(used["period"], "share"))
    names = key_text(table, ["from_party", "to_party", "commodity"])[used["rule"]]
    ledger.at_most("quotas", "duties", names, used["period"], used["used"], limit, "more than the quota")


def _rules(facts: Facts, asked: pd.DataFrame) -> pd.DataFrame:
    """The governing rule of each (party left, party entered, commodity, year): the narrowest that matches.

    Each end named itself beats a parent of it (a nearer one a farther one), any of them beats ``*``; then a named
    commodity beats ``*``. ``*`` matches only where the two ends lie in different countries.
    """
    parties = facts.table("parties")
    parent = dict(zip(parties["party"].astype(object), parties["parent"].astype(object), strict=True))
    above = {p: _above(p, parent) for p in parent}
    depth = max((len(chain) for chain in above.values()), default=0)
    asked = asked[asked["a"] != asked["b"]]
    chains = pd.DataFrame(
        [(p, name, float(depth - steps)) for p, chain in above.items() for steps, name in enumerate(chain)],
        columns=["party", "named", "rank"],
    ).astype({"party": object, "named": object})
    anyone = pd.DataFrame({"party": list(above), "named": ANY, "rank": 0.0}).astype({"party": object, "named": object})
    chains = pd.concat([chains, anyone], ignore_index=True)
    table = facts.table("duties")
    rules = table[["from_party", "to_party", "commodity"]].astype(object).rename(columns={"commodity": "goods"})
    rules["low"] = table["year_from"].astype("Float64").to_numpy(dtype=float, na_value=-np.inf)
    rules["high"] = table["year_to"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    rules["rule"] = np.arange(len(rules))
    left = rules.merge(chains.rename(columns={"party": "a", "named": "from_party", "rank": "rank_a"}), on="from_party")
    left = left.merge(chains.rename(columns={"party": "b", "named": "to_party", "rank": "rank_b"}), on="to_party")
    found = asked.merge(left, on=["a", "b"])
    found = found[(found["goods"] == found["commodity"]) | (found["goods"] == ANY)]
    found = found[(found["low"] <= found["year"]) & (found["year"] <= found["high"])]
    top = {p: chain[-1] for p, chain in above.items()}
    same_country = np.array([top[a] == top[b] for a, b in zip(found["a"], found["b"], strict=True)], dtype=bool)
    found = found[~(same_country & ((found["from_party"] == ANY) | (found["to_party"] == ANY)))]
    found["rank"] = found["rank_a"] + found["rank_b"] + 0.5 * (found["goods"] != ANY)
    found = found.sort_values(["rank", "rule"], ascending=[False, True], kind="stable")
    return found.drop_duplicates(["a", "b", "commodity", "year"])[["a", "b", "commodity", "year", "rule"]]


def _above(party: object, parent: dict[object, object]) -> list[object]:
    """A party and those above it, nearest first."""
    chain = [party]
    while True:
        up = parent.get(chain[-1])
        if up is None or up is pd.NA or up != up or up in chain:
            return chain
        chain.append(up)
