"""Bottlenecks: capacities that bind, and what one more unit of them would be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sungari.show.charts.corridors import periods_of
from sungari.show.charts.names import Names
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

BARS = 12


def bottleneck_table(plan: Plan, tr: Translator) -> pd.DataFrame:
    """Binding capacities in the reader's language, the dearest first.

    Returns
    -------
    DataFrame
        ``table``, ``row``; ``kind`` (corridor, resource …), ``name``, ``worth`` (money per year for one more unit of
        yearly capacity; mean over the plan's model years), ``unit`` (of the capacity), ``capacity`` (units per year,
        mean of the years in which it binds), ``rent`` (money per year: worth of all the capacity that is there, mean),
        ``binding`` (periods in which it binds), ``of`` (periods of the plan).
    """
    names = Names(plan, tr)
    found = plan.bottlenecks()
    rows = found.groupby(["table", "row"], sort=False, as_index=False).agg(
        worth=("worth", "sum"), rent=("rent", "sum"), capacity=("capacity", "mean"), binding=("periods", "sum")
    )
    years = len(set(periods_of(plan)["year"])) or 1
    keys = [(str(table), str(row)) for table, row in zip(rows["table"], rows["row"], strict=True)]
    made = pd.DataFrame(
        {
            "table": [table for table, _ in keys],
            "row": [row for _, row in keys],
            "kind": [tr(names.kind(table)) for table, _ in keys],
            "name": [names.row(table, row) for table, row in keys],
            "worth": rows["worth"].astype(float) / years,
            "unit": [names.capacity_unit(table, row) for table, row in keys],
            "capacity": rows["capacity"].astype(float),
            "rent": rows["rent"].astype(float) / years,
            "binding": rows["binding"].astype(int),
            "of": len(periods_of(plan)),
        }
    )
    made = made[made["worth"] > 0]
    return made.sort_values(["rent", "name"], ascending=[False, True], kind="stable").reset_index(drop=True)


def dearest(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The bottlenecks of a unit that cost most, ordered by what one more unit is worth."""
    rows = table[table["unit"] == unit].head(BARS)
    return rows.sort_values(["worth", "name"], ascending=[False, True], kind="stable")


def bottlenecks_option(
    plan: Plan, tr: Translator, *, unit: str = "", theme: Theme = LIGHT, found: pd.DataFrame | None = None
) -> dict[str, Any]:
    """ECharts option: a bar per bottleneck, as long as one more unit of its capacity is worth.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    unit : str
        Unit of capacity, as in ``bottleneck_table``: money per tonne and money per passenger are not compared.
        Default: the unit that most bottlenecks have.
    theme : Theme
    found : DataFrame, optional
        The bottlenecks, if they are at hand.

    Returns
    -------
    dict
        Plain data in money per unit and year.
    """
    table = bottleneck_table(plan, tr) if found is None else found
    unit = unit or (units(table)[0] if len(table) else "")
    rows = dearest(table, unit)
    currency = tr.currency(plan.region.settings.currency)
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(plan, tr, unit, table)}},
        "color": [theme.accent],
        "grid": {"left": 8, "right": 64, "top": 8, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {"type": "value", "name": tr("{currency} per {unit} of yearly capacity", currency=currency, unit=unit),
                  "nameLocation": "middle", "nameGap": 28, "nameTextStyle": {"color": theme.muted},
                  "axisLabel": {"color": theme.muted, "hideOverlap": True},
                  "splitLine": {"lineStyle": {"color": theme.line}}},
        "yAxis": {"type": "category", "data": rows["name"].tolist(), "inverse": True, "axisTick": {"show": False},
                  "axisLine": {"lineStyle": {"color": theme.line}},
                  "axisLabel": {"color": theme.ink, "width": 340, "overflow": "truncate", "interval": 0}},
        "series": [
            {"id": "worth", "name": tr("Worth of one more unit"), "type": "bar", "barMaxWidth": 20,
             "data": [float(f"{v:.4g}") for v in rows["worth"]],
             "itemStyle": {"borderRadius": [0, 3, 3, 0]},
             "label": {"show": True, "position": "right", "color": theme.ink}}
        ],
    }  # fmt: skip


def units(table: pd.DataFrame) -> list[str]:
    """Units that the bottlenecks are measured in, the commonest first."""
    counts = table["unit"].value_counts()
    return sorted((str(u) for u in counts.index), key=lambda u: (-int(counts[u]), u))


def describe(plan: Plan, tr: Translator, unit: str, table: pd.DataFrame) -> str:
    """The picture of a unit's bottlenecks in a sentence."""
    rows = table[table["unit"] == unit]
    if rows.empty:
        return tr("No capacity binds.")
    top = rows.iloc[0]
    return tr(
        "The dearest bottleneck is {name}: one more {unit} of yearly capacity is worth {worth} a year.",
        name=top["name"],
        unit=unit,
        worth=tr.money(float(top["worth"]), plan.region.settings.currency),
    )
