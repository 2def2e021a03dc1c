"""What projects are worth, how they interact and how the gain is split, as static pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.decide.study import Part
from sungari.show.charts.interaction import kinds, marks, members, network_table, numbered, pair_table
from sungari.show.charts.ranking import groups, last_labels, ranking_table, standings
from sungari.show.charts.split import RULES, offset, split_table, stability_table
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import bar_names, paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


def ranking_figure(appraisal: Part, tr: Translator, *, found: pd.DataFrame | None = None) -> Figure:
    """Draw what each project is worth first in (ring) and last in (dot), a panel per group of like size.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    found : DataFrame, optional
        The ranking, if it is at hand.
    """
    table = ranking_table(appraisal, tr) if found is None else found
    panels = groups(table)
    currency = appraisal.region.settings.currency
    heights = [0.25 * len(p) + 0.75 for p in panels] or [1.0]
    with paper():
        figure = sheet(10.0, sum(heights) + 0.6)
        if not panels:
            figure.text(0.5, 0.5, tr("No project has a figure."), ha="center", va="center")
            return figure
        drawn: dict[str, Line2D] = {}
        for axes, rows in zip(figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0], panels,
                              strict=True):  # fmt: skip
            quiet(axes)
            scale = money_scale(appraisal, rows[["first", "last"]])
            at = np.arange(len(rows))
            first, last = (rows[c].to_numpy(dtype=float) / scale for c in ("first", "last"))
            axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
            axes.hlines(at, first, last, color=LIGHT.idle, linewidth=2.4, zorder=2)
            label = tr("First in: into today's network")
            drawn[label] = axes.plot(first, at, "o", color=LIGHT.card, markeredgecolor=LIGHT.muted, markersize=6,
                                     markeredgewidth=1.4, label=label, zorder=3)[0]  # fmt: skip
            for standing, text in last_labels(tr).items():
                mine = (rows["standing"] == standing).to_numpy()
                if mine.any():
                    drawn[text] = axes.plot(last[mine], at[mine], "o", color=standings(LIGHT)[standing], markersize=6,
                                            label=text, zorder=4)[0]  # fmt: skip
            bar_names(axes, rows["name"].tolist())
            axes.set_ylim(len(rows) - 0.4, -0.6)
            axes.set_xlabel(tr.money_unit(currency, scale))
            axes.margins(x=0.06)
        figure.legend(handles=list(drawn.values()), loc="outside upper left", ncols=4, fontsize=8)
    return figure


def interaction_figure(appraisal: Part, tr: Translator) -> Figure:
    """Draw the triangle of pairs where pairs were solved, else a bar per project; see ``interaction_option``.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    """
    from matplotlib.collections import PathCollection

    pairs = pair_table(appraisal, tr)
    with paper():
        if len(pairs):
            shown = members(pairs)
            found = marks(pairs, shown)
            figure = sheet(10.0, 1.1 + 0.27 * len(shown))
            axes = figure.add_subplot()
            quiet(axes, grid="both")
            for label, colour, sign in kinds(LIGHT, tr):
                mine = found[found["synergy"] * sign > 0]
                axes.scatter(mine["x"], mine["y"], s=(mine["size"] * 0.62) ** 2, color=colour,
                             marker="o" if sign > 0 else "D", label=label, zorder=3)  # fmt: skip
            axes.set_xticks(range(len(shown)), [str(i + 1) for i in range(len(shown))])
            axes.set_xlim(-0.6, len(shown) - 0.4)
            bar_names(axes, numbered(shown))
            axes.set_ylim(len(shown) - 0.4, -0.6)
        else:
            table = network_table(appraisal, tr)
            scale = money_scale(appraisal, table[["synergy"]])
            figure = sheet(10.0, 1.3 + 0.25 * len(table))
            axes = figure.add_subplot()
            quiet(axes)
            for label, colour, sign in kinds(LIGHT, tr):
                amount = np.where(table["synergy"] * sign > 0, table["synergy"] / scale, 0.0)
                axes.barh(range(len(table)), amount, color=colour, height=0.62, label=label)
            axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
            bar_names(axes, table["name"].tolist())
            axes.set_xlabel(tr.money_unit(appraisal.region.settings.currency, scale))
        for handle in figure.legend(loc="outside upper left", ncols=2, fontsize=8).legend_handles:
            if isinstance(handle, PathCollection):
                handle.set_sizes([36.0])
    return figure


def split_figure(sharing: Part, tr: Translator) -> Figure:
    """Draw what each rule gives each player above going alone; a line spans its range where scenarios were solved.

    Parameters
    ----------
    sharing : Part
    tr : Translator
    """
    table, ranges = split_table(sharing, tr), stability_table(sharing, tr)
    scale = money_scale(sharing, table[list(RULES)])
    markers = {"own": "o", "owen": "D", "shapley": "o", "nucleolus": "s"}
    row = {p: i for i, p in enumerate(table["player"])}
    with paper():
        figure = sheet(10.0, 1.3 + 0.55 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        for rule, (label, _, colour) in RULES.items():
            shift, ink = offset(rule) / 55.0, getattr(LIGHT, colour)
            axes.plot(table[rule] / scale, np.arange(len(table)) + shift, markers[rule],
                      color=LIGHT.card if rule == "own" else ink, markeredgecolor=ink, markeredgewidth=1.5,
                      markersize=6, label=tr(label), zorder=3)  # fmt: skip
            mine = ranges[ranges["rule"] == rule]
            axes.hlines([row[p] + shift for p in mine["player"]], mine["low"] / scale, mine["high"] / scale, color=ink,
                        linewidth=2.0, alpha=0.55, zorder=2)  # fmt: skip
        axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
        bar_names(axes, table["name"].tolist())
        axes.set_ylim(len(table) - 0.4, -0.6)
        unit = tr.money_unit(sharing.region.settings.currency, scale)
        axes.set_xlabel(tr("gain over going alone, {unit}", unit=unit))
        figure.legend(loc="outside upper left", ncols=4, fontsize=8)
    return figure


def payments_figure(sharing: Part, tr: Translator) -> Figure:
    """Draw the side payment of each player: what it is paid (right) or pays (left).

    Parameters
    ----------
    sharing : Part
    tr : Translator
    """
    table = split_table(sharing, tr)
    scale = money_scale(sharing, table[["payment"]])
    with paper():
        figure = sheet(10.0, 1.2 + 0.32 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        for sign, colour, label in ((1, LIGHT.c0, tr("is paid")), (-1, LIGHT.c1, tr("pays"))):
            axes.barh(range(len(table)), np.where(table["payment"] * sign > 0, table["payment"] / scale, 0.0),
                      color=colour, height=0.6, label=label)  # fmt: skip
        axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
        bar_names(axes, table["name"].tolist())
        axes.set_xlabel(tr("side payment, {unit}", unit=tr.money_unit(sharing.region.settings.currency, scale)))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure
