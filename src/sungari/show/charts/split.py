"""How the parties may share what cooperation brings: the rules side by side, and what each party has to be paid."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.decide.stability import ranges
from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

#: Rules of division, in the order of the picture: what they are called, mark, colour of the theme.
RULES = {
    "own": (N_("Own plan, nothing paid"), "circle", "muted"),
    "owen": (N_("Owen point"), "diamond", "c1"),
    "shapley": (N_("Shapley value"), "circle", "c0"),
    "nucleolus": (N_("Nucleolus"), "rect", "c2"),
}


def split_table(sharing: Part, tr: Translator) -> pd.DataFrame:
    """What each player has above going alone, by rule; money, the largest Shapley value first.

    Returns
    -------
    DataFrame
        ``player``, ``name``, ``alone`` (money that it reaches alone), a column for each rule of :data:`RULES` (gain
        over going alone; NaN where the rule gives none), ``payment`` (turns the Owen point into the Shapley value).
    """
    names = Names(sharing, tr)
    frame = sharing.tables["players"].copy()
    frame.insert(1, "name", [names.party(str(p)) for p in frame["player"]])
    for rule in RULES:
        frame[rule] = frame[rule].astype(float) - frame["alone"].astype(float)
    frame = frame.sort_values("shapley", ascending=False, kind="stable").reset_index(drop=True)
    return frame[["player", "name", "alone", *RULES, "payment"]]


def stability_table(sharing: Part, tr: Translator) -> pd.DataFrame:
    """Range of each player's gain over going alone in the scenarios, by rule: ``name``, ``rule``, ``low``, ``high``."""
    frame = sharing.tables.get("stability")
    if frame is None or frame.empty:
        return pd.DataFrame(columns=["player", "name", "rule", "low", "high"])
    names = Names(sharing, tr)
    rules = ("owen", "shapley", "nucleolus")
    span = ranges(frame.assign(**{r: frame[r] - frame["alone"] for r in rules}))
    span = span[span["rule"].isin(rules)]
    span.insert(1, "name", [names.party(p) for p in span["player"]])
    return span.reset_index(drop=True)


def split_option(sharing: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a mark per player and rule, at what the rule gives it above going alone.

    Parameters
    ----------
    sharing : Part
    tr : Translator
    theme : Theme

    Returns
    -------
    dict
        Plain data; the unit stands at the axis. Where scenarios were solved a line behind a mark spans its range.
    """
    table = split_table(sharing, tr)
    spans = stability_table(sharing, tr)
    scale = money_scale(sharing, table[list(RULES)])
    currency = sharing.region.settings.currency
    at = {p: i for i, p in enumerate(table["player"])}
    series: list[dict[str, Any]] = []
    for rule, (label, symbol, colour) in RULES.items():
        mark = {"symbol": symbol, "symbolSize": 11, "symbolOffset": [0, offset(rule)], "z": 4,
                "itemStyle": {"color": theme.card if rule == "own" else getattr(theme, colour), "opacity": 1,
                              "borderColor": getattr(theme, colour), "borderWidth": 2 if rule == "own" else 0}}
        data = [
            {"name": f"{row['name']}\n{tr(label)}: {tr.money(float(row[rule]), currency)}",
             "value": [rounded(row[rule] / scale), i]}
            for i, row in table.iterrows() if row[rule] == row[rule]
        ]  # fmt: skip
        if data:
            series.append({"id": rule, "name": tr(label), "type": "scatter", "data": data, **mark})
        for n, row in enumerate(spans[spans["rule"] == rule].to_dict("records")):
            # A line of two points: the lines of several rules lie side by side, as the marks do.
            series.append({
                "id": f"range-{rule}-{n}", "type": "scatter", "silent": True, "z": 3, "symbol": "rect",
                "symbolSize": [3, 9], "symbolOffset": [0, offset(rule)],
                "itemStyle": {"color": getattr(theme, colour), "opacity": 0.7},
                "data": [[rounded(row[side] / scale), at[row["player"]]] for side in ("low", "high")],
            })  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(sharing, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [tr(label) for label, *_ in RULES.values()]),
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, tr("gain over going alone, {unit}", unit=tr.money_unit(currency, scale))),
        "yAxis": category_axis(theme, table["name"].tolist(), width=230),
        "series": series,
    }


def payments_option(sharing: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: what each player has to be paid (right) or has to pay (left) to reach its Shapley value."""
    table = split_table(sharing, tr)
    scale = money_scale(sharing, table[["payment"]])
    unit = tr.money_unit(sharing.region.settings.currency, scale)
    axis = category_axis(theme, table["name"].tolist(), width=230)
    axis["axisLine"]["onZero"] = False
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_payments(sharing, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [tr("is paid"), tr("pays")]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr("side payment, {unit}", unit=unit)),
        "yAxis": axis,
        "series": [
            {"id": f"payment{sign}", "name": tr("is paid") if sign > 0 else tr("pays"), "type": "bar",
             "stack": "payment", "barMaxWidth": 22, "itemStyle": {"color": theme.c0 if sign > 0 else theme.c1},
             "data": [rounded(v / scale) if v * sign > 0 else None for v in table["payment"]]}
            for sign in (1, -1)
        ],
    }  # fmt: skip


def offset(rule: str) -> int:
    """Pixels by which a rule's marks stand below the middle of their row, so that equal ones don't hide each other."""
    return -15 + 10 * list(RULES).index(rule)


def describe(sharing: Part, tr: Translator) -> str:
    """The picture in a sentence."""
    table = split_table(sharing, tr)
    currency = sharing.region.settings.currency
    listed = [f"{row['name']} {tr.money(float(row['shapley']), currency)}" for _, row in table.head(6).iterrows()]
    return tr("By the Shapley value, the gain over going alone is: {list}.", list=tr.joined(listed))


def describe_payments(sharing: Part, tr: Translator) -> str:
    """The side payments in a sentence."""
    table = split_table(sharing, tr)
    currency = sharing.region.settings.currency
    paid = [f"{r['name']} {tr.money(float(r['payment']), currency)}" for _, r in table.iterrows() if r["payment"] > 0]
    owed = [f"{r['name']} {tr.money(-float(r['payment']), currency)}" for _, r in table.iterrows() if r["payment"] < 0]
    if not paid or not owed:
        return tr("Nobody has to be paid.")
    return tr("To reach the Shapley value these pay: {givers}; these are paid: {takers}.",
              givers=tr.joined(owed[:6]), takers=tr.joined(paid[:6]))  # fmt: skip
