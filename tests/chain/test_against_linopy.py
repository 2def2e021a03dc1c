"""The chain model gives what a straightforward formulation of the same model gives, on regions drawn at random."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference_linopy import objective
from small_regions import FEATURES, small_region

from sungari.chain import solve
from sungari.errors import Infeasible
from sungari.region.package import Region

features = st.sets(st.sampled_from(FEATURES), max_size=len(FEATURES))
seeds = st.integers(0, 10_000)


def _core(region: Region, prune: bool) -> float | None:
    try:
        plan = solve(region, gap=1e-9, tolerance=1e-7, prune=prune, interruptible=False)
    except Infeasible:
        return None
    return float(plan.info["objective"])


def _same(features: set[str], seed: int, prune: bool) -> None:
    region = small_region(features, seed)
    expected, found = objective(region), _core(region, prune)
    assert (expected is None) == (found is None)
    if expected is not None:  # demand curves are cut into pieces by both, so that they agree less closely
        assert found == pytest.approx(expected, rel=3e-6 if "elastic" in features else 1e-6, abs=1e-6)


# No shrinking: a failure names its features and seed, and a search for fewer of them takes minutes.
@settings(
    max_examples=10, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(features, seeds, st.booleans())
def test_same_objective_with_some_features(features: set[str], seed: int, prune: bool) -> None:
    _same(features, seed, prune)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_same_objective_with_all_features(seed: int) -> None:
    _same(set(FEATURES), seed, prune=bool(seed % 2))
