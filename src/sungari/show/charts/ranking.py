"""Projects ranked: what each is worth first in and last in."""

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

#: A project worth less than this share of the largest of its group begins the next group.
GROUP = 0.05
MOST_GROUPS = 4


def ranking_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """Projects in the reader's language, the most valuable first.

    Parameters
    ----------
    appraisal : Part
    tr : Translator

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``first``, ``last`` (worth first in and last in, money), ``standing`` (``committed``,
        ``chosen`` or ``left``), ``group`` (number: projects of like size).
    """
    names = Names(appraisal, tr)
    scale = appraisal.region.settings.money_scale
    rows = [
        (p["project"], names.project(p["project"]), _money(p["first_in"], scale), _money(p["last_in"], scale),
         "committed" if p["committed"] else "chosen" if p["chosen"] else "left")
        for p in appraisal.info["projects"]
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["project", "name", "first", "last", "standing"])
    table = table.astype({"first": float, "last": float})
    table = table[table[["first", "last"]].notna().any(axis=1)]
    worth = table["last"].fillna(table["first"])
    table = table.assign(_worth=worth).sort_values(["_worth", "name"], ascending=[False, True], kind="stable")
    table = table.drop(columns="_worth").reset_index(drop=True)
    return table.assign(group=_groups(table[["first", "last"]].abs().max(axis=1)))


def _money(value: float | None, scale: float) -> float:
    return float("nan") if value is None else value * scale


def _groups(size: pd.Series) -> list[int]:
    """Group of each row: rows of like size share one, so that small worths can be told apart beside large ones."""
    group = np.zeros(len(size), dtype=int)
    number, top = 0, 0.0
    values = size.to_numpy(dtype=float)
    for row in np.argsort(-values, kind="stable"):
        value = float(values[row])
        if value < GROUP * top and number < MOST_GROUPS - 1:
            number, top = number + 1, value
        top = max(top, value)
        group[row] = number
    return [int(g) for g in group]


def groups(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The table by group, those of the largest projects first."""
    return [part for _, part in table.groupby("group", sort=True)]


def group_label(table: pd.DataFrame, group: int, appraisal: Part, tr: Translator) -> str:
    """What a group of projects is called: ``7 projects, up to 25.5 billion USD``."""
    part = table[table["group"] == group]
    most = float(part[["first", "last"]].abs().to_numpy().max())
    money = tr.money(most, appraisal.region.settings.currency)
    return tr.ngettext("{n} project, up to {money}", "{n} projects, up to {money}", len(part), money=money)


def ranking_option(
    appraisal: Part, tr: Translator, *, group: int | None = None, theme: Theme = LIGHT,
    found: pd.DataFrame | None = None,
) -> dict[str, Any]:  # fmt: skip
    """ECharts option: a line per project from its worth first in (ring) to its worth last in (dot).

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    group : int or None
        Only projects of this group; None for all.
    theme : Theme
    found : DataFrame, optional
        The table, if it is at hand.

    Returns
    -------
    dict
        Plain data; the unit stands at the axis.
    """
    table = ranking_table(appraisal, tr) if found is None else found
    rows = table if group is None else table[table["group"] == group]
    rows = rows.reset_index(drop=True)
    scale = money_scale(appraisal, rows[["first", "last"]])
    currency = appraisal.region.settings.currency
    texts = [
        f"{row['name']}\n{tr('First in')}: {_shown(tr, row['first'], currency)}\n"
        f"{tr('Last in')}: {_shown(tr, row['last'], currency)}"
        for _, row in rows.iterrows()
    ]

    def dots(column: str, keep: pd.Series) -> list[dict[str, Any]]:
        return [
            {"name": texts[i], "value": [rounded(rows[column][i] / scale), i]}
            for i in rows.index[keep & rows[column].notna()]
        ]

    both = rows.index[rows["first"].notna() & rows["last"].notna()]
    colours = standings(theme)
    series: list[dict[str, Any]] = [
        {"id": "range", "type": "lines", "coordinateSystem": "cartesian2d", "silent": True, "z": 2,
         "lineStyle": {"color": theme.idle, "width": 3, "opacity": 1},
         "data": [{"coords": [[rounded(rows[side][i] / scale), int(i)] for side in ("first", "last")]} for i in both]},
        {"id": "first", "name": tr("First in: into today's network"), "type": "scatter", "symbol": "circle",
         "symbolSize": 10, "z": 3,
         "itemStyle": {"color": theme.card, "borderColor": theme.muted, "borderWidth": 2, "opacity": 1},
         "data": dots("first", rows["first"].notna())},
    ]  # fmt: skip
    for standing, label in last_labels(tr).items():
        data = dots("last", rows["standing"] == standing)
        if data:
            series.append({"id": f"last-{standing}", "name": label, "type": "scatter", "symbol": "circle",
                           "symbolSize": 10, "z": 4, "itemStyle": {"color": colours[standing], "opacity": 1},
                           "data": data})  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(appraisal, tr, table)}},
        "grid": {"left": 8, "right": 30, "top": 66, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [s["name"] for s in series if "name" in s]),
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, tr.money_unit(currency, scale)),
        "yAxis": category_axis(theme, rows["name"].tolist()),
        "series": series,
    }


def standings(theme: Theme) -> dict[str, str]:
    """Colour by what becomes of a project."""
    return {"committed": theme.c4, "chosen": theme.accent, "left": theme.c1}


def last_labels(tr: Translator) -> dict[str, str]:
    """Legend of the dots by what becomes of a project."""
    return {
        "committed": tr("Last in: committed project"),
        "chosen": tr("Last in: chosen project"),
        "left": tr("Last in: project left out"),
    }


def describe(appraisal: Part, tr: Translator, table: pd.DataFrame | None = None) -> str:
    """The picture in a sentence."""
    rows = ranking_table(appraisal, tr) if table is None else table
    if rows.empty:
        return tr("No project has a figure.")
    top = rows.iloc[0]
    currency = appraisal.region.settings.currency
    return tr(
        "The most valuable project is {name}: {first} first in, {last} last in.", name=top["name"],
        first=_shown(tr, top["first"], currency), last=_shown(tr, top["last"], currency),
    )


def _shown(tr: Translator, value: float, currency: str) -> str:
    return "–" if value != value else tr.money(value, currency)
