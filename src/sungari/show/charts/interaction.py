"""Synergy and rivalry: which projects are worth more together than apart, and which less."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

#: An interaction below this share of the largest is not shown.
LEAST = 2e-3
#: Projects in the picture: those that interact most.
MOST = 24
WIDEST, THINNEST = 22.0, 4.0  # pixels: sizes of the marks


def pair_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """Pairs of projects that are worth more (synergy) or less (rivalry) together than apart, the largest first.

    Returns
    -------
    DataFrame
        ``a``, ``b`` (identifiers), ``name_a``, ``name_b``, ``together``, ``apart``, ``synergy`` (money; below zero:
        rivalry). Empty where pairs were not solved.
    """
    names = Names(appraisal, tr)
    frame = appraisal.tables.get("pairs", pd.DataFrame(columns=["a", "b", "together", "apart", "synergy"]))
    frame = frame.astype({"a": str, "b": str, "together": float, "apart": float, "synergy": float})
    size = frame["synergy"].abs()
    frame = frame[size > LEAST * size.max()] if len(frame) else frame
    frame = frame.assign(name_a=frame["a"].map(names.project), name_b=frame["b"].map(names.project))
    frame = frame.sort_values("synergy", key=abs, ascending=False, kind="stable").reset_index(drop=True)
    return frame[["a", "b", "name_a", "name_b", "together", "apart", "synergy"]]


def network_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """What the other chosen projects add to each project, or take from it: worth last in less worth first in.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``synergy`` (money), the largest first; what is next to nothing is left out.
    """
    names = Names(appraisal, tr)
    scale = appraisal.region.settings.money_scale
    rows = [
        (p["project"], names.project(p["project"]), p["synergy"] * scale)
        for p in appraisal.info["projects"] if p["synergy"] is not None
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["project", "name", "synergy"]).astype({"synergy": float})
    size = frame["synergy"].abs()
    frame = frame[size > LEAST * size.max()] if len(frame) else frame
    return frame.sort_values("synergy", ascending=False, kind="stable").head(MOST).reset_index(drop=True)


def members(pairs: pd.DataFrame) -> pd.DataFrame:
    """Projects of the picture in the order of the sum of their interactions: ``project``, ``name``."""
    sides = pd.concat([
        pairs[[side, f"name_{side}", "synergy"]].set_axis(["project", "name", "synergy"], axis=1) for side in ("a", "b")
    ])
    total = sides.assign(synergy=sides["synergy"].abs()).groupby(["project", "name"], sort=False)["synergy"].sum()
    order = total.sort_values(ascending=False, kind="stable").head(MOST)
    return order.reset_index()[["project", "name"]]


def marks(pairs: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Marks of the triangle: ``x``, ``y`` (positions of the two projects, x < y), ``synergy``, ``size`` (pixels)."""
    at = {p: i for i, p in enumerate(shown["project"])}
    rows = []
    most = float(pairs["synergy"].abs().max()) if len(pairs) else 1.0
    for a, b, synergy in pairs[["a", "b", "synergy"]].itertuples(index=False):
        if a in at and b in at:
            x, y = sorted((at[a], at[b]))
            rows.append((x, y, synergy, max(THINNEST, WIDEST * (abs(synergy) / most) ** 0.5)))
    return pd.DataFrame(rows, columns=["x", "y", "synergy", "size"])


