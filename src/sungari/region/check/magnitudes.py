"""Figures that are possible but hardly meant, and coefficients that make a solver's life hard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem
from sungari.region.check.common import Check, Floats, among, known, numbers, problems_at, whole
from sungari.region.package import Region
from sungari.region.schema import BY_NAME
from sungari.words import Words

#: A figure this many times as large or small as the median of its kind is odd.
ODD = 1000.0
#: Fewest figures of a kind whose median says anything.
FEWEST = 5
#: Ratios of the largest to the smallest figure beyond which a solver's tolerances begin to bite.
RECIPE_SPREAD = 1e6
CAPACITY_SPREAD = 1e9
#: Length of a link as a multiple of the great circle between its ends.
SHORTEST, LONGEST = 0.95, 4.0
_EARTH = 6371.0088  # mean radius, km
_NEAR = 5.0  # km: coordinates of places this near are too coarse to compare

_KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("supply", "commodity", ("capacity", "cost", "reserve")),
    ("demand", "commodity", ("quantity", "price", "penalty")),
    ("stores", "commodity", ("capacity", "cost")),
    ("facilities", "process", ("capacity", "cost")),
    ("units", "unit", ("capacity",)),
    ("links", "mode", ("capacity", "cost", "days", "distance")),
    ("rates", "commodity", ("per_km", "per_unit", "per_day")),
)


def outliers(region: Region) -> Iterator[Problem]:
    """A figure a thousand times the median of its kind, or a thousandth."""
    for table, kind, columns in _KINDS:
        frame = region.table(table)
        if len(frame) < FEWEST:
            continue
        for column in columns:
            sizes = frame[column].abs()
            sizes = sizes.where(sizes > 0)
            if sizes.count() < FEWEST:
                continue
            groups = sizes.groupby(frame[kind])
            middle = groups.transform("median").to_numpy(dtype=float)
            enough = groups.transform("count").to_numpy(dtype=float) >= FEWEST
            with np.errstate(invalid="ignore"):
                times = sizes.to_numpy(dtype=float) / middle
            odd = enough & ((times > ODD) | (times < 1 / ODD))
            yield from problems_at(region, table, odd, column,
                                   lambda i, m=middle, f=frame, k=kind: Words(  # type: ignore[misc]
                                       "the median for {kind!r} is {median:.4g}; is the unit right?",
                                       kind=f[k].iloc[i], median=m[i]), "magnitude", severity="warning")


def costs_above_prices(region: Region) -> Iterator[Problem]:
    """A supply or a link that costs more than anybody pays."""
    supply, demand, links = (region.table(t) for t in ("supply", "demand", "links"))
    if demand.empty or not known(demand, "price").all():
        return  # what must be met is bought at any cost
    highest = demand.groupby("commodity")["price"].max()
    recipes = region.table("recipes")
    used = recipes.loc[(recipes["amount"] < 0).to_numpy(), "commodity"]
    top = supply["commodity"].map(highest).to_numpy(dtype=float)
    dear = (numbers(supply, "cost") > top) & ~among(supply["commodity"], whole(used))
    yield from problems_at(region, "supply", dear, "cost",
                           lambda i: Words("more than anybody pays for it; the highest price is {top:.4g}", top=top[i]),
                           "cost-above-price", severity="warning")
    most = float(highest.max())
    yield from problems_at(region, "links", numbers(links, "cost") > most, "cost",
                           Words("more than anybody pays for anything; the highest price is {most:.4g}", most=most),
                           "cost-above-price", severity="warning")


def losses(region: Region) -> Iterator[Problem]:
    """More than half lost."""
    for table in ("links", "stores"):
        yield from problems_at(region, table, numbers(region.table(table), "loss") > 0.5, "loss",
                               Words("more than half is lost"), "loss", hint=Words("0.05 = 5 %"), severity="warning")


def great_circle(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Distance over the globe in km, from degrees."""
    a, b, c, d = (np.radians(x) for x in (lat1, lon1, lat2, lon2))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * _EARTH * np.arcsin(np.sqrt(np.clip(h, 0, 1))), dtype=np.float64)


def distances(region: Region) -> Iterator[Problem]:
    """A link shorter than the great circle between its ends, or much longer; or with none though it is paid by km."""
    links = region.table("links")
    places = region.table("places").drop_duplicates("place").set_index("place")
    length = numbers(links, "distance")
    ends = [links[end].map(places[axis]).to_numpy(dtype=float) for end in ("from", "to") for axis in ("lat", "lon")]
    direct = great_circle(*ends)
    told = (length > 0) & (direct > _NEAR)
    short, long = told & (length < SHORTEST * direct), told & (length > LONGEST * direct)
    yield from problems_at(region, "links", short, "distance",
                           lambda i: Words("shorter than the great circle between its places, {direct:.0f} km",
                                           direct=direct[i]), "distance", severity="warning")
    yield from problems_at(region, "links", long, "distance",
                           lambda i: Words("{length:.1f} times the great circle between its places, {direct:.0f} km",
                                           length=length[i] / direct[i], direct=direct[i]), "distance",
                           severity="warning")
    rates = region.table("rates")
    paid = rates.loc[(rates["per_km"] != 0).to_numpy(), "mode"]
    yield from problems_at(region, "links", (length == 0) & among(links["mode"], whole(paid)), "distance",
                           Words("its mode is paid by km, and it has no length"), "distance", severity="warning")


def recipe_scaling(region: Region) -> Iterator[Problem]:
    """Recipe amounts of very different size."""
    amounts = np.abs(numbers(region.table("recipes"), "amount"))
    yield from _spread(region, "recipes", "amount", amounts, RECIPE_SPREAD)


def capacity_scaling(region: Region) -> Iterator[Problem]:
    """Capacities of very different size."""
    for table, column in (("supply", "capacity"), ("facilities", "capacity"), ("links", "capacity"),
                          ("demand", "quantity")):
        yield from _spread(region, table, column, numbers(region.table(table), column), CAPACITY_SPREAD)


def _spread(region: Region, table: str, column: str, values: Floats, most: float) -> Iterator[Problem]:
    rows = np.flatnonzero(values > 0)
    if len(rows) < 2:
        return
    low, high = rows[values[rows].argmin()], rows[values[rows].argmax()]
    if values[high] / values[low] > most:
        yield Problem(BY_NAME[table].file, region.line(table, int(low)), column, f"{values[low]:.4g}",
                      Words("badly scaled: the largest is {largest:.4g} (row {row}), {times:.0e} times as much",
                            largest=values[high], row=region.line(table, int(high)), times=values[high] / values[low]),
                      Words("other units for some commodities would help"), "scaling", "warning")


CHECKS: tuple[Check, ...] = (outliers, costs_above_prices, losses, distances, recipe_scaling, capacity_scaling)
