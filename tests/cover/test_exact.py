"""Aggregate claims without drawing: published figures, closed forms, Panjer's recursion, and the draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from funds import cells_of, drift, event
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from sungari.cover.copula import below, groups, thresholds
from sungari.cover.exact import Aggregator
from sungari.cover.exposure import Cells
from sungari.cover.lattice import Lattice, spread
from sungari.cover.losses import Task, draw
from sungari.cover.severity import Beta, Constant, Empirical, Gamma, Lognormal, Normal, Pareto


def aggregate(cells: Cells) -> Lattice:
    return Aggregator(cells).year(0).lattice


def drawn(cells: Cells, paths: int = 200_000, seed: int = 3) -> np.ndarray:
    years = len(cells.years)
    return draw(Task(cells, seed, paths, np.ones(years), np.zeros(years), 0.001)).claims


def test_a_lognormal_poisson_quantile_is_the_published_one() -> None:
    # Shevchenko 2010, J. Operational Risk 5(2) (arXiv:1008.1108): 0.999 quantile of Poisson(100), lognormal(0, 2)
    found = aggregate(cells_of([event(Lognormal(0.0, 2.0), frequency=100.0)], [1]))
    assert found.var(0.999) == pytest.approx(5853.1, abs=0.6)


def panjer(rate: float, payment: np.ndarray, most: int) -> np.ndarray:
    """Panjer's recursion for Poisson numbers."""
    found = np.zeros(most + 1)
    found[0] = math.exp(-rate * (1 - payment[0]))
    for s in range(1, most + 1):
        y = np.arange(1, min(s, len(payment) - 1) + 1)
        found[s] = rate / s * np.sum(y * payment[y] * found[s - y])
    return found


def test_the_transform_is_panjers_recursion() -> None:
    # Klugman, Panjer & Willmot, Loss Models, example 9.5: numbers of 1 to 10 with these chances (in 40ths)
    chances = np.array([6, 8, 10, 5, 3, 2, 2, 2, 1, 1])
    severity = Empirical(np.repeat(np.arange(1.0, 11.0), chances))
    found = aggregate(cells_of([event(severity, frequency=3.0)], [1]))
    assert found.step == 1.0
    expected = panjer(3.0, np.concatenate([[0.0], chances / 40]), 40)
    assert found.p[:41] == pytest.approx(expected, abs=1e-12)
    assert found.p[:3] == pytest.approx([0.049787068367863944, 0.022404180765538774, 0.03491318169296459], abs=1e-12)


def test_independent_defaults_are_convolved() -> None:
    """A portfolio as in CreditRisk+: names of different chance and size."""
    chance, size = np.array([0.02, 0.1, 0.3, 0.05]), np.array([4.0, 2.0, 1.0, 7.0])
    hazards = [event(float(s), probability=float(c)) for c, s in zip(chance, size, strict=True)]
    found = aggregate(cells_of(hazards, [1, 2, 5, 1]))
    expected = np.ones(1)
    for c, s, n in zip(chance, size.astype(int), (1, 2, 5, 1), strict=True):
        one = np.zeros(s + 1)
        one[[0, s]] = 1 - c, c
        for _ in range(n):
            expected = np.convolve(expected, one)
    assert found.step == 1.0
    assert found.p[: len(expected)] == pytest.approx(expected, abs=1e-13)


def test_creditrisk_plus_portfolio_is_near_its_poisson_limit() -> None:
    """Rare defaults: Bernoulli and Poisson portfolios agree to the order of the chance squared."""
    ours = aggregate(cells_of([event(1.0, probability=0.002)], [200]))
    poisson = aggregate(cells_of([event(1.0, frequency=0.002)], [200]))
    assert ours.p[:6] == pytest.approx(poisson.p[:6], abs=0.4 * 0.002)
    assert poisson.p[:6] == pytest.approx(stats.poisson.pmf(np.arange(6), 0.4), abs=1e-12)


