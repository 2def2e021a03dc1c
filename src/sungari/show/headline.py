"""The plan in words: the few figures and sentences that a reader takes away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from sungari.show.charts.bottlenecks import bottleneck_table
from sungari.show.charts.chain import calendar_years, weights
from sungari.show.charts.corridors import periods_of
from sungari.show.charts.goods import factor
from sungari.show.charts.names import Names
from sungari.show.charts.quality import quality_table
from sungari.show.charts.welfare import welfare_table
from sungari.show.i18n import Translator

if TYPE_CHECKING:
    from sungari.chain.plan import Plan


@dataclass(frozen=True)
class Figure:
    """One headline figure: its value, what it is, and a remark."""

    value: str
    label: str
    note: str = ""


def figures(plan: Plan, tr: Translator) -> list[Figure]:
    """Four to six headline figures."""
    currency = plan.region.settings.currency
    made = []
    if _has_markets(plan):
        made.append(Figure(_money(plan, tr, "welfare"), tr("Total surplus"), tr("welfare, present value")))
    made.append(Figure(_money(plan, tr, "total_cost"), tr("Total cost"), tr("present value, duties included")))
    tonnes = _tonnes_sold(plan)
    if tonnes > 0:
        made.append(Figure(tr.quantity(tonnes, "t"), tr("Goods sold per year"), tr("commodities measured by mass")))
    full, corridors = _full_corridors(plan)
    if corridors:
        share = tr("{n} of {total}", n=tr.whole(full), total=tr.whole(corridors))
        made.append(Figure(share, tr("Corridors at capacity"), tr("in at least one period")))
    if len(plan.region.table("projects")):
        capex = float(plan.projects["capex"].sum()) if len(plan.projects) else 0.0
        made.append(
            Figure(tr.whole(plan.projects["project"].nunique()), tr("Projects built"),
                   tr("capital cost {money}", money=tr.money(capex, currency)))
        )  # fmt: skip
    quality = quality_table(plan)
    if len(quality):
        guessed = float(quality[["estimated", "assumed"]].to_numpy().sum()) / float(quality.to_numpy().sum())
        made.append(Figure(tr.percent(guessed), tr("Estimated or assumed"), tr("share of the package's rows")))
    return made


def sentences(plan: Plan, tr: Translator) -> list[str]:
    """What the plan says, a sentence each."""
    made = [_whole(plan, tr), *_trade(plan, tr), *_tight(plan, tr), *_built(plan, tr), *_parties(plan, tr)]
    made.append(_served(plan, tr))
    return [s for s in made if s]


def horizon(plan: Plan) -> str:
    """``2030`` or ``2030–2050``."""
    years = sorted(set(periods_of(plan)["year"]))
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _money(plan: Plan, tr: Translator, name: str) -> str:
    settings = plan.region.settings
    return tr.money(float(plan.info[name]) * settings.money_scale, settings.currency)


def _has_markets(plan: Plan) -> bool:
    """Whether demand has a price somewhere: else the plan only minimises cost and its surplus says nothing."""
    return bool(plan.region.table("demand")["price"].notna().any())


def _whole(plan: Plan, tr: Translator) -> str:
    rate = tr.percent(plan.region.settings.discount_rate, 1)
    if _has_markets(plan):
        return tr(
            "In {horizon} the plan brings a total surplus of {welfare} (present value at {rate} a year): what "
            "buyers gain and owners earn, after all costs of {cost}.",
            horizon=horizon(plan), welfare=_money(plan, tr, "welfare"), cost=_money(plan, tr, "total_cost"), rate=rate,
        )  # fmt: skip
    return tr(
        "In {horizon}, meeting all demand costs {cost} (present value at {rate} a year).",
        horizon=horizon(plan), cost=_money(plan, tr, "total_cost"), rate=rate,
    )  # fmt: skip


def _trade(plan: Plan, tr: Translator) -> list[str]:
    """The market with most value, and the most valuable commodity."""
    sales = plan.sales
    if sales.empty:
        return []
    names = Names(plan, tr)
    value = sales["quantity"].astype(float) * sales["price"].astype(float).fillna(0.0)
    by_good = value.groupby(sales["commodity"]).sum().sort_values(ascending=False, kind="stable")
    if not float(by_good.iloc[0]) > 0:
        return []
    top = str(by_good.index[0])
    party = sales["place"].astype(str).map(names.party_of)
    buyers = value[sales["commodity"] == top].groupby(party[sales["commodity"] == top]).sum()
    return [
        tr(
            "By value, most is sold of {commodity} ({share} of all sales); its largest buyer is {party}.",
            commodity=names.commodity(top),
            share=tr.percent(float(by_good.iloc[0]) / float(by_good.sum())),
            party=names.party(str(buyers.idxmax())),
        )
    ]


def _tight(plan: Plan, tr: Translator) -> list[str]:
    full, total = _full_corridors(plan)
    made = []
    if total:
        made.append(
            tr.ngettext(
                "Of {total} corridors {n} is full in at least one period.",
                "Of {total} corridors {n} are full in at least one period.",
                full,
                total=tr.whole(total),
            )
            if full
            else tr("No corridor is full in any period.")
        )
    table = bottleneck_table(plan, tr)
    if len(table):
        made.append(_worth(plan, tr, tr("The dearest bottleneck is {name}: one more {unit} of yearly capacity is worth "
                                        "{worth} a year."), table.iloc[0]))  # fmt: skip
        links = table[table["table"] == "links"]
        if len(links) and table.iloc[0]["table"] != "links":
            made.append(_worth(plan, tr, tr("The dearest corridor is {name}: one more {unit} of yearly capacity is "
                                            "worth {worth} a year."), links.iloc[0]))  # fmt: skip
    return made


def _worth(plan: Plan, tr: Translator, sentence: str, row: pd.Series) -> str:
    worth = tr.money(float(row["worth"]), plan.region.settings.currency)
    return sentence.format(name=row["name"], unit=row["unit"], worth=worth)


def _built(plan: Plan, tr: Translator) -> list[str]:
    table = plan.projects
    if not len(plan.region.table("projects")):
        return []
    if table.empty:
        return [tr("No project is worth building under these figures.")]
    names = Names(plan, tr)
    cost = table.groupby("project")["capex"].sum().sort_values(ascending=False, kind="stable")
    return [
        tr.ngettext(
            "{n} project is built, at a capital cost of {money}: {list}.",
            "{n} projects are built, at a capital cost of {money}; the largest: {list}.",
            len(cost),
            money=tr.money(float(cost.sum()), plan.region.settings.currency),
            list=tr.joined([names.project(str(p)) for p in cost.index[:3]]),
        )
    ]


def _parties(plan: Plan, tr: Translator) -> list[str]:
    wide = welfare_table(plan, tr, by="country")
    if wide.empty:
        return []
    total = wide.sum(axis=1)
    currency = plan.region.settings.currency
    shown = [f"{party} {tr.money(float(v), currency)}" for party, v in total.items() if v > 0][:4]
    made = [tr("Welfare goes above all to {list}.", list=tr.joined(shown))] if shown else []
    lose = [f"{party} {tr.money(float(v), currency)}" for party, v in total.items() if v < -1e-6 * total.abs().max()]
    if lose:
        made.append(tr("On balance these pay more than they gain: {list}.", list=tr.joined(lose[:4])))
    return made


def _served(plan: Plan, tr: Translator) -> str:
    """Whether all demand that must be met is met."""
    if "unserved" not in plan.sales or plan.sales.empty:
        return ""
    short = plan.sales[plan.sales["unserved"].astype(float) > 1e-6]
    if short.empty:
        return ""
    names = Names(plan, tr)
    amount = short.groupby("commodity")["unserved"].sum().sort_values(ascending=False, kind="stable")
    listed = [
        f"{names.commodity(str(c))} {tr.quantity(float(v), names.units.get(str(c), ''))}" for c, v in amount.items()
    ]
    return tr("Demand is not met in full; short are: {list}.", list=tr.joined(listed[:4]))


def _full_corridors(plan: Plan) -> tuple[int, int]:
    """Corridors full in at least one period, and corridors in all."""
    links = plan.capacity[plan.capacity["table"] == "links"]
    full = links.loc[links["utilisation"].astype(float) > 1 - 1e-6, "row"].nunique()
    return int(full), int(plan.region.table("links")["link"].nunique())


def _tonnes_sold(plan: Plan) -> float:
    """Tonnes of goods sold per calendar year."""
    names = Names(plan, Translator("en"))
    sales = plan.sales
    factors = {c: factor(unit, "t") or 0.0 for c, unit in names.units.items()}
    years = weights(plan)
    tonnes = sum(
        float(quantity) * factors.get(str(commodity), 0.0) * years.get(str(period), 1.0)
        for quantity, commodity, period in zip(sales["quantity"], sales["commodity"], sales["period"], strict=True)
    )
    return tonnes / calendar_years(plan)
