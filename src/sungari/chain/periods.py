"""The model's time: periods, model years, seasons, discounting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.program import Floats, Ints
from sungari.region.package import Region

#: Name of the one period of a package without ``periods.csv``.
ONLY_PERIOD = "year"


class Periods:
    """Periods of a region and what follows from them.

    Attributes
    ----------
    names : list of str, length T
        Identifiers in time order.
    year : ndarray of int, shape (T,)
        Index of each period's model year.
    years : ndarray of int, shape (Y,)
        Model years (calendar years).
    span : ndarray of float, shape (Y,)
        Calendar years that each model year stands for.
    share : ndarray of float, shape (T,)
        Share of a yearly figure that falls in the period.
    weight : ndarray of float, shape (Y,)
        Present value in the base year of one unit of money a year, over the years that the model year stands for.
    """

    def __init__(self, region: Region) -> None:
        frame = region.table("periods")
        settings = region.settings
        if len(frame):
            self.names = frame["period"].astype(str).tolist()
            calendar = frame["year"].to_numpy(dtype=np.int64)
            days = frame["days"].to_numpy(dtype=float)
            self.years, self.year = np.unique(calendar, return_inverse=True)
            first = np.array([np.flatnonzero(self.year == y)[0] for y in range(len(self.years))])
            self.span = frame["years"].to_numpy(dtype=float)[first]
            given = frame["discount"].to_numpy(dtype=float)[first]
        else:
            self.names = [ONLY_PERIOD]
            self.years = np.array([_only_year(region)], dtype=np.int64)
            self.year = np.zeros(1, dtype=np.int64)
            days = np.array([365.0])
            self.span = np.ones(1)
            given = np.array([np.nan])
        self.days = days
        self.share: Floats = days / np.bincount(self.year, weights=days)[self.year]
        base = settings.base_year if settings.base_year is not None else int(self.years[0])
        rate = settings.discount_rate
        computed = [
            sum((1 + rate) ** -(float(y) - base + n) for n in range(round(s)))
            for y, s in zip(self.years, self.span, strict=True)
        ]
        self.weight: Floats = np.where(np.isnan(given), computed, given)
        self._profiles = _profiles(region, self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def weight_of_period(self) -> Floats:
        """Present value of one unit of money in each period, shape (T,)."""
        return np.asarray(self.weight[self.year])

    def active(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows hold in which periods, by ``year_from`` and ``year_to``; shape (rows, T)."""
        low = _years(frame, "year_from", -np.inf)
        high = _years(frame, "year_to", np.inf)
        by_year = (self.years >= low[:, None]) & (self.years <= high[:, None])
        return np.asarray(by_year[:, self.year])

    def factors(self, frame: pd.DataFrame) -> Floats:
        """Profile factors of the rows, period by period; shape (rows, T)."""
        result = np.ones((len(frame), len(self)))
        if "profile" in frame.columns and len(frame):
            named = frame["profile"]
            code, names = pd.factorize(named)
            for i, name in enumerate(names):
                if name in self._profiles:
                    result[code == i] = self._profiles[name]
        return result

    def spread(self, yearly: Floats, factors: Floats) -> Floats:
        """Period figures of yearly ones: ``yearly · share · factor``, shape (rows, T).

        NaN stands for unlimited: ∞, or 0 in a period in which the profile closes the row.
        """
        known = np.where(np.isnan(yearly), 0.0, yearly)[:, None] * self.share * factors
        return np.where(np.isnan(yearly)[:, None], np.where(factors > 0, np.inf, 0.0), known)


def _years(frame: pd.DataFrame, column: str, blank: float) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), blank)
    return np.asarray(frame[column].to_numpy(dtype=float, na_value=blank))


def _only_year(region: Region) -> int:
    """Year of a package without periods: as stated, else the earliest that any row names."""
    stated = region.settings.base_year or region.settings.price_year
    if stated is not None:
        return int(stated)
    named = [
        int(frame["year_from"].min())
        for frame in region.tables.values()
        if "year_from" in frame.columns and frame["year_from"].notna().any()
    ]
    return min(named, default=0)


def _profiles(region: Region, names: list[str]) -> dict[str, NDArray[Any]]:
    frame = region.table("profiles")
    position = {name: i for i, name in enumerate(names)}
    months: dict[str, Ints] = {}
    for i, name in enumerate(names):
        if len(name) == 7 and name[4] == "-":
            months.setdefault(name[5:], np.zeros(0, dtype=np.int64))
            months[name[5:]] = np.append(months[name[5:]], i)
    result: dict[str, NDArray[Any]] = {}
    # Rows that name a month of every year go first, so that a row for one period overrides them.
    order = frame["period"].isin(list(position)).to_numpy(dtype=bool).argsort(kind="stable")
    for profile, period, factor in frame[["profile", "period", "factor"]].iloc[order].itertuples(index=False):
        row = result.setdefault(str(profile), np.ones(len(names)))
        if period in position:
            row[position[period]] = factor
        elif period in months:
            row[months[period]] = factor
    return result
