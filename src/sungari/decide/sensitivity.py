"""Sensitivity: which uncertainty moves a project's worth, how far, and where its worth turns to nothing.

**Tornado**: each uncertainty by itself at its 10 % and 90 % points, all else as in the base case. **Switching values**:
the value of one uncertainty, within its 1 % and 99 % points, at which the worth is zero; searched by false position
with solves of its own. **Sobol indices**: shares of the variance of the worth, by SALib on a polynomial that is fitted
to drawn points (as if the uncertainties were independent); the polynomial's fit to points left out is told with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.program import Floats
from sungari.decide.draws import Uncertainty, uncertainties
from sungari.decide.questions import Questions
from sungari.decide.risk import Cases, Risk
from sungari.decide.store import Store
from sungari.decide.sweep import TOLERANCE, Setup, Sweep, SweepProgress, Variant

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal

#: Points of the distributions at which the tornado is drawn, and within which switching values are searched.
LOW, HIGH = 0.1, 0.9
ENDS = (0.01, 0.99)
#: Solves that the search for one switching value may take, and the part of the worth that may be left.
MOST_STEPS = 8
NEAR = 1e-4
#: Points at which SALib evaluates the fitted polynomial, by input.
BASE_POINTS = 1024


@dataclass(frozen=True)
class Sensitivity:
    """What moves the worth of projects.

    Attributes
    ----------
    tornado : DataFrame
        project, against, uncertainty, low, high (its values at the 10 % and 90 % points), at_low, at_high, base
        (changes of the objective), swing (their spread); widest first.
    switching : DataFrame
        project, against, uncertainty, value (NaN: no switch within 1 % and 99 %), neutral (value in the base case).
    sobol : DataFrame
        project, against, uncertainty, first, first_error, total, total_error, fit (share of the variance of points
        left out that the polynomial explains, 1 = all), terms; empty without drawn points.
    """

    tornado: pd.DataFrame
    switching: pd.DataFrame
    sobol: pd.DataFrame

    def of(self, project: str, scale: float) -> dict[str, Any]:
        """The JSON's ``sensitivity`` of one project; money divided by `scale`."""
        made: dict[str, Any] = {}
        for name in ("tornado", "switching", "sobol"):
            frame: pd.DataFrame = getattr(self, name)
            mine = frame[frame["project"] == project].drop(columns="project")
            money = [c for c in ("at_low", "at_high", "base", "swing") if c in mine.columns]
            mine[money] = mine[money] / scale
            made[name] = [{str(k): v for k, v in row.items()} for row in mine.to_dict("records")]
        return made


def weigh_sensitivity(
    appraisal: Appraisal,
    risk: Risk | None = None,
    *,
    tolerance: float = TOLERANCE,
    workers: int = 1,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Callable[[SweepProgress], None] | None = None,
    seed: int = 0,
) -> Sensitivity:
    """Find what moves the worth of an appraisal's projects.

    Parameters
    ----------
    appraisal : Appraisal
    risk : Risk or None
        Of drawn points, for Sobol indices.
    seed : int
        Of SALib's points.

    Raises
    ------
    UsageError
        If the package has no uncertainties.
    """
    what = uncertainties(appraisal.region)
    questions = Questions.of(appraisal)
    setup = Setup(appraisal.region, (questions.all_in,), tolerance=tolerance)
    sweep = Sweep(setup, store=store, workers=workers, cluster=cluster, progress=progress)
    search = _Search(questions, sweep)
    levels = {u.name: [float(v) for v in u.value(np.array([ENDS[0], LOW, HIGH, ENDS[1]]))] for u in what}
    search.solve([(u, v) for u in what for v in (u.neutral, *levels[u.name])])
    tornado = []
    for project, against in questions.asked:
        for u in what:
            _, low, high, _ = levels[u.name]
            base, *at = (search.worth(project, against, u, v) for v in (u.neutral, low, high))
            swing = max(base, *at) - min(base, *at)
            tornado.append((project, against, u.name, low, high, *at, base, swing))
    table = pd.DataFrame(tornado, columns=[
        "project", "against", "uncertainty", "low", "high", "at_low", "at_high", "base", "swing"
    ])  # fmt: skip
    table = table.sort_values(["project", "against", "swing"], ascending=[True, True, False], kind="stable",
                              ignore_index=True)
    switching = search.switching([u for u in what if u.kind != "discrete"], levels)
    drawn = risk is not None and risk.cases.points is not None
    return Sensitivity(table, switching, sobol(risk, what, seed) if risk is not None and drawn else _no_sobol())


