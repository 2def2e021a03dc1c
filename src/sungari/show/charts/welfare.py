"""Welfare by party: who gains and who pays, by component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sungari.show.charts.names import Names, Regional
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.chain.plan import Plan


def welfare_table(plan: Plan, tr: Translator, *, by: str = "party") -> pd.DataFrame:
    """Welfare, parties as rows in the reader's language (largest first), components as columns (largest first).

    Parameters
    ----------
    plan : Plan
    tr : Translator
    by : str
        ``"party"``, or ``"country"``: parties are added up to their topmost parents.

    Returns
    -------
    DataFrame
        Present value in money (unscaled). Components of the same name are added up.
    """
    names = Names(plan, tr)
    table = plan.tables["welfare"]
    own = table["party"].astype(str).map(names.country if by == "country" else str)
    parties = {p: names.party(p) for p in own.unique()}
    twins = {n for n in parties.values() if list(parties.values()).count(n) > 1}
    label = {p: f"{n} ({p})" if n in twins else n for p, n in parties.items()}
    rows = pd.DataFrame(
        {
            "party": own.map(label),
            "component": [names.component(c) for c in table["component"].astype(str)],
            "amount": table["amount"].astype(float),
        }
    )
    wide = rows.pivot_table(index="party", columns="component", values="amount", aggfunc="sum", fill_value=0.0)
    most = float(wide.abs().to_numpy().max()) if wide.size else 0.0
    wide = wide.loc[:, (wide.abs() > 1e-6 * most).any(axis=0)]
    wide = wide[wide.abs().sum().sort_values(ascending=False, kind="stable").index]
    order = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return wide.loc[order]


def money_scale(plan: Regional, amounts: pd.DataFrame) -> float:
    """What money is divided by so that the amounts have few digits: ``money_scale``, or a thousand times it."""
    scale = plan.region.settings.money_scale
    most = float(amounts.abs().to_numpy().max()) if amounts.size else 0.0
    return scale * 1e3 if most >= 1e4 * scale and scale < 1e9 else scale


def welfare_option(plan: Plan, tr: Translator, *, by: str = "party", theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a bar per party, a colour per component, what is lost to the left of zero.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    by : str
        ``"party"`` or ``"country"``, as in :func:`welfare_table`.
    theme : Theme

    Returns
    -------
    dict
        Plain data; the unit stands at the axis.
    """
    wide = welfare_table(plan, tr, by=by)
    settings = plan.region.settings
    scale = money_scale(plan, wide)
    parties = list(wide.index)
    total = wide.sum(axis=1) / scale
    series: list[dict[str, Any]] = [
        {"id": f"welfare-{i}", "name": str(component), "type": "bar", "stack": "welfare", "barMaxWidth": 26,
         "data": [_rounded(v / scale) for v in wide[component]], "emphasis": {"focus": "series"}}
        for i, component in enumerate(wide.columns)
    ]  # fmt: skip
    series.append(
        {"id": "total", "name": tr("Total"), "type": "scatter", "symbol": "diamond", "symbolSize": 11, "z": 5,
         "itemStyle": {"color": theme.ink, "borderColor": theme.card, "borderWidth": 1.5},
         "data": [[_rounded(v), p] for p, v in total.items()]}
    )  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(plan, tr)}},
        "color": list(theme.series),
        "grid": {"left": 8, "right": 44, "top": 74, "bottom": 30, "containLabel": True},
        "legend": {"top": 0, "left": 0, "textStyle": {"color": theme.ink}, "itemHeight": 10,
                   "itemWidth": 14, "pageTextStyle": {"color": theme.ink}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {"type": "value", "name": tr.money_unit(settings.currency, scale), "nameLocation": "middle",
                  "nameGap": 28, "nameTextStyle": {"color": theme.muted},
                  "axisLabel": {"color": theme.muted, "hideOverlap": True},
                  "splitLine": {"lineStyle": {"color": theme.line}}},
        "yAxis": {"type": "category", "data": parties, "inverse": True, "axisTick": {"show": False},
                  "axisLine": {"onZero": True, "lineStyle": {"color": theme.muted}},
                  "axisLabel": {"color": theme.ink, "width": 230, "overflow": "truncate", "interval": 0}},
        "series": series,
    }  # fmt: skip


def describe(plan: Plan, tr: Translator) -> str:
    """The picture in a sentence."""
    wide = welfare_table(plan, tr, by="country")
    currency = plan.region.settings.currency
    total = wide.sum(axis=1)
    return tr(
        "Welfare by party, present value: {list}.",
        list=tr.joined([f"{party} {tr.money(float(amount), currency)}" for party, amount in total.items()]),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.6g}") + 0.0
