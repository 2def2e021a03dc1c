"""Static pictures of a plan, drawn with Matplotlib: for notebooks, for print, for readers that block scripts."""

from sungari.show.pictures.bars import bottlenecks_figure, quality_figure, welfare_figure
from sungari.show.pictures.map import map_figure
from sungari.show.pictures.prices import prices_figure
from sungari.show.pictures.sankey import sankey_figure

__all__ = [
    "bottlenecks_figure",
    "map_figure",
    "prices_figure",
    "quality_figure",
    "sankey_figure",
    "welfare_figure",
]
