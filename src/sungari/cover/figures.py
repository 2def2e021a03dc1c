"""Figures of a fund: quantiles, tails and curves, exact where there is an exact answer, each drawn as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sungari.cover.capital import quantile, tail_mean
from sungari.cover.exact import Aggregate
from sungari.cover.exposure import Cells
from sungari.cover.losses import Draws
from sungari.cover.reserve import Account, Paths
from sungari.cover.severity import Floats

#: Return periods of the exceedance curves, years.
RETURNS = (2, 5, 10, 20, 50, 100, 200, 250, 500, 1000)
#: Quantiles of the reserve that are kept by year.
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
BARS = 60


@dataclass(frozen=True)
class Figure:
    """One figure: the answer, its drawn twin with its standard error, and how the answer was found.

    Attributes
    ----------
    value : float
    drawn, error : float
        From the paths, and its standard error.
    own_error : float
        Error of `value` itself: of the grid, or of the scramblings; the drawn one's where it was drawn.
    """

    value: float
    drawn: float
    error: float
    own_error: float


def tails(
    levels: Sequence[float], claims: Floats, exact: Aggregate | None, coarse: Aggregate | None
) -> dict[str, dict[float, Figure]]:
    """VaR and TVaR of the first year's claims by level.

    Parameters
    ----------
    levels : sequence of float
    claims : ndarray of float, shape (paths,)
    exact : Aggregate or None
        The same without drawing.
    coarse : Aggregate or None
        `exact` on a grid of twice the step: the difference bounds the error of the grid.
    """
    found: dict[str, dict[float, Figure]] = {"var": {}, "tvar": {}}
    for level in levels:
        var, var_error = quantile(claims, level)
        tvar, tvar_error = tail_mean(claims, level, var)
        if exact is None:
            found["var"][level] = Figure(var, var, var_error, var_error)
            found["tvar"][level] = Figure(tvar, tvar, tvar_error, tvar_error)
            continue
        for name, drawn, error in (("var", var, var_error), ("tvar", tvar, tvar_error)):
            def figure(lattice: object, name: str = name, level: float = level) -> float:
                return float(getattr(lattice, name)(level))

            value = figure(exact.lattice)
            own = exact.error(figure) or (abs(value - figure(coarse.lattice)) if coarse else 0.0)
            found[name][level] = Figure(value, drawn, error, own)
    return found


def mean_of(claims: Floats, expected: float) -> Figure:
    """Mean of the first year's claims: its sum over the cells is exact."""
    return Figure(expected, float(claims.mean()), float(claims.std()) / math.sqrt(len(claims)), 0.0)


def exceedance(draws: Draws, exact: Aggregate | None) -> pd.DataFrame:
    """Exceedance curves of the first year.

    Returns
    -------
    DataFrame
        years (return period), chance (a year), aep (aggregate claims), oep (largest single claim), money.
    """
    chance = 1.0 / np.array(RETURNS, dtype=float)
    if exact is None:
        aep = np.quantile(draws.claims[:, 0], 1 - chance)
        oep = np.quantile(draws.largest, 1 - chance)
    else:
        aep = np.array([exact.lattice.var(1 - p) for p in chance])
        top = exact.lattice.step * (len(exact.lattice.p) - 1)
        grid = np.concatenate([[0.0], np.geomspace(top * 1e-6, top, 600)])
        over = exact.occurrence(grid)
        oep = np.array([float(grid[int(np.argmax(over <= p))]) if (over <= p).any() else top for p in chance])
        for k, p in enumerate(chance):  # between two points of the grid the chance is taken as linear
            at = int(np.argmax(over <= p))
            fall = over[at - 1] - over[at] if at else 0.0
            if at and 0 < fall < 0.5 * over[at - 1]:
                oep[k] = grid[at - 1] + (over[at - 1] - p) / fall * (grid[at] - grid[at - 1])
    return pd.DataFrame({"years": RETURNS, "chance": chance, "aep": aep, "oep": oep})


def histogram(draws: Draws, exact: Aggregate | None, most: float) -> pd.DataFrame:
    """Distribution of the first year's claims up to an amount.

    Returns
    -------
    DataFrame
        low, high (money), chance: that claims lie above `low` and at most at `high`; the first row is no claim at all.
    """
    edges = np.linspace(0.0, most if most > 0 else 1.0, BARS + 1)
    if exact is None:
        claims = np.sort(draws.claims[:, 0])
        over = 1.0 - np.searchsorted(claims, edges, side="right") / len(claims)
    else:
        over = exact.lattice.exceeding(edges)
    chance = np.concatenate([[1.0 - over[0]], -np.diff(over)])
    return pd.DataFrame({
        "low": np.concatenate([[0.0], edges[:-1]]), "high": np.concatenate([[0.0], edges[1:]]),
        "chance": np.maximum(chance, 0.0),
    })


def layers(account: Account, draws: Draws, level: float) -> pd.DataFrame:
    """The first year's loss as it passes through the fund's hands.

    Returns
    -------
    DataFrame
        layer (``gross``: lost, whoever pays; ``claims``: after each exposure's terms; ``paid``: after the annual limit;
        ``net``: after reinsurance), mean, var, tvar at the level, error (of the mean): money, drawn.
    """
    claims = draws.claims[:, 0]
    rows = []
    for name, values in (("gross", draws.gross), ("claims", claims), ("paid", account.rules.paid(claims)),
                         ("net", account.rules.net(claims))):
        var, _ = quantile(values, level)
        tvar, _ = tail_mean(values, level, var)
        rows.append((name, float(values.mean()), var, tvar, float(values.std()) / math.sqrt(len(values))))
    return pd.DataFrame(rows, columns=["layer", "mean", "var", "tvar", "error"])


def by_year(cells: Cells, account: Account, paths: Paths, ruin: Floats) -> pd.DataFrame:
    """The fund year by year.

    Returns
    -------
    DataFrame
        year, exposed (amounts, each project's largest), gross, claims (expected), premiums, contributions, reinsurance,
        called, unpaid (means), ruin (chance up to the year's end), ruin_drawn, ruin_error, and the reserve's quantiles
        ``q05`` … ``q95``: money.
    """
    years, number = len(cells.years), len(paths.ruined)
    largest = np.zeros((len(cells.projects), years))
    np.maximum.at(largest, cells.project, np.where(cells.gross > 0, cells.amount, 0.0))
    drawn = paths.ruin()
    found = pd.DataFrame({
        "year": cells.years, "exposed": largest.sum(axis=0), "gross": cells.expected_gross.sum(axis=0),
        "claims": cells.expected.sum(axis=0), "premiums": account.premium.sum(axis=0),
        "contributions": account.rules.contributed(years), "reinsurance": account.reinsurance,
        "called": paths.called, "unpaid": paths.unpaid, "ruin": ruin, "ruin_drawn": drawn,
        "ruin_error": np.sqrt(drawn * (1 - drawn) / number),
    })
    bands = np.stack([np.quantile(paths.reserve[:, y], BANDS) for y in range(years)], axis=1)
    for q, values in zip(BANDS, bands, strict=True):
        found[f"q{100 * q:02.0f}"] = values
    return found
