"""Who is covered and who pays: the fund's tables by project, party and exposure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sungari.cover.capital import Allocation, by_party
from sungari.cover.exposure import Cells
from sungari.cover.reserve import Account
from sungari.cover.severity import Floats


def by_project(cells: Cells, account: Account, split: Allocation, unpaid: pd.DataFrame) -> pd.DataFrame:
    """Covered projects.

    Returns
    -------
    DataFrame
        project, exposed (largest amount of any year), gross, claims, premium (means a year over the horizon), capital,
        capital_error (part of the fund's capital, and its standard error), tail (share in the claims of the worst
        paths), rank (in the order of payment), unpaid (a path, in the worst paths): money.
    """
    def summed(figures: Floats) -> Floats:
        return np.bincount(cells.project, weights=figures, minlength=len(cells.projects)).astype(np.float64)

    exposed = np.zeros(len(cells.projects))
    np.maximum.at(exposed, cells.project, np.where(cells.gross > 0, cells.amount, 0.0).max(axis=1))
    return pd.DataFrame({
        "project": cells.projects, "exposed": exposed, "gross": summed(cells.expected_gross.mean(axis=1)),
        "claims": summed(cells.expected.mean(axis=1)), "premium": summed(account.premium.mean(axis=1)),
        "capital": split.project, "capital_error": split.error, "tail": split.tail,
        "rank": unpaid["rank"].to_numpy(), "unpaid": unpaid["unpaid"].to_numpy(),
    })


def parties(cells: Cells, account: Account, projects: pd.DataFrame) -> pd.DataFrame:
    """What each party pays in and is covered for.

    Returns
    -------
    DataFrame
        party ("" = outside), opening, contributions, premiums (means a year over the horizon, but for opening), pays
        (all three over the horizon, present value at the fund's return), claims, gross (expected a year), capital (its
        projects' part): money.
    """
    rules, years = account.rules, len(cells.years)
    start = (1 + rules.rate) ** -np.arange(float(years))
    premium = {p: account.premium[cells.project == i].sum(axis=0) for i, p in enumerate(cells.projects)}
    paid: dict[str, Floats] = {}
    for project, amounts in premium.items():
        for party, share in (cells.shares[project] or {"": 1.0}).items():
            paid[party] = paid.get(party, np.zeros(years)) + share * amounts
    columns = {name: by_party(cells, projects[name].to_numpy()) for name in ("claims", "gross", "capital")}
    names = sorted({*rules.opening, *rules.contributions, *paid})
    nothing = np.zeros(years)
    rows = []
    for name in names:
        given, contributed = rules.opening.get(name, 0.0), rules.contributions.get(name, nothing)
        premiums = paid.get(name, nothing)
        rows.append((name, given, float(contributed.mean()), float(premiums.mean()),
                     given + float((contributed + premiums) @ start),
                     *(columns[c].get(name, 0.0) for c in ("claims", "gross", "capital"))))
    return pd.DataFrame(rows, columns=["party", "opening", "contributions", "premiums", "pays", "claims", "gross",
                                       "capital"])


def exposures(cells: Cells, account: Account) -> pd.DataFrame:
    """project, hazard, amount (largest of any year), events (a year), gross, claims, premium (means a year): money."""
    return pd.DataFrame({
        "project": [cells.projects[p] for p in cells.project],
        "hazard": [cells.hazards[h].name for h in cells.hazard],
        "amount": np.where(cells.gross > 0, cells.amount, 0.0).max(axis=1), "events": cells.events.max(axis=1),
        "gross": cells.expected_gross.mean(axis=1), "claims": cells.expected.mean(axis=1),
        "premium": account.premium.mean(axis=1),
    })
