"""Periods, and what is tied to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, among, known, numbers, problems_at, whole
from sungari.region.check.references import MONTHS
from sungari.region.descriptor import DESCRIPTOR
from sungari.region.package import Region
from sungari.region.schema import TABLES
from sungari.words import Words

_MONTH_NAME = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def lengths(region: Region) -> Iterator[Problem]:
    """A period of no length, or more days in a year than it has; a year that stands for no whole number of years."""
    periods = region.table("periods")
    days, years = numbers(periods, "days"), numbers(periods, "years")
    odd = (years <= 0) | (years != np.round(years)) & ~np.isnan(years)
    yield from problems_at(region, "periods", days <= 0, "days", Words("expected a number above 0"), "period-days")
    yield from problems_at(region, "periods", odd, "years", Words("expected a whole number above 0"), "period-years")
    worthless = numbers(periods, "discount") <= 0
    yield from problems_at(region, "periods", worthless, "discount",
                           Words("expected a number above 0: prices are read from money in this year"),
                           "period-discount")
    long = periods.groupby("year")["days"].transform("sum").to_numpy(dtype=float) > 367
    first = long & ~periods["year"].duplicated().to_numpy()
    yield from problems_at(region, "periods", first, "days",
                           Words("the periods of this year have more than 366 days together"), "period-days",
                           severity="warning")


def same_within_year(region: Region) -> Iterator[Problem]:
    """``years`` or ``discount`` that differ between the periods of a year."""
    periods = region.table("periods")
    if periods.empty:
        return
    for column, name in (("years", "period-years"), ("discount", "period-discount")):
        values = periods[column].fillna(-1.0)
        first = values.groupby(periods["year"]).transform("first")
        wrong = known(periods, "year") & (values != first).to_numpy(dtype=bool)
        yield from problems_at(region, "periods", wrong, column,
                               lambda i, f=first: Words(  # type: ignore[misc]
                                   "expected the same in all periods of the year ({value})",
                                   value=Words("blank") if f.iloc[i] < 0 else f"{f.iloc[i]:g}"), name)


def order(region: Region) -> Iterator[Problem]:
    """Periods that are not in time order."""
    periods = region.table("periods")
    years = numbers(periods, "year")
    wrong = np.zeros(len(years), dtype=bool)
    wrong[1:] = years[1:] < years[:-1]
    yield from problems_at(region, "periods", wrong, "year",
                           Words("rows must be in time order; the row before is of a later year"), "period-order")
    names = periods["period"].astype("str").fillna("")
    dated = names.str.fullmatch(_MONTH_NAME.pattern).to_numpy(dtype=bool)
    if dated.any():
        wrong = dated & (names.str[:4].where(dated, "0").astype(int).to_numpy() != years) & ~np.isnan(years)
        yield from problems_at(region, "periods", wrong, "year", Words("expected the year in the period's name"),
                               "period-year")


def gaps(region: Region) -> Iterator[Problem]:
    """A model year that stands for more calendar years than lie before the next one."""
    periods = region.table("periods")
    once = periods.loc[known(periods, "year")].drop_duplicates("year")
    years, stands = numbers(once, "year"), numbers(once, "years")
    if len(years) < 2:
        return
    over = np.flatnonzero(stands[:-1] > np.diff(years))
    positions = once.index.to_numpy()[over]
    yield from problems_at(region, "periods", positions, "years",
                           Words("it stands for more years than lie before the next model year"), "period-gap",
                           severity="warning")


def carried_over(region: Region) -> Iterator[Problem]:
    """A store that carries from one model year into another that stands for more or fewer calendar years."""
    stands = numbers(region.table("periods").drop_duplicates("year"), "years")
    stores = region.table("stores")
    if len(np.unique(stands[~np.isnan(stands)])) < 2 or stores.empty:
        return
    carries = stores["cycle"].isin(["horizon", "none"]).to_numpy(dtype=bool)
    yield from problems_at(region, "stores", carries, "cycle",
                           Words("the model years stand for different numbers of years, and what is carried from one "
                                 "into the next counts as often as each; expected 'year'"), "store-carries",
                           severity="warning")


def profile_periods(region: Region) -> Iterator[Problem]:
    """A profile's factor for a period or month that is not there."""
    profiles = region.table("profiles")
    if profiles.empty:
        return
    periods = whole(region.table("periods")["period"])
    cells = profiles["period"].astype("str")
    strange = known(profiles, "period") & ~among(cells, periods)
    month = strange & among(cells, MONTHS)
    names = sorted(periods)
    yield from problems_at(region, "profiles", strange & ~month, "period",
                           Words("no such period; the factor is not used"), "profile-period",
                           hint=lambda i: nearest(str(cells.iloc[i]), names), severity="warning")
    if month.any() and not (periods and all(_MONTH_NAME.fullmatch(p) for p in periods)):
        first = [int(np.flatnonzero(month)[0])]
        yield from problems_at(region, "profiles", first, "period",
                               Words("a profile by calendar month needs periods named YYYY-MM"), "month-profile")


def years_without_periods(region: Region) -> Iterator[Problem]:
    """Rows that hold in some years only, in a package that has no years."""
    if len(region.table("periods")) or region.settings.base_year is not None:
        return
    for table in TABLES:
        if not table.dated or table.name not in region.tables:
            continue
        frame = region.table(table.name)
        dated = known(frame, "year_from") | known(frame, "year_to")
        if dated.any():
            yield from problems_at(region, table.name, [int(np.flatnonzero(dated)[0])], "year_from",
                                   Words("{n} rows hold in some years only, but the package has neither periods.csv "
                                         "nor the setting base_year", n=dated.sum()), "years-unused",
                                   severity="warning")


def base_year(region: Region) -> Iterator[Problem]:
    """Money discounted to a year after the first one."""
    years = numbers(region.table("periods"), "year")
    base = region.settings.base_year
    if base is not None and len(years) and not np.isnan(years).all() and base > np.nanmin(years):
        yield Problem(DESCRIPTOR, None, "sungari.base_year", str(base),
                      Words("after the first year, {first:.0f}", first=np.nanmin(years)), "", "base-year", "warning")


CHECKS: tuple[Check, ...] = (
    lengths, same_within_year, order, gaps, carried_over, profile_periods, years_without_periods, base_year,
)
