"""The Sankey diagram as a static picture, laid out in columns from resources to markets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sungari.show.charts.chain import KINDS, VALUE, Chain, chain
from sungari.show.charts.naming import text_width
from sungari.show.charts.sankey import throughputs
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import paper, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan

_GAP = 0.035  # between nodes, share of the height
_THICK = 0.014  # width of a node
_LETTERS = 8.0  # points


def sankey_figure(plan: Plan, tr: Translator, *, measure: str = VALUE, found: Chain | None = None) -> Figure:
    """Draw the Sankey diagram.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    measure : str
        As in :func:`sungari.show.charts.sankey_option`.
    found : Chain, optional
        The network, if it is at hand.

    Returns
    -------
    matplotlib.figure.Figure
    """
    found = found or chain(plan, tr, measure)
    columns = found.columns()
    tallest = max((len(c) for c in columns), default=1)
    with paper():
        figure = sheet(10.0, min(max(3.2, 0.42 * tallest + 0.8), 9.0))
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(1.02, -0.02)
        if len(found.edges):
            _draw(axes, tr, found, columns)
        handles = [axes.fill([], [], color=getattr(LIGHT, kind), label=tr(text))[0] for kind, text in KINDS.items()]
        figure.legend(handles=handles, loc="outside lower left", ncols=4, fontsize=8, title=found.unit,
                      alignment="left", title_fontsize=8)  # fmt: skip
    return figure


def _draw(axes: Axes, tr: Translator, found: Chain, columns: list[list[str]]) -> None:
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    through = dict(zip(found.nodes["node"], throughputs(found), strict=True))
    nodes = found.nodes.set_index("node")
    unit = min((1 - _GAP * (len(c) - 1)) / sum(through[n] for n in c) for c in columns)
    position: dict[str, tuple[float, float]] = {}
    for depth, column in enumerate(columns):
        ordered = sorted(column, key=lambda n: (_pull(n, found.edges, position), -through[n], n))
        free = 1 - unit * sum(through[n] for n in ordered)
        gap = min(free / max(len(ordered) - 1, 1), 2.5 * _GAP)
        y = (free - gap * (len(ordered) - 1)) / 2
        for node in ordered:
            position[node] = (depth / max(len(columns) - 1, 1) * (1 - _THICK), y)
            y += unit * through[node] + gap
    out, into = {n: y for n, (_, y) in position.items()}, {n: y for n, (_, y) in position.items()}
    edges = found.edges.assign(
        a=found.edges["source"].map(lambda n: position[n][1]), b=found.edges["target"].map(lambda n: position[n][1])
    )
    ends = [[0.0, 0.0] for _ in range(len(edges))]
    rows = edges.reset_index(drop=True)
    for label, edge in rows.sort_values(["source", "b"]).iterrows():
        ends[int(str(label))][0] = out[edge["source"]]
        out[edge["source"]] += unit * edge["amount"]
    for label, edge in rows.sort_values(["target", "a"]).iterrows():
        ends[int(str(label))][1] = into[edge["target"]]
        into[edge["target"]] += unit * edge["amount"]
    for number, (_, edge) in enumerate(edges.iterrows()):
        (x0, x1), high = (position[edge["source"]][0] + _THICK, position[edge["target"]][0]), unit * edge["amount"]
        y0, y1 = ends[number]
        middle = (x0 + x1) / 2
        points = [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 + high), (middle, y1 + high),
                  (middle, y0 + high), (x0, y0 + high), (x0, y0)]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        colour = getattr(LIGHT, str(nodes.loc[edge["source"], "kind"]))
        axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.3, linewidth=0))
    free = Room(axes)
    for node, (x, y) in sorted(position.items(), key=lambda item: (-through[item[0]], item[0])):
        kind, name = str(nodes.loc[node, "kind"]), str(nodes.loc[node, "name"])
        axes.add_patch(Rectangle((x, y), _THICK, unit * through[node], facecolor=getattr(LIGHT, kind), linewidth=0))
        ends_here = node in columns[-1] or (node in columns[-2] and len(columns) > 4)
        start = x - 0.006 if ends_here else x + _THICK + 0.006
        middle = y + unit * through[node] / 2
        full, short = f"{name}  {tr.compact(through[node] / found.scale)}", name
        for text in (full, short):
            if free.take(text, start, middle, ends_here):
                axes.text(start, middle, text, ha="right" if ends_here else "left", va="center", fontsize=_LETTERS,
                          parse_math=False)  # fmt: skip
                break


class Room:
    """Where texts stand already, so that none is written over another."""

    def __init__(self, axes: Axes) -> None:
        box = axes.get_figure(root=True)
        wide, high = box.get_size_inches() if box is not None else (10.0, 6.0)
        self.wide, self.high = 72.0 * wide, 72.0 * high * 0.9
        self.taken: list[tuple[float, float, float, float]] = []

    def take(self, text: str, x: float, y: float, to_left: bool) -> bool:
        """Whether a text fits at a point (shares of the axes); its room is taken then."""
        wide, high = text_width(text, _LETTERS) / self.wide, 1.15 * _LETTERS / self.high
        box = (x - wide if to_left else x, y - high / 2, x if to_left else x + wide, y + high / 2)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in self.taken):
            return False
        self.taken.append(box)
        return True


def _pull(node: str, edges: pd.DataFrame, position: dict[str, tuple[float, float]]) -> float:
    """Mean height of what feeds a node: nodes in the order of their feeders cross least."""
    feeding = edges[(edges["target"] == node) & edges["source"].isin(list(position))]
    total = float(feeding["amount"].sum())
    if total <= 0:
        return 0.0
    return float((feeding["source"].map(lambda n: position[n][1]) * feeding["amount"]).sum()) / total
