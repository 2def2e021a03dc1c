"""Resources → processing → products → markets, as one network of quantities or values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.show.charts.goods import MEASURES, factor
from sungari.show.charts.names import Names
from sungari.show.i18n import N_, Translator

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

VALUE = "value"
SMALLEST = 0.002  # share of all: flows under it would only be hairs
#: Kinds of nodes, upstream to downstream.
KINDS = {"resource": N_("Resources"), "process": N_("Processing"), "product": N_("Products"), "market": N_("Markets")}


@dataclass(frozen=True)
class Chain:
    """A network from resources to markets.

    Attributes
    ----------
    nodes : DataFrame
        ``node`` (identifier), ``name`` (in the reader's language), ``kind`` (a key of :data:`KINDS`).
    edges : DataFrame
        ``source``, ``target`` (nodes), ``amount`` (per calendar year, mean over the plan), largest first.
    unit : str
        Unit of the amounts in the reader's language, ``"million USD per year"``.
    scale : float
        What amounts are divided by to be in that unit.
    dropped : float
        Share of the edges' total that was left out because it runs in a circle.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    unit: str
    scale: float
    dropped: float

    def columns(self) -> list[list[str]]:
        """Nodes by column: each one right of all that feed it, markets last."""
        depth = dict.fromkeys(self.nodes["node"], 0)
        pairs = list(zip(self.edges["source"], self.edges["target"], strict=True))
        for _ in depth:
            moved = False
            for source, target in pairs:
                if depth[target] <= depth[source]:
                    depth[target], moved = depth[source] + 1, True
            if not moved:
                break
        last = max(depth.values(), default=0)
        kind = dict(zip(self.nodes["node"], self.nodes["kind"], strict=True))
        made: list[list[str]] = [[] for _ in range(last + 1)]
        for node in self.nodes["node"]:
            made[last if kind[node] == "market" else depth[node]].append(node)
        return [column for column in made if column]


def measures(plan: Plan, tr: Translator) -> dict[str, str]:
    """Ways in which the network can be measured: value always, and units that at least two commodities share."""
    names = Names(plan, tr)
    used = set(plan.supply["commodity"].astype(str)) | set(plan.sales["commodity"].astype(str))
    made = {VALUE: tr("Value at mean prices")}
    for unit, label in MEASURES:
        if sum(factor(names.units.get(c, ""), unit) is not None for c in used) > 1:
            made[f"={unit}"] = tr(label)
    return made


def chain(plan: Plan, tr: Translator, measure: str = VALUE) -> Chain:
    """Gather the network.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    measure : str
        ``"value"``: quantities times the mean price of the commodity where it is used, which puts all commodities into
        one picture; or a unit (``"=t"``): only commodities that have it.
    """
    names = Names(plan, tr)
    years = calendar_years(plan)
    flows = _flows(plan)
    flows["quantity"] /= years
    settings = plan.region.settings
    if measure == VALUE:
        factors = _mean_prices(plan)
        scale = max(settings.money_scale, 1.0)
        unit = tr.per_year(tr.money_unit(settings.currency, scale))
    else:
        factors = {c: factor(u, measure[1:]) or 0.0 for c, u in names.units.items()}
        scale, unit = 1.0, tr.per_year(tr.unit(measure[1:], plural=True))
    flows["amount"] = flows["quantity"] * np.array([factors.get(c, 0.0) for c in flows["commodity"]], dtype=float)
    edges = flows[flows["amount"] > 0].groupby(["source", "target"])["amount"].sum().reset_index()
    total = float(edges["amount"].sum())
    edges = edges[edges["amount"] > SMALLEST * total] if total > 0 else edges
    edges = edges.sort_values(["amount", "source", "target"], ascending=[False, True, True]).reset_index(drop=True)
    edges, dropped = _without_circles(edges)
    return Chain(_nodes(edges, names), edges, unit, scale, dropped / total if total > 0 else 0.0)


def _flows(plan: Plan) -> pd.DataFrame:
    """Quantities over the horizon (model years count their calendar years): supply, use, making and sale."""
    weight = weights(plan)
    parts = []
    supply = _sum(plan.supply, ["commodity"], weight)
    parts.append(supply.assign(source="supply:" + supply["commodity"], target="good:" + supply["commodity"]))
    party = dict(zip(*(plan.region.table("places")[c].astype(str) for c in ("place", "party")), strict=True))
    sales = _sum(plan.sales.assign(party=plan.sales["place"].astype(str).map(party)), ["commodity", "party"], weight)
    parts.append(sales.assign(source="good:" + sales["commodity"], target="market:" + sales["party"].astype(str)))
    turned = _turned(plan, weight)
    used, made = turned[turned["quantity"] < 0], turned[turned["quantity"] > 0]
    parts.append(
        used.assign(source="good:" + used["commodity"], target="process:" + used["process"], quantity=-used["quantity"])
    )
    parts.append(made.assign(source="process:" + made["process"], target="good:" + made["commodity"]))
    return _folded(pd.concat(parts, ignore_index=True)[["source", "target", "commodity", "quantity"]])


def _folded(flows: pd.DataFrame) -> pd.DataFrame:
    """Let a resource that is nowhere made by a process stand for its commodity: one node instead of two."""
    made = set(flows.loc[flows["source"].str.startswith("process:"), "target"])
    supplied = set(flows.loc[flows["source"].str.startswith("supply:"), "target"])
    alone = supplied - made
    rename = {node: "supply:" + node.removeprefix("good:") for node in alone}
    flows = flows[~(flows["source"].str.startswith("supply:") & flows["target"].isin(alone))].copy()
    flows["source"] = flows["source"].replace(rename)
    return flows


def _turned(plan: Plan, weight: dict[str, float]) -> pd.DataFrame:
    """What processes use (negative) and make, by process and commodity."""
    activity = _sum(plan.activity, ["place", "process"], weight).rename(columns={"quantity": "activity"})
    recipes = plan.region.table("recipes")[["place", "process", "commodity", "amount"]]
    own = activity.merge(recipes[recipes["place"].notna()], on=["place", "process"])
    general = activity.merge(recipes[recipes["place"].isna()].drop(columns="place"), on="process")
    rows = pd.concat([own, general], ignore_index=True).drop_duplicates(["place", "process", "commodity"])
    rows["quantity"] = rows["activity"] * rows["amount"]
    return rows.groupby(["process", "commodity"])["quantity"].sum().reset_index()


def _sum(table: pd.DataFrame, by: list[str], weight: dict[str, float]) -> pd.DataFrame:
    keys = {c: table[c].astype(str) for c in by}
    years = np.array([weight.get(str(p), 1.0) for p in table["period"]], dtype=float)
    quantity = table["quantity"].astype(float).to_numpy() * years
    return pd.DataFrame({**keys, "quantity": quantity}).groupby(by)["quantity"].sum().reset_index()


def weights(plan: Plan) -> dict[str, float]:
    """How many calendar years each period stands for."""
    periods = plan.region.table("periods")
    return dict(zip(periods["period"].astype(str), periods["years"].fillna(1.0).astype(float), strict=True))


def calendar_years(plan: Plan) -> float:
    periods = plan.region.table("periods").drop_duplicates("year")
    return float(periods["years"].fillna(1.0).sum()) if len(periods) else 1.0


def _mean_prices(plan: Plan) -> dict[str, float]:
    """Mean price of each commodity over places and periods, weighted by what is sold there; plain where none is."""
    prices = plan.tables["prices"]
    keys = ["place", "commodity", "period"]
    sold = plan.sales.groupby(keys, as_index=False)["quantity"].sum()
    joined = prices[[*keys, "price"]].merge(sold, on=keys, how="left")
    joined["quantity"] = joined["quantity"].astype(float).fillna(0.0)
    joined["worth"] = joined["price"].astype(float) * joined["quantity"]
    good = joined.groupby("commodity")
    sold_there = good["quantity"].sum()
    mean = good["worth"].sum() / sold_there.where(sold_there > 0)
    mean = mean.fillna(good["price"].mean()).clip(lower=0.0)
    return {str(c): float(v) for c, v in zip(mean.index, mean, strict=True)}


def _without_circles(edges: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Add the edges largest first, leaving out each that would close a circle; and the amount left out."""
    after: dict[str, set[str]] = {}
    keep, dropped = [], 0.0
    for source, target, amount in edges[["source", "target", "amount"]].itertuples(index=False):
        if source == target or _reaches(after, target, source):
            keep.append(False)
            dropped += float(amount)
        else:
            after.setdefault(source, set()).add(target)
            keep.append(True)
    return edges[pd.Series(keep, dtype=bool, index=edges.index)].reset_index(drop=True), dropped


def _reaches(after: dict[str, set[str]], start: str, end: str) -> bool:
    todo, seen = [start], set()
    while todo:
        node = todo.pop()
        if node == end:
            return True
        if node not in seen:
            seen.add(node)
            todo += after.get(node, ())
    return False


def _nodes(edges: pd.DataFrame, names: Names) -> pd.DataFrame:
    rows = []
    for node in dict.fromkeys([*edges["source"], *edges["target"]]):
        what, _, key = str(node).partition(":")
        if what == "process":
            rows.append((node, names.process(key), "process"))
        elif what == "market":
            rows.append((node, names.party(key), "market"))
        else:
            rows.append((node, names.commodity(key), "resource" if what == "supply" else "product"))
    return pd.DataFrame(rows, columns=["node", "name", "kind"])
