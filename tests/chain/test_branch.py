"""The tree against the general solver and enumeration; rules that close decisions; rows of the strong formulation."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from benchmarks.portfolio import fixed_charge
from hypothesis import given, settings
from hypothesis import strategies as st
from small_regions import FEATURES, small_region

from sungari.chain.assembly import Model
from sungari.chain.branch import Tree
from sungari.chain.program import Arrays, Program
from sungari.chain.propagate import Rules
from sungari.chain.solver import Solver
from sungari.chain.strengthen import strengthen, strong_rows

SEEDS = st.integers(0, 10_000)


def knapsack(seed: int, n: int = 7) -> Arrays:
    """Projects of random worth within a budget, two of which exclude each other and one of which needs another."""
    rng = np.random.default_rng(seed)
    program = Program()
    built = program.add_columns("built", n, -rng.uniform(1, 10, n), 0.0, 1.0, integer=True, decision=True)
    weight = rng.uniform(1, 6, n)
    row = program.add_rows("budget", 1, upper=0.45 * weight.sum())
    program.add(row.start, built.index, weight)
    row = program.add_rows("project excludes", 1, upper=1.0)
    program.add(row.start, built.index[:2], 1.0)
    row = program.add_rows("project requires", 1, upper=0.0)
    program.add(row.start, built.index[2:4], [1.0, -1.0])
    return program.finish()


def allowed(arrays: Arrays) -> dict[tuple[int, ...], float]:
    """Objective of every plan, by enumeration."""
    made = {}
    for values in product((0, 1), repeat=len(arrays.cost)):
        x = np.array(values, dtype=float)
        if (arrays.matrix @ x <= arrays.row_upper + 1e-9).all():
            made[values] = float(arrays.cost @ x)
    return made


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_best_plan_and_all_plans_near_it(seed: int) -> None:
    arrays = knapsack(seed)
    plans = allowed(arrays)
    best = min(plans.values())
    answer = Tree(Solver(arrays, relaxed=True), arrays, gap=0.0).search()
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best)
    tree = Tree(Solver(arrays, relaxed=True), arrays, gap=0.0, beside=0.2 * abs(best))
    tree.search()
    wanted = {k for k, v in plans.items() if v <= 0.8 * best - 1e-9}
    assert wanted <= set(tree.found)
    assert all(tree.found[k] == pytest.approx(plans[k]) for k in tree.found)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, odd=st.booleans())
def test_plans_that_a_rule_shuts_out_are_gone_around(seed: int, odd: bool) -> None:
    arrays = knapsack(seed)
    plans = {k: v for k, v in allowed(arrays).items() if sum(k) % 2 == odd}
    tree = Tree(Solver(arrays, relaxed=True), arrays, gap=0.0,
                admits=lambda values, _: int(values.sum()) % 2 == odd)  # fmt: skip
    assert tree.search().objective == pytest.approx(min(plans.values()))


def test_no_plan_is_wanted_above_an_objective() -> None:
    arrays = knapsack(1)
    best = min(allowed(arrays).values())
    assert Tree(Solver(arrays, relaxed=True), arrays, above=best - 0.1).search().status == "infeasible"
    found = Tree(Solver(arrays, relaxed=True), arrays, above=best + 0.1, gap=0.0).search()
    assert found.objective == pytest.approx(best)


def test_gap_is_of_what_is_gained() -> None:
    arrays = knapsack(3)
    best = min(allowed(arrays).values())
    tree = Tree(Solver(arrays, relaxed=True), arrays, gap=0.1, today=best + 0.001)
    # A gain of 0.001 at a gap of a tenth: nothing but the best will do.
    assert tree.search().objective == pytest.approx(best)
    assert tree.bound >= best - 0.0001 - 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, fixed=st.lists(st.sampled_from([None, 0, 1]), min_size=7, max_size=7))
def test_rules_close_nothing_that_is_allowed(seed: int, fixed: list[int | None]) -> None:
    arrays = knapsack(seed)
    lower = np.array([f or 0 for f in fixed], dtype=float)
    upper = np.array([1 if f is None else f for f in fixed], dtype=float)
    inside = [k for k in allowed(arrays) if all(f is None or f == v for f, v in zip(fixed, k, strict=True))]
    narrowed = Rules(arrays, np.arange(7)).tighten(lower, upper)
    if narrowed is None:
        assert not inside
        return
    for plan in inside:
        assert (narrowed[0] <= plan).all()
        assert (plan <= narrowed[1]).all()


def test_rules_close_what_no_longer_fits() -> None:
    arrays = knapsack(5)
    lower, upper = np.zeros(7), np.ones(7)
    lower[0] = 1.0
    narrowed = Rules(arrays, np.arange(7)).tighten(lower, upper)
    assert narrowed is not None
    assert narrowed[1][1] == 0.0  # excluded by the first
    lower[2] = 1.0
    narrowed = Rules(arrays, np.arange(7)).tighten(lower, upper)
    assert narrowed is None or narrowed[0][3] == 1.0  # required by the third


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, features=st.sets(st.sampled_from(FEATURES)))
def test_strong_rows_cut_off_no_best_plan(seed: int, features: set[str]) -> None:
    region = small_region(features | {"projects"}, seed)
    if any(p.severity == "error" for p in region.check()):
        return
    model = Model(region)
    solver = Solver(model.arrays)
    plain = solver.solve(mixed=True, gap=1e-9)
    rows = strong_rows(model)
    if rows.shape[0]:
        solver.add_rows(rows)
    strong = solver.solve(mixed=True, gap=1e-9)
    assert strong.status == plain.status
    if plain.feasible:
        assert strong.objective == pytest.approx(plain.objective, abs=1e-6 * max(abs(plain.objective), 1.0))


def test_strong_rows_lift_the_bound_of_a_fixed_charge_network() -> None:
    model = Model(fixed_charge(8, 20, 4, 1.0, 1.0))

    def relaxed(rows: Any) -> float:
        solver = Solver(model.arrays, relaxed=True)
        if rows is not None:
            solver.add_rows(rows)
        return solver.solve(mixed=False).objective

    weak, whole = relaxed(None), relaxed(strong_rows(model))
    assert whole > weak * 1.05
    solver = Solver(model.arrays)
    added = strengthen(model, solver)
    assert 0 < added < strong_rows(model).shape[0]
    assert solver.highs.getNumRow() == solver.n_rows + added
    best = solver.solve(mixed=True, gap=1e-9).objective
    solver.drop_rows()
    assert solver.highs.getNumRow() == solver.n_rows
    assert best == pytest.approx(Solver(model.arrays).solve(mixed=True, gap=1e-9).objective)
    # Rounds reach the bound of the whole formulation.
    again = Solver(model.arrays, relaxed=True)
    strengthen(model, again)
    assert again.solve(mixed=False).objective == pytest.approx(whole, rel=1e-3)
