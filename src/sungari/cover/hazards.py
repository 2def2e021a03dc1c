"""Hazards: the rows of ``hazards.csv`` as distributions, with the common causes that they load on."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sungari.cover.severity import BY_MOMENTS, Constant, Empirical, Floats, Normal, Severity
from sungari.region.check.hazards import correlation_matrix, observed
from sungari.region.package import Region

NO_FACTOR = -1


@dataclass(frozen=True)
class Hazard:
    """One hazard.

    Attributes
    ----------
    name, title : str
    drift : bool
        Whether it moves all the time; an event if not.
    rate : float
        Events per year and exposure (Poisson), or the chance per year (Bernoulli); 0 for a drift.
    poisson : bool
    severity : Severity
        Of the share of the exposed amount lost, or of money.
    money : bool
        Whether the severity is in money.
    cap : float
        Most that one event takes, in the severity's unit; ∞ = none.
    factor : int
        Common cause (position in :attr:`Causes.names`), or :data:`NO_FACTOR`.
    loading : float
        Correlation with it, 0..1.
    df : float
        Degrees of freedom of a t copula; ∞ = Gaussian.
    year_from, year_to : int
        Years in which it can happen.
    network : bool
        Whether its loss comes from the chain model.
    """

    name: str
    title: str
    drift: bool
    rate: float
    poisson: bool
    severity: Severity
    money: bool
    cap: float = math.inf
    factor: int = NO_FACTOR
    loading: float = 0.0
    df: float = math.inf
    year_from: int = 0
    year_to: int = 9999
    network: bool = False

    @property
    def dependent(self) -> bool:
        """Whether what happens to one project says anything about another."""
        return self.factor != NO_FACTOR and (self.loading > 0 or math.isfinite(self.df))

    @property
    def expected_events(self) -> float:
        """Mean number of events a year at one exposure."""
        return 1.0 if self.drift else self.rate


@dataclass(frozen=True)
class Causes:
    """Common causes: names and correlation matrix, shape (F, F)."""

    names: tuple[str, ...]
    correlation: Floats

    @property
    def linked(self) -> list[list[int]]:
        """Causes grouped so that those of different groups are independent."""
        left, groups = set(range(len(self.names))), []
        while left:
            group, open_ = set(), [min(left)]
            while open_:
                one = open_.pop()
                group.add(one)
                open_ += [int(i) for i in np.flatnonzero(self.correlation[one]) if int(i) not in group]
            groups.append(sorted(group))
            left -= group
        return groups


def read_hazards(region: Region) -> tuple[list[Hazard], Causes]:
    """Hazards of a region in the order of the table, and their common causes."""
    names, matrix = correlation_matrix(region)
    at = {name: i for i, name in enumerate(names)}
    titles = region.names("hazards")
    found = [_hazard(row, at, titles) for row in region.table("hazards").to_dict("records")]
    causes = Causes(tuple(names), matrix)
    used = {h.factor for h in found if h.dependent}
    # A cause that nothing loads on would only make the others' draws depend on it.
    return [h if h.factor in used else replace(h, factor=NO_FACTOR) for h in found], causes


def _hazard(row: Mapping[Hashable, Any], factors: dict[str, int], titles: dict[str, str]) -> Hazard:
    def number(column: str, blank: float) -> float:
        value = row[column]
        return blank if pd.isna(value) else float(value)

    drift = row["kind"] == "drift"
    poisson = not math.isnan(number("frequency", math.nan))
    rate = 0.0 if drift else number("frequency", 0.0) if poisson else number("probability", 0.0)
    network = not (pd.isna(row["table"]) and pd.isna(row["scenario"]))
    factor = row["factor"]
    return Hazard(
        str(row["hazard"]), titles[str(row["hazard"])], drift, rate, poisson, _severity(row, number("mean", math.nan),
        number("sd", 0.0)), row["per"] == "money", number("cap", math.inf),
        factors[factor] if isinstance(factor, str) else NO_FACTOR, number("loading", 0.0),
        number("df", math.inf) if row["copula"] == "t" else math.inf, int(number("year_from", 0)),
        int(number("year_to", 9999)), network,
    )  # fmt: skip


def _severity(row: Mapping[Hashable, Any], mean: float, sd: float) -> Severity:
    shape = row["severity"]
    if not isinstance(shape, str):
        if row["kind"] == "drift":
            return Normal(0.0 if math.isnan(mean) else mean, sd)
        return Constant(1.0 if math.isnan(mean) else mean)  # the whole drop of the plan's welfare
    if shape == "constant":
        return Constant(mean)
    if shape == "empirical":
        return Empirical(np.array(observed(row["values"])))
    return BY_MOMENTS[shape].of(mean, sd)