def test_joint_default_chance_is_the_bivariate_normals() -> None:
    # Vasicek: PD 2 %, asset correlation 0.15
    hazard = event(1.0, probability=0.02, factor=0, loading=math.sqrt(0.15))
    cells = cells_of([hazard], [2])
    (group,) = groups(cells.hazards, [2], cells.causes) or []
    chance = group.counts(hazard)[:, 1]
    assert group.nodes.weight @ chance == pytest.approx(0.02, abs=1e-9)
    assert group.nodes.weight @ chance**2 == pytest.approx(0.0008768963768901461, abs=1e-9)
    c = special.ndtri(0.02)
    both = stats.multivariate_normal([0, 0], [[1, 0.15], [0.15, 1]]).cdf([c, c])
    assert aggregate(cells).p[2] == pytest.approx(both, abs=1e-6)


def test_a_large_portfolio_is_vasiceks() -> None:
    hazard = event(1.0, probability=0.02, factor=0, loading=math.sqrt(0.15))
    found = aggregate(cells_of([hazard], [4000]))
    for level in (0.9, 0.99, 0.999):
        limit = special.ndtr((special.ndtri(0.02) + math.sqrt(0.15) * special.ndtri(level)) / math.sqrt(0.85))
        assert found.var(level) / 4000 == pytest.approx(limit, rel=0.01)


def test_full_loading_strikes_all_at_once() -> None:
    found = aggregate(cells_of([event(1.0, probability=0.02, factor=0, loading=1.0)], [10]))
    assert found.p[0] == pytest.approx(0.98, abs=1e-9)
    assert found.p[10] == pytest.approx(0.02, abs=1e-9)
    claims = drawn(cells_of([event(1.0, probability=0.02, factor=0, loading=1.0)], [10]))
    assert set(np.unique(claims)) == {0.0, 10.0}


COVERS = {
    "independent, Poisson": cells_of([event(Gamma.of(3.0, 2.0), frequency=0.2)], [20], lower=0.5, upper=6.0),
    "independent, chance": cells_of([event(Pareto.of(3.0, 2.0), probability=0.1)], [20]),
    "rare, common cause": cells_of([event(Beta.of(0.3, 0.2), frequency=0.05, factor=0, loading=0.6)], [30], scale=9.0),
    "frequent, common cause": cells_of([event(Lognormal.of(2.0, 1.0), frequency=1.5, factor=0, loading=0.5)], [10]),
    "t copula": cells_of([event(Gamma.of(2.0, 1.0), probability=0.05, factor=0, loading=0.4, df=4.0)], [25]),
    "t copula, frequent": cells_of([event(Gamma.of(2.0, 1.0), frequency=0.8, factor=0, loading=0.4, df=5.0)], [8]),
    "drift": cells_of([drift(Normal(0.02, 0.2), factor=0, loading=0.7)], [6], scale=10.0, lower=0.1, upper=0.4),
    "lognormal drift, alone": cells_of([drift(Lognormal.of(0.2, 0.1))], [4], scale=10.0, lower=0.1),
    "two causes": cells_of(
        [event(Gamma.of(2.0, 1.0), probability=0.05, factor=0, loading=0.6),
         event(Lognormal.of(2.0, 1.0), frequency=0.1, factor=1, loading=0.5)], [15, 10]),
    "two causes, correlated": cells_of(
        [event(Gamma.of(2.0, 1.0), probability=0.05, factor=0, loading=0.6),
         event(Lognormal.of(2.0, 1.0), frequency=0.1, factor=1, loading=0.8)], [15, 10],
        correlation=np.array([[1.0, 0.7], [0.7, 1.0]])),
}


