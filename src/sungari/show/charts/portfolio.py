"""The chosen set: its gain against a limit (frontier), what near-best sets have in common, and who gains by it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

#: What the gain is drawn against, by kind of frontier.
ALONG = {
    "budget": N_("budget for new projects"), "cvar": N_("CVaR of the loss"), "least-gain": N_("least party's gain"),
}  # fmt: skip
#: Standing of a project among near-best sets: what it is called, colour of the theme.
STANDINGS = {"all": (N_("in all near-best sets"), "accent"), "some": (N_("in some"), "c1")}
#: A gain or loss below this share of the largest is not shown.
LEAST = 1e-4


def frontier_table(portfolio: Part, tr: Translator) -> pd.DataFrame:
    """Points of the frontier, the tightest limit first: ``level``, ``gain``, ``spent`` (money), ``projects`` (number),
    ``status``. Empty where none was drawn; wider limits that bring no more are left out."""
    frame = portfolio.tables.get("frontier", pd.DataFrame())
    columns = ["level", "gain", "spent", "projects", "status"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame = frame[columns].astype({"level": float, "gain": float, "spent": float})
    frame = frame[frame["gain"].notna() & frame["level"].notna()].sort_values("level").reset_index(drop=True)
    top = float(frame["gain"].max()) if len(frame) else 0.0
    more = (frame["gain"] < top - LEAST * abs(top)).cummin()  # until no more is gained
    return frame[more | (more.shift(1, fill_value=True))].reset_index(drop=True)


def along(portfolio: Part) -> str:
    """What the frontier is drawn along."""
    return str(portfolio.tables["frontier"]["kind"].iloc[0])


def frontier_option(portfolio: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: the gain of the best set at each level of the limit.

    Parameters
    ----------
    portfolio : Part
    tr : Translator
    theme : Theme
    """
    table = frontier_table(portfolio, tr)
    currency = portfolio.region.settings.currency
    wide, high = money_scale(portfolio, table[["level"]]), money_scale(portfolio, table[["gain"]])
    points = [
        {"name": f"{tr(ALONG[along(portfolio)])}: {tr.money(row['level'], currency)}\n"
                 f"{tr('gain')}: {tr.money(row['gain'], currency)}\n{_projects(tr, int(row['projects']))}",
         "value": [rounded(row["level"] / wide), rounded(row["gain"] / high)]}
        for row in table.to_dict("records")
    ]  # fmt: skip
    foot = tr("{what}, {unit}", what=tr(ALONG[along(portfolio)]), unit=tr.money_unit(currency, wide))
    side = money_axis(theme, tr("gain, {unit}", unit=tr.money_unit(currency, high)))
    side |= {"nameLocation": "end", "nameGap": 14, "nameTextStyle": {"color": theme.muted, "align": "left"}}
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_frontier(portfolio, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, foot),
        "yAxis": side,
        "series": [
            {"id": "frontier", "type": "line", "data": points, "symbol": "circle", "symbolSize": 9,
             "lineStyle": {"color": theme.accent, "width": 2}, "itemStyle": {"color": theme.accent}},
        ],
    }  # fmt: skip


def _projects(tr: Translator, n: int) -> str:
    return tr.ngettext("{n} project", "{n} projects", n)


def describe_frontier(portfolio: Part, tr: Translator) -> str:
    """The frontier in a sentence."""
    table = frontier_table(portfolio, tr)
    currency = portfolio.region.settings.currency
    if table.empty:
        return tr("No frontier was drawn.")
    top = table.iloc[-1]
    most = table[table["gain"] >= 0.9 * float(top["gain"])].iloc[0]
    return tr(
        "The gain reaches {gain} at {level} ({what}); nine tenths of it are there at {least}.",
        level=tr.money(float(top["level"]), currency), what=tr(ALONG[along(portfolio)]),
        gain=tr.money(float(top["gain"]), currency), least=tr.money(float(most["level"]), currency),
    )  # fmt: skip


def core_table(portfolio: Part, tr: Translator) -> pd.DataFrame:
    """How many of the near-best sets have each project, those that most have first.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``near_best`` (``all``, ``some``, ``none`` or ``undecided``), ``share`` (of the sets
        found). Empty where near-best sets were not searched.
    """
    names = Names(portfolio, tr)
    member, sets = (portfolio.tables.get(n, pd.DataFrame()) for n in ("membership", "alternatives"))
    if member.empty or sets.empty:
        return pd.DataFrame(columns=["project", "name", "near_best", "share"])
    count = sets["set"].nunique()
    found = sets.groupby("project")["set"].nunique()
    frame = member.assign(name=[names.project(p) for p in member["project"]])
    frame["share"] = [float(found.get(p, 0)) / count for p in frame["project"]]
    order = frame["near_best"].map({"all": 0, "some": 1, "undecided": 2, "none": 3}).astype(float)
    frame = frame.assign(_order=order).sort_values(["_order", "share", "name"], ascending=[True, False, True])
    return frame[["project", "name", "near_best", "share"]].reset_index(drop=True)


