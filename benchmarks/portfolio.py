"""The best set of projects, in units of one cold linear solve: ``python -m benchmarks.portfolio set S 30 1e-6``.

Projects widen what binds, lumpy, at a cost drawn against what the first unit of it is worth: some dozens of them are
worth their cost, few for sure. ``… charge 0`` solves a fixed-charge network design (an arc is a project) and the same
model by HiGHS in the aggregate and in the disaggregated formulation.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.generate import sized
from benchmarks.measure import ROOT, Stages, in_process
from benchmarks.report import Part, Ratio
from sungari.chain.assembly import Model
from sungari.chain.projects import capital_recovery
from sungari.chain.solve import solve
from sungari.chain.solver import Solver
from sungari.chain.strengthen import strong_rows
from sungari.decide.selection import Selection
from sungari.decide.worlds import Worlds
from sungari.region.package import Region

#: Size, projects, gap of the gain, most cold solves.
SETS = (("S", 30, 1e-6, 10.0), ("S", 100, 1e-2, 100.0), ("M", 30, 1e-2, 15.0), ("M", 100, 5e-2, 40.0))
#: Nodes, arcs, commodities, tightness of capacities, weight of the fixed charge; and two published cases.
DESIGNS: tuple[tuple[int, int, int, float, float] | str, ...] = (
    "cmnd_c25_100_10_V_L_5", "fcnet_r20x100", (20, 100, 10, 1.0, 1.0), (20, 150, 20, 1.5, 0.5), (25, 100, 30, 1.0, 1.0),
    (30, 300, 10, 1.0, 1.0), (20, 200, 40, 1.0, 0.3),
)
MOST_SLOWER = 1.2


def measure(say: Callable[[str], None], sizes: str = "SM") -> Part:
    """Both kinds, one process after the other."""
    ratios = []
    for size, count, gap, most in SETS:
        if size in sizes:
            say(f"{size}: the best of {count} projects")
            found = in_process("benchmarks.portfolio", "set", size, str(count), str(gap), time_limit=7200)
            name = "proven best" if gap <= 1e-6 else f"within {gap:.0%} of the gain"
            ratios.append(Ratio(f"{count} lumpy projects {name}, {size}, in cold solves", found["ratio"], "≤", most))
    worst = 0.0
    for n in range(len(DESIGNS)):
        say(f"fixed-charge network {n + 1} of {len(DESIGNS)}")
        worst = max(worst, in_process("benchmarks.portfolio", "charge", str(n), time_limit=7200)["ratio"])
    ratios.append(Ratio("fixed-charge networks, against HiGHS on the better formulation, the worst", worst, "≤",
                        MOST_SLOWER))  # fmt: skip
    return Part("portfolio", ratios)


# -- the best set -----------------------------------------------------------------------------------------------------


def projects_for(region: Region, count: int, seed: int = 1) -> Region:
    """A region with projects that widen links and facilities that bind.

    The cost of each is 2 to 50 % of what its capacity would be worth if every unit of it were worth as much as the
    first. No rules, no budgets.
    """
    model = Model(region, "none")
    solution = model.solution(Solver(model.arrays).solve())
    limits = model.results(solution)["capacity"]
    limits = limits[limits["table"].isin(["links", "facilities"])].copy()
    periods = model.ground.periods
    worth = dict(zip(periods.names, periods.share * periods.weight_of_period, strict=True))
    limits["worth"] = limits["shadow_price"] * limits["period"].map(worth).astype(float)
    bound = limits.groupby(["table", "row"], as_index=False)[["worth", "capacity"]].sum()
    bound = bound[bound["worth"] > 0]
    bound = bound.assign(rent=bound["worth"] * bound["capacity"]).sort_values("rent", ascending=False)
    rng = np.random.default_rng(seed)
    chosen = bound.iloc[rng.choice(min(len(bound), 2 * count), count, replace=len(bound) < count)]
    recovery = float(capital_recovery(region.settings.discount_rate, np.array([25.0]))[0])
    annuities = float(periods.weight.sum()) * recovery
    projects, effects = [], []
    for n, (table, row, each, capacity, _) in enumerate(chosen.itertuples(index=False)):
        more = capacity * rng.uniform(0.3, 1.5)
        capex = each * more * rng.uniform(0.02, 0.5) / annuities
        projects.append((f"q{n}", f"q{n}", round(capex), 1.0, "true", 25.0, "west"))
        effects.append((f"q{n}", table, row, "capacity", round(more, 3)))
    head = ["project", "name", "capex", "size_max", "lumpy", "life", "host"]
    made = region.with_table("projects", pd.DataFrame(projects, columns=head))
    return made.with_table("effects", pd.DataFrame(effects, columns=["project", "table", "row", "column", "change"]))


def best_set(size: str, count: int, gap: float) -> None:
    """CPU time of the whole choice – model, today, search, prices – in units of one cold solve of today's region."""
    stages = Stages()
    region = projects_for(sized(size), count)
    colds = []
    for _ in range(3 if size == "S" else 1):
        begun = time.process_time()
        Solver(Model(region, "none").arrays).solve()
        colds.append(time.process_time() - begun)
    begun = time.process_time()
    selection = Selection(Worlds(region), gap=gap)
    found = selection.search()
    taken = time.process_time() - begun
    assert found.best is not None
    stages.report(ratio=taken / median(colds), cold=median(colds), nodes=found.nodes, status=found.status,
                  gain=selection.gain(found.best), gap=found.ahead / selection.size(found.best),
                  chosen=len(found.best.names))  # fmt: skip


