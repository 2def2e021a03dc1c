"""What the fund asks of a set of projects that it is to cover: a yearly charge for each, a capital for all of them.

Paths are drawn once, for all exposed projects together; the capital of a set is then read from the claims of its own
projects on the same paths, so that sets are compared on equal footing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sungari.cover import capital as capitals
from sungari.cover.exposure import Cells
from sungari.cover.fund import account_of, covered
from sungari.cover.losses import Draws, Task, draw
from sungari.cover.reserve import Account, Reinsurance, needed
from sungari.cover.severity import Floats, Ints
from sungari.decide.rule import Rule
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

    def capital(self, projects: Iterable[str], paying: Iterable[str] = ()) -> float:
        """Smallest opening capital with which a fund that covers these projects keeps to its chance of ruin, money.

        Contributions and reinsurance are those of the fund as it is set up; calls are left out.

        Parameters
        ----------
        projects : iterable of str
            Whose claims the fund pays, and who pay their premiums.
        paying : iterable of str
            Others who pay premiums and claim nothing: no set that holds `projects` and some of these needs less.
        """
        wanted = frozenset(projects) & frozenset(self.cells.projects)
        return self._capital(self._claims(wanted), wanted | frozenset(paying)) if wanted else 0.0

    def _capital(self, claims: Floats, paying: frozenset[str]) -> float:
        """The same from claims, shape (paths · Y,), and the premiums of those who pay."""
        insured = np.isin(np.array(self.cells.projects), sorted(paying))
        premium = self.account.premium * insured[self.cells.project][:, None]
        account = Account(self.account.rules, premium, self.account.reinsurance)
        needs = needed(account, claims.reshape(-1, len(self.cells.years)))
        return capitals.quantile(needs, 1 - account.rules.ruin)[0]

    def _claims(self, projects: Iterable[str]) -> Floats:
        """Claims of projects together, path by path and year by year; shape (paths · Y,)."""
        claims = np.zeros(len(self.draws.claims) * len(self.cells.years))
        for project in sorted(projects):
            place, payment = self._by_project[project]
            claims[place] += payment
        return claims

    @cached_property
    def _by_project(self) -> dict[str, tuple[Ints, Floats]]:
        """Claims of each project: places among all paths' years, each once, and money."""
        kept = self.draws.kept
        made = {}
        for number, project in enumerate(self.cells.projects):
            mine = self.cells.project[kept.cell] == number
            place, at = np.unique(kept.path[mine] * len(self.cells.years) + kept.year[mine], return_inverse=True)
            payment = np.bincount(at, weights=kept.payment[mine], minlength=len(place)).astype(float)
            made[project] = place, payment
        return made

    @property
    def rule(self) -> Rule | None:
        """What the limit on the capital asks of a set; None where there is no limit."""
        return None if math.isinf(self.limit) else Rule(lambda names: self.capital(names) - self.limit, self.reason)

    def admits(self, projects: Iterable[str]) -> bool:
        """Whether a fund within the limit can cover these projects."""
        return math.isinf(self.limit) or self.capital(projects) <= self.limit

    def reason(self, refused: frozenset[str], every: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Why a set is refused: it has some projects, and lacks some whose premiums would help.

        Projects are left out of the reason, in the order given, as long as the fund would be too small even if they
        paid their premiums and claimed nothing: what they claim never makes less capital do. (It may where layers of
        reinsurance overlap; then the whole set is the reason.)
        """
        exposed = frozenset(self.cells.projects)
        having, lacking, free = refused & exposed, exposed & frozenset(every) - refused, frozenset[str]()
        if _overlapping(self.account.rules.layers):
            return having, lacking
        claims = self._claims(having)
        for project in (p for p in every if p in exposed and having != {p}):  # without any there is no fund
            less = claims
            if project in having:
                less = claims.copy()
                place, payment = self._by_project[project]
                less[place] -= payment
            if self._capital(less, having | free | {project}) > self.limit:
                claims, having, lacking, free = less, having - {project}, lacking - {project}, free | {project}
        return having, lacking


def _overlapping(layers: Sequence[Reinsurance]) -> bool:
    """Whether a payment may be given back more than once."""
    spans = sorted((layer.retention, layer.retention + layer.limit) for layer in layers)
    return any(low < end for (_, end), (low, _) in pairwise(spans))


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
        raise UsageError("a capital limit of {limit:g}: expected an amount of money, at least 0", limit=limit)
    cells, rules = covered(region, progress=progress)
    account = account_of(cells, rules, seed)
    draws = draw(Task(cells, seed, paths, account.worth, account.income_so_far, 1.0))
    charges = dict.fromkeys(cells.projects, 0.0)
    for project, yearly in zip(cells.project, account.premium.mean(axis=1), strict=True):
        charges[cells.projects[project]] += float(yearly)
    return Guarantee(charges, rules.capital_limit if limit is None else limit, cells, account, draws)
