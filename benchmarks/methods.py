"""Methods with and without pruning, in turns: what Sungari chooses against what HiGHS would do."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import in_process
from benchmarks.report import Measured, Part, Ratio, over, seconds, share

TURNS = {"S": 5, "M": 2, "L": 1}
#: Pruning and method of the grid; the first is what Sungari chooses, the second HiGHS left to itself.
GRID: dict[str, tuple[str, ...]] = {
    "auto, pruned": ("auto",),
    "HiGHS' choice, whole": ("choose", "--no-pruning"),
    "simplex, pruned": ("simplex",),
    "ipx, pruned": ("ipx",),
    "simplex, whole": ("simplex", "--no-pruning"),
    "ipx, whole": ("ipx", "--no-pruning"),
}
#: On L one method beside the one chosen, and for no longer than this many times its time.
ON_L = ("auto, pruned", "simplex, pruned")
LONGEST_ON_L = 1.5


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Solve the region in a folder by every method."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for turn in range(TURNS[size]):
        limit: list[str] = []
        for name, options in GRID.items():
            if size == "L" and name not in ON_L:
                continue
            say(f"{size}, turn {turn + 1}: {name}")
            run = in_process("benchmarks.ours", str(folder), *options, *limit, time_limit=14400)
            runs.setdefault(name, []).append(run)
            if size == "L" and not limit:
                limit = ["--time-limit", str(LONGEST_ON_L * run["wall"]["HiGHS"])]
    done = [run["objective"] for found in runs.values() for run in found if run["status"] == "optimal"]
    if not all(math.isclose(o, done[0], rel_tol=1e-6) for o in done):
        raise RuntimeError(f"objectives differ on {size}: {done}")
    auto = seconds(runs["auto, pruned"], "build", "HiGHS")
    made = []
    if "HiGHS' choice, whole" in runs:
        plain = over(seconds(runs["HiGHS' choice, whole"], "build", "HiGHS"), auto)
        made.append(Ratio(f"HiGHS' defaults against pruning and choice of method, {size}", plain,
                          *(("≥", 2.0) if size == "M" else ())))
    best = max(over(seconds(runs["auto, pruned"], "HiGHS"), seconds(found, "HiGHS"))
               for name, found in runs.items() if "pruned" in name and name != "auto, pruned")
    made.append(Ratio(f"method chosen, against the best other HiGHS method, {size}", best, "≤", 1.1))
    unit = median(seconds(runs["auto, pruned"], "HiGHS"))
    rows = [
        [name, share(found, "HiGHS", unit), share(found, "build", unit), f"{found[0]['columns']:,}", found[0]["status"]]
        for name, found in runs.items()
    ]
    head = ["method, and model", "HiGHS", "build", "columns", "status"]
    return Part(f"methods {size}", made, [Measured(
        f"Method and pruning, size {size}: CPU time in units of the first row", head, rows)])
