"""What is assumed: how sure the figures of a package are, table by table, and where they come from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.region.schema import QUALITIES, TABLES
from sungari.show.charts.names import Names, Regional
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

UNSAID = "unsaid"
#: Words for the qualities, surest first.
LABELS = {
    "reported": N_("reported"), "derived": N_("derived"), "estimated": N_("estimated"), "assumed": N_("assumed"),
    UNSAID: N_("not said"),
}  # fmt: skip
#: Tables without figures of their own.
_PLAIN = {"sources", "periods", "parties"}


def quality_table(plan: Regional) -> pd.DataFrame:
    """Rows of each table by quality.

    Returns
    -------
    DataFrame
        Index: table; columns: the qualities, surest first, and ``unsaid``. Tables that are empty are left out.
    """
    rows = {}
    for table in TABLES:
        if table.name in _PLAIN or "quality" not in table.by_name:
            continue
        frame = plan.region.table(table.name)
        if len(frame):
            counts = frame["quality"].fillna(UNSAID).value_counts()
            rows[table.name] = [int(counts.get(q, 0)) for q in (*QUALITIES, UNSAID)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*QUALITIES, UNSAID])


def source_table(plan: Regional) -> pd.DataFrame:
    """Sources: ``source``, ``title``, ``licence``, ``date``, ``address``, ``rows`` that name it; most used first."""
    sources = plan.region.table("sources")
    used: dict[str, int] = {}
    for table in TABLES:
        frame = plan.region.table(table.name)
        if "source" in frame.columns and table.name != "sources":
            for source, n in frame["source"].dropna().astype(str).value_counts().items():
                used[str(source)] = used.get(str(source), 0) + int(n)
    made = sources[["source", "title", "licence", "date", "address"]].fillna("").astype(str)
    made = made.assign(rows=[used.get(s, 0) for s in made["source"]])
    made["title"] = made["title"].where(made["title"] != "", made["source"])
    return made.sort_values(["rows", "title"], ascending=[False, True], kind="stable").reset_index(drop=True)


def quality_option(plan: Regional, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a bar per table, split by how sure its figures are, in percent of its rows.

    Parameters
    ----------
    plan : Plan, Part or Study
    tr : Translator
    theme : Theme
    """
    table = quality_table(plan)
    names = Names(plan, tr)
    share = table.div(table.sum(axis=1), axis=0) * 100
    colours = [theme.use0, theme.product, theme.use1, theme.use2, theme.idle]
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(plan, tr)}},
        "color": colours,
        "grid": {"left": 8, "right": 28, "top": 40, "bottom": 30, "containLabel": True},
        "legend": {"type": "scroll", "top": 0, "left": 0, "textStyle": {"color": theme.ink}, "itemHeight": 10,
                   "itemWidth": 14, "pageTextStyle": {"color": theme.ink}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {"type": "value", "max": 100, "name": tr("% of rows"), "nameLocation": "middle", "nameGap": 28,
                  "nameTextStyle": {"color": theme.muted}, "axisLabel": {"color": theme.muted},
                  "splitLine": {"lineStyle": {"color": theme.line}}},
        "yAxis": {"type": "category", "data": [names.table(t) for t in table.index], "inverse": True,
                  "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": theme.line}},
                  "axisLabel": {"color": theme.ink, "interval": 0}},
        "series": [
            {"id": quality, "name": tr(LABELS[quality]), "type": "bar", "stack": "rows", "barMaxWidth": 18,
             "data": [round(float(v), 1) for v in share[quality]]}
            for quality in table.columns
        ],
    }  # fmt: skip


def describe(plan: Regional, tr: Translator) -> str:
    """The picture in a sentence."""
    total = quality_table(plan).sum()
    rows = int(total.sum())
    if not rows:
        return tr("The package has no rows.")
    return tr(
        "Of {n} rows, {reported} are reported or derived, {estimated} estimated, {assumed} assumed; "
        "{unsaid} do not say.",
        n=tr.whole(rows),
        reported=tr.percent(float(total["reported"] + total["derived"]) / rows),
        estimated=tr.percent(float(total["estimated"]) / rows),
        assumed=tr.percent(float(total["assumed"]) / rows),
        unsaid=tr.percent(float(total[UNSAID]) / rows),
    )
