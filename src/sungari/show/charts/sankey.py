"""The Sankey diagram: from resources through processing to markets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sungari.show.charts.chain import KINDS, VALUE, Chain, chain
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.chain.plan import Plan


def sankey_option(
    plan: Plan, tr: Translator, *, measure: str = VALUE, theme: Theme = LIGHT, found: Chain | None = None
) -> dict[str, Any]:
    """ECharts option of the Sankey diagram.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    measure : str
        ``"value"`` (money at mean prices) or a unit (``"=t"``); see :func:`sungari.show.charts.chain.measures`.
    theme : Theme
    found : Chain, optional
        The network, if it is at hand.

    Returns
    -------
    dict
        Plain data; amounts are in ``found.unit``.
    """
    found = found or chain(plan, tr, measure)
    name = dict(zip(found.nodes["node"], found.nodes["name"], strict=True))
    columns = found.columns()
    depth = {node: i for i, column in enumerate(columns) for node in column}
    ending = {node for column in columns[-1 if len(columns) < 5 else -2 :] for node in column}
    data = [
        {
            "name": node,
            "value": _rounded(amount / found.scale),
            "depth": depth[node],
            "itemStyle": {"color": getattr(theme, kind), "borderWidth": 0},
            "label": {"formatter": label.replace("{", "(").replace("}", ")"),
                      "position": "left" if node in ending else "right"},
            "tooltip": {"formatter": f"{tr(KINDS[kind])}: {_plain(label)}\n{_shown(tr, amount, found)}"},
        }
        for node, label, kind, amount in zip(
            found.nodes["node"], found.nodes["name"], found.nodes["kind"], throughputs(found), strict=True
        )
    ]  # fmt: skip
    links = [
        {
            "source": source,
            "target": target,
            "value": _rounded(amount / found.scale),
            "tooltip": {"formatter": f"{_plain(name[source])} → {_plain(name[target])}\n{_shown(tr, amount, found)}"},
        }
        for source, target, amount in zip(
            found.edges["source"], found.edges["target"], found.edges["amount"], strict=True
        )
    ]
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe(tr, found)}},
        "tooltip": {"trigger": "item", "extraCssText": "white-space:pre-line", "confine": True},
        "series": [
            {
                "id": "chain",
                "type": "sankey",
                "left": 8, "right": 8, "top": 10, "bottom": 10,
                "nodeWidth": 14,
                "nodeGap": 13,
                "nodeAlign": "left",
                "draggable": False,
                "layoutIterations": 64,
                "data": data,
                "links": links,
                "lineStyle": {"color": "source", "opacity": 0.32, "curveness": 0.5},
                "label": {"color": theme.ink, "fontSize": 12, "textBorderColor": theme.card, "textBorderWidth": 2.5},
                "labelLayout": {"hideOverlap": True},
                "emphasis": {"focus": "adjacency"},
            }
        ],
    }  # fmt: skip


def throughputs(found: Chain) -> list[float]:
    """What passes each node: the larger of what comes in and what goes out."""
    into, out = found.edges.groupby("target")["amount"].sum(), found.edges.groupby("source")["amount"].sum()
    return [max(float(into.get(n, 0.0)), float(out.get(n, 0.0))) for n in found.nodes["node"]]


def describe(tr: Translator, found: Chain) -> str:
    """The diagram in one or two sentences."""
    text = tr("Flows from resources through processing to markets, in {unit}.", unit=found.unit)
    if len(found.edges):
        top = found.edges.iloc[0]
        name = dict(zip(found.nodes["node"], found.nodes["name"], strict=True))
        text += " " + tr(
            "The largest: {start} to {end}, {amount}.",
            start=name[str(top["source"])],
            end=name[str(top["target"])],
            amount=_shown(tr, float(top["amount"]), found),
        )
    return text


def _shown(tr: Translator, amount: float, found: Chain) -> str:
    return f"{tr.compact(amount / found.scale)} {found.unit}"


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _plain(text: str) -> str:
    """A name with nothing in it that a tooltip could take for markup or a template."""
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "{": "(", "}": ")"}
    return "".join(table.get(letter, letter) for letter in text)