class _Search:
    """Worths at values of single uncertainties, solved as they are asked for."""

    def __init__(self, questions: Questions, sweep: Sweep) -> None:
        self.questions, self.sweep = questions, sweep
        self.found: dict[Variant, Any] = {}

    def solve(self, points: Sequence[tuple[Uncertainty, float]], keys: Sequence[tuple[str, str]] | None = None) -> None:
        """Solve all questions, or one for each point, at values of uncertainties."""
        variants: list[Variant] = []
        for k, (u, value) in enumerate(points):
            shifts = u.shifts(value) if value != u.neutral else ()
            if keys is None:
                variants += self.questions.variants(shifts)
            else:
                variants += [Variant.of(s, shifts=shifts) for s in self.questions.asked[keys[k]][:2]]
        variants = [v for v in dict.fromkeys(variants) if v not in self.found]
        self.found |= self.sweep.run(variants)

    def worth(self, project: str, against: str, u: Uncertainty, value: float) -> float:
        shifts = u.shifts(value) if value != u.neutral else ()
        return self.questions.change(project, against, self.found, shifts)

    def switching(self, what: Sequence[Uncertainty], levels: dict[str, list[float]]) -> pd.DataFrame:
        """Values at which worths are zero, all searches going step by step together."""
        open_: dict[tuple[str, str, Uncertainty], _Bracket] = {}
        rows: list[tuple[str, str, str, float, float]] = []
        for project, against in self.questions.asked:
            for u in what:
                points = sorted({u.neutral, *levels[u.name]})
                worths = [self.worth(project, against, u, v) for v in points]
                bracket = _Bracket.of(points, worths, u.neutral)
                if bracket is not None:
                    open_[project, against, u] = bracket
                else:
                    rows.append((project, against, u.name, np.nan, u.neutral))
        busy = dict(open_)
        for _ in range(MOST_STEPS):
            busy = {k: b for k, b in busy.items() if not b.done}
            if not busy:
                break
            self.solve([(u, b.next) for (_, _, u), b in busy.items()], [(p, a) for p, a, _ in busy])
            for (project, against, u), bracket in busy.items():
                bracket.take(self.worth(project, against, u, bracket.next))
        rows += [(p, a, u.name, b.next, u.neutral) for (p, a, u), b in open_.items()]
        return pd.DataFrame(rows, columns=["project", "against", "uncertainty", "value", "neutral"])


class _Bracket:
    """A value on each side of a switch, closing in on it by false position (the Illinois way)."""

    def __init__(self, a: float, at_a: float, b: float, at_b: float) -> None:
        self.a, self.at_a, self.b, self.at_b = a, at_a, b, at_b
        self.near = NEAR * max(abs(at_a), abs(at_b))
        self.done = False

    @classmethod
    def of(cls, points: Sequence[float], worths: Sequence[float], neutral: float) -> _Bracket | None:
        """The switch between neighbouring points that is nearest to the base case."""
        found = [
            (min(abs(p - neutral), abs(q - neutral)), p, u, q, v)
            for p, q, u, v in zip(points, points[1:], worths, worths[1:], strict=False) if u * v < 0
        ]
        return cls(*min(found)[1:]) if found else None

    @property
    def next(self) -> float:
        return self.a - self.at_a * (self.b - self.a) / (self.at_b - self.at_a)

    def take(self, worth: float) -> None:
        """Learn what the worth is at the next value."""
        at = self.next
        if not np.isfinite(worth) or abs(worth) <= self.near:
            self.done = True
            return
        if worth * self.at_b < 0:
            self.a, self.at_a = self.b, self.at_b
        else:
            self.at_a /= 2.0
        self.b, self.at_b = at, worth


