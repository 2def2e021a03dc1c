"""Bars as static pictures: bottlenecks, welfare by party, and how sure the figures are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.show.charts.bottlenecks import bottleneck_table, dearest, units
from sungari.show.charts.names import Names, Regional
from sungari.show.charts.quality import LABELS, quality_table
from sungari.show.charts.welfare import money_scale, welfare_table
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import bar_names, paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan


def bottlenecks_figure(plan: Plan, tr: Translator, *, found: pd.DataFrame | None = None) -> Figure:
    """Draw what one more unit of each bottleneck is worth, a panel per unit of capacity (at most three).

    Parameters
    ----------
    plan : Plan
    tr : Translator
    found : DataFrame, optional
        The bottlenecks, if they are at hand.
    """
    table = bottleneck_table(plan, tr) if found is None else found
    panels = [dearest(table, u) for u in units(table)[:3]]
    currency = tr.currency(plan.region.settings.currency)
    with paper():
        figure = sheet(10.0, max(1.6, sum(0.28 * len(p) + 0.9 for p in panels)))
        if not panels:
            figure.text(0.5, 0.5, tr("No capacity binds."), ha="center", va="center")
            return figure
        heights = [0.28 * len(p) + 0.9 for p in panels]
        for axes, rows in zip(figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0], panels,
                              strict=True):  # fmt: skip
            quiet(axes)
            axes.barh(range(len(rows)), rows["worth"], color=LIGHT.accent, height=0.62)
            for i, worth in enumerate(rows["worth"]):
                axes.annotate(tr.number(worth), (worth, i), (3, 0), textcoords="offset points", va="center", fontsize=8)
            bar_names(axes, rows["name"].tolist())
            unit = str(rows["unit"].iloc[0])
            axes.set_xlabel(tr("{currency} per {unit} of yearly capacity", currency=currency, unit=unit))
            axes.margins(x=0.09)
    return figure


def welfare_figure(plan: Plan, tr: Translator) -> Figure:
    """Draw welfare by party: components stacked to both sides of zero, the total as a diamond.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    """
    settings = plan.region.settings
    wide = welfare_table(plan, tr)
    scale = money_scale(plan, wide)
    wide = wide / scale
    with paper():
        figure = sheet(10.0, 1.5 + 0.3 * len(wide))
        axes = figure.add_subplot()
        quiet(axes)
        above, below = np.zeros(len(wide)), np.zeros(len(wide))
        rows = range(len(wide))
        for i, component in enumerate(wide.columns):
            amount = wide[component].to_numpy(dtype=float)
            start = np.where(amount >= 0, above, below)
            axes.barh(rows, amount, left=start, color=LIGHT.series[i % 8], height=0.62, label=str(component))
            above += np.maximum(amount, 0)
            below += np.minimum(amount, 0)
        axes.plot(wide.sum(axis=1).to_numpy(dtype=float), rows, "D", color=LIGHT.ink, markeredgecolor=LIGHT.card,
                  markersize=6, linestyle="", label=tr("Total"))  # fmt: skip
        axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
        bar_names(axes, [str(p) for p in wide.index])
        axes.set_xlabel(tr.money_unit(settings.currency, scale))
        figure.legend(loc="outside upper left", ncols=4, fontsize=8)
    return figure


def quality_figure(plan: Regional, tr: Translator) -> Figure:
    """Draw how sure the figures of each table are.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    """
    table = quality_table(plan)
    share = table.div(table.sum(axis=1), axis=0) * 100
    names = Names(plan, tr)
    colours = (LIGHT.use0, LIGHT.product, LIGHT.use1, LIGHT.use2, LIGHT.idle)
    with paper():
        figure = sheet(10.0, 1.3 + 0.27 * len(share))
        axes = figure.add_subplot()
        quiet(axes)
        start = np.zeros(len(share))
        for quality, colour in zip(share.columns, colours, strict=True):
            part = share[quality].to_numpy(dtype=float)
            axes.barh(range(len(share)), part, left=start, color=colour, height=0.66, label=tr(LABELS[str(quality)]))
            start += part
        axes.set_xlim(0, 100)
        bar_names(axes, [names.table(str(t)) for t in share.index])
        axes.set_xlabel(tr("% of rows"))
        figure.legend(loc="outside upper left", ncols=5, fontsize=8)
    return figure