def interaction_option(appraisal: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a triangle with a mark per pair where pairs were solved, else a bar per project.

    A mark's area is in proportion to the synergy (money) of its pair; projects are numbered.
    """
    pairs = pair_table(appraisal, tr)
    return _triangle(appraisal, tr, pairs, theme) if len(pairs) else _bars(appraisal, tr, theme)


def numbered(shown: pd.DataFrame) -> list[str]:
    """Names with their numbers."""
    return [f"{i}  {name}" for i, name in enumerate(shown["name"], 1)]


def kinds(theme: Theme, tr: Translator) -> tuple[tuple[str, str, int], ...]:
    """Name, colour and sign of synergy and rivalry."""
    return (tr("Synergy: worth more together"), theme.c0, 1), (tr("Rivalry: worth less together"), theme.c1, -1)


def _triangle(appraisal: Part, tr: Translator, pairs: pd.DataFrame, theme: Theme) -> dict[str, Any]:
    shown = members(pairs)
    found = marks(pairs, shown)
    currency = appraisal.region.settings.currency
    names = shown["name"].tolist()
    series = []
    for label, colour, sign in kinds(theme, tr):
        data = [
            {"name": f"{names[x]}\n{names[y]}\n{tr.money(synergy, currency)}", "value": [x, y],
             "symbolSize": round(size, 1)}
            for x, y, synergy, size in found.itertuples(index=False) if synergy * sign > 0
        ]  # fmt: skip
        if data:
            series.append({"id": f"pairs{sign}", "name": label, "type": "scatter",
                           "symbol": "circle" if sign > 0 else "diamond", "data": data,
                           "itemStyle": {"color": colour, "opacity": 0.95}})  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(appraisal, tr)}},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 10, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series]),
        "tooltip": item_tooltip(),
        "xAxis": {"type": "category", "data": [str(i) for i in range(1, len(names) + 1)], "position": "bottom",
                  "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": theme.muted}},
                  "axisLabel": {"color": theme.ink, "interval": 0, "fontSize": 11},
                  "splitLine": {"show": True, "lineStyle": {"color": theme.line, "type": [2, 4]}}},
        "yAxis": category_axis(theme, numbered(shown)),
        "series": series,
    }  # fmt: skip


def _bars(appraisal: Part, tr: Translator, theme: Theme) -> dict[str, Any]:
    table = network_table(appraisal, tr)
    scale = money_scale(appraisal, table[["synergy"]])
    labels = {sign: (label, colour) for label, colour, sign in kinds(theme, tr)}
    series = [
        {"id": f"synergy{sign}", "name": label, "type": "bar", "stack": "synergy", "barMaxWidth": 18,
         "itemStyle": {"color": colour},
         "data": [rounded(v / scale) if v * sign > 0 else None for v in table["synergy"]]}
        for sign, (label, colour) in labels.items()
    ]  # fmt: skip
    axis = category_axis(theme, table["name"].tolist())
    axis["axisLine"]["onZero"] = False
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(appraisal, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr.money_unit(appraisal.region.settings.currency, scale)),
        "yAxis": axis,
        "series": series,
    }


def interaction_height(appraisal: Part, tr: Translator) -> int:
    """Pixels that the picture needs."""
    pairs = pair_table(appraisal, tr)
    return 100 + 26 * (len(members(pairs)) if len(pairs) else len(network_table(appraisal, tr)))


def describe(appraisal: Part, tr: Translator) -> str:
    """The picture in a sentence."""
    pairs = pair_table(appraisal, tr)
    currency = appraisal.region.settings.currency
    if pairs.empty:
        table = network_table(appraisal, tr)
        if table.empty:
            return tr("The projects neither help nor hinder each other.")
        top = table.iloc[int(table["synergy"].abs().to_numpy().argmax())]
        text = (tr("The others help {name} most: it is worth {money} more with them than into today's network.")
                if top["synergy"] > 0 else
                tr("The others take most from {name}: it is worth {money} less with them than into today's network."))
        return text.format(name=top["name"], money=tr.money(abs(float(top["synergy"])), currency))
    top = pairs.iloc[0]
    text = (tr("The strongest synergy is between {a} and {b}: together they are worth {money} more than apart.")
            if top["synergy"] > 0 else
            tr("The strongest rivalry is between {a} and {b}: together they are worth {money} less than apart."))
    return text.format(a=top["name_a"], b=top["name_b"], money=tr.money(abs(float(top["synergy"])), currency))
