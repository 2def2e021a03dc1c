"""Fifty projects first in and last in, against solving each variant cold: ``python -m benchmarks.sweep FOLDER``.

Everything that a sweep does counts: the live model's first solves, screening, re-solves, reading what is kept – worths
only, or with ``--detail`` all that an appraisal keeps: welfare by party, trade, bottlenecks. A cold solve is HiGHS' own
time on the region with the variant's projects built, pruned as Sungari does it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.generate import sized
from benchmarks.measure import Stages, in_process
from benchmarks.report import Part, Ratio
from sungari.chain.assembly import Model
from sungari.chain.solver import Solver
from sungari.decide.sweep import Setup, Sweep, Variant
from sungari.region.package import Region

PROJECTS = 50
#: Variants that are solved cold as well, evenly among all, first in and last in.
COLD = 4
AIMS = {"S": 25.0, "M": 10.0, "L": 30.0}


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Speed of the sweep in cold solves, on S against rebuilding in PyPSA, and with two workers against one."""
    made = folder.with_name(f"{size}-{PROJECTS}-projects")
    if not made.exists():
        _all_or_nothing(sized(size, projects=PROJECTS)).write(made)
    say(f"{size}: {PROJECTS} projects, first in and last in")
    one = in_process("benchmarks.sweep", str(made), time_limit=14400)
    what = f"{PROJECTS} projects first in and last in, against cold HiGHS solves, {size}"
    ratios = [Ratio(what, one["ratio"], "≥", AIMS[size])]
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
    if size == "M":
        say("M: with two workers")
        two = in_process("benchmarks.sweep", str(made), "--detail", "--workers", "2", time_limit=14400)
        ratios.append(Ratio("two workers against one, elapsed time, M", full["elapsed"] / two["elapsed"], "≥", 1.7))
    return Part(f"sweep {size}", ratios)


def _all_or_nothing(region: Region) -> Region:
    """The region with no size to choose, so that a cold solve has no other choice than the sweep."""
    return region.with_table("projects", region.table("projects").assign(lumpy="true"))


def main() -> None:
    """Sweep, and solve a few variants cold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep")
    parser.add_argument("folder")
    parser.add_argument("--detail", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    stages = Stages()
    region = Region.read(given.folder)
    names = region.table("projects")["project"].astype(str).tolist()
    everything = frozenset(names)
    variants = [Variant.of([]), Variant.of(everything)]
    variants += [Variant.of([n]) for n in names] + [Variant.of(everything - {n}) for n in names]
    begun, spent = time.perf_counter(), time.process_time()
    found = Sweep(Setup(region, (variants[1],), detail=given.detail), workers=given.workers).run(variants)
    elapsed, cpu = time.perf_counter() - begun, time.process_time() - spent
    if given.workers > 1:
        stages.report(elapsed=elapsed)
        return
    stages.seconds = {"sweep": cpu}
    cold = []
    for variant in [variants[2 + k * (2 * PROJECTS - 1) // (COLD - 1)] for k in range(COLD)]:
        model = Model(region, list(variant.projects))
        solver = Solver(model.arrays)
        begun = time.process_time()
        answer = solver.solve()
        cold.append(time.process_time() - begun)
        assert math.isclose(-answer.objective, found[variant].objective, rel_tol=1e-6), variant
    count = 2 * PROJECTS
    stages.report(
        ratio=count * median(cold) / cpu, variants=count, cold=median(cold), elapsed=elapsed,
        proven=sum(o.skipped for o in found.values()),
    )


if __name__ == "__main__":
    main()
