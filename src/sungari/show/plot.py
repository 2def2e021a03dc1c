"""Pictures of a plan for notebooks: ``plan.plot.map()``, ``.sankey()``, ``.prices()`` …, Matplotlib figures all.

A figure shows itself where a notebook asks for it, saves with ``.savefig("map.svg")``, and needs no window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sungari.show import pictures
from sungari.show.charts.chain import VALUE
from sungari.show.i18n import Translator

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan


class PlanPlot:
    """Pictures of one plan.

    Parameters
    ----------
    plan : Plan

    Examples
    --------
    >>> plan.plot.map(goods="coal", period="2030-01").savefig("coal.png")  # doctest: +SKIP
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def map(self, goods: str = "", period: str = "", lang: str = "en") -> Figure:
        """Corridors as wide as their flow, coloured by utilisation.

        Parameters
        ----------
        goods : str
            A commodity, or a unit in which goods are added up (``"=t"``); default: the unit that most goods share.
        period : str
            A period, or a whole year (``"*2030"``); default: the whole first year.
        lang : str
            ``en``, ``zh`` or ``ru``.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pictures.map_figure(self._plan, Translator(lang), goods=goods, period=period)

    def sankey(self, measure: str = VALUE, lang: str = "en") -> Figure:
        """Resources → processing → products → markets.

        Parameters
        ----------
        measure : str
            ``"value"`` (money at mean prices), or a unit (``"=t"``): only commodities that have it.
        lang : str
            ``en``, ``zh`` or ``ru``.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pictures.sankey_figure(self._plan, Translator(lang), measure=measure)

    def prices(self, *commodities: str, lang: str = "en") -> Figure:
        """Prices through the year by place, a small picture per commodity.

        Parameters
        ----------
        *commodities : str
            Default: the six with the largest value of sales.
        lang : str
            ``en``, ``zh`` or ``ru``.

        Returns
        -------
        matplotlib.figure.Figure
            Money per unit of the commodity.
        """
        return pictures.prices_figure(self._plan, Translator(lang), commodities=list(commodities) or None)

    def bottlenecks(self, lang: str = "en") -> Figure:
        """What one more unit of each binding capacity is worth, money per unit and year.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pictures.bottlenecks_figure(self._plan, Translator(lang))

    def welfare(self, lang: str = "en") -> Figure:
        """Welfare by party and component, present value.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pictures.welfare_figure(self._plan, Translator(lang))

    def __repr__(self) -> str:
        return f"<Pictures of {self._plan.region.name!r}: map, sankey, prices, bottlenecks, welfare>"
