"""All benchmarks in one run: ``python -m benchmarks.run [--quick]``; writes the table of docs/performance.md.

Runs of what is compared take turns, so that a busy machine slows all of them; each ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.generate import sized
from benchmarks.measure import ROOT, in_process
from benchmarks.report import Ratio, write

REPEATS = {"S": 5, "M": 3, "L": 1}
#: Module and options of what the plain problem is put to; slow ones only on S, and seldom.
RIVALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Sungari": ("benchmarks.ours", ()),
    "linopy": ("benchmarks.against_linopy", ()),
    "Pyomo": ("benchmarks.against_pyomo", ()),
    "PyPSA": ("benchmarks.against_pypsa", ()),
    "PyPSA, as documented": ("benchmarks.against_pypsa", ("--as-documented",)),
}
#: Pruning and method of the grid; the first is what Sungari chooses, the second HiGHS left to itself.
GRID: dict[str, tuple[str, ...]] = {
    "auto, pruned": ("auto",),
    "HiGHS' choice, whole": ("choose", "--no-pruning"),
    "simplex, pruned": ("simplex",),
    "ipx, pruned": ("ipx",),
    "simplex, whole": ("simplex", "--no-pruning"),
    "ipx, whole": ("ipx", "--no-pruning"),
}
PREPARING = ("load", "check", "build")
Runs = dict[str, list[dict[str, Any]]]


@dataclass
class Results:
    """Everything measured: runs by size and by what was run."""

    rivals: dict[str, Runs] = field(default_factory=dict)
    grid: dict[str, Runs] = field(default_factory=dict)
    outage: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    help_seconds: float = math.nan
    ratios: list[Ratio] = field(default_factory=list)


def rivals(folder: Path, size: str, say: Any) -> Runs:
    """The plain problem in every tool, in turns; objectives must be equal."""
    runs: Runs = {}
    for turn in range(REPEATS[size]):
        for name, (module, options) in RIVALS.items():
            documented = bool(options)
            if documented and (size != "S" or turn):
                continue
            say(f"{size}, turn {turn + 1}: {name}")
            runs.setdefault(name, []).append(in_process(module, str(folder), *options))
    objectives = [run["objective"] for found in runs.values() for run in found]
    if not all(math.isclose(o, objectives[0], rel_tol=1e-6) for o in objectives):
        raise RuntimeError(f"objectives differ on {size}: {objectives}")
    return runs


def grid(folder: Path, size: str, say: Any) -> Runs:
    """Methods with and without pruning, in turns; on L only pruned, and none longer than three times the first."""
    runs: Runs = {}
    ways = {k: v for k, v in GRID.items() if size != "L" or k in ("auto, pruned", "simplex, pruned")}
    for turn in range(REPEATS[size]):
        limit: list[str] = []
        for name, options in ways.items():
            say(f"{size}, turn {turn + 1}: {name}")
            run = in_process("benchmarks.ours", str(folder), *options, *limit, time_limit=7200)
            runs.setdefault(name, []).append(run)
            if size == "L" and not limit:
                limit = ["--time-limit", str(3 * run["seconds"]["HiGHS"])]
    done = [run["objective"] for found in runs.values() for run in found if run["status"] == "optimal"]
    if not all(math.isclose(o, done[0], rel_tol=1e-6) for o in done):
        raise RuntimeError(f"objectives differ on {size}: {done}")
    return runs


def help_seconds() -> float:
    """CPU seconds of ``sungari --help``, user and system; median of five."""
    command = "import sys; sys.argv = ['sungari', '--help']; from sungari.show.cli import main; main()"
    taken = []
    for _ in range(6):
        before = os.times()
        subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, check=True)
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return median(taken[1:])


def _of(runs: Sequence[dict[str, Any]], *stages: str) -> list[float]:
    return [sum(run["seconds"].get(s, 0.0) for s in stages) for run in runs]


def _over(a: Sequence[float], b: Sequence[float]) -> float:
    """Median of the ratios of runs of the same turn."""
    return median(x / y for x, y in zip(a, b, strict=False))


def _memory(runs: Sequence[dict[str, Any]], without: str = "") -> list[float]:
    """Peak memory when the solver has the model, without what was there at the end of a stage."""
    return [run["memory"]["passed"] - run["memory"].get(without, 0.0) for run in runs]


def ratios(results: Results) -> list[Ratio]:
    """What the targets speak of."""
    made = []
    if "M" in results.rivals:
        runs = results.rivals["M"]
        ours, linopy = runs["Sungari"], runs["linopy"]
        share = _over(_of(ours, *PREPARING), _of(ours, "HiGHS"))
        made.append(Ratio("load, check and build, as a share of HiGHS' own time, M", share, "≤", 0.15))
        made.append(Ratio("build and pass to the solver, against linopy, M",
                          _over(_of(linopy, "build", "pass and read"), _of(ours, "build", "pass and read")), "≥", 20))
        made.append(Ratio("peak memory when the solver has the model, against linopy, M",
                          _over(_memory(ours), _memory(linopy)), "≤", 0.5))
        added = _over(_memory(ours, "load"), _memory(linopy, "load"))
        made.append(Ratio("the same, without what loading took (libraries, tables)", added))
    for size, runs in results.rivals.items():
        ours = [run["total"] for run in runs["Sungari"]]
        for name, target in (("linopy", {}), ("Pyomo", {}), ("PyPSA", {"M": 2.5}), ("PyPSA, as documented", {"S": 30})):
            if name in runs:
                ratio = _over([run["total"] for run in runs[name]], ours)
                wanted = target.get(size)
                made.append(Ratio(f"whole run, {name} against Sungari, {size}", ratio, "≥" if wanted else "", wanted))
    for size, runs in results.grid.items():
        auto = _of(runs["auto, pruned"], "build", "HiGHS")
        if "HiGHS' choice, whole" in runs:
            plain = _over(_of(runs["HiGHS' choice, whole"], "build", "HiGHS"), auto)
            wanted = 2.0 if size == "M" else None
            made.append(Ratio(f"HiGHS' defaults against pruning and choice of method, {size}", plain,
                              "≥" if wanted else "", wanted))  # fmt: skip
        best = max(
            _over(_of(runs["auto, pruned"], "HiGHS"), _of(found, "HiGHS"))
            for name, found in runs.items()
            if "pruned" in name and name != "auto, pruned"
        )
        made.append(Ratio(f"method chosen, against the best HiGHS method, {size}", best, "≤", 1.1))
    for size, runs in results.outage.items():
        wanted = {"S": 30.0, "M": 8.0}.get(size)
        made.append(Ratio(f"cold against warm, one link's outage, {size}", median(r["ratio"] for r in runs),
                          "≥", wanted))  # fmt: skip
    made.append(Ratio("CPU seconds of sungari --help", results.help_seconds, "<", 0.3))
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all, print the tables, and write them into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="size S only; the document is left as it is")
    parser.add_argument("--sizes", default="SML", help="which of S, M and L to run")
    given = parser.parse_args(arguments)
    sizes = "S" if given.quick else given.sizes
    results = Results()

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as work:
        for size in sizes:
            plain, full = Path(work) / f"{size}-plain", Path(work) / size
            sized(size).write(full)
            if size != "L":
                sized(size, plain=True).write(plain)
                results.rivals[size] = rivals(plain, size, say)
                say(f"{size}: outages")
                links = {"S": 9, "M": 3}[size]
                results.outage[size] = [in_process("benchmarks.outage", str(full), str(links), time_limit=7200)]
            results.grid[size] = grid(full, size, say)
    results.help_seconds = help_seconds()
    results.ratios = ratios(results)
    write(results, document=set(sizes) == set("SML"))


if __name__ == "__main__":
    main()
