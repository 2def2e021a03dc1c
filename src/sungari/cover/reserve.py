"""The reserve: what comes into the fund, what goes out, and in which order, year by year.

At the start of a year premiums and contributions come in and reinsurance is paid for; if the reserve is then below the
trigger, the parties are called. The year's return is earned on what is there. At the end the year's claims are paid, up
to the annual limit; reinsurance gives back its layers. The fund is ruined when that is more than it has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from sungari.cover.severity import Floats, Ints
from sungari.region.package import Region


@dataclass(frozen=True)
class Reinsurance:
    """A layer that takes part of a year's claims: what exceeds `retention`, at most `limit` (money a year).

    `price` is money a year; NaN = what the layer is expected to pay, and `loading` on it.
    """

    name: str
    retention: float
    limit: float
    price: float = math.nan
    loading: float = 0.0

    def recovered(self, paid: Floats) -> Floats:
        """What it gives back for a year's payments."""
        return np.clip(paid - self.retention, 0.0, self.limit)


@dataclass(frozen=True)
class Rules:
    """How a fund is set up: ``fund.csv`` with its defaults. Money is the package's, unscaled.

    Attributes
    ----------
    opening : dict of str to float
        Capital that each party puts in at the start; "" = somebody outside.
    stated : bool
        Whether the opening capital is stated.
    contributions : dict of str to ndarray of float, shape (Y,)
        By party and year.
    premium_rule : str
    premium_loading, premium_level, rate : float
        ``rate``: return on capital per year.
    annual_limit, trigger, target, call_limit, capital_limit : float
        ∞ where there is none; ``trigger`` 0.
    order : tuple of str
        Projects that are paid first when money is short.
    layers : tuple of Reinsurance
    ruin, level : float
    """

    opening: dict[str, float] = field(default_factory=dict)
    stated: bool = False
    contributions: dict[str, Floats] = field(default_factory=dict)
    premium_rule: str = "expected_value"
    premium_loading: float = 0.0
    premium_level: float = 0.99
    rate: float = 0.0
    annual_limit: float = math.inf
    trigger: float = 0.0
    target: float = 0.0
    call_limit: float = math.inf
    order: tuple[str, ...] = ()
    layers: tuple[Reinsurance, ...] = ()
    capital_limit: float = math.inf
    ruin: float = 0.005
    level: float = 0.995

    @property
    def called(self) -> bool:
        """Whether the parties may be called."""
        return self.trigger > 0 and self.call_limit > 0

    def contributed(self, years: int) -> Floats:
        """Contributions of all parties, shape (Y,)."""
        return sum(self.contributions.values(), start=np.zeros(years))

    def paid(self, claims: Floats) -> Floats:
        """What the fund pays of a year's claims, before reinsurance."""
        return np.minimum(claims, self.annual_limit)

    def net(self, claims: Floats) -> Floats:
        """What the fund pays of a year's claims, less what reinsurance gives back."""
        paid = self.paid(claims)
        return paid - sum((layer.recovered(paid) for layer in self.layers), start=np.zeros(np.shape(paid)))

    def call(self, reserve: Floats) -> Floats:
        """What the parties are called for at a reserve."""
        if not self.called:
            return np.zeros(np.shape(reserve))
        return np.where(reserve < self.trigger, np.minimum(self.target - reserve, self.call_limit), 0.0)


def terms_of_time(region: Region, start: int | None = None, years: int | None = None) -> tuple[int | None, int]:
    """First year (None = the first model year) and number of years, as asked for or as ``fund.csv`` says."""
    stated = _stated(region)
    begin = start if start is not None else (int(float(stated["start"])) if "start" in stated else None)
    return begin, years if years is not None else int(float(stated.get("horizon", 10)))


def read_rules(region: Region, years: Ints) -> Rules:
    """The rules of a region's fund for the given calendar years."""
    stated = _stated(region)

    def number(key: str, blank: float) -> float:
        return float(stated.get(key, blank))

    frame = region.table("fund")
    opening: dict[str, float] = {}
    contributions: dict[str, Floats] = {}
    layers: dict[str, dict[str, float]] = {}
    for row in frame.to_dict("records"):
        key, party, layer = str(row["key"]), _text(row["party"]), _text(row["layer"])
        if key == "opening_capital":
            opening[party] = opening.get(party, 0.0) + float(row["value"])
        elif key == "contribution":
            low = -np.inf if pd.isna(row["year_from"]) else float(row["year_from"])
            high = np.inf if pd.isna(row["year_to"]) else float(row["year_to"])
            due = float(row["value"]) * ((years >= low) & (years <= high))
            contributions[party] = contributions.get(party, np.zeros(len(years))) + due
        elif key.startswith("reinsurance_"):
            layers.setdefault(layer, {})[key.removeprefix("reinsurance_")] = float(row["value"])
    trigger = number("replenishment_trigger", 0.0)
    return Rules(
        opening, bool(opening), contributions, str(stated.get("premium_rule", "expected_value")),
        number("premium_loading", 0.0), number("premium_level", 0.99), number("return", 0.0),
        number("annual_limit", math.inf), trigger, number("replenishment_target", trigger),
        number("replenishment_limit", math.inf),
        tuple(p.strip() for p in str(stated.get("payment_order", "")).split(";") if p.strip()),
        tuple(Reinsurance(name, each["retention"], each["limit"], each.get("price", math.nan),
                          each.get("loading", 0.0)) for name, each in layers.items()),
        number("capital_limit", math.inf), number("ruin", 0.005), number("level", 0.995),
    )  # fmt: skip


