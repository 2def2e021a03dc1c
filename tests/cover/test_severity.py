"""Severities: moments to parameters and back, moments below a bound, quantiles, draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from funds import event
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from sungari.cover.severity import BY_MOMENTS, Beta, Constant, Empirical, Gamma, Lognormal, Normal, Pareto, Severity
from sungari.cover.terms import Layer

SHAPES: list[Severity] = [
    Lognormal.of(0.3, 0.2), Gamma.of(0.3, 0.5), Beta.of(0.3, 0.2), Pareto.of(0.3, 0.1), Normal(0.05, 0.2),
]
ALL = [*SHAPES, Constant(0.4), Empirical(np.array([0.1, 0.4, 0.4, 0.9]))]


@given(st.sampled_from(sorted(BY_MOMENTS)), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_mean_and_sd_come_back(name: str, mean: float, spread: float) -> None:
    sd = spread * math.sqrt(mean * (1 - mean))
    made = BY_MOMENTS[name].of(mean, sd)
    assert made.mean == pytest.approx(mean, rel=1e-9)
    assert made.sd == pytest.approx(sd, rel=1e-7)


@pytest.mark.parametrize("severity", SHAPES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("bound", [0.15, 0.35, 0.8])
def test_moments_below_a_bound_are_the_integral(severity: Severity, bound: float) -> None:
    low = -3.0 if isinstance(severity, Normal) else 1e-12
    # E[X^k; X <= b] = b^k F(b) - integral of k x^(k-1) F(x)
    for k in (1, 2):
        edge = low**k * float(severity.cdf(np.array(low)))
        inner, _ = integrate.quad(lambda x, k=k: k * x ** (k - 1) * float(severity.cdf(np.array(x))), low, bound,
                                  limit=400)
        by_parts = bound**k * float(severity.cdf(np.array(bound))) - edge - inner
        assert float(severity.partial(k, np.array(bound))) == pytest.approx(by_parts, abs=1e-7)


@pytest.mark.parametrize("severity", ALL, ids=lambda s: type(s).__name__)
def test_draws_follow_the_distribution(severity: Severity) -> None:
    drawn = severity.draw(np.random.default_rng(1), 200_000)
    assert drawn.mean() == pytest.approx(severity.mean, abs=4 * severity.sd / 200_000**0.5 + 1e-12)
    for u in (0.1, 0.5, 0.97):
        x = severity.quantile(np.array([u]))
        assert float((drawn <= x[0]).mean()) >= u - 0.005
        assert float((drawn < x[0] - 1e-9).mean()) <= u + 0.005
    assert severity.survival(np.array(0.35)) == pytest.approx(1 - severity.cdf(np.array(0.35)))


def test_survival_is_exact_far_out() -> None:
    assert float(Lognormal(0.0, 1.0).survival(np.array(math.exp(12.0)))) == pytest.approx(1.776482112077679e-33)
    assert float(Gamma(1.0, 1.0).survival(np.array(60.0))) == pytest.approx(math.exp(-60))


@pytest.mark.parametrize("severity", ALL, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize(("lower", "upper"), [(0.0, math.inf), (0.1, 0.6), (0.2, math.inf), (0.7, 0.7)])
def test_a_layer_pays_what_its_moments_say(severity: Severity, lower: float, upper: float) -> None:
    layer = Layer(severity, 50.0, lower, upper)
    paid = layer.pay(severity.draw(np.random.default_rng(2), 400_000))
    assert paid.max() <= layer.most + 1e-9
    assert layer.mean == pytest.approx(paid.mean(), abs=5 * paid.std() / 400_000**0.5 + 1e-9)
    assert layer.second == pytest.approx((paid**2).mean(), rel=0.05, abs=1e-9)
    assert float(layer.survival(np.array(5.0))) == pytest.approx((paid > 5.0).mean(), abs=0.005)
    assert float(layer.limited(np.array(8.0))) == pytest.approx(np.minimum(paid, 8.0).mean(), abs=0.05)


def test_an_event_needs_a_rate() -> None:
    assert event(1.0, probability=0.25).expected_events == 0.25