@pytest.mark.parametrize("name", COVERS)
def test_exact_and_drawn_claims_agree(name: str) -> None:
    cells = COVERS[name]
    made = Aggregator(cells).year(0)
    claims = drawn(cells)[:, 0]
    n = len(claims)
    own = made.error(lambda one: one.mean)
    assert made.lattice.mean == pytest.approx(cells.expected[:, 0].sum(), rel=1e-5, abs=5 * own)
    assert claims.mean() == pytest.approx(cells.expected[:, 0].sum(), abs=4 * claims.std() / n**0.5)
    assert claims.std() == pytest.approx(made.lattice.sd, rel=0.03)
    for level in (0.9, 0.99, 0.999):
        # the chance of exceeding the exact quantile, in the draws; atoms are met from above
        var = made.lattice.var(level)
        own = 4 * made.error(lambda one, level=level: one.var(level)) / max(var, 1e-9)
        error = 4.5 * (level * (1 - level) / n) ** 0.5
        assert (claims > var * (1 + own) + 1e-9).mean() <= 1 - level + error + 0.02 * (1 - level)
        assert (claims >= var * (1 - own) - 1e-9).mean() >= 1 - level - error - 0.02 * (1 - level)
    largest = draw(Task(cells, 5, 100_000, np.ones(1), np.zeros(1), 0.001)).largest
    at = float(np.quantile(largest, 0.97)) * 0.9
    assert (largest > at).mean() == pytest.approx(float(made.occurrence(np.array([at]))[0]), abs=0.004)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 3.0), st.floats(0.2, 5.0), st.floats(0.1, 2.0), st.floats(0.0, 1.0), st.floats(0.5, 3.0))
def test_the_grid_keeps_the_mean_under_any_terms(
    rate: float, mean: float, spread_: float, lower: float, width: float
) -> None:
    cells = cells_of([event(Gamma.of(mean, spread_ * mean), frequency=rate)], [2], lower=lower * mean,
                     upper=(lower + width) * mean)
    made = Aggregator(cells).year(0, points=2**12).lattice
    assert made.mean == pytest.approx(float(cells.expected.sum()), rel=1e-5, abs=1e-9)
    assert made.p.sum() == pytest.approx(1.0)
    assert made.tvar(0.95) >= made.var(0.95) >= 0


def test_correlation_fattens_the_tail_and_t_more_so() -> None:
    tails = []
    for loading, df in ((0.0, math.inf), (0.4, math.inf), (0.4, 3.0)):
        cells = cells_of([event(1.0, probability=0.05, factor=0, loading=loading, df=df)], [50])
        tails.append(aggregate(cells).tvar(0.995))
    assert tails[0] < tails[1] < tails[2]


def test_years_that_differ_have_their_own_aggregates() -> None:
    cells = cells_of([event(Gamma.of(2.0, 1.0), frequency=0.3)], [3], years=3)
    cells.scale[:, 2] *= 2
    cells.gross[:, 2] *= 2
    maker = Aggregator(cells)
    assert maker.year(2).lattice.mean == pytest.approx(2 * maker.year(0).lattice.mean, rel=1e-6)
    assert list(cells.same_years) == [0, 0, 2]


def test_hidden_variables_reproduce_the_hazards_own_numbers() -> None:
    for hazard in (
        event(1.0, frequency=0.7, factor=0, loading=0.6), event(1.0, probability=0.1, factor=0, loading=0.95),
        event(1.0, frequency=0.7, factor=0, loading=0.6, df=3.0),
    ):
        (group,) = groups([hazard], [1], cells_of([hazard], [1]).causes) or []
        mean = group.nodes.weight @ group.counts(hazard) @ np.arange(group.counts(hazard).shape[1])
        assert mean == pytest.approx(hazard.rate, rel=1e-6)
    q = thresholds(event(1.0, probability=0.1))
    assert below(event(1.0, probability=0.1, factor=0, loading=0.5), q, np.zeros(1), np.ones(1)) == pytest.approx(
        special.ndtr(special.ndtri(0.9) / math.sqrt(0.75)))


def test_masses_between_points_keep_their_mean() -> None:
    made = spread(np.array([0.25, 1.5, 7.0]), np.array([0.5, 0.3, 0.2]), 4)
    assert made == pytest.approx([0.375, 0.275, 0.15, 0.2])
    whole = Lattice(0.5, np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.1]))
    assert whole.coarser(4).mean == pytest.approx(whole.mean)
    assert whole.moved(lambda x: np.minimum(x, 1.2)).mean == pytest.approx(
        float(np.minimum(whole.grid, 1.2) @ whole.p))


def test_constants_lie_on_the_grid() -> None:
    cells = cells_of([event(Constant(24.0), probability=0.02), event(Constant(36.0), probability=0.03)], [3, 3])
    made = aggregate(cells)
    assert made.step == 12.0
    assert made.var(0.95) == 36.0
    assert made.var(0.5) == 0.0
