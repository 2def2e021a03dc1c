"""Rules on sets of projects: the best of those that keep them, however much or little the rule says of its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.decide.test_portfolio import SEEDS, best_of, drawn, every_set

import sungari.chain.cuts
from sungari.chain.cuts import Cuts
from sungari.chain.program import Program
from sungari.chain.solver import Solver
from sungari.decide.portfolio import select
from sungari.decide.rule import Names, Rule
from sungari.errors import Infeasible, NoSolution
from sungari.region.package import Region


def weighed(region: Region, seed: int) -> Rule:
    """Each project weighs something, some lighten the others; a set must not be too heavy. Gives small reasons."""
    names = [str(p) for p in region.table("projects")["project"]]
    rng = np.random.default_rng(seed)
    weight = dict(zip(names, rng.uniform(-1, 3, len(names)), strict=True))
    most = float(rng.uniform(0, 4))

    def excess(chosen: Names) -> float:
        return sum(weight[n] for n in chosen) - most

    def reason(refused: Names, apart: Sequence[str]) -> tuple[Names, Names]:
        having, lacking = {n for n in refused if weight[n] > 0}, {n for n in weight if weight[n] < 0} - refused
        for name in apart:
            least = sum(weight[n] for n in having - {name}) + sum(min(w, 0) for n, w in weight.items()
                                                                  if n not in lacking - {name})
            if least > most:
                having, lacking = having - {name}, lacking - {name}
        return frozenset(having), frozenset(lacking)

    return Rule(excess, reason)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, small=st.booleans(), years=st.sampled_from([(2030,), (2030, 2034)]),
       places=st.sampled_from([0, 1024]))
def test_best_set_that_keeps_a_rule(seed: int, small: bool, years: tuple[int, ...], places: int) -> None:
    region = drawn(seed, rules=len(years) == 1, years=years)
    full = weighed(region, seed)
    rule = full if small else Rule(full.excess)
    plans = {names: plan for names, plan in every_set(region).items() if full.excess(names) <= 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sungari.chain.cuts, "PLACES", places)  # none: what is learned is only propagated
        try:
            found = select(region, rule=rule, gap=1e-9, near=20)
        except NoSolution:
            assert not plans
            return
    assert full.excess(frozenset(found.names)) <= 0
    assert found.objective == pytest.approx(best_of(plans), rel=1e-7)
    assert found.alternatives is not None
    assert {each.names for each in found.alternatives.sets} <= plans.keys()


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS)
def test_a_rule_beside_floors_and_a_frontier(seed: int) -> None:
    region = drawn(seed)
    rule = weighed(region, seed)
    plans = {names: plan for names, plan in every_set(region).items() if rule.excess(names) <= 0}
    if not plans or frozenset() not in plans:
        return
    found = select(region, rule=rule, gap=1e-9, frontier="budget", points=4)
    assert found.objective == pytest.approx(best_of(plans), rel=1e-7)
    cost = region.table("projects").set_index("project")["capex"]
    for row in found.frontier.itertuples(index=False):
        within = [p.objective for s, p in plans.items() if sum(cost[n] for n in s) <= row.level * (1 + 1e-9)]
        assert row.objective == pytest.approx(max(within), rel=1e-7)
    floored = select(region, rule=rule, nobody_worse=True, gap=1e-9)
    assert rule.excess(frozenset(floored.names)) <= 0
    assert floored.parties.query("party != 'w'")["gain"].min() >= -1e-4


@pytest.mark.parametrize("kind", ["false", "whole"])
def test_projects_whose_size_is_free_may_be_refused_too(kind: str) -> None:
    region = drawn(3)
    projects = region.table("projects")
    free = projects.assign(lumpy=kind, capex=0.0, capex_per_size=50.0, size_max=2.0)
    region = region.with_table("projects", free)
    every = select(region, gap=1e-9)
    assert len(every.names) > 1
    for one in every.names:
        found = select(region, rule=lambda names, one=one: one not in names, gap=1e-9)
        without = region.with_table("projects", free[free["project"] != one])
        without = without.with_table("effects", region.table("effects").query("project != @one"))
        assert found.objective == pytest.approx(select(without, gap=1e-9).objective, rel=1e-6)
        assert one not in found.names


def test_a_rule_that_nothing_keeps_is_named() -> None:
    with pytest.raises(Infeasible, match="keeps the rule"):
        select(drawn(3), rule=lambda names: False)
    with pytest.raises(Infeasible, match="keeps the rule"):
        select(drawn(3), rule=lambda names: False, nobody_worse=True)


def test_a_set_nearby_that_keeps_the_rule() -> None:
    weight = {"a": 3.0, "b": 2.0, "c": 2.0, "d": -4.0}
    rule = Rule(lambda names: sum(weight[n] for n in names) - 4.0)
    every = frozenset("abc")
    assert rule.nearest(every, {"a": 1.0, "b": 9.0, "c": 9.0, "d": 50.0}) == {"b", "c"}
    assert rule.nearest(every, {"a": 9.0, "b": 9.0, "c": 9.0, "d": 1.0}) == {"a", "b", "c", "d"}
    assert rule.nearest(every, {"d": 1.0, "a": 0.0}) == {"b", "c"}
    assert rule.nearest(every, {"a": 0.0, "b": 0.0, "c": 0.0}) is not None
    assert rule.nearest(every, {"b": 1.0}) is None  # what can be changed does not do
    assert rule.nearest(frozenset("b"), {"a": 1.0}) == {"b"}


def test_rows_that_are_learned_bind_like_the_models_own() -> None:
    program = Program()
    program.add_columns("x", 3, cost=[-5.0, -4.0, -3.0], upper=1.0, integer=True)
    rows = program.add_rows("most", 1, upper=3.0)
    program.add(np.repeat(rows.index, 3), np.arange(3), np.ones(3))
    solver = Solver(program.finish(), relaxed=True)
    cuts = Cuts(solver)
    assert -solver.solve("simplex", mixed=False).objective == pytest.approx(12.0)
    basis = solver.basis()
    for chosen, best in (((0, 1), 8.0), ((0, 2), 7.0)):
        cuts.add(np.array(chosen), np.ones(2), 1.0)
        solver.set_basis(basis)
        assert -solver.solve("simplex", mixed=False).objective == pytest.approx(best)
    assert cuts.held == len(cuts.rows) == 2
    least = [sum((5.0, 4.0, 3.0)[i] for i in s) for n in range(4) for s in combinations(range(3), n)
             if not {0, 1} <= set(s) and not {0, 2} <= set(s)]
    assert max(least) == 7.0
