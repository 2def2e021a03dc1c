"""The compensation fund as static pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.decide.study import Part
from sungari.show.charts.fund import (
    BANDS,
    CURVES,
    SIDES,
    accounts_table,
    breaking_table,
    claims_table,
    exceedance_table,
    reserve_table,
)
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import bar_names, paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def claims_figure(fund: Part, tr: Translator) -> Figure:
    """Draw how likely the first year's claims are.

    Parameters
    ----------
    fund : Part
    tr : Translator
    """
    table, info = claims_table(fund), fund.info
    currency = fund.region.settings.currency
    scale = money_scale(fund, table[["high"]])
    with paper():
        figure = sheet(10.0, 3.8)
        axes = figure.add_subplot()
        quiet(axes, grid="both")
        axes.bar((table["low"] + table["high"]) / 2 / scale, 100 * table["chance"],
                 width=0.98 * (table["high"] - table["low"]) / scale, color=LIGHT.c0)  # fmt: skip
        var = info["var"][f"{info['level']:g}"] * info["money_scale"] / scale
        axes.axvline(var, color=LIGHT.ink, linewidth=0.9, linestyle="--")
        axes.annotate(tr("1 in {n} years", n=tr.whole(1 / (1 - info["level"]))), (var, 1.0), xytext=(4, -10),
                      xycoords=("data", "axes fraction"), textcoords="offset points", color=LIGHT.ink)  # fmt: skip
        axes.set_xlabel(tr("claims of the first year, {unit}", unit=tr.money_unit(currency, scale)))
        axes.set_ylabel(tr("chance, %"))
    return figure


def exceedance_figure(fund: Part, tr: Translator) -> Figure:
    """Draw what a year's claims, and the largest single one, exceed once in so many years."""
    table = exceedance_table(fund)
    scale = money_scale(fund, table[["aep"]])
    with paper():
        figure = sheet(10.0, 3.8)
        axes = figure.add_subplot()
        quiet(axes, grid="both")
        for name, (label, colour, dash) in CURVES.items():
            axes.plot(table["years"], table[name] / scale, color=getattr(LIGHT, colour), linestyle=dash, marker="o",
                      markersize=4, label=tr(label))  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks(table["years"].tolist(), [tr.whole(y) for y in table["years"]])
        axes.minorticks_off()
        axes.set_xlabel(tr("once in so many years"))
        axes.set_ylabel(tr.money_unit(fund.region.settings.currency, scale))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure


def reserve_figure(fund: Part, tr: Translator) -> Figure:
    """Draw the reserve's fan."""
    table = reserve_table(fund)
    scale = money_scale(fund, table[["q95"]])
    with paper():
        figure = sheet(10.0, 3.8)
        axes = figure.add_subplot()
        quiet(axes, grid="both")
        axes.plot(table["year"], table["q50"] / scale, "o-", color=LIGHT.accent, markersize=4,
                  label=tr("middle course"))  # fmt: skip
        for (low, high, label), opacity in zip(BANDS, (0.18, 0.34), strict=True):
            axes.fill_between(table["year"], table[low] / scale, table[high] / scale, color=LIGHT.c0, alpha=opacity,
                              linewidth=0, label=tr(label))  # fmt: skip
        axes.set_xticks(table["year"].tolist())
        axes.set_ylim(bottom=0)
        axes.margins(x=0.01)
        axes.set_ylabel(tr.money_unit(fund.region.settings.currency, scale))
        figure.legend(loc="outside upper left", ncols=3, fontsize=8)
    return figure


def accounts_figure(fund: Part, tr: Translator) -> Figure:
    """Draw what each party pays in a year, and what it is covered for."""
    table = accounts_table(fund, tr)
    scale = money_scale(fund, table[list(SIDES)])
    with paper():
        figure = sheet(10.0, 1.3 + 0.34 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        rows = np.arange(len(table))
        for k, (side, (label, colour)) in enumerate(SIDES.items()):
            axes.barh(rows - 0.17 + 0.34 * k, table[side] / scale, color=getattr(LIGHT, colour), height=0.32,
                      label=tr(label))  # fmt: skip
        bar_names(axes, table["name"].tolist())
        axes.set_xlabel(tr("{unit} a year", unit=tr.money_unit(fund.region.settings.currency, scale)))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure


def breaking_figure(fund: Part, tr: Translator) -> Figure:
    """Draw which hazards bring the claims of the courses that need most capital."""
    table = breaking_table(fund, tr)
    with paper():
        figure = sheet(10.0, 1.0 + 0.27 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        axes.barh(range(len(table)), 100 * table["share"], color=LIGHT.c1, height=0.62)
        bar_names(axes, table["name"].tolist())
        axes.set_xlabel(tr("% of the claims of the worst courses"))
    return figure
