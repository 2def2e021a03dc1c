"""Pictures for notebooks: ``plan.plot.map()``, ``.sankey()`` …, ``appraisal.plot.ranking()`` …

All are Matplotlib figures: one shows itself where a notebook asks for it, saves with ``.savefig("map.svg")``, and needs
no window. ``plan.plot.live.map()`` and its like are Altair charts that answer to the pointer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sungari.errors import UsageError, nearest
from sungari.show import pictures
from sungari.show.charts.chain import VALUE
from sungari.show.i18n import Translator

if TYPE_CHECKING:
    import altair
    from matplotlib.figure import Figure

    from sungari.chain.plan import Plan
    from sungari.decide.study import Part


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

    @property
    def live(self) -> LivePlot:
        """The same as Altair charts: ``plan.plot.live.map()`` …"""
        return LivePlot(self._plan)

    def __repr__(self) -> str:
        return f"<Pictures of {self._plan.region.name!r}: map, sankey, prices, bottlenecks, welfare, live>"


class LivePlot:
    """Altair charts of one plan, which answer to the pointer.

    Parameters
    ----------
    plan : Plan

    Examples
    --------
    >>> plan.plot.live.map(goods="coal").save("coal.html")  # doctest: +SKIP
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def map(self, goods: str = "", period: str = "", lang: str = "en") -> altair.LayerChart:
        """Corridors as wide as their flow; see :meth:`PlanPlot.map`."""
        from sungari.show.interactive import map_chart

        return map_chart(self._plan, Translator(lang), goods=goods, period=period)

    def prices(self, *commodities: str, lang: str = "en") -> altair.Chart:
        """Prices through the year by place; see :meth:`PlanPlot.prices`."""
        from sungari.show.interactive import prices_chart

        return prices_chart(self._plan, Translator(lang), commodities=list(commodities) or None)

    def bottlenecks(self, unit: str = "", lang: str = "en") -> altair.Chart:
        """What one more unit of each binding capacity is worth, for capacities measured in `unit`."""
        from sungari.show.interactive import bottlenecks_chart

        return bottlenecks_chart(self._plan, Translator(lang), unit=unit)

    def welfare(self, by: str = "party", lang: str = "en") -> altair.Chart:
        """Welfare by party (or ``"country"``) and component."""
        from sungari.show.interactive import welfare_chart

        return welfare_chart(self._plan, Translator(lang), by=by)

    def __repr__(self) -> str:
        return f"<Altair charts of {self._plan.region.name!r}: map, prices, bottlenecks, welfare>"


#: Pictures of a part by its kind.
_PICTURES: dict[str, dict[str, Callable[[Part, Translator], Figure]]] = {
    "appraisal": {
        "ranking": pictures.ranking_figure, "interaction": pictures.interaction_figure, "risk": pictures.risk_figure,
        "tornado": pictures.tornado_figure, "places": pictures.places_figure, "quadrants": pictures.quadrant_figure,
    },
    "portfolio": {
        "frontier": pictures.frontier_figure, "core": pictures.core_figure, "gains": pictures.gains_figure,
    },
    "sharing": {"split": pictures.split_figure, "payments": pictures.payments_figure},
}  # fmt: skip


class PartPlot:
    """Pictures of an appraisal, a portfolio or a sharing, as it was opened: ``part.plot("ranking", lang="ru")``.

    Parameters
    ----------
    part : Part
    """

    def __init__(self, part: Part) -> None:
        self._part = part

    def __call__(self, name: str, lang: str = "en") -> Figure:
        """Draw a picture by its name; those that there are stand in the object's own description.

        Raises
        ------
        UsageError
            If there is no such picture of this kind of result.
        """
        known = _PICTURES.get(self._part.kind, {})
        if name not in known:
            hint = nearest(name, known) or f"one of {', '.join(known)}"
            raise UsageError(f"no picture {name!r} of a result of kind {self._part.kind!r}; {hint}")
        return known[name](self._part, Translator(lang))

    def __repr__(self) -> str:
        return f"<Pictures of the {self._part.kind}: {', '.join(_PICTURES.get(self._part.kind, {}))}>"
