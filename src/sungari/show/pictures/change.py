"""What changes between two plans as a static map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sungari.show.charts.change import COLOURS, KINDS, Changes
from sungari.show.charts.corridors import width
from sungari.show.charts.map import pick
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import paper
from sungari.show.pictures.map import THINNER, Ground
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan


def change_figure(
    plan: Plan, tr: Translator, found: Changes, *, goods: str = "", year: int | None = None
) -> Figure:
    """Draw the flows that appear, grow, shrink and vanish, as wide as they change.

    Parameters
    ----------
    plan : Plan
        With the projects.
    tr : Translator
    found : Changes
    goods, year
        As in :func:`sungari.show.charts.change_option`.
    """
    from matplotlib.collections import PathCollection

    chosen, year = pick(found, goods), found.years[0] if year is None else year
    rows = found.table(chosen, year)
    most = float(rows["change"].abs().max()) if len(rows) else 0.0
    with paper():
        land = Ground(plan)
        lines = []
        for arrow, change, kind in rows[["arrow", "change", "kind"]].itertuples(index=False):
            way = found.after.arrows.iloc[int(arrow)]
            path = land.path(str(way["from"]), str(way["to"]), float(way["curve"]))
            if path is not None:
                lines.append((width(abs(change), most) * THINNER, getattr(LIGHT, COLOURS[kind]), path))
        lines.sort(key=lambda line: line[0])
        land.axes.add_collection(
            PathCollection([p for *_, p in lines], facecolors="none", edgecolors=[c for _, c, _ in lines],
                           linewidths=[w for w, *_ in lines], capstyle="butt", zorder=3), autolim=False)  # fmt: skip
        land.name_places(found.after, tr)
        colours = [(getattr(LIGHT, COLOURS[kind]), tr(text)) for kind, text in KINDS.items()]
        land.legends(tr, chosen.unit, most, tr("With the projects, the flow"), colours)
    return land.figure
