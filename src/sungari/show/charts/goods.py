"""Which goods a picture shows: one commodity, or all that share a measure and so may be added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sungari.region.units import UnitError, ratio
from sungari.show.charts.names import Names
from sungari.show.i18n import N_, Translator

#: Measures in which several commodities may be added up: unit of the sum, and what to call it.
MEASURES = (
    ("t", N_("All goods by mass")),
    ("GWh", N_("All energy")),
    ("m^3", N_("All goods by volume")),
    ("person", N_("All travellers")),
)


@dataclass(frozen=True)
class Goods:
    """A choice of commodities that may be added up.

    Attributes
    ----------
    key : str
        ``mass``-like measure (``"=t"``) or the commodity's identifier.
    label : str
        In the reader's language.
    unit : str
        Unit of the sum (as the package writes units).
    factors : dict of str to float
        Commodity → units of the sum per unit of the commodity.
    """

    key: str
    label: str
    unit: str
    factors: dict[str, float]


def choices(commodities: Iterable[str], names: Names, tr: Translator) -> list[Goods]:
    """What a reader can choose from: sums over at least two commodities first, then each commodity by name.

    Parameters
    ----------
    commodities : iterable of str
        Those that the picture has figures of.
    names : Names
    tr : Translator
    """
    known = sorted(set(commodities), key=lambda c: (names.commodity(c), c))
    made = []
    for unit, label in MEASURES:
        factors = {c: f for c in known if (f := factor(names.units.get(c, ""), unit)) is not None}
        if len(factors) > 1:
            made.append(Goods(f"={unit}", tr(label), unit, factors))
    made.sort(key=lambda goods: -len(goods.factors))
    return made + [Goods(c, names.commodity(c), names.units.get(c, ""), {c: 1.0}) for c in known]


def factor(given: str, wanted: str) -> float | None:
    """How many of one unit another is; None if they measure different things."""
    if given == wanted:
        return 1.0
    try:
        return ratio(given, wanted)
    except (UnitError, ValueError):
        return None
