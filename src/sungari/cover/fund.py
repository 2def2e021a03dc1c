"""How large a compensation fund must be, who pays in, what cover costs, and when it runs dry.

Years are independent given their exposures; within a year, projects are tied by common causes. The first year's claims,
the chance of ruin and the smallest capital are worked out without drawing wherever the work allows (see
:mod:`sungari.cover.exact` and :mod:`sungari.cover.ruin`); all of it is drawn as well, so that every figure has a twin
with a standard error. Source: risk.md, "Risk and the compensation fund".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import sungari
from sungari.cover import accounts, curve, figures, stress
from sungari.cover import capital as capitals
from sungari.cover.exact import WORK, Aggregate, Aggregator
from sungari.cover.exposure import Cells, horizon, needs_plan, read_cells
from sungari.cover.figures import Figure
from sungari.cover.losses import Draws, Task, draw
from sungari.cover.premium import premiums
from sungari.cover.reserve import Account, Rules, read_rules, run, terms_of_time
from sungari.cover.ruin import Chain
from sungari.cover.sizing import ever, smallest
from sungari.errors import UsageError
from sungari.region.package import Region
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

LEVELS = (0.9, 0.95, 0.99, 0.995, 0.999)
#: Points of the grid for the years after the first: they only feed the chance of ruin.
LATER = 2**13
#: Paths that price a reinsurance layer where there is no exact answer.
PILOT = 20_000
EXACT = "exact: Fourier transform on a grid, quadrature over common causes"
CONDITIONAL = "conditional Monte Carlo: Sobol points over common causes, exact given them"
DRAWN = "simulation"


@dataclass
class Fund:
    """A fund that is sized. Money in tables and attributes is the package's, not divided by ``money_scale``.

    Attributes
    ----------
    region : Region
    cells : Cells
        What is covered.
    rules : Rules
    aal : Figure
        Mean of the first year's claims: what the fund owes after deductible, limit and coverage.
    var, tvar : dict of float to Figure
        Of the first year's claims, by level.
    capital : Figure
        Smallest opening capital with which the chance of ruin within the horizon is at most ``rules.ruin``.
    opening : float
        Opening capital that everything else is worked out with: as stated, or the smallest.
    years : DataFrame
        See :func:`sungari.cover.figures.by_year`.
    breaking : Breaking
        The likeliest way to ruin.
    info : dict
        What it was made from, methods, seconds.
    """

    region: Region
    cells: Cells
    rules: Rules
    aal: Figure
    var: dict[float, Figure]
    tvar: dict[float, Figure]
    capital: Figure
    opening: float
    years: pd.DataFrame
    breaking: stress.Breaking
    frames: dict[str, pd.DataFrame]
    info: dict[str, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything as tables, money not divided.

        ``levels``, ``exceedance``, ``distribution``, ``layers``, ``years``, ``projects``, ``parties``, ``exposures``,
        ``stress``; ``breaking_hazards``, ``breaking_causes``, ``breaking_projects``, ``breaking_years``,
        ``breaking_together``.
        """
        rows = [(level, f.value, f.drawn, f.error, t.value, t.drawn, t.error)
                for (level, f), t in zip(self.var.items(), self.tvar.values(), strict=True)]
        levels = pd.DataFrame(rows, columns=["level", "var", "var_drawn", "var_error", "tvar", "tvar_drawn",
                                             "tvar_error"])
        b = self.breaking
        return {
            "levels": levels, "years": self.years, **self.frames, "breaking_hazards": b.hazards,
            "breaking_causes": b.causes, "breaking_projects": b.projects, "breaking_years": b.years,
            "breaking_together": b.together,
        }

    def as_json(self) -> dict[str, Any]:
        """Plain data; money divided by ``money_scale``."""
        scale = self.region.settings.money_scale

        def by_level(figures: dict[float, Figure], name: str) -> dict[str, float]:
            return {f"{level:g}": getattr(f, name) / scale for level, f in figures.items()}

        def records(name: str, money: Sequence[str]) -> list[dict[str, Any]]:
            frame = self.frames[name].copy()
            frame[list(money)] = frame[list(money)] / scale
            return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]

        years, b = self.years, self.breaking
        money = [c for c in years.columns if c not in ("year", "ruin", "ruin_drawn", "ruin_error")]
        by_year = years.assign(**{c: years[c] / scale for c in money})
        label = [str(y) for y in years["year"]]
        rules = self.rules
        return {
            **self.info, "aal": self.aal.value / scale, "var": by_level(self.var, "value"),
            "tvar": by_level(self.tvar, "value"), "ruin": dict(zip(label, years["ruin"].tolist(), strict=True)),
            "capital": self.capital.value / scale, "opening_capital": self.opening / scale,
            "enough": None if math.isinf(rules.capital_limit) else bool(self.capital.value <= rules.capital_limit),
            "standard_error": {
                "aal": self.aal.error / scale, "var": by_level(self.var, "error"),
                "tvar": by_level(self.tvar, "error"),
                "ruin": dict(zip(label, years["ruin_error"].tolist(), strict=True)),
                "capital": self.capital.error / scale,
            },
            "simulated": {
                "aal": self.aal.drawn / scale, "var": by_level(self.var, "drawn"),
                "tvar": by_level(self.tvar, "drawn"),
                "ruin": dict(zip(label, years["ruin_drawn"].tolist(), strict=True)),
                "capital": self.capital.drawn / scale,
            },
            "error": {"var": by_level(self.var, "own_error"), "tvar": by_level(self.tvar, "own_error"),
                      "capital": self.capital.own_error / scale},
            "accepted_ruin": rules.ruin, "level": rules.level,
            "exceedance": records("exceedance", ("aep", "oep")),
            "layers": records("layers", ("mean", "var", "tvar", "error")),
            "years": by_year.to_dict("records"),
            "projects": records("projects", ("exposed", "gross", "claims", "premium", "capital", "capital_error",
                                             "unpaid")),
            "parties": records("parties", ("opening", "contributions", "premiums", "pays", "claims", "gross",
                                           "capital")),
            "exposures": records("exposures", ("amount", "gross", "claims", "premium")),
            "stress": records("stress", ("gross", "claims", "net", "left")),
            "reverse_stress": {
                "paths": b.paths, "ruined": b.ruined, "hazards": b.hazards.to_dict("records"),
                "causes": b.causes.to_dict("records"), "projects": b.projects.to_dict("records"),
                "years": b.years.to_dict("records"), "together": b.together.head(10).to_dict("records"),
            },
        }