def _stated(region: Region) -> dict[str, str]:
    """Settings with one row each."""
    frame = region.table("fund")
    return {str(k): str(v).strip() for k, v in zip(frame["key"], frame["value"], strict=True)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Account:
    """Rules with their money by year: what one run of the fund needs to know.

    Attributes
    ----------
    rules : Rules
    premium : ndarray of float, shape (n, Y)
        Premium of each cell.
    reinsurance : ndarray of float, shape (Y,)
        Price of all layers.
    """

    rules: Rules
    premium: Floats
    reinsurance: Floats

    @property
    def income(self) -> Floats:
        """What comes in at the start of each year: premiums and contributions less reinsurance, shape (Y,)."""
        years = self.premium.shape[1]
        return np.asarray(self.premium.sum(axis=0) + self.rules.contributed(years) - self.reinsurance)

    @property
    def worth(self) -> Floats:
        """Value at the start of money at the end of each year, at the fund's return; shape (Y,)."""
        return np.asarray((1 + self.rules.rate) ** -np.arange(1.0, self.premium.shape[1] + 1))

    @property
    def income_so_far(self) -> Floats:
        """Income up to each year, valued at the start; shape (Y,)."""
        return np.asarray(np.cumsum(self.income * self.worth) * (1 + self.rules.rate))


@dataclass(frozen=True)
class Paths:
    """Reserves of many paths.

    Attributes
    ----------
    reserve : ndarray of float32, shape (paths, Y)
        At the end of each year, money; 0 where the fund is ruined in it.
    ruined : ndarray of int, shape (paths,)
        First year (by position) of ruin; Y = never.
    called, unpaid : ndarray of float, shape (Y,)
        Mean calls on the parties, and mean claims that are not paid (limit or ruin), by year.
    """

    reserve: npt.NDArray[np.float32]
    ruined: Ints
    called: Floats
    unpaid: Floats

    def ruin(self) -> Floats:
        """Share of the paths ruined by the end of each year, shape (Y,)."""
        years = self.reserve.shape[1]
        return np.cumsum(np.bincount(self.ruined, minlength=years + 1)[:years]) / len(self.ruined)


def run(account: Account, claims: Floats, opening: float) -> Paths:
    """The reserve on every path of claims, shape (paths, Y), from an opening capital.

    A ruined fund pays what it has and goes on with what comes in.
    """
    rules, (paths, years) = account.rules, claims.shape
    reserve = np.empty((paths, years), dtype=np.float32)
    ruined = np.full(paths, years, dtype=np.int64)
    called, unpaid = np.zeros(years), np.zeros(years)
    have = np.full(paths, float(opening))
    for y, income in enumerate(account.income):
        have = have + income
        if rules.called:
            call = rules.call(have)
            called[y] = call.mean()
            have += call
        have *= 1 + rules.rate
        net = rules.net(claims[:, y])
        have -= net
        short = have < -1e-9 * max(1.0, abs(float(opening)))
        ruined[short & (ruined == years)] = y
        # What is left unpaid: beyond the annual limit, and what the fund does not have.
        unpaid[y] = float((claims[:, y] - rules.paid(claims[:, y])).mean() - np.minimum(have, 0.0).mean())
        np.maximum(have, 0.0, out=have)
        reserve[:, y] = have
    return Paths(reserve, ruined, called, unpaid)


def needed(account: Account, claims: Floats) -> Floats:
    """Opening capital that each path needs so as not to be ruined, calls left out; shape (paths,)."""
    most, so_far = np.zeros(len(claims)), np.zeros(len(claims))
    for y, (worth, income) in enumerate(zip(account.worth, account.income_so_far, strict=True)):
        so_far += worth * account.rules.net(claims[:, y])
        np.maximum(most, so_far - income, out=most)
    return most
