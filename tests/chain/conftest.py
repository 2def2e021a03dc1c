"""What the tests of the chain model share: a region solved three ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from handmade import Solve, check_plan, same_tables

import sungari


@pytest.fixture
def solve(tmp_path: Path) -> Solve:
    """Solve a region three ways – as it is, written and read again, unpruned – and save and open the plan."""

    def three_ways(model: sungari.Region, **options: Any) -> sungari.Plan:
        plan: sungari.Plan = model.solve(**options)
        model.write(tmp_path / "region")
        again = sungari.Region.read(tmp_path / "region")
        assert again.sha256 == model.sha256
        same_tables(plan, again.solve(**options, check=False))
        plan.save(tmp_path / "plan")
        opened = sungari.Plan.load(tmp_path / "plan")
        same_tables(plan, opened)
        assert opened.info == plan.info
        check_plan(opened)
        whole = model.solve(**options, prune=False, check=False)
        tolerance = 3e-6 * max(abs(plan.objective), 1.0)
        assert whole.objective == pytest.approx(plan.objective, abs=tolerance)
        return plan

    return three_ways


@pytest.fixture
def solve_once() -> Solve:
    """Solve a region and check the plan: for the variants of a model whose first one was solved three ways."""

    def once(model: sungari.Region, **options: Any) -> sungari.Plan:
        plan: sungari.Plan = model.solve(**options, check=False)
        check_plan(plan)
        return plan

    return once
