"""How much capital each chance of ruin asks for, and how much if more or less of every loss were covered.

All answers come from the courses that were drawn for the fund: where every loss is covered by a factor more, claims and
the premiums that follow from them are that factor higher on the same course. What is stated in money, contributions,
limits, layers and some premiums, stays.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from sungari.cover.reserve import Account, needed, run
from sungari.cover.severity import Floats

Mask = npt.NDArray[np.bool_]
#: Chances of ruin, and factors of coverage, that are answered for.
RUIN = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1)
FACTORS = tuple(round(0.1 * k, 1) for k in range(5, 16))
#: Courses that are looked at, and fewest of them that may lie beyond an answer.
PATHS, FEWEST = 100_000, 20


def capital_curve(account: Account, claims: Floats, stated: Mask, most: float) -> pd.DataFrame:
    """Opening capital by chance of ruin and factor of coverage.

    Parameters
    ----------
    account : Account
    claims : ndarray of float, shape (paths, Y)
        Of the drawn courses, money.
    stated : ndarray of bool, shape (n,)
        Cells whose premium is stated.
    most : float
        Largest factor that leaves no loss covered more than in full.

    Returns
    -------
    DataFrame
        ``coverage`` (factor; 1 = as the package states), ``ruin`` (chance of running dry within the horizon),
        ``capital`` (money). Chances that too few courses lie beyond are left out.
    """
    claims = claims[:PATHS]
    levels = [r for r in RUIN if r * len(claims) >= FEWEST]
    rows = []
    for factor in FACTORS:
        if factor > max(most, 1.0) + 1e-9:
            continue
        scaled, own = _scaled(account, claims, stated, factor), factor * claims
        rows += [(factor, level, value) for level, value in zip(levels, _capital(scaled, own, levels), strict=True)]
    return pd.DataFrame(rows, columns=["coverage", "ruin", "capital"])


def _scaled(account: Account, claims: Floats, stated: Mask, factor: float) -> Account:
    """The fund with all cover a factor higher; layers without a stated price cost what they would pay."""
    if factor == 1.0:
        return account
    rules, price = account.rules, account.reinsurance.copy()
    for layer in rules.layers:
        if not math.isnan(layer.price):
            continue
        for y in range(claims.shape[1]):
            before, after = (float(layer.recovered(rules.paid(k * claims[:, y])).mean()) for k in (1.0, factor))
            price[y] += (1 + layer.loading) * (after - before)
    premium = np.where(stated[:, None], account.premium, factor * account.premium)
    return replace(account, premium=premium, reinsurance=price)


def _capital(account: Account, claims: Floats, levels: list[float]) -> list[float]:
    if not levels:
        return []
    need = needed(account, claims)
    alone = [float(np.quantile(need, 1 - level)) for level in levels]
    if not account.rules.called:
        return alone
    # Calls depend on the reserve: what each capital's chance of ruin then is, is seen by running the fund from it.
    trial = sorted({0.0, *alone, *(0.5 * c for c in alone[:3]), *(0.5 * c for c in alone[-3:])})
    chance = np.array([float(run(account, claims, c).ruin()[-1]) for c in trial])
    falling = np.minimum.accumulate(chance)
    return [float(np.interp(-level, -falling, trial)) if falling[0] > level else 0.0 for level in levels]
