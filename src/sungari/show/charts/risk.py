"""Worth under risk: how far it may go, and what moves it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

#: Chances between which the worth is drawn.
LOW, HIGH = 0.05, 0.95
#: Projects whose tornado can be chosen, and uncertainties in it.
MOST_PROJECTS, MOST_BARS = 16, 10


def risk_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """Worth first in over scenarios or drawn points, the highest mean first.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``enpv`` (mean), ``low``, ``high`` (5 % and 95 % points), ``sd``, ``var``, ``cvar``
        (money), ``p_negative``. Empty where risk was not weighed.
    """
    figures, cases = (appraisal.tables.get(n, pd.DataFrame()) for n in ("risk", "cases"))
    columns = ["project", "name", "enpv", "low", "high", "sd", "var", "cvar", "p_negative"]
    if figures.empty or cases.empty:
        return pd.DataFrame(columns=columns)
    names = Names(appraisal, tr)
    first = cases[(cases["against"] == "first") & cases["change"].notna()]
    spans = {str(p): _span(part) for p, part in first.groupby("project", sort=False)}
    frame = figures[(figures["against"] == "first") & figures["enpv"].notna()].copy()
    frame["name"] = [names.project(str(p)) for p in frame["project"]]
    for i, column in enumerate(("low", "high")):
        frame[column] = [spans.get(str(p), (np.nan, np.nan))[i] for p in frame["project"]]
    return frame.sort_values("enpv", ascending=False, kind="stable").reset_index(drop=True)[columns]


def _span(part: pd.DataFrame) -> tuple[float, float]:
    """The two points of a weighted distribution."""
    part = part.sort_values("change", kind="stable")
    below = (part["chance"].cumsum() / max(float(part["chance"].sum()), 1e-300)).to_numpy(dtype=float)
    change = part["change"].to_numpy(dtype=float)
    low, high = (change[min(int(np.searchsorted(below, q - 1e-12)), len(change) - 1)] for q in (LOW, HIGH))
    return float(low), float(high)


def risk_option(
    appraisal: Part, tr: Translator, *, theme: Theme = LIGHT, found: pd.DataFrame | None = None
) -> dict[str, Any]:
    """ECharts option: a line per project over nine tenths of its outcomes first in, a dot at the mean.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    theme : Theme
    found : DataFrame, optional
        Rows of :func:`risk_table` to show; default all.
    """
    table = risk_table(appraisal, tr) if found is None else found.reset_index(drop=True)
    scale = money_scale(appraisal, table[["enpv", "low", "high"]])
    currency = appraisal.region.settings.currency
    series: list[dict[str, Any]] = [
        {"id": "span", "type": "lines", "coordinateSystem": "cartesian2d", "silent": True, "z": 2,
         "lineStyle": {"color": theme.idle, "width": 4, "opacity": 1},
         "data": [{"coords": [[rounded(r[side] / scale), i] for side in ("low", "high")]}
                  for i, r in enumerate(table.to_dict("records"))]},
    ]  # fmt: skip
    for label, colour, mine in sureness(table, theme, tr):
        data = [
            {"name": f"{r['name']}\n{tr('mean')}: {tr.money(r['enpv'], currency)}\n"
                     f"{tr('loss in {share} of cases', share=tr.percent(r['p_negative']))}",
             "value": [rounded(r["enpv"] / scale), i]}
            for i, r in enumerate(table.to_dict("records")) if mine[i]
        ]  # fmt: skip
        if data:
            series.append({"id": f"mean-{colour}", "name": label, "type": "scatter", "symbolSize": 10, "z": 3,
                           "itemStyle": {"color": colour, "opacity": 1}, "data": data})  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_risk(appraisal, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series if "name" in s]),
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, tr.money_unit(currency, scale)),
        "yAxis": category_axis(theme, table["name"].tolist()),
        "series": series,
    }


def sureness(table: pd.DataFrame, theme: Theme, tr: Translator) -> list[tuple[str, str, list[bool]]]:
    """Legend, colour and rows by the chance of a loss."""
    chance = table["p_negative"].astype(float)
    return [
        (tr("mean; a loss in under 5 % of cases"), theme.accent, (chance < LOW).tolist()),
        (tr("mean; a loss in some cases"), theme.use1, ((chance >= LOW) & (chance <= 0.5)).tolist()),
        (tr("mean; a loss in most cases"), theme.use3, (chance > 0.5).tolist()),
    ]


def describe_risk(appraisal: Part, tr: Translator) -> str:
    """The picture in a sentence."""
    table = risk_table(appraisal, tr)
    if table.empty:
        return tr("Risk was not weighed.")
    sure = int((table["p_negative"] < LOW).sum())
    doubtful = table[(table["p_negative"] >= LOW) & (table["p_negative"] <= 1 - LOW)]
    text = tr.ngettext(
        "{n} of {total} projects brings a gain in at least 95 % of cases.",
        "{n} of {total} projects bring a gain in at least 95 % of cases.", sure, total=tr.whole(len(table)),
    )  # fmt: skip
    if len(doubtful):
        text += " " + tr("In doubt: {list}.", list=tr.joined(doubtful["name"].tolist()[:4]))
    return text


def tornado_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """What moves each project's worth first in.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``uncertainty``, ``low``, ``high`` (values at the 10 % and 90 % points), ``down``, ``up``
        (change of the worth there, money), ``swing``; the projects that move most first, widest first in each. Empty
        where sensitivity was not asked for.
    """
    frame = appraisal.tables.get("tornado", pd.DataFrame())
    columns = ["project", "name", "uncertainty", "low", "high", "down", "up", "swing"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    names = Names(appraisal, tr)
    frame = frame[(frame["against"] == "first") & (frame["swing"] > 0)]
    frame = frame.assign(
        name=[names.project(str(p)) for p in frame["project"]],
        uncertainty=[str(u) for u in frame["uncertainty"]],
        down=frame["at_low"] - frame["base"], up=frame["at_high"] - frame["base"],
    )  # fmt: skip
    widest = frame.groupby("project")["swing"].transform("max")
    frame = frame.assign(_widest=widest).sort_values(
        ["_widest", "project", "swing"], ascending=[False, True, False], kind="stable"
    )
    kept = frame["project"].unique()[:MOST_PROJECTS]
    frame = frame[frame["project"].isin(list(kept))]
    frame = frame[frame["swing"] > 1e-3 * frame["_widest"]]
    return frame.groupby("project", sort=False).head(MOST_BARS).reset_index(drop=True)[columns]


def tornado_option(
    appraisal: Part, tr: Translator, *, project: str = "", theme: Theme = LIGHT, found: pd.DataFrame | None = None
) -> dict[str, Any]:
    """ECharts option: a pair of bars per uncertainty, from the worth in the base case to that at its 10 % and 90 %.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    project : str
        Default: the one that moves most.
    theme : Theme
    found : DataFrame, optional
        The table, if it is at hand.
    """
    table = tornado_table(appraisal, tr) if found is None else found
    project = project or (str(table["project"].iloc[0]) if len(table) else "")
    rows = table[table["project"] == project]
    scale = money_scale(appraisal, rows[["down", "up"]])
    unit = tr.money_unit(appraisal.region.settings.currency, scale)
    axis = category_axis(theme, rows["uncertainty"].tolist(), width=260)
    axis["axisLine"]["onZero"] = False
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_tornado(appraisal, tr, project, table)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [tr("at its 10 % point"), tr("at its 90 % point")]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr("change of the worth, {unit}", unit=unit)),
        "yAxis": axis,
        "series": [
            {"id": side, "name": label, "type": "bar", "barGap": "-100%", "barMaxWidth": 18,
             "itemStyle": {"color": colour}, "data": [rounded(v / scale) for v in rows[side]]}
            for side, label, colour in (("down", tr("at its 10 % point"), theme.c1),
                                        ("up", tr("at its 90 % point"), theme.c0))
        ],
    }  # fmt: skip


def describe_tornado(appraisal: Part, tr: Translator, project: str, table: pd.DataFrame) -> str:
    """What moves a project's worth most, in a sentence."""
    rows = table[table["project"] == project]
    if rows.empty:
        return tr("No uncertainty moves the projects' worth.")
    top, currency = rows.iloc[0], appraisal.region.settings.currency
    return tr(
        "The worth of {name} hangs most on {what}: it moves by {money} between its 10 % and 90 % points.",
        name=top["name"], what=top["uncertainty"], money=tr.money(float(top["swing"]), currency),
    )  # fmt: skip
