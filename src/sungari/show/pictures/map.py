"""The map as a static picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.errors import UsageError
from sungari.show.charts.corridors import NO_LIMIT, Corridors, corridors, round_steps, use_class, width
from sungari.show.charts.goods import Goods
from sungari.show.charts.map import ground, located, page_dots, pick, use_legend
from sungari.show.charts.names import Names
from sungari.show.charts.naming import arrange
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import paper, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

    from sungari.chain.plan import Plan
    from sungari.show.basemap import Basemap

_INCHES = 10.0
_FOOT = 1.0  # inches for the legends
_POINTS = 72.0
THINNER = 0.72  # lines on paper against those on a screen
_SHIFT = {"right": ("left", "center"), "left": ("right", "center"), "top": ("center", "bottom"),
          "bottom": ("center", "top")}  # fmt: skip


def map_figure(
    plan: Plan, tr: Translator, *, goods: str = "", period: str = "", found: Corridors | None = None
) -> Figure:
    """Draw the map.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    goods, period : str
        As in :func:`sungari.show.charts.map_option`.
    found : Corridors, optional
        The plan's flows, if they are at hand.

    Returns
    -------
    matplotlib.figure.Figure
        Without outlines of the land where they can't be had.
    """
    found = found or corridors(plan, tr)
    chosen, period = pick(found, goods), period or f"*{found.years[0]}"
    with paper():
        land = Ground(plan)
        most = found.most(chosen, yearly=period[:1] == "*")
        _arrows(land, found, chosen, period, most)
        land.name_places(found, tr)
        colours = list(zip(LIGHT.use, use_legend(tr), strict=True))
        land.legends(tr, chosen.unit, most, tr("Utilisation"), colours)
    return land.figure


class Ground:
    """Paper with the land of a plan's map on it.

    Parameters
    ----------
    plan : Plan

    Attributes
    ----------
    figure : Figure
    axes : Axes
    at : dict of str to ndarray
        Places with coordinates, on the plane of the map.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        try:
            self.base = base = ground(plan)
        except UsageError:
            self.base = base = ground(plan, bare=True)
        left, bottom, right, top = base.view
        self.high = high = float(np.clip(_INCHES / base.aspect, 5.0, 8.0))
        self.figure = sheet(_INCHES, high + _FOOT, arranged=False)
        share = _FOOT / (high + _FOOT)
        self.axes = axes = self.figure.add_axes((0.0, share, 1.0, 1.0 - share), facecolor=LIGHT.water)
        axes.set(xticks=[], yticks=[], aspect="equal")
        for spine in axes.spines.values():
            spine.set_visible(False)
        self.page = page = (_INCHES * _POINTS, high * _POINTS)
        scale = min(page[0] / (right - left), page[1] / (top - bottom))
        half = page[0] / scale / 2, page[1] / scale / 2
        axes.set_xlim((left + right) / 2 - half[0], (left + right) / 2 + half[0])
        axes.set_ylim((bottom + top) / 2 - half[1], (bottom + top) / 2 + half[1])
        _land(axes, _seen(axes, base))
        table = located(plan)
        x, y = base.place(table["lat"].to_numpy(dtype=float), table["lon"].to_numpy(dtype=float))
        self.at = {p: np.array(xy) for p, xy in zip(table["place"].astype(str), zip(x, y, strict=True), strict=True)}

    def path(self, start: str, end: str, curve: float) -> Path | None:
        """The line from one place to another; None where one of them has no coordinates."""
        from matplotlib.path import Path

        if start not in self.at or end not in self.at:
            return None
        a, b = self.at[start], self.at[end]
        step = b - a
        middle = (a + b) / 2 + curve * np.array([-step[1], step[0]])  # to the left is positive
        return Path(np.array([a, middle, b]), [Path.MOVETO, Path.CURVE3, Path.CURVE3])

    def name_places(self, found: Corridors, tr: Translator) -> None:
        """Draw the places, with their names where there is room."""
        _names(self.axes, self.plan, found, self.base, Names(self.plan, tr), self.page)

    def legends(
        self, tr: Translator, unit: str, most: float, title: str, colours: list[tuple[str, str]]
    ) -> None:
        """Say what widths (up to `most`, in `unit`) and colours stand for."""
        from matplotlib.lines import Line2D

        widths = [
            Line2D([], [], color=LIGHT.muted, linewidth=width(step, most) * THINNER, label=tr.quantity(step, unit))
            for step in round_steps(most)
        ]
        lines = [Line2D([], [], color=colour, linewidth=4, label=text) for colour, text in colours]
        common = {"ncols": 6, "fontsize": 8, "handlelength": 2.2, "columnspacing": 1.2, "borderaxespad": 0.0}
        share = _FOOT / (self.high + _FOOT)
        for handles, what, y in ((widths, tr("Flow"), 0.95), (lines, title, 0.47)):
            if handles:
                legend = self.figure.legend(handles=handles, title=what, loc="upper left", alignment="left",
                                            bbox_to_anchor=(0.005, share * y), title_fontsize=8, **common)  # fmt: skip
                legend.get_title().set_color(LIGHT.muted)


