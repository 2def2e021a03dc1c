"""Prices through the year as a static picture: small multiples, one per commodity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.show.charts.names import Names
from sungari.show.charts.prices import price_lines, price_unit, priced
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan


def prices_figure(plan: Plan, tr: Translator, *, commodities: list[str] | None = None, places: int = 5) -> Figure:
    """Draw prices by place, one small picture per commodity.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    commodities : list of str, optional
        Default: the six with the largest value of sales.
    places : int
        Lines per picture: where most of the commodity is supplied and sold.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen = commodities or priced(plan)[:6]
    names = Names(plan, tr)
    across = min(3, max(len(chosen), 1))
    down = -(-max(len(chosen), 1) // across)
    with paper():
        figure = sheet(10.0, 3.3 * down)
        for i, commodity in enumerate(chosen):
            axes = figure.add_subplot(down, across, i + 1)
            quiet(axes, grid="y")
            title = f"{names.commodity(commodity)}, {price_unit(plan, tr, commodity)}"
            axes.set_title(title, parse_math=False)
            wide = price_lines(plan, commodity, places)
            labels = [tr.period(str(p), year=False) for p in wide.index]
            if len(wide) == 1:
                axes.bar(range(wide.shape[1]), wide.iloc[0].to_numpy(dtype=float), color=LIGHT.c0, width=0.6)
                places_named = [_short(names.place(str(p)), 18) for p in wide.columns]
                axes.set_xticks(range(wide.shape[1]), places_named, fontsize=7, rotation=25, ha="right")
                continue
            for place, colour in zip(wide.columns, LIGHT.series, strict=False):
                axes.step(range(len(wide)), wide[place].to_numpy(dtype=float), where="mid", color=colour, linewidth=1.3,
                          label=_short(names.place(str(place)), 30))  # fmt: skip
            ticks = np.unique(np.linspace(0, len(wide) - 1, min(len(wide), 5)).round().astype(int))
            full = len(wide) > 12
            axes.set_xticks(ticks, [tr.period(str(wide.index[t])) if full else labels[t] for t in ticks], fontsize=7)
            axes.tick_params(axis="y", labelsize=7.5)
            long = any(len(names.place(str(p))) > 15 for p in wide.columns)
            axes.legend(fontsize=7, ncols=1 if long else 2, loc="upper left", bbox_to_anchor=(0, -0.12),
                        handlelength=1.4, columnspacing=1.0, borderaxespad=0.0)  # fmt: skip
    return figure


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "…"