def size(
    region: Region, *, projects: str | Sequence[str] = "all", paths: int = 100_000, seed: int = 0, workers: int = 1,
    level: float | None = None, ruin: float | None = None, horizon: int | None = None, start: int | None = None,
    plan: Plan | None = None, progress: Callable[[str], None] | None = None,
) -> Fund:
    """Size the compensation fund of a region.

    Parameters
    ----------
    region : Region
        A checked region with exposures.
    projects : "all", "best" or names
        Which projects are covered: all that ``exposures.csv`` names, those that the best plan builds, or these.
    paths : int
        Paths drawn.
    seed : int
        Of the draws; the figures do not depend on the number of workers.
    workers : int
        Processes to draw in.
    level, ruin, horizon, start
        In place of what ``fund.csv`` says: level of the tail, chance of ruin that is accepted, years, first year.
    plan : Plan or None
        A plan of the region to take exposures from; where one is needed and none is given, the chain model is solved.
    progress : callable or None
        Called with a word on what is done next.

    Returns
    -------
    Fund

    Raises
    ------
    UsageError
        If nothing is exposed, or an option is out of bounds.

    Examples
    --------
    >>> import sungari
    >>> fund = sungari.fund.size(sungari.open_region("northeast-fareast"), projects="best")  # doctest: +SKIP
    >>> fund.capital.value, fund.tables()["parties"]  # doctest: +SKIP
    """
    begun = time.perf_counter()
    seconds: dict[str, float] = {}

    def lap(name: str, next_one: str) -> None:
        seconds[name] = time.perf_counter() - begun - sum(seconds.values())
        if progress is not None and next_one:
            progress(next_one)

    _within(paths, level, ruin, horizon)
    cells, rules = _cover(region, projects, start, horizon, plan, progress)
    rules = replace(rules, level=level or rules.level, ruin=ruin or rules.ruin)
    lap("exposures", Words("working out the aggregate claims"))
    maker = Aggregator(cells, seed)
    aggregates = _aggregates(maker, cells)
    first = aggregates[0] if aggregates else None
    coarse = maker.year(0, step=2 * first.lattice.step) if first else None
    account = _account(cells, rules, aggregates, seed)
    lap("aggregates", Words("drawing paths"))
    keep = min(1.0, max(2 * rules.ruin, 2 * capitals.FEWEST / paths, 0.002))
    draws = draw(Task(cells, seed, paths, account.worth, account.income_so_far, keep), workers)
    lap("paths", Words("sizing the fund"))
    chain = Chain(account, [a.lattice for a in aggregates], sum(rules.opening.values())) if aggregates else None
    capital = smallest(account, draws, chain)
    opening = sum(rules.opening.values()) if rules.stated else capital.value
    course = run(account, draws.claims, opening)
    chances = chain.ruin(opening) if chain else course.ruin()
    levels = sorted({*LEVELS, rules.level})
    tails = figures.tails(levels, draws.claims[:, 0], first, coarse)
    lap("figures", "")
    return Fund(
        region, cells, rules, figures.mean_of(draws.claims[:, 0], float(cells.expected[:, 0].sum())), tails["var"],
        tails["tvar"], capital, opening, figures.by_year(cells, account, course, chances),
        stress.reverse(cells, account, draws, course),
        _frames(cells, account, draws, first, tails, capital.value, opening,
                1 / max(float(region.table("exposures")["coverage"].max()), 1e-9)),
        {
            "status": "ok", "version": sungari.__version__, "region": region.name, "sha256": region.sha256,
            "currency": region.settings.currency, "money_scale": region.settings.money_scale,
            "covered": cells.projects, "first_year": int(cells.years[0]), "horizon": len(cells.years), "paths": paths,
            "seed": seed, "method": _methods(maker, chain), "ever_ruined": ever(cells, account, opening),
            "notes": cells.notes, "seconds": seconds,
        },
    )  # fmt: skip


