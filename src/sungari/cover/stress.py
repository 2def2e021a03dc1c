"""What would break the fund: named bad years, and the likeliest way to ruin.

A hazard's bad year: every exposed project is struck once, each at the 0.99 quantile of the loss. A cause's bad year:
the one in 200, with the events that are then to be expected. Reverse stress: the worst paths, and what they have in
common.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sungari.cover.capital import worst_paths
from sungari.cover.copula import below, count_chances, thresholds
from sungari.cover.exposure import Cells
from sungari.cover.hazards import Hazard
from sungari.cover.losses import Draws
from sungari.cover.reserve import Account, Paths

#: How bad a hazard's bad year is, and a cause's.
HARD, ONE_IN = 0.99, 200
#: Part of a path's claims from which a hazard counts as one of its reasons.
REASON = 0.25


def named(cells: Cells, account: Account, opening: float) -> pd.DataFrame:
    """Bad years of each hazard and of each cause, in the year with most exposed.

    Returns
    -------
    DataFrame
        stress, kind (``hazard``, ``cause``), year, gross, claims, net (money), left (reserve after it, if it comes
        first and on top of nothing else), ruin (whether it alone ruins the fund).
    """
    rows = []
    for h, hazard in enumerate(cells.hazards):
        mine = np.flatnonzero(cells.hazard == h)
        if not len(mine) or not (cells.gross[mine] > 0).any():
            continue
        year = int(cells.gross[mine].sum(axis=0).argmax())
        loss = np.minimum(hazard.severity.quantile(np.array([HARD])), hazard.cap)
        gross = float(np.maximum(loss, 0.0)[0] * cells.gross[mine, year].sum())
        claims = float(sum(cells.layer(int(i), year).pay(loss)[0] for i in mine))
        rows.append((hazard.name, "hazard", year, gross, claims))
    score = float(-_normal_quantile(1 / ONE_IN))
    for f, cause in enumerate(cells.causes.names):
        tied = [h for h, hazard in enumerate(cells.hazards) if hazard.dependent and hazard.factor == f]
        mine = np.flatnonzero(np.isin(cells.hazard, tied))
        if not len(mine) or not (cells.gross[mine] > 0).any():
            continue
        year = int(cells.gross[mine].sum(axis=0).argmax())
        rows.append((cause, "cause", year, *_bad_year(cells, mine, year, score)))
    found = pd.DataFrame(rows, columns=["stress", "kind", "year", "gross", "claims"])
    net = account.rules.net(found["claims"].to_numpy(dtype=float))
    income = account.income[found["year"].to_numpy(dtype=np.int64)] if len(found) else np.zeros(0)
    left = (opening + income) * (1 + account.rules.rate) - net
    found["net"], found["left"], found["ruin"] = net, left, left < 0
    found["year"] = cells.years[found["year"].to_numpy(dtype=np.int64)] if len(found) else []
    return found.sort_values("claims", ascending=False, ignore_index=True)


def _normal_quantile(u: float) -> float:
    from scipy import special

    return float(special.ndtri(u))


def _bad_year(cells: Cells, mine: np.ndarray[tuple[int], np.dtype[np.int64]], year: int, z: float
              ) -> tuple[float, float]:
    """Expected loss and claims of cells in a year that is so bad for their cause."""
    gross = claims = 0.0
    for i in mine:
        hazard = cells.hazards[cells.hazard[i]]
        if cells.gross[i, year] <= 0:
            continue
        whole, layer = cells.whole(int(i), year), cells.layer(int(i), year)
        if hazard.drift:
            loss = _drift_at(hazard, z)
            gross += float(whole.pay(loss)[0])
            claims += float(layer.pay(loss)[0])
        else:
            at_most = below(hazard, thresholds(hazard), np.array(z), np.array(1.0))
            events = float((1 - at_most).sum())
            gross += events * whole.mean
            claims += events * layer.mean
    return gross, claims


def _drift_at(hazard: Hazard, z: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A drift's middling loss when its cause stands at z."""
    from scipy import special

    x = hazard.loading * z
    u = special.ndtr(x) if math.isinf(hazard.df) else special.stdtr(hazard.df, x)
    return np.asarray(hazard.severity.quantile(np.atleast_1d(u)))