def _seen(axes: Axes, base: Basemap) -> Basemap:
    """What of the ground the picture shows, and a little more, so that no edge is drawn."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    more = 0.02 * (right - left)
    return base.within(left - more, bottom - more, right + more, top + more)


def _land(axes: Axes, base: Basemap) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    axes.add_collection(PolyCollection([np.array(r) for r in base.land], facecolors=LIGHT.land, edgecolors=LIGHT.land,
                                       linewidths=0.3, zorder=1), autolim=False)  # fmt: skip
    axes.add_collection(LineCollection([np.array(r) for r in base.coasts], colors=LIGHT.coast, linewidths=0.5,
                                       zorder=1.1), autolim=False)  # fmt: skip
    axes.add_collection(LineCollection([np.array(r) for r in base.borders], colors=LIGHT.border, linewidths=0.6,
                                       linestyles=(0, (5, 3)), zorder=1.2), autolim=False)  # fmt: skip


def _arrows(land: Ground, found: Corridors, goods: Goods, period: str, most: float) -> None:
    from matplotlib.collections import PathCollection

    flow = found.flow(goods, period)
    use = found.use[found.use["period"] == period].set_index("corridor")["utilisation"]
    idle, busy = [], []
    for i, (corridor, start, end, _, curve) in enumerate(found.arrows.itertuples(index=False, name=None)):
        path = land.path(start, end, float(curve))
        value = float(flow.get(i, 0.0))
        if path is None:
            continue
        if value > 0:
            busy.append((use_class(float(use.get(corridor, np.nan))), width(value, most) * THINNER, path))
        else:
            idle.append(path)
    land.axes.add_collection(
        PathCollection(idle, facecolors="none", edgecolors=LIGHT.idle, linewidths=0.6, linestyles=[(0, (2, 3))],
                       zorder=2), autolim=False)  # fmt: skip
    busy.sort(key=lambda item: (item[0] != NO_LIMIT, item[1]))
    land.axes.add_collection(
        PathCollection([p for *_, p in busy], facecolors="none", edgecolors=[LIGHT.use[c] for c, *_ in busy],
                       linewidths=[w for _, w, _ in busy], alpha=[0.6 if c == NO_LIMIT else 0.95 for c, *_ in busy],
                       capstyle="butt", zorder=3), autolim=False)  # fmt: skip


def _names(
    axes: Axes, plan: Plan, found: Corridors, base: Basemap, names: Names, page: tuple[float, float]
) -> None:
    from matplotlib.patheffects import withStroke

    dots = page_dots(plan, found, base, names, page)
    scale = min(page[0] / (base.view[2] - base.view[0]), page[1] / (base.view[3] - base.view[1]))
    middle = (base.view[0] + base.view[2]) / 2, (base.view[1] + base.view[3]) / 2
    for dot, side in zip(dots, arrange(dots, 8.0, (4.0, 4.0, page[0] - 4, page[1] - 4)), strict=True):
        x = (dot.x - page[0] / 2) / scale + middle[0]
        y = (dot.y - page[1] / 2) / scale + middle[1]
        axes.plot([x], [y], "o", color=LIGHT.card, markeredgecolor=LIGHT.ink, markersize=dot.radius * 1.5,
                  markeredgewidth=0.9, zorder=5)  # fmt: skip
        if side is None:
            continue
        gap = dot.radius + 2.5
        shift = {"right": (gap, 0.0), "left": (-gap, 0.0), "top": (0.0, gap), "bottom": (0.0, -gap)}[side]
        horizontal, vertical = _SHIFT[side]
        text = axes.annotate(dot.name, (x, y), shift, textcoords="offset points", ha=horizontal, va=vertical,
                             fontsize=8, zorder=6, parse_math=False)  # fmt: skip
        text.set_path_effects([withStroke(linewidth=2.2, foreground=LIGHT.card)])
