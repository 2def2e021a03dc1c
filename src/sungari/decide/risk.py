"""Risk: what projects are worth in many courses of things, and how far that may fall short.

Courses are the scenarios of the package, each with its chance, or points drawn from its uncertainties. In each of them
every project is held against the networks with and without it, the same as in the base case: what is chosen for
*last in* stays chosen.

A loss is a negative change of the objective. VaR is the loss that is not exceeded with the chance `level`, CVaR the
mean loss of the worst rest, by Rockafellar and Uryasev's formula, which holds for lumpy distributions as well:
VaR + E[(loss − VaR)⁺] / (1 − level). Source: R. T. Rockafellar, S. Uryasev, Conditional value-at-risk for general loss
distributions, Journal of Banking & Finance 26 (2002).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.program import Floats, Ints
from sungari.decide.draws import draw, uncertainties
from sungari.decide.questions import AGAINST, Questions
from sungari.decide.scenarios import Shift, probabilities, shifts_of
from sungari.decide.store import Store
from sungari.decide.sweep import TOLERANCE, Outcome, Setup, Sweep, SweepProgress, Variant
from sungari.errors import UsageError
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal

#: Chance that VaR is not exceeded with.
LEVEL = 0.95
#: What is read from a distribution of changes.
FIGURES = ("enpv", "sd", "p_negative", "var", "cvar")


@dataclass(frozen=True)
class Cases:
    """Courses that things may take.

    Attributes
    ----------
    names : list of str
    chances : ndarray, shape (N,)
        They sum to 1; 0 = a stress case that is shown and counts for nothing.
    shifts : list of tuple of Shift
        What is otherwise; nothing in the base case.
    replicate : ndarray of int, shape (N,), or None
        Independent sequence that a drawn point is of; None where chances are given.
    points : DataFrame or None
        Drawn values, one column by uncertainty.
    """

    names: list[str]
    chances: Floats
    shifts: list[tuple[Shift, ...]]
    replicate: Ints | None = None
    points: pd.DataFrame | None = None


def scenario_cases(region: Region) -> Cases:
    """The scenarios of the package, after the base case, which has the chance that they leave.

    Raises
    ------
    UsageError
        If the package has no scenarios.
    """
    stated = probabilities(region)
    if not stated:
        raise UsageError("no scenarios: the package has no scenarios.csv")
    chances = np.array([max(0.0, 1.0 - sum(stated.values())), *stated.values()])
    return Cases(["base", *stated], chances / chances.sum(), [(), *(shifts_of(region, name) for name in stated)])


def drawn_cases(region: Region, count: int, seed: int = 0) -> Cases:
    """Points drawn from the uncertainties of the package; see :func:`sungari.decide.draws.draw`."""
    drawn = draw(uncertainties(region), count, seed)
    n = len(drawn)
    points = pd.DataFrame(drawn.values, columns=[u.name for u in drawn.what])
    return Cases([f"draw {k + 1}" for k in range(n)], np.full(n, 1.0 / n), [drawn.shifts(k) for k in range(n)],
                 drawn.replicate, points)


@dataclass(frozen=True)
class Risk:
    """What projects are worth over many courses.

    Attributes
    ----------
    cases : Cases
    level : float
        Of VaR and CVaR.
    changes : DataFrame
        project, against, case, chance, change: change of the objective, present value; NaN where there is no plan.
    figures : DataFrame
        project, against, ``enpv`` (mean), ``sd``, ``p_negative``, ``var``, ``cvar`` (losses: positive = money lost),
        each with its standard error ``…_error`` (0 for given chances, which are exact), ``least``, ``greatest``,
        ``no_plan`` (chance of courses without a figure, which the others stand for).
    """

    cases: Cases
    level: float
    changes: pd.DataFrame
    figures: pd.DataFrame

    def of(self, project: str, against: str, scale: float) -> dict[str, Any] | None:
        """Figures of one project as plain data, money divided by `scale`."""
        mine = self.figures[(self.figures["project"] == project) & (self.figures["against"] == against)]
        if mine.empty:
            return None
        row = mine.iloc[0]
        made: dict[str, Any] = {"level": self.level}
        for name in FIGURES:
            by = 1.0 if name == "p_negative" else scale
            made[name] = float(row[name]) / by
            made[f"{name}_error"] = float(row[f"{name}_error"]) / by
        made |= {k: float(row[k]) / scale for k in ("least", "greatest")}
        return {**made, "no_plan": float(row["no_plan"])}

    def by_case(self, project: str, against: str, scale: float) -> list[dict[str, Any]]:
        """Change of one project case by case, as plain data."""
        changes = self.changes
        mine = changes[(changes["project"] == project) & (changes["against"] == against)]
        return [{"case": str(c), "chance": float(p), "change": float(v) / scale}
                for c, p, v in mine[["case", "chance", "change"]].itertuples(index=False)]


def weigh_risk(
    appraisal: Appraisal,
    cases: Cases,
    *,
    level: float = LEVEL,
    tolerance: float = TOLERANCE,
    workers: int = 1,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Callable[[SweepProgress], None] | None = None,
) -> Risk:
    """Hold the projects of an appraisal against their networks in each of many cases.

    Parameters
    ----------
    appraisal : Appraisal
    cases : Cases
    level : float
        Of VaR and CVaR, 0 to 1.
    tolerance, workers, cluster, store, progress
        See :func:`sungari.decide.appraisal.appraise`.

    Returns
    -------
    Risk
    """
    questions = Questions.of(appraisal)
    variants = [v for shifts in cases.shifts for v in questions.variants(shifts)]
    setup = Setup(appraisal.region, (questions.all_in,), tolerance=tolerance)
    sweep = Sweep(setup, store=store, workers=workers, cluster=cluster, progress=progress)
    found = sweep.run(variants)
    changes = changes_of(questions, cases, found)
    return Risk(cases, level, changes, figures_of(changes, cases, level))


def changes_of(questions: Questions, cases: Cases, found: dict[Variant, Outcome]) -> pd.DataFrame:
    """Changes of the objective by project, network and case."""
    rows = [
        (project, against, name, chance, questions.change(project, against, found, shifts))
        for project, against in questions.asked
        for name, chance, shifts in zip(cases.names, cases.chances, cases.shifts, strict=True)
    ]
    return pd.DataFrame(rows, columns=["project", "against", "case", "chance", "change"])


def figures_of(changes: pd.DataFrame, cases: Cases, level: float) -> pd.DataFrame:
    """Expected value, spread and tails of the changes, with standard errors."""
    rows = []
    for (project, against), mine in changes.groupby(["project", "against"], sort=False):
        value, chance = mine["change"].to_numpy(dtype=float), mine["chance"].to_numpy(dtype=float)
        have = np.isfinite(value)
        counted = have & (chance > 0)
        row: dict[str, Any] = {"project": project, "against": against, "no_plan": float(chance[~have].sum())}
        if counted.any():
            replicate = None if cases.replicate is None else cases.replicate[counted]
            made = summary(value[counted], chance[counted], level)
            errors = standard_errors(value[counted], replicate, level)
            for k, name in enumerate(FIGURES):
                row[name], row[f"{name}_error"] = made[k], errors[k]
        else:
            row |= {f"{name}{end}": np.nan for name in FIGURES for end in ("", "_error")}
        row |= {"least": np.min(value[have], initial=np.inf), "greatest": np.max(value[have], initial=-np.inf)}
        rows.append(row)
    figures = [f"{n}{e}" for n in FIGURES for e in ("", "_error")]
    return pd.DataFrame(rows, columns=["project", "against", *figures, "least", "greatest", "no_plan"])


def summary(value: Floats, chance: Floats, level: float) -> Floats:
    """Mean, standard deviation, chance of less than nothing, VaR and CVaR of a distribution of changes.

    Parameters
    ----------
    value, chance : ndarray, shape (N,)
        Chances need not sum to 1.
    level : float
    """
    weight = chance / chance.sum()
    mean = float(weight @ value)
    sd = float(np.sqrt(max(weight @ (value - mean) ** 2, 0.0)))
    loss = -value
    order = np.argsort(loss, kind="stable")
    reached = np.cumsum(weight[order])
    var = float(loss[order][min(int(np.searchsorted(reached, level - 1e-12)), len(loss) - 1)])
    cvar = var + float(weight @ np.maximum(loss - var, 0.0)) / (1.0 - level)
    return np.array([mean, sd, float(weight[value < 0.0].sum()), var, cvar])


def standard_errors(value: Floats, replicate: Ints | None, level: float) -> Floats:
    """Standard errors of :func:`summary` over drawn points, by leaving out one independent sequence after the other.

    Given chances are exact: their errors are 0.
    """
    if replicate is None:
        return np.zeros(len(FIGURES))
    sequences = np.unique(replicate)
    n = len(sequences)
    if n < 2:
        return np.full(len(FIGURES), np.nan)
    left = np.stack([
        summary(value[replicate != r], np.ones(int((replicate != r).sum())), level) for r in sequences
    ])
    return np.asarray(np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0)))


def by_project(risk: Risk, names: Sequence[str], scale: float) -> dict[str, dict[str, Any]]:
    """The JSON's ``risk`` of each project: figures first in, and both ways with all cases."""
    made = {}
    for name in names:
        both = {a: risk.of(name, a, scale) for a in AGAINST}
        if any(both.values()):
            cases = {a: risk.by_case(name, a, scale) for a in AGAINST} if risk.cases.replicate is None else {}
            made[name] = {**(both["first"] or {}), **both, **({"cases": cases} if cases else {})}
    return made
