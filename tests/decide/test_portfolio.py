"""The portfolio against enumeration: budgets, rules, floors, scenarios, near-best sets, frontiers; the command."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmarks.generate import generate
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sungari
from sungari.chain.plan import Plan
from sungari.decide import study
from sungari.decide.budgets import Budget, with_budgets
from sungari.decide.portfolio import Portfolio, select
from sungari.decide.worlds import Tail
from sungari.errors import Infeasible, InputError, NoSolution, UsageError
from sungari.region.package import Region

Names = frozenset[str]
Plans = dict[Names, Plan]
SEEDS = st.integers(0, 10_000)


def drawn(seed: int, *, rules: bool = False, years: tuple[int, ...] = (2030,), count: int = 4) -> Region:
    """Two mines, a hub and two towns of three parties; projects widen the roads and the mines. Figures have no ties."""
    r = random.Random(seed)
    u = r.uniform
    names = [f"q{i}" for i in range(count)]
    roads = [("m1", "h"), ("m2", "h"), ("h", "t1"), ("h", "t2"), ("m1", "t2")]
    projects, effects = [], []
    for i, name in enumerate(names):
        row: dict[str, Any] = {
            "project": name, "name": name.upper(), "lumpy": "true", "life": 20, "host": r.choice("abc"),
            "capex": u(200, 4000), "sector": r.choice(["rail", "road"]),
        }  # fmt: skip
        if rules and i:
            row |= r.choice([{}, {"requires": names[i - 1]}, {"excludes": names[i - 1]}, {"committed": True}])
        projects.append(row)
        for _ in range(r.randint(1, 2)):
            where, key = r.choice([("links", f"l{r.randrange(5)}"), ("supply", r.choice(["m1/x", "m2/x"]))])
            if not any(e["project"] == name and e["row"] == key for e in effects):
                effects.append({"project": name, "table": where, "row": key, "column": "capacity", "change": u(5, 40)})
    return Region.from_tables("drawn", {
        "parties": table(*({"party": p, "name": p, "kind": "country"} for p in "abc"),
                         {"party": "w", "name": "World", "kind": "external"}),
        "places": table(*({"place": p, "name": p, "party": o} for p, o in zip(
            ("m1", "m2", "h", "t1", "t2"), "aabbc", strict=True))),
        "commodities": table({"commodity": "x", "name": "x", "unit": "t"}),
        "periods": table(*({"period": str(y), "year": y, "days": 365, "years": 4} for y in years)),
        "supply": table(*({"place": m, "commodity": "x", "capacity": u(20, 60), "cost": u(1, 8)}
                          for m in ("m1", "m2"))),
        "links": table(*({"link": f"l{i}", "from": a, "to": b, "mode": "road", "cost": u(0.5, 4), "capacity": u(5, 40)}
                         for i, (a, b) in enumerate(roads))),
        "rates": table({"mode": "road", "commodity": "x", "per_unit": 0}),
        "demand": table(*({"place": t, "commodity": "x", "step": str(s), "quantity": u(10, 50), "price": u(10, 45) / s}
                          for t in ("t1", "t2") for s in (1, 2))),
        "projects": table(*projects), "effects": table(*effects),
    }, discount_rate=0.04)  # fmt: skip


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def every_set(region: Region) -> Plans:
    """A cold plan of every set of projects that the rules and budgets allow."""
    names = [str(p) for p in region.table("projects")["project"]]
    made = {}
    for n in range(len(names) + 1):
        for chosen in combinations(names, n):
            try:
                plan = region.solve(projects=list(chosen) or "none", check=False)
            except NoSolution:
                continue
            made[frozenset(plan.projects["project"].astype(str))] = plan
    return made


def gains(plan: Plan, today: Plan) -> dict[str, float]:
    """Gain of each party."""
    with_it, without = (p.welfare("party").set_index("party")["amount"] for p in (plan, today))
    parties = plan.region.table("parties")["party"].astype(str)
    return {p: float(with_it.get(p, 0.0)) - float(without.get(p, 0.0)) for p in parties}


def best_of(plans: Plans) -> float:
    return max(p.objective for p in plans.values())


# -- against enumeration ----------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None)
@given(seed=SEEDS, share=st.floats(0.1, 0.9))
def test_best_set_within_budgets_and_rules(seed: int, share: float) -> None:
    region = drawn(seed, rules=True)
    budgets = [Budget(share * float(region.table("projects")["capex"].sum())), Budget(5000 * share, "b")]
    plans = every_set(with_budgets(region, budgets))
    try:
        found = select(region, budgets, gap=1e-9)
    except NoSolution:
        assert not plans
        return
    assert found.objective == pytest.approx(best_of(plans), rel=1e-7)
    today = region.solve(projects="none", check=False)
    assert found.gain == pytest.approx(found.objective - today.objective, abs=1e-6 * abs(found.objective))
    assert found.gap <= 1e-9
    projects = region.table("projects")
    committed = set(projects.loc[projects["committed"].fillna(False).astype(bool), "project"].astype(str))
    assert committed <= set(found.names)
    assert set(found.chosen.loc[found.chosen["committed"], "project"]) == committed
    for row in found.budgets.itertuples(index=False):
        assert row.used <= row.amount * (1 + 1e-9)
    # Parties' gains are those of the two plans.
    expected = gains(plans[frozenset(found.names)], today)
    assert found.parties.set_index("party")["gain"].to_dict() == pytest.approx(expected, abs=1e-4)


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS)
def test_years_are_chosen_within_yearly_budgets(seed: int) -> None:
    region = drawn(seed, years=(2030, 2034), count=3)
    capex = region.table("projects").set_index("project")["capex"]
    budgets = [Budget(float(capex.max()) * 1.1, year=2030), Budget(float(capex.max()) * 1.1, year=2034)]
    plans = every_set(with_budgets(region, budgets))
    found = select(region, budgets, gap=1e-9)
    assert found.objective == pytest.approx(best_of(plans), rel=1e-7)
    spent = found.chosen.groupby("year")["capex"].sum()
    assert all(spent <= float(capex.max()) * 1.1)


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS, share=st.floats(-0.1, 0.6))
def test_floors_under_gains(seed: int, share: float) -> None:
    region = drawn(seed)
    plans = every_set(region)
    today = plans[frozenset()]
    nobody = [s for s, p in plans.items() if min(v for k, v in gains(p, today).items() if k != "w") >= -1e-6]
    found = select(region, nobody_worse=True, gap=1e-9)
    assert found.objective == pytest.approx(max(plans[s].objective for s in nobody), rel=1e-7)
    assert found.parties.query("party != 'w'")["gain"].min() >= -1e-4
    # A floor at a share of the most that the party can have.
    most = max(gains(p, today)["b"] for p in plans.values())
    floor = share * most
    allowed = [p.objective for p in plans.values() if gains(p, today)["b"] >= floor - 1e-6]
    assert select(region, min_gain={"b": floor}, gap=1e-9).objective == pytest.approx(max(allowed), rel=1e-7)


def test_a_floor_that_no_set_reaches_is_explained() -> None:
    region = drawn(3)
    plans = every_set(region)
    most = max(gains(p, plans[frozenset()])["b"] for p in plans.values())
    with pytest.raises(Infeasible, match=r"b is to gain at least .* the most that any of the sets gives is") as caught:
        select(region, min_gain={"b": 1.5 * most + 10})
    assert "No set of projects within the budgets gives every party the least gain asked for" in str(caught.value)
    assert f"is {most:,.6g}"[:9] in str(caught.value)


def test_share_of_the_whole_gain() -> None:
    region = drawn(5)
    plans = every_set(region)
    today = plans[frozenset()]
    allowed = {s: p.objective for s, p in plans.items()
               if gains(p, today)["c"] >= 0.2 * sum(gains(p, today).values()) - 1e-6}
    found = select(region, min_gain={"c": "20%"}, gap=1e-9)
    assert found.objective == pytest.approx(max(allowed.values()), rel=1e-7)


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS, near=st.floats(0.5, 60))
def test_near_best_sets_are_complete(seed: int, near: float) -> None:
    region = drawn(seed, rules=True)
    plans = every_set(region)
    try:
        found = select(region, near=near, gap=1e-9)
    except NoSolution:
        assert not plans
        return
    room = near / 100 * found.gain
    expected = {s for s, p in plans.items() if p.objective >= found.objective - room - 1e-6}
    sure = {s for s, p in plans.items() if p.objective >= found.objective - room + 1e-6}
    made = found.alternatives
    assert made is not None
    assert made.complete
    assert sure <= {each.names for each in made.sets} <= expected
    names = [str(p) for p in region.table("projects")["project"]]
    if sure == expected:
        assert set(made.in_all) == {n for n in names if all(n in s for s in expected)}
        assert set(made.in_none) == {n for n in names if not any(n in s for s in expected)}
    # Cut short, each project is settled by searches of its own, with the same verdict.
    short = select(region, near=near, gap=1e-9, most=1).alternatives
    assert short is not None
    assert (short.in_all, short.in_some, short.in_none) == (made.in_all, made.in_some, made.in_none)
    assert short.undecided == []


def test_frontier_against_the_budget() -> None:
    region = drawn(11, count=5)
    capex = float(region.table("projects")["capex"].sum())
    frame = select(region, [str(capex)], frontier="budget", points=6, gap=1e-9).frontier
    assert frame["gain"].is_monotonic_increasing
    assert frame["level"].is_monotonic_increasing
    assert (frame["spent"] <= frame["level"] * (1 + 1e-9) + 1e-6).all()
    plans = every_set(region)
    for row in frame.itertuples(index=False):
        afforded = [p.objective for p in plans.values() if p.projects["capex"].sum() <= row.level * (1 + 1e-9)]
        assert row.objective == pytest.approx(max(afforded), rel=1e-7)
    # Without a budget it runs from nothing to all that is worth building.
    free = select(region, frontier="budget", points=3, gap=1e-9).frontier
    assert free["gain"].iloc[0] == pytest.approx(0.0, abs=1e-6)
    assert free["objective"].iloc[-1] == pytest.approx(best_of(plans), rel=1e-7)


def test_marginal_value_of_a_budget() -> None:
    region = drawn(11, count=5)
    plans = every_set(region)
    budget = 0.4 * float(region.table("projects")["capex"].sum())

    def best(amount: float) -> float:
        return max(p.objective for p in plans.values() if p.projects["capex"].sum() <= amount)

    found = select(region, [Budget(budget)], gap=1e-9)
    value = (best(1.05 * budget) - best(budget)) / (0.05 * budget)
    assert found.as_json()["marginal_value"] == pytest.approx(value, abs=1e-7)


def test_frontier_against_the_least_gain() -> None:
    region = drawn(21, count=5)
    plans = every_set(region)
    today = plans[frozenset()]
    frame = select(region, frontier="least-gain", points=6, gap=1e-9).frontier
    assert len(frame) > 1
    assert frame["gain"].is_monotonic_increasing
    assert frame["level"].is_monotonic_decreasing
    for row in frame.itertuples(index=False):
        allowed = [p.objective for p in plans.values()
                   if min(v for k, v in gains(p, today).items() if k != "w") >= row.level - 1e-6]
        assert row.objective == pytest.approx(max(allowed), rel=1e-7)


# -- scenarios --------------------------------------------------------------------------------------------------------


def courses(region: Region, seed: int) -> dict[str, tuple[float, Region]]:
    """The region as it is, with dear supply, and with little demand."""
    r = random.Random(seed)
    supply, demand = region.table("supply").copy(), region.table("demand").copy()
    supply["cost"] = supply["cost"] * r.uniform(1.5, 3)
    demand["price"] = demand["price"] * r.uniform(0.3, 0.8)
    return {"base": (0.5, region), "dear": (0.3, region.with_table("supply", supply)),
            "little": (0.2, region.with_table("demand", demand))}


def table_of(region: Region, made: dict[str, tuple[float, Region]]) -> dict[Names, np.ndarray[Any, Any]]:
    """Gains of every set, scenario by scenario."""
    worlds = [every_set(r) for _, r in made.values()]
    return {s: np.array([w[s].objective - w[frozenset()].objective for w in worlds]) for s in worlds[0]}


def cvar(values: np.ndarray[Any, Any], chances: np.ndarray[Any, Any], alpha: float) -> float:
    """min over η of η + E[max(loss − η, 0)] / (1 − α): at one of the losses."""
    loss = -values
    return min(float(eta + chances @ np.maximum(loss - eta, 0.0) / (1 - alpha)) for eta in loss)


@settings(max_examples=3, deadline=None)
@given(seed=SEEDS, alpha=st.sampled_from([0.0, 0.6, 0.8, 0.95]), weight=st.sampled_from([0.0, 0.3, 0.8]))
# Two columns without bounds in one row of the tail.
@example(seed=8841, alpha=0.6, weight=0.3)
def test_expected_gain_and_cvar_over_scenarios(seed: int, alpha: float, weight: float) -> None:
    region = drawn(seed, count=3)
    made = courses(region, seed)
    by_set = table_of(region, made)
    chances = np.array([p for p, _ in made.values()])
    plain = select(region, scenarios=made, gap=1e-9)
    assert plain.gain == pytest.approx(max(chances @ g for g in by_set.values()), abs=1e-4)
    assert plain.scenarios["gain"].to_numpy() == pytest.approx(by_set[frozenset(plain.names)], abs=1e-4)
    if weight:
        found = select(region, scenarios=made, tail=Tail(alpha, weight), gap=1e-9)
        value = {s: (1 - weight) * chances @ g - weight * cvar(g, chances, alpha) for s, g in by_set.items()}
        assert value[frozenset(found.names)] == pytest.approx(max(value.values()), abs=1e-4)
        risk = cvar(by_set[frozenset(found.names)], chances, alpha)
        assert found.info["cvar"] == pytest.approx(risk, abs=1e-4)
    # A limit between the least CVaR (nothing built: 0, or a sure gain) and that of the best set.
    risks = {s: cvar(g, chances, alpha) for s, g in by_set.items()}
    limit = (min(risks.values()) + risks[frozenset(plain.names)]) / 2
    held = select(region, scenarios=made, tail=Tail(alpha, 0.0, limit), gap=1e-9)
    assert held.gain == pytest.approx(max(chances @ by_set[s] for s in by_set if risks[s] <= limit + 1e-6), abs=1e-4)


def test_frontier_against_the_cvar() -> None:
    region = drawn(8, count=4)
    made = courses(region, 8)
    by_set = table_of(region, made)
    chances = np.array([p for p, _ in made.values()])
    frame = select(region, scenarios=made, tail=Tail(0.8), frontier="cvar", points=4, gap=1e-9).frontier
    assert frame["gain"].is_monotonic_increasing
    for row in frame.itertuples(index=False):
        allowed = [float(chances @ g) for g in by_set.values() if cvar(g, chances, 0.8) <= row.level + 1e-6]
        assert row.gain == pytest.approx(max(allowed), abs=1e-4)
        assert row.cvar <= row.level + 1e-6


def test_scenarios_share_what_is_decided_with_a_free_size() -> None:
    # Size of a road: 1 a unit and year against 10 a unit carried; demand is 4 or 10 with even chances. Each unit up to
    # 4 is worth 10 − 1; beyond 4 half of 10, less 1: 10 in all, whatever comes: 10 · (4 + 10)/2 − 10.
    def world(quantity: float) -> Region:
        return Region.from_tables("sized", {
            "parties": table({"party": "a", "name": "a", "kind": "country"}),
            "places": table(*({"place": p, "name": p, "party": "a"} for p in "AB")),
            "commodities": table({"commodity": "x", "name": "x", "unit": "t"}),
            "supply": table({"place": "A", "commodity": "x"}),
            "links": table({"link": "l", "from": "A", "to": "B", "mode": "m", "capacity": 0}),
            "rates": table({"mode": "m", "commodity": "x"}),
            "demand": table({"place": "B", "commodity": "x", "quantity": quantity, "price": 10}),
            "projects": table({"project": "q", "name": "q", "capex_per_size": 1, "size_max": 20, "life": 1,
                               "host": "a"}),
            "effects": table({"project": "q", "table": "links", "row": "l", "column": "capacity", "change": 1}),
        })  # fmt: skip

    found = select(world(10), scenarios=[(0.5, world(4)), (0.5, world(10))])
    assert found.chosen["size"].tolist() == pytest.approx([10])
    assert found.gain == pytest.approx(60)
    dear = select(world(10), scenarios=[(0.9, world(4)), (0.1, world(10))], check=False)
    assert dear.gain == pytest.approx(4 * 9)


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "message"), [
    ({"budgets": ["much"]}, r"expected \[PARTY\[/SECTOR\]\[@YEAR\]=\]AMOUNT"),
    ({"budgets": ["d=5"]}, "no party 'd' in parties.csv"),
    ({"budgets": ["a/rails=5"]}, "no project is in sector 'rails'; did you mean 'rail'"),
    ({"budgets": ["a@1999=5"]}, "1999 is outside the horizon, 2030 to 2033"),
    ({"min_gain": {"A": 3}}, "no party 'A' in parties.csv; did you mean 'a'"),
    ({"min_gain": {"a": "lots"}}, "expected an amount of money or a share"),
    ({"tail": Tail(0.9, 0.5)}, "the package has none; add scenarios.csv"),
    ({"frontier": "cvar"}, "the package has none; add scenarios.csv"),
])
def test_questions_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        select(drawn(1), **options)


def test_chances_sum_to_one() -> None:
    region = drawn(1)
    with pytest.raises(UsageError, match=r"sum to 0\.7; expected 1"):
        select(region, scenarios=[(0.5, region), (0.2, region)])


def test_a_package_with_errors_is_refused() -> None:
    region = drawn(1)
    with pytest.raises(InputError):
        select(region.with_table("places", region.table("places").assign(party="nobody")))


def test_budget_texts() -> None:
    assert Budget.of("20e9") == Budget(20e9)
    assert Budget.of("RU/energy@2030=1_000") == Budget(1000, "RU", "energy", 2030)
    assert Budget.of("*=5").name == "*"
    region = drawn(2)
    twice = with_budgets(region, [Budget(9), Budget(7), Budget(8, "a")])
    assert twice.table("budgets")["amount"].tolist() == [7, 8]


# -- interruption, keeping, the command -------------------------------------------------------------------------------


def test_time_limit_gives_the_best_set_found() -> None:
    region = generate(30, 6, 12, projects=20)
    full = select(region, check=False)
    with pytest.raises(NoSolution, match="stopped by the time limit before any set was found"):
        select(region, check=False, time_limit=1e-6)
    found = select(region, check=False, time_limit=0.8 * full.info["seconds"]["choose"])
    assert found.info["status"] in ("time_limit", "optimal")
    assert found.gain <= full.gain * (1 + 1e-9)
    # What is left unproven covers what was not found.
    assert found.gain * (1 + found.gap) >= full.gain * (1 - 1e-6)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interrupted_by_the_user(tmp_path: Path) -> None:
    folder = generate(40, 8, 12, projects=40).write(tmp_path / "region")
    command = [sys.executable, "-m", "sungari", "select", str(folder), "--gap", "0", "--frontier", "budget",
               "--points", "400", "--near", "30", "--json"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(5.0)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode in (0, 1)
    assert json.loads(out)["status"] in ("interrupted", "optimal")


def test_kept_and_opened(tmp_path: Path) -> None:
    found = select(drawn(11, count=5), ["3000"], near=20, frontier="budget", points=3)
    study.save(found, tmp_path / "p")
    opened = study.open_study(tmp_path / "p").portfolio
    assert opened is not None
    assert opened.info["gain"] == pytest.approx(found.gain)
    assert set(opened.tables) == {"chosen", "budgets", "parties", "frontier", "scenarios", "alternatives", "membership"}
    assert opened.region.sha256 == found.region.sha256


def test_the_command(tmp_path: Path) -> None:
    folder = drawn(11, count=5).write(tmp_path / "region")
    command = [sys.executable, "-m", "sungari", "select", str(folder), "--budget", "3000", "--budget", "a=2500",
               "--min-gain", "b=0", "--frontier", "budget", "--points", "3", "--near", "5", "--out",
               str(tmp_path / "p")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    made = json.loads(done.stdout)
    keys = {"status", "objective", "gain", "gap", "chosen", "budget", "parties", "frontier", "alternatives",
            "marginal_value", "seconds"}
    assert keys <= set(made)
    assert made["status"] == "optimal"
    assert all({"project", "year", "size"} <= set(c) for c in made["chosen"])
    assert (tmp_path / "p" / "portfolio.json").is_file()
    assert (tmp_path / "p" / "region" / "datapackage.json").is_file()
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for words in ("What to build", "Budgets", "Gains by party", "Gain against budget", "Near-best sets"):
        assert words in shown
    wrong = subprocess.run([*command, "--budget", "z=1", "--json"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "no party 'z'" in json.loads(wrong.stdout)["message"]


def test_same_set_as_a_plain_solve() -> None:
    region = generate(20, 6, 12, projects=12)
    found: Portfolio = sungari.select(region, check=False)
    plan = region.solve(check=False)
    assert found.objective == pytest.approx(plan.objective, rel=1e-6)
    assert set(found.names) == set(plan.projects["project"].astype(str))