def _frames(
    cells: Cells, account: Account, draws: Draws, first: Aggregate | None, tails: dict[str, dict[float, Figure]],
    capital: float, opening: float, most: float,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Tables that need the draws."""
    split = capitals.allocate(cells, account, draws, capital)
    unpaid = capitals.unpaid_by_project(cells, account, draws, opening)
    projects = accounts.by_project(cells, account, split, unpaid)
    return {
        "exceedance": figures.exceedance(draws, first),
        "distribution": figures.histogram(draws, first, tails["tvar"][account.rules.level].value),
        "layers": figures.layers(account, draws, account.rules.level), "projects": projects,
        "parties": accounts.parties(cells, account, projects), "exposures": accounts.exposures(cells, account),
        "stress": stress.named(cells, account, opening),
        "curve": curve.capital_curve(account, draws.claims, ~np.isnan(cells.premium), most),
    }


def covered(
    region: Region, plan: Plan | None = None, progress: Callable[[str], None] | None = None
) -> tuple[Cells, Rules]:
    """All that is exposed, and how the fund is set up."""
    return _cover(region, "all", None, None, plan, progress)


def account_of(cells: Cells, rules: Rules, seed: int = 0) -> Account:
    """The fund's rules with their money."""
    aggregates = _aggregates(Aggregator(cells, seed), cells) if rules.layers else []
    return _account(cells, rules, aggregates, seed)


def _within(paths: int, level: float | None, ruin: float | None, horizon: int | None) -> None:
    if paths < 100:
        raise UsageError("{paths} paths: expected at least 100", paths=paths)
    for name, value in (("level", level), ("ruin", ruin)):
        if value is not None and not 0 < value < 1:
            raise UsageError("{name} {value:g}: expected a number above 0 and below 1", name=name, value=value)
    if horizon is not None and not 1 <= horizon <= 200:
        raise UsageError("a horizon of {horizon} years: expected 1 to 200", horizon=horizon)


def _cover(
    region: Region, projects: str | Sequence[str], start: int | None, years: int | None, plan: Plan | None,
    progress: Callable[[str], None] | None,
) -> tuple[Cells, Rules]:  # fmt: skip
    """What is covered, and how the fund is set up."""
    if region.table("exposures").empty:
        raise UsageError("nothing to cover: the package has no exposures.csv, or no row in it")
    wanted = projects if isinstance(projects, str) else list(projects)
    begin, number = terms_of_time(region, start, years)
    calendar = horizon(region, begin, number)
    drops: dict[str, dict[str, float]] = {}
    if plan is None and needs_plan(region, wanted):
        from sungari.chain import solve

        if progress is not None:
            progress(Words("solving the chain model: amounts are to be taken from its plan"))
        plan = solve(region, projects=wanted, check=False)
    if plan is not None:
        from sungari.cover.network import drops as dropped

        drops = dropped(region, plan, progress)
    cells = read_cells(region, calendar, wanted, plan, drops)
    return cells, read_rules(region, calendar)


def _aggregates(maker: Aggregator, cells: Cells) -> list[Aggregate]:
    """Aggregate claims of each year; empty where the work would be too much."""
    if not maker.possible:
        return []
    distinct = np.unique(cells.same_years)
    share = WORK / len(distinct)
    known = {int(y): maker.year(int(y), points=None if y == 0 else min(maker.fitting(int(y), share), LATER))
             for y in distinct}
    return [known[int(y)] for y in cells.same_years]


def _account(cells: Cells, rules: Rules, aggregates: list[Aggregate], seed: int) -> Account:
    """The fund's rules with their money; layers of reinsurance without a price get one."""
    years = len(cells.years)
    premium = premiums(cells, rules)
    price = np.zeros(years)
    pilot: Draws | None = None
    for layer in rules.layers:
        if not math.isnan(layer.price):
            price += layer.price
            continue
        for y in range(years):
            if aggregates:
                lattice = aggregates[y].lattice
                expected = float(layer.recovered(rules.paid(lattice.grid)) @ lattice.p)
            else:
                nothing = np.zeros(years)
                pilot = pilot or draw(Task(cells, seed, PILOT, nothing + 1, nothing, 0.001))
                expected = float(layer.recovered(rules.paid(pilot.claims[:, y])).mean())
            price[y] += (1 + layer.loading) * expected
    return Account(rules, premium, price)


def _methods(maker: Aggregator, chain: Chain | None) -> dict[str, str]:
    """How each figure was found."""
    aggregate = EXACT if maker.exact else CONDITIONAL if maker.possible else DRAWN
    walk = "the reserve as a Markov chain on a grid; claims by " + aggregate if chain else DRAWN
    return {
        "aal": "exact: sum over the exposures", "var": aggregate, "tvar": aggregate, "exceedance": aggregate,
        "ruin": walk, "capital": walk, "premium": "exact, each exposure for itself", "allocation": DRAWN,
        "reserve": DRAWN, "layers": DRAWN, "unpaid": DRAWN, "reverse_stress": DRAWN,
        "ever_ruined": "Cramér–Lundberg by the formula of Pollaczek and Khinchine, where it holds",
    }
