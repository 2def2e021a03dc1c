"""A package in Sungari by stages: ``python -m benchmarks.ours FOLDER [METHOD] [--no-pruning] [--whole|--build-only]``.

The stages are those of ``sungari.chain.solve``, called one by one; ``--whole`` calls it instead and writes the plan.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Stages, peak_memory
from sungari.chain import solve
from sungari.chain.assembly import Model
from sungari.chain.solver import Solver
from sungari.region.package import Region


def main(arguments: Sequence[str] | None = None) -> None:
    """Load, check, build, solve and read, each stage timed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ours")
    parser.add_argument("folder")
    parser.add_argument("method", nargs="?", default="auto", choices=("auto", "simplex", "ipx", "choose"))
    parser.add_argument("--no-pruning", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--time-limit", type=float)
    parser.add_argument("--build-only", action="store_true")
    given = parser.parse_args(arguments)
    stages = Stages()
    with stages("load"):
        region = Region.read(given.folder)
    if given.whole:
        with stages("solve"):
            plan = solve(region, method=given.method, prune=not given.no_pruning)
        with stages("write"), tempfile.TemporaryDirectory() as folder:
            plan.save(Path(folder) / "plan")
        stages.report(objective=plan.info["objective"], version=version("sungari"))
        return
    with stages("check"):
        wrong = [p for p in region.check() if p.severity == "error"]
    assert not wrong
    with stages("build"):
        model = Model(region, prune=not given.no_pruning)
        solver = Solver(model.arrays)
    if given.build_only:
        stages.memory["passed"] = peak_memory()
        stages.report(columns=solver.n_columns, rows=solver.n_rows, version=version("sungari"))
        return
    with stages("pass and read"):
        answer = solver.solve(given.method, time_limit=given.time_limit)
    rows, columns, nonzeros = model.arrays.shape
    objective = -answer.objective if answer.feasible else float("nan")
    stages.report(objective=objective, status=answer.status, columns=columns, rows=rows, nonzeros=nonzeros,
                  version=version("sungari"))  # fmt: skip


if __name__ == "__main__":
    main()
