"""Whatever a small region holds, its plan stands up to verification and its welfare adds up."""

from __future__ import annotations

from handmade import check_plan
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_regions import FEATURES, small_region

import sungari


# No shrinking: a failure names its features and seed, and a search for fewer of them takes minutes.
@settings(
    max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.sets(st.sampled_from(FEATURES), min_size=8, max_size=len(FEATURES)), st.integers(0, 100_000))
def test_plans_of_random_regions_are_right(features: set[str], seed: int) -> None:
    try:
        plan = small_region(features, seed).solve(check=False, interruptible=False)
    except sungari.Infeasible:
        return
    check_plan(plan)
