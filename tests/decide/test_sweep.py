"""Sweeps: warm against cold, in any order, screened, kept and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.generate import generate

from sungari.chain import solve
from sungari.chain.live import LiveModel
from sungari.decide.measures import project_cost
from sungari.decide.scenarios import Shift, shifted
from sungari.decide.screen import proven
from sungari.decide.store import Store
from sungari.decide.sweep import Engine, Setup, Sweep, SweepProgress, Variant
from sungari.errors import UsageError
from sungari.region.package import Region


@pytest.fixture(scope="module")
def region() -> Region:
    """A generated region whose ten projects are all lumpy, some of them of two years' choice."""
    made = generate(12, 6, 24, seed=3, projects=10)
    projects = made.table("projects").copy()
    projects["lumpy"] = "true"
    projects.loc[0, "year_to"] = 2030
    projects.loc[1, "committed"] = True
    return made.with_table("projects", projects)


@pytest.fixture(scope="module")
def engine(region: Region) -> Engine:
    everything = Variant.of(region.table("projects")["project"].tolist())
    return Engine(Setup(region, (everything,), detail=True))


def cold(region: Region, projects: list[str]) -> float:
    plan = solve(region, projects=projects or "none", check=False, gap=1e-10)
    return plan.objective * region.settings.money_scale


def test_variants_are_worth_what_cold_solves_say(region: Region, engine: Engine) -> None:
    committed = region.table("projects")["project"][1]
    for chosen in ([], ["project-001"], ["project-004"], ["project-003", "project-005", "project-008"]):
        outcome = engine.solve(Variant.of([*chosen, committed]))
        assert outcome.objective == pytest.approx(cold(region, chosen), rel=1e-9)


def test_what_is_committed_can_be_taken_out(region: Region, engine: Engine) -> None:
    projects = region.table("projects").copy()
    projects["committed"] = False
    outcome = engine.solve(Variant.of([]))
    assert outcome.objective == pytest.approx(cold(region.with_table("projects", projects), []), rel=1e-9)


def test_neither_order_nor_history_matters(region: Region, engine: Engine) -> None:
    names = region.table("projects")["project"].tolist()
    variants = [Variant.of([n]) for n in names] + [Variant.of([m for m in names if m != n]) for n in names]
    other = Engine(engine.setup)
    first = {v: engine.solve(v) for v in variants}
    again = {v: other.solve(v) for v in reversed(variants)}
    for variant in variants:
        assert first[variant].objective == again[variant].objective
        for name, values in first[variant].arrays.items():
            np.testing.assert_array_equal(values, again[variant].arrays[name])


def test_what_duals_prove_is_true(region: Region) -> None:
    live = LiveModel(region, candidates=True)
    found = 0
    for name in region.table("projects")["project"]:
        if live.model.projects.committed[live.model.projects.names.get_loc(name)]:
            continue
        answer = proven(live, live.start, live.built([name]), [name])
        if answer is not None:
            found += 1
            solved = live.solve(live.built([name]))
            assert answer.objective == pytest.approx(solved.objective, rel=1e-10)
            np.testing.assert_allclose(live.model.arrays.cost @ answer.x, answer.objective, rtol=1e-9)
    assert found >= 2


def test_what_duals_prove_is_true_of_what_is_taken_out_and_of_several(region: Region, engine: Engine) -> None:
    names = [str(n) for n in region.table("projects")["project"]]
    committed = names[1]
    sets = [frozenset(names) - {n} for n in names] + [frozenset(names[k:]) for k in range(len(names))]
    sets += [frozenset([committed, a, b]) for a in names for b in names if a < b]
    found = {len(s): 0 for s in sets}
    for chosen in sets:
        outcome = engine.solve(Variant.of(chosen))
        if outcome.skipped:
            found[len(chosen)] += 1
            live = engine.live
            solved = live.solve(live.built(chosen, committed=False))
            assert outcome.objective == pytest.approx(solved.objective * -1, rel=1e-10)
            size, built = live.model.projects.decided(solved.x)
            decided = np.flatnonzero((size > 1e-9) | (built > 0.5))
            names_of = live.model.projects.names[live.model.projects.project[decided]]
            mine = live.model.projects.names[live.model.projects.project[outcome.arrays["decision"]]]
            assert sorted(names_of) == sorted(mine)
    assert found[len(names) - 1] >= 2
    assert found[3] >= 2