def core_option(portfolio: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: the share of near-best sets that have each project; those in none are left out."""
    table = core_shown(core_table(portfolio, tr))
    series = [
        {"id": word, "name": tr(label), "type": "bar", "stack": "core", "barMaxWidth": 16,
         "itemStyle": {"color": getattr(theme, colour)},
         "data": [round(100 * s, 1) if w == word else None
                  for s, w in zip(table["share"], table["near_best"], strict=True)]}
        for word, (label, colour) in STANDINGS.items() if (table["near_best"] == word).any()
    ]  # fmt: skip
    axis = money_axis(theme, tr("% of near-best sets"))
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_core(portfolio, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {**axis, "max": 100},
        "yAxis": category_axis(theme, table["name"].tolist()),
        "series": series,
    }


def core_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Projects that some near-best set has."""
    return table[table["share"] > 0].reset_index(drop=True)


def describe_core(portfolio: Part, tr: Translator) -> str:
    """What near-best sets have in common, in a sentence."""
    table = core_table(portfolio, tr)
    if table.empty:
        return tr("Near-best sets were not searched.")
    found = portfolio.info["alternatives"]
    count = {word: int((table["near_best"] == word).sum()) for word in ("all", "some", "none")}
    kinds = {"all": tr("{n} projects are in all of them", n=tr.whole(count["all"])),
             "some": tr("{n} in some", n=tr.whole(count["some"])),
             "none": tr("{n} in none", n=tr.whole(count["none"]))}  # fmt: skip
    text = (tr("There are {n} sets within {share} of the best gain: {list}.") if found["complete"] else
            tr("There are at least {n} sets within {share} of the best gain: {list}."))  # fmt: skip
    share = tr.percent(found["near"], 2)
    return text.format(n=tr.whole(found["count"]), share=share, list=tr.joined(list(kinds.values())))


def gains_table(portfolio: Part, tr: Translator) -> pd.DataFrame:
    """Who gains and who loses by the set: ``party``, ``name``, ``gain`` (money, its own), the largest first."""
    names = Names(portfolio, tr)
    frame = portfolio.tables["parties"][["party", "gain"]].astype({"gain": float}).dropna(subset="gain")
    size = frame["gain"].abs()
    frame = frame[size > LEAST * size.max()] if len(frame) else frame
    frame = frame.assign(name=[names.party(str(p)) for p in frame["party"]])
    return frame.sort_values("gain", ascending=False, kind="stable").reset_index(drop=True)[["party", "name", "gain"]]


def gains_option(portfolio: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a bar per party, to the right what it gains by the set, to the left what it loses."""
    table = gains_table(portfolio, tr)
    scale = money_scale(portfolio, table[["gain"]])
    axis = category_axis(theme, table["name"].tolist(), width=230)
    axis["axisLine"]["onZero"] = False
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_gains(portfolio, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [tr("gains"), tr("loses")]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr.money_unit(portfolio.region.settings.currency, scale)),
        "yAxis": axis,
        "series": [
            {"id": f"gain{sign}", "name": tr("gains") if sign > 0 else tr("loses"), "type": "bar", "stack": "gain",
             "barMaxWidth": 18, "itemStyle": {"color": theme.c0 if sign > 0 else theme.c1},
             "data": [rounded(v / scale) if v * sign > 0 else None for v in table["gain"]]}
            for sign in (1, -1)
        ],
    }  # fmt: skip


def describe_gains(portfolio: Part, tr: Translator) -> str:
    """Who gains and who loses, in a sentence."""
    table = gains_table(portfolio, tr)
    currency = portfolio.region.settings.currency
    if table.empty:
        return tr("No party gains or loses.")
    top, last = table.iloc[0], table.iloc[-1]
    text = tr("{name} gains most by the set, {money}.", name=top["name"], money=tr.money(float(top["gain"]), currency))
    if last["gain"] < 0:
        text += " " + tr("{name} loses most, {money}.", name=last["name"],
                         money=tr.money(-float(last["gain"]), currency))  # fmt: skip
    else:
        text += " " + tr("Nobody loses.")
    return text
