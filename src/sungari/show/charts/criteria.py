"""Projects by many criteria: places with their ranges, and the quadrants of two indices."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.decide.criteria import COMPROMISE
from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

#: Quadrants of the Infrastructure Prioritization Framework: what they are called, colour of the theme.
QUADRANTS = {
    "A": (N_("A: first by both indices"), "accent"), "B": (N_("B: by the social and environmental index"), "c0"),
    "C": (N_("C: by the financial and economic index"), "c1"), "D": (N_("D: by neither"), "idle"),
}  # fmt: skip


def places_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """Places of projects by all parties' weights together, the first first.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``rank``, ``best``, ``worst``, ``flips``, ``first_share``. Empty without criteria.
    """
    frame = appraisal.tables.get("robustness", pd.DataFrame())
    columns = ["project", "name", "rank", "best", "worst", "flips", "first_share"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    names = Names(appraisal, tr)
    frame = frame[frame["party"] == COMPROMISE].sort_values(["rank", "mean"], kind="stable")
    frame = frame.assign(name=[names.project(str(p)) for p in frame["project"]])
    return frame.reset_index(drop=True)[columns]


def places_option(appraisal: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a line per project from its best to its worst place, a dot at its place.

    A dot is hollow where the place flips with the way of ranking.
    """
    table = places_table(appraisal, tr)
    records = table.to_dict("records")
    series: list[dict[str, Any]] = [
        {"id": "span", "type": "lines", "coordinateSystem": "cartesian2d", "silent": True, "z": 2,
         "lineStyle": {"color": theme.idle, "width": 4, "opacity": 1},
         "data": [{"coords": [[int(r["best"]), i], [int(r["worst"]), i]]} for i, r in enumerate(records)]},
    ]  # fmt: skip
    for flips, label in firmness(tr).items():
        data = [
            {"name": f"{r['name']}\n{tr('place {n}', n=tr.whole(r['rank']))}\n"
                     f"{tr('between {best} and {worst}', best=tr.whole(r['best']), worst=tr.whole(r['worst']))}",
             "value": [int(r["rank"]), i]}
            for i, r in enumerate(records) if bool(r["flips"]) == flips
        ]  # fmt: skip
        if data:
            style = {"color": theme.card if flips else theme.accent, "borderColor": theme.accent, "borderWidth": 2}
            series.append({"id": f"place{int(flips)}", "name": label, "type": "scatter", "symbol": "circle",
                           "symbolSize": 10, "z": 3, "itemStyle": {**style, "opacity": 1}, "data": data})  # fmt: skip
    axis = money_axis(theme, tr("rank"))
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_places(appraisal, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series if "name" in s]),
        "tooltip": item_tooltip(),
        "xAxis": {**axis, "min": 0, "minInterval": 1},
        "yAxis": category_axis(theme, table["name"].tolist()),
        "series": series,
    }


def firmness(tr: Translator) -> dict[bool, str]:
    """Legend of the dots by whether the place flips."""
    return {False: tr("place, the same in all ways of ranking"), True: tr("place, flips with the way of ranking")}


def describe_places(appraisal: Part, tr: Translator) -> str:
    """The picture in a sentence."""
    table = places_table(appraisal, tr)
    if table.empty:
        return tr("The projects were not judged by criteria.")
    top = table.iloc[0]
    text = tr(
        "By all criteria {name} comes first, in {share} of all ways of ranking and weights.", name=top["name"],
        share=tr.percent(float(top["first_share"])),
    )  # fmt: skip
    n = int(table["flips"].sum())
    if n:
        text += " " + tr.ngettext(
            "The place of {n} of {total} projects flips with the way of ranking.",
            "The places of {n} of {total} projects flip with the way of ranking.", n, total=tr.whole(len(table)),
        )  # fmt: skip
    return text


def quadrant_table(appraisal: Part, tr: Translator) -> pd.DataFrame:
    """The two indices of each project and its quadrant.

    Returns
    -------
    DataFrame
        ``project``, ``name``, ``sector``, ``social`` (social and environmental index), ``financial`` (financial and
        economic index), ``quadrant``. Empty where there are not both kinds of criteria.
    """
    frame = appraisal.tables.get("quadrants", pd.DataFrame())
    columns = ["project", "name", "sector", "social", "financial", "quadrant"]
    if frame.empty or not {"social", "financial"} <= set(frame.columns):
        return pd.DataFrame(columns=columns)
    names = Names(appraisal, tr)
    frame = frame.assign(name=[names.project(str(p)) for p in frame["project"]])
    return frame.dropna(subset=["social", "financial"]).reset_index(drop=True)[columns]


def quadrant_option(appraisal: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: projects by their two indices, coloured by quadrant; names where there is room."""
    table = quadrant_table(appraisal, tr)
    series = []
    for letter, (label, colour) in QUADRANTS.items():
        rows = table[table["quadrant"] == letter]
        if len(rows):
            series.append({
                "id": f"quadrant-{letter}", "name": tr(label), "type": "scatter", "symbolSize": 11,
                "itemStyle": {"color": getattr(theme, colour), "opacity": 0.95},
                "label": {"show": True, "color": theme.ink, "fontSize": 11, "formatter": "{b}",
                          "overflow": "truncate", "width": 180},
                "labelLayout": {"hideOverlap": True},
                "data": [{"name": _plain(r["name"]), "value": [rounded(r["financial"]), rounded(r["social"])],
                          "label": {"position": "left" if r["financial"] > 50 else "right"}}
                         for r in rows.to_dict("records")],
            })  # fmt: skip
    side = money_axis(theme, tr("social and environmental index"))
    side |= {"nameLocation": "end", "nameGap": 14, "nameTextStyle": {"color": theme.muted, "align": "left"}}
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_quadrants(appraisal, tr)}},
        "grid": {"left": 8, "right": 30, "top": 84, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series]),
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, tr("financial and economic index")),
        "yAxis": side,
        "series": series,
    }


def _plain(name: str) -> str:
    return name.replace("{", "(").replace("}", ")")


def describe_quadrants(appraisal: Part, tr: Translator) -> str:
    """The picture in a sentence."""
    table = quadrant_table(appraisal, tr)
    if table.empty:
        return tr("There are no two indices to place projects by.")
    both = table.loc[table["quadrant"] == "A", "name"].tolist()
    if not both:
        return tr("No project is within its sector's budget by both indices.")
    return tr("Within their sector's budget by both indices: {list}.", list=tr.joined(both[:6]))
