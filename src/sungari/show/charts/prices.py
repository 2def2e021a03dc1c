"""Prices through the year by place: the duals of the balances, what one more unit is worth there and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.errors import UsageError, hinted
from sungari.show.charts.corridors import periods_of
from sungari.show.charts.names import Names
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

PLACES = 7  # lines in one picture


def priced(plan: Plan) -> list[str]:
    """Commodities that have prices, the one with the largest value of sales first."""
    sales = plan.sales
    worth = sales["quantity"].astype(float) * sales["price"].astype(float).fillna(0.0)
    value = worth.groupby(sales["commodity"]).sum()
    known = [str(c) for c in pd.unique(plan.tables["prices"]["commodity"])]
    return sorted(known, key=lambda c: (-float(value.get(c, 0.0)), c))


def price_lines(plan: Plan, commodity: str, places: int = PLACES) -> pd.DataFrame:
    """Prices of a commodity, one column per place and one row per period in time order.

    Parameters
    ----------
    plan : Plan
    commodity : str
    places : int
        At most so many, those where most of it is supplied and sold.

    Returns
    -------
    DataFrame
        Money per unit; NaN where a place has no price in a period.
    """
    known = priced(plan)
    if commodity not in known:
        raise UsageError(hinted(Words("no prices of {commodity!r}",
                                      commodity=commodity), commodity, known, listed=True))
    table = plan.tables["prices"]
    table = table[table["commodity"] == commodity]
    wide = table.pivot_table(index="period", columns="place", values="price", aggfunc="mean")
    wide = wide.reindex([p for p in periods_of(plan)["period"] if p in wide.index])
    volume = pd.concat(
        [t.loc[t["commodity"] == commodity, ["place", "quantity"]] for t in (plan.supply, plan.sales)]
    ).groupby("place")["quantity"].sum()  # fmt: skip
    flows = plan.flows[plan.flows["commodity"] == commodity]
    through = flows.groupby("to")["quantity"].sum() + 0.0
    order = sorted(
        (str(c) for c in wide.columns),
        key=lambda p: (-float(volume.get(p, 0.0)), -float(through.get(p, 0.0)), p),
    )
    return wide[order[:places]]


def prices_option(plan: Plan, tr: Translator, *, commodity: str = "", theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option of the prices of one commodity, a line per place (bars where there is but one period).

    Parameters
    ----------
    plan : Plan
    tr : Translator
    commodity : str
        Default: the one with the largest value of sales.
    theme : Theme

    Returns
    -------
    dict
        Plain data; prices in money per unit of the commodity.
    """
    commodity = commodity or priced(plan)[0]
    names = Names(plan, tr)
    wide = price_lines(plan, commodity)
    unit = price_unit(plan, tr, commodity)
    periods = [tr.period(p) for p in wide.index]
    single = len(wide) == 1
    values = {names.place(p): [_rounded(v) for v in wide[p]] for p in wide.columns}
    axis = {"axisLine": {"lineStyle": {"color": theme.line}}, "axisTick": {"show": False},
            "axisLabel": {"color": theme.muted, "hideOverlap": True}}  # fmt: skip
    named = {"name": unit, "nameTextStyle": {"color": theme.muted, "align": "left"}, "nameGap": 14}
    flat = [v for line in values.values() for v in line if v is not None]
    zero = not flat or single or min(flat) < 0.4 * max(flat)
    option: dict[str, Any] = {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(plan, tr, commodity)}},
        "color": list(theme.series),
        "grid": {"left": 8, "right": 18, "top": 40 if single else 92, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "order": "valueDesc"},
        "xAxis": axis | {"type": "category", "data": list(values) if single else periods},
        "yAxis": axis | named | {"type": "value", "scale": not zero, "splitLine": {"lineStyle": {"color": theme.line}}},
    }  # fmt: skip
    if single:
        option["xAxis"]["axisLabel"] = {"color": theme.muted, "interval": 0, "width": 96, "overflow": "break"}
        bars = [line[0] for line in values.values()]
        option["series"] = [{"id": "prices", "name": periods[0], "type": "bar", "data": bars, "barMaxWidth": 42}]
        return option
    option["legend"] = {"top": 0, "left": 0, "textStyle": {"color": theme.ink}, "icon": "roundRect",
                        "itemHeight": 4, "itemWidth": 18, "pageTextStyle": {"color": theme.ink}}  # fmt: skip
    option["series"] = [
        {"id": f"prices-{i}", "name": name, "type": "line", "step": "middle", "data": line, "symbolSize": 5,
         "symbol": "circle", "showSymbol": len(periods) <= 24, "lineStyle": {"width": 2},
         "emphasis": {"focus": "series"}}
        for i, (name, line) in enumerate(values.items())
    ]  # fmt: skip
    return option


def price_unit(plan: Plan, tr: Translator, commodity: str) -> str:
    """Unit of a commodity's price, ``USD/t``."""
    names = Names(plan, tr)
    unit = tr.unit(names.units.get(commodity, ""))
    currency = tr.currency(plan.region.settings.currency)
    return f"{currency}/{unit}" if unit else currency


def price_table(plan: Plan, tr: Translator, commodity: str) -> pd.DataFrame:
    """Mean, lowest and highest price by place.

    Returns
    -------
    DataFrame
        ``place``, ``mean``, ``low``, ``high`` (money per unit), ``low_period``, ``high_period``.
    """
    names = Names(plan, tr)
    wide = price_lines(plan, commodity, places=12)
    days = periods_of(plan).set_index("period")["days"].reindex(wide.index)
    rows = []
    for place in wide.columns:
        line = wide[place].dropna()
        if line.empty:
            continue
        weight = days.reindex(line.index)
        rows.append(
            {
                "place": names.place(str(place)),
                "mean": float(np.average(line, weights=weight)),
                "low": float(line.min()),
                "low_period": tr.period(str(line.idxmin())),
                "high": float(line.max()),
                "high_period": tr.period(str(line.idxmax())),
            }
        )
    return pd.DataFrame(rows, columns=["place", "mean", "low", "low_period", "high", "high_period"])


def describe(plan: Plan, tr: Translator, commodity: str) -> str:
    """The picture in a sentence."""
    names = Names(plan, tr)
    rows = price_table(plan, tr, commodity)
    if rows.empty:
        return tr("No prices of {commodity}.", commodity=names.commodity(commodity))
    low, high = rows.iloc[int(rows["low"].argmin())], rows.iloc[int(rows["high"].argmax())]
    unit = price_unit(plan, tr, commodity)
    return tr(
        "Prices of {commodity} by place: from {low} {unit} ({low_place}, {low_period}) to {high} {unit} "
        "({high_place}, {high_period}).",
        commodity=names.commodity(commodity), unit=unit,
        low=tr.number(float(low["low"]), 4), low_place=low["place"], low_period=low["low_period"],
        high=tr.number(float(high["high"]), 4), high_place=high["place"], high_period=high["high_period"],
    )  # fmt: skip


def _rounded(value: float) -> float | None:
    return None if value != value else float(f"{value:.5g}") + 0.0
