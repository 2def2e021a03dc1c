"""Charts as plain ECharts options: one function each, used by the report, the notebook and the page alike.

Each takes a plan (or a part of a study) and a translator and returns a dict that ``json.dumps`` takes. Colours come
from a theme (:data:`sungari.show.theme.LIGHT`, ``DARK``, or ``TOKENS`` to be filled in later by the page).
"""

from sungari.show.charts.bottlenecks import bottleneck_table, bottlenecks_option
from sungari.show.charts.chain import chain, measures
from sungari.show.charts.change import change_frames, change_option, changes
from sungari.show.charts.corridors import corridors
from sungari.show.charts.criteria import places_option, quadrant_option
from sungari.show.charts.interaction import interaction_option, pair_table
from sungari.show.charts.map import map_frames, map_ground, map_name, map_option
from sungari.show.charts.portfolio import core_option, frontier_option, gains_option
from sungari.show.charts.prices import price_table, priced, prices_option
from sungari.show.charts.quality import quality_option, quality_table, source_table
from sungari.show.charts.ranking import ranking_option, ranking_table
from sungari.show.charts.risk import risk_option, tornado_option
from sungari.show.charts.sankey import sankey_option
from sungari.show.charts.split import payments_option, split_option, split_table
from sungari.show.charts.welfare import welfare_option, welfare_table

__all__ = [
    "bottleneck_table",
    "bottlenecks_option",
    "chain",
    "change_frames",
    "change_option",
    "changes",
    "core_option",
    "corridors",
    "frontier_option",
    "gains_option",
    "interaction_option",
    "map_frames",
    "map_ground",
    "map_name",
    "map_option",
    "measures",
    "pair_table",
    "payments_option",
    "places_option",
    "price_table",
    "priced",
    "prices_option",
    "quadrant_option",
    "quality_option",
    "quality_table",
    "ranking_option",
    "ranking_table",
    "risk_option",
    "sankey_option",
    "source_table",
    "split_option",
    "split_table",
    "tornado_option",
    "welfare_option",
    "welfare_table",
]
