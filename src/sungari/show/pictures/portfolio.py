"""The chosen set as static pictures: frontier, near-best sets, who gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.decide.study import Part
from sungari.show.charts.portfolio import ALONG, STANDINGS, along, core_shown, core_table, frontier_table, gains_table
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import bar_names, paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def frontier_figure(portfolio: Part, tr: Translator) -> Figure:
    """Draw the gain of the best set at each level of the limit.

    Parameters
    ----------
    portfolio : Part
    tr : Translator
    """
    table = frontier_table(portfolio, tr)
    currency = portfolio.region.settings.currency
    wide, high = money_scale(portfolio, table[["level"]]), money_scale(portfolio, table[["gain"]])
    with paper():
        figure = sheet(10.0, 4.2)
        axes = figure.add_subplot()
        quiet(axes, grid="both")
        axes.plot(table["level"] / wide, table["gain"] / high, "o-", color=LIGHT.accent, linewidth=1.6, markersize=5)
        axes.set_xlabel(tr("{what}, {unit}", what=tr(ALONG[along(portfolio)]), unit=tr.money_unit(currency, wide)))
        axes.set_ylabel(tr("gain, {unit}", unit=tr.money_unit(currency, high)))
        axes.margins(0.05)
        axes.set_ylim(bottom=min(0.0, float(table["gain"].min()) / high if len(table) else 0.0))
    return figure


def core_figure(portfolio: Part, tr: Translator) -> Figure:
    """Draw the share of near-best sets that have each project.

    Parameters
    ----------
    portfolio : Part
    tr : Translator
    """
    table = core_shown(core_table(portfolio, tr))
    with paper():
        figure = sheet(10.0, 1.3 + 0.25 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        for word, (label, colour) in STANDINGS.items():
            mine = (table["near_best"] == word).to_numpy()
            if mine.any():
                axes.barh(np.flatnonzero(mine), 100 * table.loc[mine, "share"], color=getattr(LIGHT, colour),
                          height=0.62, label=tr(label))  # fmt: skip
        axes.set_xlim(0, 100)
        bar_names(axes, table["name"].tolist())
        axes.set_xlabel(tr("% of near-best sets"))
        figure.legend(loc="outside upper left", ncols=3, fontsize=8)
    return figure


def gains_figure(portfolio: Part, tr: Translator) -> Figure:
    """Draw what each party gains by the set (right) or loses (left).

    Parameters
    ----------
    portfolio : Part
    tr : Translator
    """
    table = gains_table(portfolio, tr)
    scale = money_scale(portfolio, table[["gain"]])
    with paper():
        figure = sheet(10.0, 1.3 + 0.27 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        for sign, colour, label in ((1, LIGHT.c0, tr("gains")), (-1, LIGHT.c1, tr("loses"))):
            axes.barh(range(len(table)), np.where(table["gain"] * sign > 0, table["gain"] / scale, 0.0), color=colour,
                      height=0.62, label=label)  # fmt: skip
        axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
        bar_names(axes, table["name"].tolist())
        axes.set_xlabel(tr.money_unit(portfolio.region.settings.currency, scale))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure
