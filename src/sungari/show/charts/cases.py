"""Cases of the committee's desk: how many are open, late and decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sungari.show.charts.axes import category_axis, legend, money_axis
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.operate.desk.statistics import Figures


def cases_option(rows: Sequence[tuple[str, Figures]], tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: a bar for each kind or party, its cases by how they stand.

    Parameters
    ----------
    rows : sequence of (str, Figures)
        Name and figures.
    tr : Translator
    theme : Theme
    """
    parts = [
        (tr("late"), [f.late for _, f in rows], theme.use3),
        (tr("open, in time"), [f.open - f.late for _, f in rows], theme.use1),
        (tr("decided in time"), [f.in_time for _, f in rows], theme.product),
        (tr("decided late"), [f.decided - f.in_time for _, f in rows], theme.c0),
        (tr("withdrawn"), [f.withdrawn for _, f in rows], theme.idle),
    ]
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "legend": legend(theme, [name for name, _, _ in parts]),
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {**money_axis(theme, ""), "minInterval": 1},
        "yAxis": category_axis(theme, [name for name, _ in rows], width=220),
        "series": [{"name": name, "type": "bar", "stack": "cases", "data": values, "itemStyle": {"color": colour},
                    "barMaxWidth": 22} for name, values, colour in parts],
    }  # fmt: skip
