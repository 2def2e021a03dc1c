"""What the fund asks of a set of projects that it is to cover: a yearly charge for each, a capital for all of them.

Paths are drawn once, for all exposed projects together; the capital of a set is then read from the claims of its own
projects on the same paths, so that sets are compared on equal footing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from sungari.cover import capital as capitals
from sungari.cover.exposure import Cells
from sungari.cover.fund import account_of, covered
from sungari.cover.losses import Draws, Task, draw
from sungari.cover.reserve import Account, needed
from sungari.errors import UsageError
from sungari.region.package import Region

#: Paths that the capital of a set is read from.
PATHS = 50_000


@dataclass(frozen=True)
class Guarantee:
    """Terms of the fund for sets of projects. Money is the package's, not divided by ``money_scale``.

    Attributes
    ----------
    charges : dict of str to float
        What cover of each exposed project costs a year by the fund's premium rule, mean over the horizon.
    limit : float
        Most opening capital that the fund may need; ∞ = no limit.
    """

    charges: dict[str, float]
    limit: float
    cells: Cells
    account: Account
    draws: Draws

    def capital(self, projects: Iterable[str]) -> float:
        """Smallest opening capital with which a fund that covers these projects keeps to its chance of ruin, money.

        Contributions and reinsurance are those of the fund as it is set up; calls are left out.
        """
        wanted = np.isin(np.array(self.cells.projects), sorted(projects))
        if not wanted.any():
            return 0.0
        kept, years = self.draws.kept, len(self.cells.years)
        mine = wanted[self.cells.project[kept.cell]]
        place = kept.path[mine] * years + kept.year[mine]
        claims = np.zeros(len(self.draws.claims) * years)
        np.add.at(claims, place, kept.payment[mine])
        premium = self.account.premium * wanted[self.cells.project][:, None]
        account = Account(self.account.rules, premium, self.account.reinsurance)
        found, _ = capitals.quantile(needed(account, claims.reshape(-1, years)), 1 - account.rules.ruin)
        return found

    @property
    def limited(self) -> bool:
        """Whether there is a limit on the capital."""
        return not math.isinf(self.limit)

    def admits(self, projects: Iterable[str]) -> bool:
        """Whether a fund within the limit can cover these projects."""
        return not self.limited or self.capital(projects) <= self.limit


def guarantee(
    region: Region, *, limit: float | None = None, paths: int = PATHS, seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Guarantee:
    """What the fund of a region asks of sets of its projects.

    Parameters
    ----------
    region : Region
        A checked region with exposures.
    limit : float or None
        Most opening capital, money; None = ``capital_limit`` of ``fund.csv``, or none.
    paths, seed : int
        Of the draws that capitals are read from.
    progress : callable or None
        Called with a word on what is done next.

    Returns
    -------
    Guarantee

    Raises
    ------
    UsageError
        If nothing is exposed, or the limit is below zero.
    """
    if limit is not None and not limit >= 0:
        raise UsageError(f"a capital limit of {limit:g}: expected an amount of money, at least 0")
    cells, rules = covered(region, progress=progress)
    account = account_of(cells, rules, seed)
    draws = draw(Task(cells, seed, paths, account.worth, account.income_so_far, 1.0))
    charges = dict.fromkeys(cells.projects, 0.0)
    for project, yearly in zip(cells.project, account.premium.mean(axis=1), strict=True):
        charges[cells.projects[project]] += float(yearly)
    return Guarantee(charges, rules.capital_limit if limit is None else limit, cells, account, draws)