def test_duals_of_rounded_decisions_prove_nothing_about_others(region: Region) -> None:
    names = [str(n) for n in region.table("projects")["project"]]
    live = LiveModel(region, names[:1], candidates=True)  # of two years' choice
    start = live.start
    more = next(n for n in names[2:] if proven(live, start, live.built([names[0], n]), [n]) is not None)
    arrays, index = live.model.arrays, live.solver.integer
    free = index[arrays.upper[index] > arrays.lower[index]][0]
    dual = start.answer.column_dual.copy()
    dual[free] = abs(start.answer.objective) * (1e-3 if start.answer.x[free] > 0.5 else -1e-3)
    rounded = replace(start, answer=replace(start.answer, column_dual=dual))
    assert proven(live, rounded, live.built([names[0], more]), [more]) is None


def test_welfare_by_party_and_year_sums_to_the_objective_and_duties(engine: Engine, region: Region) -> None:
    names = region.table("projects")["project"].tolist()
    for chosen in ([], names[:3], names):
        outcome = engine.solve(Variant.of(chosen))
        plan = solve(region, projects=chosen, check=False) if len(chosen) > 1 else None
        if plan is not None:
            assert outcome.arrays["welfare"].sum() == pytest.approx(plan.info["welfare"], rel=1e-6)
        size, built = np.zeros(len(engine.live.model.projects.project)), np.zeros(
            len(engine.live.model.projects.project)
        )
        size[outcome.arrays["decision"]] = outcome.arrays["size"]
        built[outcome.arrays["decision"]] = outcome.arrays["built"]
        cost = project_cost(engine.live.model.projects, size, built)
        assert outcome.arrays["surplus"].sum() + cost.sum() == pytest.approx(outcome.objective, rel=1e-9)


def test_an_outage_on_top_of_projects(region: Region, engine: Engine) -> None:
    links = region.table("links").copy()
    link = str(links.loc[~links["link"].isin(region.table("effects")["row"]), "link"].iloc[0])
    committed = str(region.table("projects")["project"][1])
    closed = links["link"] == link
    links.loc[closed, "capacity"] = 0.0
    outcome = engine.solve(Variant.of(["project-004", committed], ("links", link, 0.0)))
    assert outcome.objective == pytest.approx(cold(region.with_table("links", links), ["project-004"]), rel=1e-9)


def test_elastic_markets_are_refined_in_every_variant() -> None:
    made = generate(8, 4, 12, seed=5, projects=4)
    demand = made.table("demand").copy()
    demand["elasticity"] = np.where(demand["price"].notna() & (demand["step"] == "1"), -0.7, np.nan)
    demand = demand[(demand["step"] == "1") | demand["price"].isna()]
    projects = made.table("projects").copy()
    projects["lumpy"] = "true"
    region = made.with_table("demand", demand).with_table("projects", projects)
    engine = Engine(Setup(region))
    for chosen in ([], ["project-002"], ["project-004"], []):
        outcome = engine.solve(Variant.of(chosen))
        assert outcome.objective == pytest.approx(cold(region, chosen), rel=1e-6)
    assert engine.solve(Variant.of([])).objective == engine.solve(Variant.of([])).objective


def test_a_variant_without_a_plan_is_an_outcome(engine: Engine, region: Region) -> None:
    projects = region.table("projects").copy()
    projects["capex"] = 1e6
    budget = pd.DataFrame({"party": ["*"], "amount": [1.0]})
    projects["committed"] = False
    poor = Engine(Setup(region.with_table("projects", projects).with_table("budgets", budget)))
    outcome = poor.solve(Variant.of(["project-001"]))
    assert not outcome.feasible
    assert outcome.status == "infeasible"
    assert outcome.arrays == {}


COURSES: dict[str, list[Shift]] = {
    "prices": [Shift("demand", "*", "price", 1.15), Shift("rates", "*", "per_km", 1.3)],
    "capacity": [Shift("links", "*", "capacity", 0.8), Shift("supply", "*", "capacity", 0.9, 1.0)],
    "demand": [Shift("demand", "*", "quantity", 1.2), Shift("supply", "*", "cost", 0.9)],
    "cheap": [Shift("supply", "*", "cost", 0.05)],  # what prices ruled out in the base case is wanted now
    "late and dear": [Shift("projects", "*", "lead", 1.0, 1.0), Shift("projects", "*", "capex", 1.4)],
    "lossy": [Shift("links", "*", "loss", 1.0, 0.01), Shift("links", "*", "days", 2.0)],
    "not yet": [Shift("projects", "*", "lead", 1.0, 50.0)],
}


