"""Static pictures of a plan, drawn with Matplotlib: for notebooks, for print, for readers that block scripts."""

from sungari.show.pictures.bars import bottlenecks_figure, quality_figure, welfare_figure
from sungari.show.pictures.change import change_figure
from sungari.show.pictures.decisions import interaction_figure, payments_figure, ranking_figure, split_figure
from sungari.show.pictures.fund import (
    accounts_figure,
    breaking_figure,
    claims_figure,
    exceedance_figure,
    reserve_figure,
)
from sungari.show.pictures.map import map_figure
from sungari.show.pictures.portfolio import core_figure, frontier_figure, gains_figure
from sungari.show.pictures.prices import prices_figure
from sungari.show.pictures.risk import places_figure, quadrant_figure, risk_figure, tornado_figure
from sungari.show.pictures.sankey import sankey_figure

__all__ = [
    "accounts_figure",
    "bottlenecks_figure",
    "breaking_figure",
    "change_figure",
    "claims_figure",
    "core_figure",
    "exceedance_figure",
    "frontier_figure",
    "gains_figure",
    "interaction_figure",
    "map_figure",
    "payments_figure",
    "places_figure",
    "prices_figure",
    "quadrant_figure",
    "quality_figure",
    "ranking_figure",
    "reserve_figure",
    "risk_figure",
    "sankey_figure",
    "split_figure",
    "tornado_figure",
    "welfare_figure",
]