@dataclass(frozen=True)
class Breaking:
    """The likeliest way to ruin.

    Attributes
    ----------
    hazards : DataFrame
        hazard, share (of the claims of the worst paths), events (a path, up to the year that decides), usual (the same
        on average over all paths).
    causes : DataFrame
        cause, score: how bad the year that decides is, in standard deviations, on average.
    projects : DataFrame
        project, share (of the claims of the worst paths).
    years : DataFrame
        year, share (of the worst paths that are decided in it).
    together : DataFrame
        hazards (joined by ;), share: which hazards bring at least a quarter of a path's claims each.
    paths, ruined : int
        Worst paths looked at, and how many of them ruin the fund.
    """

    hazards: pd.DataFrame
    causes: pd.DataFrame
    projects: pd.DataFrame
    years: pd.DataFrame
    together: pd.DataFrame
    paths: int
    ruined: int


def reverse(cells: Cells, account: Account, draws: Draws, paths: Paths) -> Breaking:
    """What the paths that need most capital have in common."""
    tail = worst_paths(account, draws, account.rules.ruin)
    number, years = len(tail.path), len(cells.years)
    hazard = cells.hazard[draws.kept.cell[tail.event]]
    by_path = np.zeros((number, len(cells.hazards)))
    np.add.at(by_path, (tail.of, hazard), tail.net)
    total = float(by_path.sum())
    counts = np.bincount(hazard, minlength=len(cells.hazards)) / number
    usual = np.zeros(len(cells.hazards))
    # A drift's yearly claim counts as an event where the fund pays for it.
    rate = np.array([_paying(h, cells, i) for i, h in enumerate(cells.hazards)])
    np.add.at(usual, cells.hazard, (cells.gross > 0).sum(axis=1))
    usual *= rate * (tail.until.mean() + 1) / years
    shares = by_path.sum(axis=0) / total if total > 0 else np.zeros(len(cells.hazards))
    names = np.array([h.name for h in cells.hazards], dtype=object)
    used = np.flatnonzero(shares > 0)
    hazards = pd.DataFrame({"hazard": names[used], "share": shares[used], "events": counts[used],
                            "usual": usual[used]}).sort_values("share", ascending=False, ignore_index=True)
    own = by_path.sum(axis=1, keepdims=True)
    reasons = np.where(own > 0, by_path / np.where(own > 0, own, 1.0), 0.0) >= REASON
    kinds, first, times = np.unique(reasons, axis=0, return_index=True, return_counts=True)
    del first
    together = pd.DataFrame({
        "hazards": [";".join(str(n) for n in names[k]) for k in kinds], "share": times / number,
    })
    together = together[together["hazards"] != ""].sort_values("share", ascending=False, ignore_index=True)
    scores = draws.kept.causes[np.searchsorted(draws.kept.paths, tail.path), tail.until]
    by_project = np.bincount(cells.project[draws.kept.cell[tail.event]], weights=tail.net,
                             minlength=len(cells.projects))
    decided = np.bincount(tail.until, minlength=years) / number
    return Breaking(
        hazards,
        pd.DataFrame({"cause": list(cells.causes.names), "score": scores.mean(axis=0)}),
        pd.DataFrame({"project": cells.projects, "share": by_project / total if total > 0 else by_project})
        .sort_values("share", ascending=False, ignore_index=True),
        pd.DataFrame({"year": cells.years, "share": decided}), together, number,
        int((paths.ruined[tail.path] < years).sum()),
    )


def _paying(hazard: Hazard, cells: Cells, position: int) -> float:
    """Events a year and cell for which the fund pays."""
    mine = np.flatnonzero(cells.hazard == position)
    if not len(mine):
        return 0.0
    rate = 1.0 if hazard.drift else float(count_chances(hazard) @ np.arange(len(count_chances(hazard))))
    year = int(cells.gross[mine].sum(axis=0).argmax())
    return rate * float(np.mean([float(cells.layer(int(i), year).survival(np.array(0.0))) for i in mine]))