# -- fixed charges ----------------------------------------------------------------------------------------------------


def fixed_charge(nodes: int, arcs: int, goods: int, tight: float, charge: float, seed: int = 1) -> Region:
    """A fixed-charge network design: every good from one node to another, every arc a project."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 100, (nodes, 2))
    around = rng.permutation(nodes)
    pairs = {(int(a), int(b)) for a, b in zip(around, np.roll(around, -1), strict=True)}
    while len(pairs) < arcs:
        a, b = (int(n) for n in rng.integers(nodes, size=2))
        if a != b:
            pairs.add((a, b))
    amount = rng.integers(5, 30, goods).astype(float)
    ends = [rng.choice(nodes, 2, replace=False) for _ in range(goods)]
    ways = pd.DataFrame([(f"{a}-{b}", f"n{a}", f"n{b}", a, b) for a, b in sorted(pairs)],
                        columns=["link", "from", "to", "a", "b"])  # fmt: skip
    away = np.hypot(*(at[ways["a"]] - at[ways["b"]]).T)
    capacity = np.maximum(rng.uniform(0.1, 0.4, len(ways)) * amount.sum() / tight, amount.max()).round()
    cost = np.maximum(1.0, (away / 5).round())
    fixed = (charge * capacity * cost * rng.uniform(0.5, 1.5, len(ways))).round()
    names = [f"k{k}" for k in range(goods)]
    places = [f"n{n}" for n in range(nodes)]
    return Region.from_tables(f"fixed-charge-{nodes}-{arcs}-{goods}", {
        "parties": pd.DataFrame({"party": ["a"], "name": ["a"], "kind": ["country"]}),
        "places": pd.DataFrame({"place": places, "name": places, "party": "a"}),
        "commodities": pd.DataFrame({"commodity": names, "name": names, "unit": "t"}),
        "supply": pd.DataFrame({"place": [f"n{o}" for o, _ in ends], "commodity": names, "capacity": amount,
                                "cost": 0}),
        "demand": pd.DataFrame({"place": [f"n{d}" for _, d in ends], "commodity": names, "quantity": amount}),
        "links": ways[["link", "from", "to"]].assign(mode="m", capacity=0, cost=cost),
        "rates": pd.DataFrame({"mode": ["m"], "commodity": ["*"]}),
        "projects": pd.DataFrame({"project": ways["link"], "name": ways["link"], "capex": fixed, "lumpy": "true",
                                  "life": 1, "host": "a"}),
        "effects": pd.DataFrame({"project": ways["link"], "table": "links", "row": ways["link"], "column": "capacity",
                                 "change": capacity}),
    })  # fmt: skip


def design(number: int) -> None:
    """``solve`` against HiGHS on both formulations; objectives must agree."""
    stages = Stages()
    case = DESIGNS[number]
    region = Region.read(ROOT / "tests" / "cases" / case) if isinstance(case, str) else fixed_charge(*case)
    seconds: dict[str, list[float]] = {"ours": [], "aggregate": [], "disaggregated": []}
    objectives = []
    for _ in range(3):
        for way, taken in seconds.items():
            begun = time.process_time()
            objectives.append(_one(region, way))
            taken.append(time.process_time() - begun)
    assert max(objectives) - min(objectives) <= 2e-6 * abs(objectives[0]), objectives
    figures = {way: median(taken) for way, taken in seconds.items()}
    best = min(figures["aggregate"], figures["disaggregated"])
    stages.report(ratio=figures["ours"] / best, case=region.name, **figures)


def _one(region: Region, way: str) -> float:
    """A whole solve, prices and tables included; all ways but ours leave everything to HiGHS."""
    if way == "ours":
        return -float(solve(region, check=False).info["objective"]) * region.settings.money_scale
    model = Model(region)
    solver = Solver(model.arrays)
    if way == "disaggregated":
        solver.add_rows(strong_rows(model))
    answer: Any = solver.solve(mixed=True, gap=1e-6)
    solver.drop_rows()
    solver.fix_integers(answer.x)
    model.results(model.solution(solver.solve(mixed=False)))
    return float(answer.objective)


if __name__ == "__main__":
    if sys.argv[1] == "set":
        best_set(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    else:
        design(int(sys.argv[2]))
