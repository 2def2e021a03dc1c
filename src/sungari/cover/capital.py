"""Whose capital it is: the fund's capital split over projects and parties.

Euler allocation: the capital that a path needs is a sum over the projects, of their claims up to the year that decides,
less their premiums and their part of contributions and of the price of reinsurance. The mean of these parts over the
paths that need most splits the capital; the parts sum to the whole. A part can be negative: a project that pays in more
than it takes out in bad times. Source: Tasche 1999; McNeil, Frey & Embrechts, Quantitative Risk Management, 8.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sungari.cover.exposure import Cells
from sungari.cover.losses import Draws
from sungari.cover.reserve import Account, needed
from sungari.cover.severity import Floats, Ints

#: Paths below which an allocation would rest on too few.
FEWEST = 30


@dataclass(frozen=True)
class Allocation:
    """Parts of a capital.

    Attributes
    ----------
    project : ndarray of float, shape (projects,)
        Sums to the capital.
    error : ndarray of float, shape (projects,)
        Standard errors.
    tail : ndarray of float, shape (projects,)
        Share of each project in the claims of the worst paths; sums to 1.
    """

    project: Floats
    error: Floats
    tail: Floats


@dataclass(frozen=True)
class Worst:
    """The paths that need most capital, opened up.

    Attributes
    ----------
    path : ndarray of int, shape (k,)
        Their numbers.
    until : ndarray of int, shape (k,)
        Year (by position) that decides how much each needs.
    of : ndarray of int, shape (events,)
        Path (0..k−1) of each of their events up to that year; with `event`, its place in the kept ones.
    event : ndarray of int
    net : ndarray of float, shape (events,)
        What each event costs the fund, after the annual limit and reinsurance, valued at the start.
    """

    path: Ints
    until: Ints
    of: Ints
    event: Ints
    net: Floats


def worst_paths(account: Account, draws: Draws, share: float) -> Worst:
    """The `share` of all paths that need most capital (of those whose events are kept)."""
    kept = draws.kept
    claims = draws.claims[kept.paths]
    net = account.rules.net(claims)
    course = np.cumsum(net * account.worth, axis=1) - account.income_so_far
    number = min(max(round(share * len(draws.claims)), FEWEST), len(kept.paths))
    chosen = np.sort(np.argsort(course.max(axis=1), kind="stable")[len(course) - number :])
    until = course[chosen].argmax(axis=1)
    place = np.full(len(kept.paths), -1, dtype=np.int64)
    place[chosen] = np.arange(number)
    at = np.searchsorted(kept.paths, kept.path)
    of = place[at]
    mine = np.flatnonzero(of >= 0)
    mine = mine[kept.year[mine] <= until[of[mine]]]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(claims > 0, net / claims, 0.0)
    cost = kept.payment[mine] * part[at[mine], kept.year[mine]] * account.worth[kept.year[mine]]
    return Worst(kept.paths[chosen], until, of[mine], mine, cost)


def allocate(cells: Cells, account: Account, draws: Draws, capital: float) -> Allocation:
    """Split a capital over the covered projects."""
    projects = len(cells.projects)
    tail = worst_paths(account, draws, account.rules.ruin)
    number = len(tail.path)
    who = cells.project[draws.kept.cell[tail.event]]
    claims = np.zeros((number, projects))
    np.add.at(claims, (tail.of, who), tail.net)
    # What comes in: each project's own premium; contributions and reinsurance by expected claims.
    expected = np.zeros(projects)
    np.add.at(expected, cells.project, cells.expected.sum(axis=1))
    common = expected / expected.sum() if expected.sum() > 0 else np.full(projects, 1 / projects)
    premium = np.zeros((projects, len(cells.years)))
    np.add.at(premium, cells.project, account.premium)
    rest = account.income - account.premium.sum(axis=0)
    income = (premium + common[:, None] * rest) * account.worth * (1 + account.rules.rate)
    parts = claims - np.cumsum(income, axis=1).T[tail.until]
    mean = parts.mean(axis=0)
    total = float(mean.sum())
    shares = claims.sum(axis=0)
    shares = shares / shares.sum() if shares.sum() > 0 else common
    if total <= 0 or capital <= 0:
        return Allocation(capital * common, np.zeros(projects), shares)
    error = parts.std(axis=0, ddof=1) / np.sqrt(number) * capital / total
    return Allocation(mean * capital / total, error, shares)


def by_party(cells: Cells, project: Floats) -> dict[str, float]:
    """Amounts of projects, added up over their parties by their shares; "" = projects that no party bears."""
    found: dict[str, float] = {}
    for name, amount in zip(cells.projects, project, strict=True):
        for party, share in (cells.shares[name] or {"": 1.0}).items():
            found[party] = found.get(party, 0.0) + share * float(amount)
    return found


def unpaid_by_project(cells: Cells, account: Account, draws: Draws, opening: float) -> pd.DataFrame:
    """What projects are not paid in the paths that are kept, in the order of payment.

    Parameters
    ----------
    cells, account, draws
    opening : float
        Opening capital.

    Returns
    -------
    DataFrame
        project, claims, unpaid: money a path, over the horizon, in the worst paths; ``rank`` in the order of payment.
    """
    rules, kept = account.rules, draws.kept
    rank = {p: i for i, p in enumerate(rules.order)}
    ranks = np.array([rank.get(p, len(rank)) for p in cells.projects])
    claims = np.zeros((len(kept.paths), len(cells.years), len(cells.projects)))
    at = np.searchsorted(kept.paths, kept.path)
    np.add.at(claims, (at, kept.year, cells.project[kept.cell]), kept.payment)
    have = np.full(len(kept.paths), opening)
    unpaid = np.zeros(len(cells.projects))
    for y, income in enumerate(account.income):
        have = have + income
        have = (have + rules.call(have)) * (1 + rules.rate)
        due = claims[:, y].sum(axis=1)
        back = rules.paid(due) - rules.net(due)
        can = np.minimum(rules.paid(due), np.maximum(have + back, 0.0))
        for r in np.unique(ranks):
            mine = claims[:, y][:, ranks == r]
            asked = mine.sum(axis=1)
            given = np.minimum(asked, can)
            can = can - given
            with np.errstate(invalid="ignore", divide="ignore"):
                part = np.where(asked > 0, given / asked, 1.0)
            unpaid[ranks == r] += (mine * (1 - part)[:, None]).sum(axis=0)
        have = np.maximum(have - rules.net(due), 0.0)
    number = max(len(kept.paths), 1)
    return pd.DataFrame({
        "project": cells.projects, "rank": ranks + 1, "claims": claims.sum(axis=(0, 1)) / number,
        "unpaid": unpaid / number,
    })


def quantile_with_error(account: Account, draws: Draws, ruin: float) -> tuple[float, float]:
    """Smallest capital without calls, from the paths, and its standard error."""
    need = needed(account, draws.claims)
    return quantile(need, 1 - ruin)


def quantile(values: Floats, level: float) -> tuple[float, float]:
    """A quantile of draws and its standard error (from order statistics)."""
    n = len(values)
    width = np.sqrt(level * (1 - level) * n)
    low, middle, high = (int(np.clip(np.ceil(level * n + k * width) - 1, 0, n - 1)) for k in (-1, 0, 1))
    found = np.partition(values, sorted({low, middle, high}))
    return float(found[middle]), float(found[high] - found[low]) / 2


def tail_mean(values: Floats, level: float, var: float) -> tuple[float, float]:
    """Mean of the worst ``1 − level`` of draws and its standard error."""
    n = len(values)
    over = np.maximum(values - var, 0.0)
    return var + float(over.mean()) / (1 - level), float(over.std()) / (1 - level) / np.sqrt(n)
