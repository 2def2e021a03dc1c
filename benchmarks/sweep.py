"""Fifty projects first in and last in, against solving each variant cold: ``python -m benchmarks.sweep FOLDER``.

Everything that a sweep does counts: the live model's first solves, screening, re-solves, reading what is kept – worths
only, or with ``--detail`` all that an appraisal keeps: welfare by party, trade, bottlenecks. A cold solve is HiGHS' own
time on the region with the variant's projects built, pruned as Sungari does it.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.generate import sized
from benchmarks.measure import Stages, in_process
from benchmarks.report import Part, Ratio
from sungari.chain.assembly import Model
from sungari.chain.solver import Solver
from sungari.decide.scenarios import Shift
from sungari.decide.sweep import Setup, Sweep, Variant
from sungari.region.package import Region

PROJECTS = 50
#: Variants that are solved cold as well, evenly among all, first in and last in.
COLD = {"S": 4, "M": 2, "L": 1}
#: Scenarios of the sweep that is shared between two workers, and how often it is run with one and with two.
SCENARIOS, TURNS = 100, 2
AIMS = {"S": 25.0, "M": 10.0, "L": 30.0}


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Speed of the sweep in cold solves, on S against rebuilding in PyPSA, and with two workers against one."""
    made = folder.with_name(f"{size}-{PROJECTS}-projects")
    if not made.exists():
        _all_or_nothing(sized(size, projects=PROJECTS)).write(made)
    say(f"{size}: {PROJECTS} projects, first in and last in")
    one = in_process("benchmarks.sweep", str(made), "--cold", str(COLD[size]), time_limit=14400)
    what = f"{PROJECTS} projects first in and last in, against cold HiGHS solves, {size}"
    ratios = [Ratio(what, one["ratio"], "≥", AIMS[size])]
    if size != "L":
        full = in_process("benchmarks.sweep", str(made), "--detail", time_limit=14400)
        ratios.append(Ratio(f"the same with all that an appraisal keeps, {size}", full["ratio"]))
    if size == "S":
        plain = folder.with_name(f"{size}-plain")
        if not plain.exists():
            sized(size, plain=True).write(plain)
        say("S: one rebuild in PyPSA, as documented")
        rebuilt = in_process("benchmarks.against_pypsa", str(plain), "--as-documented")
        ratio = one["variants"] * rebuilt["total"] / one["seconds"]["sweep"]
        ratios.append(Ratio("the same, against rebuilding in PyPSA, S", ratio, "≥", 500.0))
        ratios += _two_workers(made, say)
    return Part(f"sweep {size}", ratios)


def _two_workers(made: Path, say: Callable[[str], None]) -> list[Ratio]:
    """One worker against two, on a sweep long enough that starting the second is not all of it."""
    runs: dict[str, list[dict[str, Any]]] = {"1": [], "2": []}
    for turn in range(TURNS):
        for count, found in runs.items():
            say(f"S: {SCENARIOS} scenarios with {count} workers, turn {turn + 1}")
            options = ("--workers", count, "--scenarios", str(SCENARIOS))
            found.append(in_process("benchmarks.sweep", str(made), *options, time_limit=14400))
    what = f"two workers against one, {SCENARIOS} scenarios of {PROJECTS} projects, S"
    busier = median(a["busier"] / b["busier"] for a, b in zip(runs["1"], runs["2"], strict=True))
    clock = median(a["elapsed"] / b["elapsed"] for a, b in zip(runs["1"], runs["2"], strict=True))
    return [Ratio(what, busier, "≥", 1.7), Ratio("the same by the clock, whatever else the machine did", clock)]


def _all_or_nothing(region: Region) -> Region:
    """The region with no size and no year to choose, so that a variant is one linear program, here and solved cold."""
    first = int(region.table("periods")["year"].min())
    projects = region.table("projects").assign(lumpy="true", year_from=first, year_to=first)
    return region.with_table("projects", projects)


def main() -> None:
    """Sweep, and solve a few variants cold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep")
    parser.add_argument("folder")
    parser.add_argument("--detail", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cold", type=int, default=4, help="variants that are solved cold as well")
    parser.add_argument("--scenarios", type=int, default=0, help="drawn courses of things; nothing is solved cold then")
    given = parser.parse_args()
    stages = Stages()
    region = Region.read(given.folder)
    names = region.table("projects")["project"].astype(str).tolist()
    everything = frozenset(names)
    sets = [frozenset(), everything, *(frozenset([n]) for n in names), *(everything - {n} for n in names)]
    variants = [Variant.of(s, shifts=shifts) for shifts in _courses(given.scenarios) for s in sets]
    setup = Setup(region, (Variant.of(everything),), detail=given.detail)
    begun, spent, before = time.perf_counter(), time.process_time(), os.times()
    found = Sweep(setup, workers=given.workers).run(variants)
    elapsed, mine, after = time.perf_counter() - begun, time.process_time() - spent, os.times()
    others = after.children_user + after.children_system - before.children_user - before.children_system
    if given.scenarios:
        # CPU time of the busier of two processes: what the sweep takes where nothing else runs.
        stages.report(elapsed=elapsed, busier=max(mine, others), total=mine + others, variants=len(variants))
        return
    stages.seconds = {"sweep": mine}
    cold = []
    for variant in [variants[2 + k * (2 * PROJECTS - 1) // max(given.cold - 1, 1)] for k in range(given.cold)]:
        model = Model(region, list(variant.projects))
        solver = Solver(model.arrays)
        started = time.process_time()
        answer = solver.solve()
        cold.append(time.process_time() - started)
        assert math.isclose(-answer.objective, found[variant].objective, rel_tol=1e-6), variant
    count = 2 * PROJECTS
    stages.report(
        ratio=count * median(cold) / mine, variants=count, cold=median(cold), elapsed=elapsed,
        proven=sum(o.skipped for o in found.values()),
    )


def _courses(count: int) -> list[list[Shift]]:
    """Drawn scenarios of prices, capacities and costs of carriage; today's alone if `count` is 0."""
    rng = np.random.default_rng(1)
    what = (("demand", "price"), ("supply", "capacity"), ("rates", "per_km"))
    return [[Shift(table, "*", column, float(rng.uniform(0.85, 1.15))) for table, column in what]
            for _ in range(count)] or [[]]  # fmt: skip


if __name__ == "__main__":
    main()
