"""Figures that cannot be meant: by themselves, or beside another of the same row."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, among, flags, known, listed, numbers, problems_at, row_keys, whole
from sungari.region.descriptor import DESCRIPTOR
from sungari.region.package import Region
from sungari.region.schema import TABLES
from sungari.region.units import unit_problem
from sungari.words import Words

_CODE = re.compile(r"[A-Z]{3}")


def year_order(region: Region) -> Iterator[Problem]:
    """A row whose years end before they begin."""
    for table in TABLES:
        if not table.dated or table.name not in region.tables:
            continue
        frame = region.table(table.name)
        wrong = numbers(frame, "year_to") < numbers(frame, "year_from")
        yield from problems_at(region, table.name, wrong, "year_to",
                               lambda i, f=frame: Words(  # type: ignore[misc]
                                   "expected {year_from} (year_from) or later", year_from=f["year_from"].iloc[i],
                               ), "year-order")  # fmt: skip


def bounds_order(region: Region) -> Iterator[Problem]:
    """A least amount above the most."""
    for name, least, most in (
        ("demand", "min", "quantity"),
        ("supply", "min", "capacity"),
        ("facilities", "min", "capacity"),
        ("stores", "initial", "capacity"),
        ("projects", "size_min", "size_max"),
        ("exposures", "deductible", "limit"),
    ):
        frame = region.table(name)
        wrong = numbers(frame, least) > numbers(frame, most)
        if wrong.any() and name in ("demand", "supply", "facilities", "stores"):
            wrong &= ~_raised(region, name)
        yield from problems_at(region, name, wrong, least,
                               lambda i, f=frame, m=most: Words(  # type: ignore[misc]
                                   "expected at most {most:.15g} ({column})", most=f[m].iloc[i], column=m,
                               ), "min-over-max")  # fmt: skip


def _raised(region: Region, table: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows whose capacity or quantity some project adds to."""
    effects = region.table("effects")
    adds = (effects["table"] == table) & effects["column"].isin(["capacity", "quantity"]) & (effects["change"] > 0)
    rows = whole(effects.loc[adds, "row"])
    frame = region.table(table)
    key = ["place", "process"] if table == "facilities" else ["place", "commodity"]
    raised = among(row_keys(frame, key), rows)
    if "step" in frame.columns:
        raised |= among(row_keys(frame, [*key, "step"]), rows)
    return np.asarray(raised, dtype=bool)


def elasticities(region: Region) -> Iterator[Problem]:
    """A demand curve that does not fall, or that has no point to go through."""
    demand = region.table("demand")
    elasticity, price, quantity = (numbers(demand, c) for c in ("elasticity", "price", "quantity"))
    curve = ~np.isnan(elasticity)
    yield from problems_at(region, "demand", elasticity >= 0, "elasticity", Words("expected a negative number"),
                           "elasticity")
    yield from problems_at(region, "demand", curve & ~(price > 0), "price",
                           Words("a demand with elasticity needs a price above 0 for its curve to go through"),
                           "elasticity")
    yield from problems_at(region, "demand", curve & (quantity <= 0), "quantity",
                           Words("a demand with elasticity needs a quantity above 0 for its curve to go through"),
                           "elasticity")


def penalties(region: Region) -> Iterator[Problem]:
    """A penalty on a demand with a price: it need not be met anyway."""
    demand = region.table("demand")
    yield from problems_at(region, "demand", known(demand, "penalty") & known(demand, "price"), "penalty",
                           Words("no effect: a demand with a price need not be met; leave one of the two blank"),
                           "penalty-with-price", severity="warning")


def recipes(region: Region) -> Iterator[Problem]:
    """A process that uses and makes nothing."""
    processes = region.table("processes")
    rows = region.table("recipes")
    used = whole(rows.loc[(rows["amount"] != 0).to_numpy(), "process"])
    empty = known(processes, "process") & ~among(processes["process"], used)
    yield from problems_at(region, "processes", empty, "process",
                           Words("expected at least one row with an amount other than 0 in recipes.csv"),
                           "empty-recipe")


def congestion_curves(region: Region) -> Iterator[Problem]:
    """A congestion curve whose days fall as a link fills, or a link with a curve but nothing to fill."""
    curves = region.table("congestion")
    order = np.lexsort((numbers(curves, "utilisation"), curves["curve"].astype("str").to_numpy()))
    rows = curves.iloc[order]
    falls = (rows["curve"] == rows["curve"].shift()) & (rows["days"].diff() < 0)
    wrong = np.sort(order[falls.to_numpy(dtype=bool)])
    yield from problems_at(region, "congestion", wrong, "days",
                           Words("days must not fall as utilisation rises (the curve must be convex)"),
                           "congestion-order")
    links = region.table("links")
    bare = known(links, "congestion") & ~known(links, "capacity")
    yield from problems_at(region, "links", bare, "capacity", Words("a link with congestion needs a capacity"),
                           "congestion-capacity")
    yield from problems_at(region, "congestion", numbers(curves, "utilisation") >= 1, "utilisation",
                           Words("no effect: a band begins at its utilisation, and none lies above 1"),
                           "congestion-band", severity="warning")
    if known(links, "congestion").any():
        rates = region.table("rates")
        paying = whole(rates.loc[(rates["per_day"] != 0).to_numpy(), "mode"])
        idle = known(links, "congestion") & known(links, "mode") & ~among(links["mode"], paying)
        yield from problems_at(region, "links", idle, "congestion",
                               Words("no effect: no rate of the link's mode has a per_day to pay for the days"),
                               "congestion-free", severity="warning")