def sobol(risk: Risk, what: Sequence[Uncertainty], seed: int = 0) -> pd.DataFrame:
    """Sobol indices of the worth of each project, on polynomials fitted to drawn points.

    Parameters
    ----------
    risk : Risk
        Of drawn points.
    what : sequence of Uncertainty
        Those that were drawn.
    seed : int

    Returns
    -------
    DataFrame
        See :attr:`Sensitivity.sobol`.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sample

    cases: Cases = risk.cases
    assert cases.points is not None
    points = cases.points[[u.name for u in what]].to_numpy(dtype=float)
    centre, spread = points.mean(axis=0), np.maximum(points.std(axis=0), 1e-12)
    problem = {"num_vars": len(what), "names": [u.name for u in what], "bounds": [[1e-9, 1 - 1e-9]] * len(what)}
    grid = sample.sample(problem, BASE_POINTS, calc_second_order=False, seed=seed)
    there = (np.stack([u.value(grid[:, k]) for k, u in enumerate(what)], axis=1) - centre) / spread
    rows: list[tuple[Any, ...]] = []
    for (project, against), mine in risk.changes.groupby(["project", "against"], sort=False):
        worth = mine["change"].to_numpy(dtype=float)
        have = np.isfinite(worth)
        if have.sum() < len(what) + 2 or np.ptp(worth[have]) <= 1e-12 * max(1.0, float(np.abs(worth[have]).max())):
            continue  # nothing to explain
        fitted = fit(((points - centre) / spread)[have], worth[have])
        seen = analysis.analyze(
            problem, fitted(there), calc_second_order=False, print_to_console=False, seed=seed
        )
        for k, u in enumerate(what):
            rows.append((
                project, against, u.name, seen["S1"][k], seen["S1_conf"][k] / 1.96, seen["ST"][k],
                seen["ST_conf"][k] / 1.96, fitted.fit, len(fitted.coefficient),
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=_no_sobol().columns)


def _no_sobol() -> pd.DataFrame:
    return pd.DataFrame(columns=[
        "project", "against", "uncertainty", "first", "first_error", "total", "total_error", "fit", "terms"
    ])  # fmt: skip


@dataclass(frozen=True)
class Polynomial:
    """A polynomial in centred inputs.

    Attributes
    ----------
    degree : int
        0: linear; 1: with squares; 2: with products of two as well.
    coefficient : ndarray
    fit : float
        Share of the variance that it explains of points left out of its making, one by one.
    """

    degree: int
    coefficient: Floats
    fit: float

    def __call__(self, x: Floats) -> Floats:
        """Values at points, shape (N,)."""
        return _terms(x, self.degree) @ self.coefficient


def fit(x: Floats, y: Floats) -> Polynomial:
    """The polynomial, linear or with squares or with products, that tells points left out best.

    Parameters
    ----------
    x : ndarray, shape (N, inputs)
    y : ndarray, shape (N,)
    """
    tried = []
    for degree in (0, 1, 2):
        terms = _terms(x, degree)
        if degree and len(y) < 2 * terms.shape[1]:
            break
        q, r = np.linalg.qr(terms)
        coefficient = np.linalg.lstsq(r, q.T @ y, rcond=None)[0]
        left = (y - terms @ coefficient) / np.maximum(1.0 - (q**2).sum(axis=1), 1e-9)
        tried.append(Polynomial(degree, coefficient, float(1.0 - (left**2).mean() / y.var())))
    return max(tried, key=lambda made: made.fit)


def _terms(x: Floats, degree: int) -> Floats:
    columns = [np.ones(len(x)), *x.T]
    if degree >= 1:
        columns += [c**2 for c in x.T]
    if degree >= 2:
        columns += [x[:, a] * x[:, b] for a, b in combinations(range(x.shape[1]), 2)]
    return np.stack(columns, axis=1)
