"""Risk, sensitivity and many criteria as static pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sungari.decide.study import Part
from sungari.show.charts.criteria import QUADRANTS, firmness, places_table, quadrant_table
from sungari.show.charts.naming import Dot, arrange
from sungari.show.charts.risk import risk_table, sureness, tornado_table
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import bar_names, paper, quiet, sheet
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LETTERS = 7.5  # points


def risk_figure(appraisal: Part, tr: Translator, *, panels: list[pd.DataFrame] | None = None) -> Figure:
    """Draw the mean worth of each project and nine tenths of its outcomes, a panel per group of like size.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    panels : list of DataFrame, optional
        Rows of ``risk_table`` for each panel; default one of all.
    """
    shown = [risk_table(appraisal, tr)] if panels is None else panels
    heights = [0.25 * len(p) + 0.75 for p in shown]
    with paper():
        figure = sheet(10.0, sum(heights) + 0.6)
        handles = {}
        for axes, table in zip(figure.subplots(len(shown), 1, height_ratios=heights, squeeze=False)[:, 0], shown,
                               strict=True):  # fmt: skip
            quiet(axes)
            rows = table.reset_index(drop=True)
            scale = money_scale(appraisal, rows[["enpv", "low", "high"]])
            axes.hlines(range(len(rows)), rows["low"] / scale, rows["high"] / scale, color=LIGHT.idle, linewidth=3)
            for label, colour, mine in sureness(rows, LIGHT, tr):
                at = np.flatnonzero(mine)
                if len(at):
                    handles[label] = axes.plot(rows["enpv"].to_numpy(dtype=float)[at] / scale, at, "o", color=colour,
                                               markersize=6, label=label)[0]  # fmt: skip
            axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
            bar_names(axes, rows["name"].tolist())
            axes.set_ylim(len(rows) - 0.4, -0.6)
            axes.set_xlabel(tr.money_unit(appraisal.region.settings.currency, scale))
        figure.legend(handles=list(handles.values()), loc="outside upper left", ncols=3, fontsize=8)
    return figure


def tornado_figure(appraisal: Part, tr: Translator, *, project: str = "") -> Figure:
    """Draw what moves a project's worth (default: the one that moves most).

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    project : str
    """
    table = tornado_table(appraisal, tr)
    project = project or (str(table["project"].iloc[0]) if len(table) else "")
    rows = table[table["project"] == project]
    scale = money_scale(appraisal, rows[["down", "up"]])
    with paper():
        figure = sheet(10.0, 1.5 + 0.3 * len(rows))
        axes = figure.add_subplot()
        quiet(axes)
        for side, label, colour in (("down", tr("at its 10 % point"), LIGHT.c1),
                                    ("up", tr("at its 90 % point"), LIGHT.c0)):
            axes.barh(range(len(rows)), rows[side] / scale, color=colour, height=0.6, label=label)
        axes.axvline(0, color=LIGHT.muted, linewidth=0.8)
        bar_names(axes, rows["uncertainty"].tolist())
        if len(rows):
            axes.set_title(str(rows["name"].iloc[0]), parse_math=False)
        unit = tr.money_unit(appraisal.region.settings.currency, scale)
        axes.set_xlabel(tr("change of the worth, {unit}", unit=unit))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure


def places_figure(appraisal: Part, tr: Translator) -> Figure:
    """Draw each project's place by all criteria, with its range.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    """
    table = places_table(appraisal, tr)
    with paper():
        figure = sheet(10.0, 1.3 + 0.25 * len(table))
        axes = figure.add_subplot()
        quiet(axes)
        axes.hlines(range(len(table)), table["best"], table["worst"], color=LIGHT.idle, linewidth=3)
        for flips, label in firmness(tr).items():
            at = np.flatnonzero((table["flips"].astype(bool) == flips).to_numpy())
            if len(at):
                axes.plot(table["rank"].to_numpy(dtype=float)[at], at, "o", label=label, markersize=6,
                          color=LIGHT.card if flips else LIGHT.accent, markeredgecolor=LIGHT.accent,
                          markeredgewidth=1.5)  # fmt: skip
        bar_names(axes, table["name"].tolist())
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel(tr("rank"))
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure


def quadrant_figure(appraisal: Part, tr: Translator) -> Figure:
    """Draw projects by their two indices, named where there is room.

    Parameters
    ----------
    appraisal : Part
    tr : Translator
    """
    table = quadrant_table(appraisal, tr)
    with paper():
        figure = sheet(10.0, 6.0)
        axes = figure.add_subplot()
        quiet(axes, grid="both")
        for letter, (label, colour) in QUADRANTS.items():
            rows = table[table["quadrant"] == letter]
            if len(rows):
                axes.plot(rows["financial"], rows["social"], "o", color=getattr(LIGHT, colour), label=tr(label))
        axes.set(xlim=(-4, 104), ylim=(-4, 104))
        axes.set_xlabel(tr("financial and economic index"))
        axes.set_ylabel(tr("social and environmental index"))
        wide, high = 640.0, 360.0  # points that the axes take, nearly
        dots = [
            Dot((r["financial"] + 4) / 108 * wide, (r["social"] + 4) / 108 * high, 3.0, _short(r["name"]),
                r["financial"] + r["social"])
            for r in table.to_dict("records")
        ]  # fmt: skip
        places = {"right": ("left", "center", (5, 0)), "left": ("right", "center", (-5, 0)),
                  "top": ("center", "bottom", (0, 4)), "bottom": ("center", "top", (0, -4))}  # fmt: skip
        for dot, side, row in zip(dots, arrange(dots, _LETTERS, (0.0, 0.0, wide, high)), table.to_dict("records"),
                                  strict=True):  # fmt: skip
            if side is not None:
                across, up, shift = places[side]
                axes.annotate(dot.name, (row["financial"], row["social"]), shift, textcoords="offset points",
                              ha=across, va=up, fontsize=_LETTERS, parse_math=False)  # fmt: skip
        figure.legend(loc="outside upper left", ncols=2, fontsize=8)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"