def stores(region: Region) -> Iterator[Problem]:
    """A stock at the start that nothing looks at."""
    frame = region.table("stores")
    idle = (numbers(frame, "initial") > 0) & (frame["cycle"] != "none").to_numpy()
    yield from problems_at(region, "stores", idle, "initial",
                           Words("no effect: only a store with cycle none starts at its initial stock"),
                           "initial-unused", severity="warning")


def commodity_units(region: Region) -> Iterator[Problem]:
    """A unit that Pint does not know."""
    for table, severity in (("commodities", "error"), ("processes", "warning")):
        frame = region.table(table)
        for unit in frame["unit"].dropna().unique():
            error = unit_problem(str(unit))
            if error:
                yield from problems_at(region, table, (frame["unit"] == unit).to_numpy(), "unit",
                                       Words("no such unit; expected one that Pint knows, such as t, m^3, MWh, count"),
                                       "unit", hint=error.hint, severity=severity)


def currencies(region: Region) -> Iterator[Problem]:
    """A currency code that is none."""
    code = region.settings.currency
    if not is_currency(code):
        yield Problem(DESCRIPTOR, None, "sungari.currency", code, Words("expected an ISO 4217 code"), _near_code(code),
                      "currency")
    for other in region.settings.exchange_rates or {}:
        if not is_currency(other):
            yield Problem(DESCRIPTOR, None, "sungari.exchange_rates", other, Words("expected an ISO 4217 code"),
                          _near_code(other), "currency")
    for name, frame in region.tables.items():
        if "currency" not in frame.columns:
            continue
        codes = frame["currency"].astype("str")
        wrong = [c for c in codes.dropna().unique() if not is_currency(str(c))]
        if wrong:
            yield from problems_at(region, name, among(codes, wrong), "currency", Words("expected an ISO 4217 code"),
                                   "currency")


def is_currency(code: str) -> bool:
    """Whether a text is the code of a currency.

    Examples
    --------
    >>> is_currency("CNY"), is_currency("RMB")
    (True, False)
    """
    if code in ("USD", "EUR", "CNY", "RUB", "JPY", "KRW"):
        return True  # Babel's list takes a while to load
    return bool(_CODE.fullmatch(code)) and code in _codes()


def _codes() -> set[str]:
    from babel.numbers import list_currencies

    return set(list_currencies())


def _near_code(code: str) -> str:
    return nearest(code.upper(), _codes())


def coordinates(region: Region) -> Iterator[Problem]:
    """Half of a place's coordinates."""
    for name in ("places", "projects"):
        frame = region.table(name)
        half = known(frame, "lat") != known(frame, "lon")
        yield from problems_at(region, name, half, "lat", Words("lat and lon go together; one of them is blank"),
                               "coordinates", severity="warning")


def discount_rate(region: Region) -> Iterator[Problem]:
    """A discount rate written in percent."""
    rate = region.settings.discount_rate
    if rate >= 1:
        yield Problem(DESCRIPTOR, None, "sungari.discount_rate", f"{rate:g}", Words("more than 100 % a year"),
                      Words("0.05 = 5 %"), "discount-rate", "warning")


def banned_and_priced(region: Region) -> Iterator[Problem]:
    """A banned flow with a duty on it."""
    duties = region.table("duties")
    priced = (numbers(duties, "ad_valorem") != 0) | (numbers(duties, "specific") != 0)
    yield from problems_at(region, "duties", flags(duties, "banned") & priced, "banned",
                           Words("no effect of the duty: the flow is banned"), "banned-priced", severity="warning")


def ad_valorem_without_value(region: Region) -> Iterator[Problem]:
    """A duty on the value of a commodity that has none."""
    duties = region.table("duties")
    charged = duties.loc[(duties["ad_valorem"] != 0).to_numpy(), "commodity"].dropna().astype(str)
    if charged.empty:
        return
    goods = region.table("commodities")
    names = charged.unique().tolist()
    hit = ~known(goods, "value") & ("*" in names or among(goods["commodity"], names))
    if hit.any():
        yield Problem("commodities.csv", region.line("commodities", int(np.flatnonzero(hit)[0])), "value", "",
                      Words("an ad-valorem duty is taken on `value`, which is blank for {names}",
                            names=listed(goods["commodity"][hit])), "", "no-value", "warning")


CHECKS: tuple[Check, ...] = (
    year_order, bounds_order, elasticities, penalties, recipes, congestion_curves, stores, commodity_units,
    currencies, coordinates, discount_rate, banned_and_priced, ad_valorem_without_value,
)