@pytest.mark.parametrize("name", COURSES)
def test_scenarios_are_worth_what_cold_solves_say(region: Region, engine: Engine, name: str) -> None:
    committed = str(region.table("projects")["project"][1])
    shifts = COURSES[name]
    changed = shifted(region, shifts)
    for chosen in ([], ["project-001"], ["project-003", "project-005", "project-008"]):
        outcome = engine.solve(Variant.of([*chosen, committed], shifts=shifts))
        assert outcome.objective == pytest.approx(cold(changed, chosen), rel=1e-9)
    scene = engine._scene
    assert scene is not None
    assert scene.live.model.stands_like(engine._wide.live.model)  # solved warm, not by falling back


def test_closures_are_worth_what_cold_solves_say(region: Region, engine: Engine) -> None:
    links = region.table("links").copy()
    links.loc[:20, "capacity"] = np.nan
    free = region.with_table("links", links)
    row = str(links["link"][3])
    closed = [Shift("links", row, "capacity", 0.0)]
    assert Engine(Setup(free)).solve(Variant.of([], shifts=closed)).objective == pytest.approx(
        _without_committed(shifted(free, closed)), rel=1e-9)
    opened = [Shift("links", row, "capacity", 1.0, 1e6)]
    shut = shifted(free, closed)  # what is closed in the base case has no place in its program
    assert Engine(Setup(shut)).solve(Variant.of([], shifts=opened)).objective == pytest.approx(
        _without_committed(shifted(shut, opened)), rel=1e-9)


def _without_committed(region: Region) -> float:
    projects = region.table("projects").copy()
    projects["committed"] = False
    return cold(region.with_table("projects", projects), [])


def test_a_scenario_s_figures_depend_on_nothing_but_itself(region: Region) -> None:
    setup = Setup(region, (Variant.of(region.table("projects")["project"].tolist()),), detail=True)
    names = region.table("projects")["project"].tolist()
    variants = [Variant.of([n], shifts=COURSES[c]) for c in ("prices", "late and dear", "cheap") for n in names[:3]]
    here, there = Engine(setup), Engine(setup)
    first = {v: here.solve(v) for v in variants}
    again = {v: there.solve(v) for v in reversed(variants)}
    for variant in variants:
        assert first[variant].objective == again[variant].objective
        for name, values in first[variant].arrays.items():
            np.testing.assert_array_equal(values, again[variant].arrays[name])
    assert len({setup.key(v) for v in variants}) == len(variants)


def test_a_scenario_without_a_plan_is_an_outcome(region: Region) -> None:
    demand = region.table("demand").copy()
    demand["price"] = np.nan
    demand["penalty"] = np.nan
    demand["quantity"] *= 1e-3
    engine = Engine(Setup(region.with_table("demand", demand)))
    assert engine.solve(Variant.of([])).feasible
    flood = Variant.of([], shifts=[Shift("demand", "*", "quantity", 1e7)])
    assert engine.solve(flood).status == "infeasible"
    assert engine.solve(flood).status == "infeasible"


def test_an_unknown_project_is_named(engine: Engine) -> None:
    with pytest.raises(UsageError, match=r"no project 'projct-001' in projects.csv; did you mean 'project-00"):
        engine.solve(Variant.of(["projct-001", "project-002"]))


def test_a_store_keeps_what_is_finished(region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variants = [Variant.of([n]) for n in region.table("projects")["project"]]
    store = Store(tmp_path / "out" / "sweep.sqlite")
    seen: list[SweepProgress] = []

    def stop(progress: SweepProgress) -> None:
        seen.append(progress)
        if progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Sweep(Setup(region), store=store, progress=stop).run(variants)
    assert len(store) == 4
    store.close()
    asked: list[Variant] = []
    solve_one = Engine.solve
    monkeypatch.setattr(Engine, "solve", lambda self, v: (asked.append(v), solve_one(self, v))[1])
    store = Store(tmp_path / "out" / "sweep.sqlite")
    resumed = Sweep(Setup(region), store=store).run(variants)
    assert asked == variants[4:]
    whole = Sweep(Setup(region)).run(variants)
    for variant in variants:
        assert resumed[variant].objective == whole[variant].objective
        for name, values in whole[variant].arrays.items():
            np.testing.assert_array_equal(resumed[variant].arrays[name], values)
    changed = region.with_settings(discount_rate=0.06)
    asked.clear()
    Sweep(Setup(changed), store=store).run(variants[:1])
    assert asked == variants[:1]  # another region is another hash …
    asked.clear()
    judged = changed.with_table("criteria", pd.DataFrame({"criterion": ["jobs"], "name": ["Jobs"]}))
    Sweep(Setup(judged), store=store).run(variants[:1])
    assert asked == []  # … but for what no plan depends on
    assert seen[-1].left is not None
    store.close()


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("not a database, whatever its name says" * 50, encoding="utf-8")
    with pytest.raises(UsageError, match="can't be used as a store"):
        Store(tmp_path / "x")
