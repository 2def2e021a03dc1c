"""The plain problem put to Sungari and to what users would take instead, in turns; objectives must be equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import in_process
from benchmarks.report import Measured, Part, Ratio, over, seconds, share

#: Turns by size; on M one, because PyPSA alone takes minutes there.
TURNS = {"S": 5, "M": 1}
#: Module and options of what the plain problem is put to; slow ones only on S, and once.
RIVALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Sungari": ("benchmarks.ours", ()),
    "linopy": ("benchmarks.against_linopy", ()),
    "Pyomo": ("benchmarks.against_pyomo", ()),
    "PyPSA": ("benchmarks.against_pypsa", ()),
    "PyPSA, as documented": ("benchmarks.against_pypsa", ("--as-documented",)),
}
PREPARING = ("load", "check", "build")
STAGES = ("load", "check", "build", "model", "pass and read", "HiGHS")
#: Turns of those that take seconds only, where the slow ones get one.
QUICK = {"Sungari": 3, "linopy": 3, "Pyomo": 3}

Runs = dict[str, list[dict[str, Any]]]


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Run all of them on the plain region in a folder."""
    runs: Runs = {}
    for turn in range(max(TURNS[size], 3)):
        for name, (module, options) in RIVALS.items():
            turns = max(TURNS[size], QUICK.get(name, 1)) if not options else int(size == "S")
            if turn < turns:
                say(f"{size}, turn {turn + 1}: {name}")
                runs.setdefault(name, []).append(in_process(module, str(folder), *options))
    objectives = [run["objective"] for found in runs.values() for run in found]
    if not all(math.isclose(o, objectives[0], rel_tol=1e-6) for o in objectives):
        raise RuntimeError(f"objectives differ on {size}: {objectives}")
    return Part(f"rivals {size}", _ratios(runs, size), [_table(runs, size)])


def building(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """No further than the model in HiGHS: Sungari (the whole model, not pruned) and linopy on a large region."""
    ours, linopy = [], []
    for turn in range(3):
        say(f"{size}, building, turn {turn + 1}")
        ours.append(in_process("benchmarks.ours", str(folder), "--no-pruning", "--build-only"))
        linopy.append(in_process("benchmarks.against_linopy", str(folder), "--build-only"))
    making = ("build", "pass and read")
    return Part(f"building {size}", [
        Ratio(f"build, linopy against Sungari, {size}", over(seconds(linopy, *making), seconds(ours, *making))),
        Ratio(f"peak memory with the model built, Sungari against linopy, {size}",
              over(_memory(ours), _memory(linopy))),
    ])


def _memory(runs: Sequence[dict[str, Any]], without: str = "") -> list[float]:
    """Peak memory when the solver has the model, without what was there at the end of a stage."""
    return [run["memory"]["passed"] - run["memory"].get(without, 0.0) for run in runs]


def _ratios(runs: Runs, size: str) -> list[Ratio]:
    ours, linopy = runs["Sungari"], runs["linopy"]
    target = size == "M"

    def aim(sign: str, figure: float) -> tuple[str, float | None]:
        return (sign, figure) if target else ("", None)

    making = ("build", "pass and read")
    made = [
        Ratio(f"load, check and build, as a share of HiGHS' own time, {size}",
              over(seconds(ours, *PREPARING), seconds(ours, "HiGHS")), *aim("≤", 0.15)),
        Ratio(f"build, pass to the solver and read, linopy against Sungari, {size}",
              over(seconds(linopy, *making), seconds(ours, *making)), *aim("≥", 20)),
        Ratio(f"peak memory when the solver has the model, Sungari against linopy, {size}",
              over(_memory(ours), _memory(linopy)), *aim("≤", 0.5)),
        Ratio(f"the same without what loading took (libraries, tables), {size}",
              over(_memory(ours, "load"), _memory(linopy, "load"))),
    ]
    whole = [run["total"] for run in ours]
    wanted = {("PyPSA", "M"): 2.5, ("PyPSA, as documented", "S"): 30.0}
    for name in list(runs)[1:]:
        aimed = wanted.get((name, size))
        made.append(Ratio(f"whole run, {name} against Sungari, {size}", over([r["total"] for r in runs[name]], whole),
                          "≥" if aimed else "", aimed))
    return made


def _table(runs: Runs, size: str) -> Measured:
    unit = median(seconds(runs["Sungari"], "HiGHS"))
    rows = []
    for name, found in runs.items():
        whole = median(r["total"] for r in found) / unit
        rows.append([name, *(share(found, stage, unit) for stage in STAGES), f"{whole:.3g}",
                     f"{median(r['peak'] for r in found):.0f}", f"{found[0]['columns']:,}",
                     f"{found[0]['objective']:.10g}"])  # fmt: skip
    head = ["tool", *STAGES, "whole run", "peak MB", "columns", "objective"]
    return Measured(f"The same problem, size {size}: CPU time in units of HiGHS' time in Sungari", head, rows)
