"""The compensation fund against what it is measured by: ``python -m benchmarks.fund [--quick]``.

A million paths of ten years and fifty projects, one common cause, deductible and limit. The yardstick is the time that
NumPy needs merely to draw that many correlated normals: 500 million from ``default_rng``, float64, 50,000 paths at a
time, each block multiplied by the Cholesky factor of a 50 × 50 correlation matrix – and nothing is done with them. The
straightforward NumPy loop goes on from there as one writes it first: strike where a normal exceeds its threshold, draw
a severity for every cell, take the terms, sum up. Each runs in a process of its own, in turns; CPU seconds of all
threads.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Stages, in_process
from benchmarks.report import Part, Ratio

PATHS, YEARS, PROJECTS = 1_000_000, 10, 50
BLOCK = 50_000
CHANCE, LOADING, MEAN, SD, DEDUCTIBLE, LIMIT = 0.05, 0.5, 0.3, 0.2, 0.05, 0.8


def package(folder: Path) -> None:
    """A region with fifty projects, all exposed to one hazard with a common cause."""
    names = [f"p{i:02d}" for i in range(PROJECTS)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "datapackage.json").write_text('{"name": "fund", "sungari": {"base_year": 2030}}')
    tables = {
        "parties": ["party,name,kind", "a,A,country"], "places": ["place,name,party", "x,X,a"],
        "commodities": ["commodity,name,unit", "coal,Coal,t"],
        "projects": ["project,name,capex,host", *(f"{p},{p},1000,a" for p in names)],
        "shares": ["project,party,share", *(f"{p},a,1" for p in names)],
        "hazards": ["hazard,name,kind,probability,severity,mean,sd,factor,loading",
                    f"flood,Flood,event,{CHANCE},lognormal,{MEAN},{SD},weather,{LOADING}"],
        "exposures": ["project,hazard,amount,deductible,limit",
                      *(f"{p},flood,{1000 + 20 * i},{DEDUCTIBLE},{LIMIT}" for i, p in enumerate(names))],
    }  # fmt: skip
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")


def sungari(folder: str, paths: int) -> dict[str, Any]:
    """The whole of ``sungari fund``: reading, exact aggregates, paths, ruin, capital and its parts."""
    from sungari.cover.fund import size
    from sungari.region.regions import open_region

    found = size(open_region(folder), paths=paths)
    return {"aal": found.aal.drawn, "tvar": found.tvar[0.995].drawn, "exact": found.tvar[0.995].value}


def paths_only(folder: str, paths: int) -> dict[str, Any]:
    """Nothing but Sungari's paths, as many years and projects: claims after terms of every year."""
    import numpy as np

    from sungari.cover.exposure import horizon, read_cells
    from sungari.cover.losses import Task, draw
    from sungari.region.regions import open_region

    cells = read_cells(open_region(folder), horizon(open_region(folder), None, YEARS))
    claims = draw(Task(cells, 0, paths, np.ones(YEARS), np.zeros(YEARS), 0.01)).claims
    return _figures(claims[:, 0])


def normals(_: str, paths: int) -> dict[str, Any]:
    """The yardstick."""
    import numpy as np

    random = np.random.default_rng(0)
    root = np.linalg.cholesky(_correlation())
    for _block in range(paths * YEARS // BLOCK):
        random.standard_normal((BLOCK, PROJECTS)) @ root.T
    return {}


def loop(_: str, paths: int) -> dict[str, Any]:
    """The straightforward NumPy loop."""
    import numpy as np
    from scipy.special import ndtri

    random = np.random.default_rng(0)
    root = np.linalg.cholesky(_correlation())
    amount = 1000.0 + 20 * np.arange(PROJECTS)
    sigma = math.sqrt(math.log1p((SD / MEAN) ** 2))
    claims = np.empty((paths, YEARS))
    block = min(BLOCK, paths)
    for first in range(0, paths, block):
        for year in range(YEARS):
            struck = random.standard_normal((block, PROJECTS)) @ root.T > ndtri(1 - CHANCE)
            share = random.lognormal(math.log(MEAN) - sigma**2 / 2, sigma, (block, PROJECTS))
            paid = np.maximum(np.minimum(share, LIMIT) - DEDUCTIBLE, 0.0) * amount
            claims[first : first + block, year] = np.where(struck, paid, 0.0).sum(axis=1)
    return _figures(claims[:, 0])


def events(_: str, paths: int) -> dict[str, Any]:
    """The way of event tables, as catastrophe models keep them, in pandas: a row per event, then sums by group."""
    import numpy as np
    import pandas as pd
    from scipy.special import ndtri

    random = np.random.default_rng(0)
    root = np.linalg.cholesky(_correlation())
    amount = 1000.0 + 20 * np.arange(PROJECTS)
    sigma = math.sqrt(math.log1p((SD / MEAN) ** 2))
    sums = []
    block = min(BLOCK, paths)
    for first in range(0, paths, block):
        for year in range(YEARS):
            path, project = np.nonzero(random.standard_normal((block, PROJECTS)) @ root.T > ndtri(1 - CHANCE))
            share = random.lognormal(math.log(MEAN) - sigma**2 / 2, sigma, len(path))
            table = pd.DataFrame({"path": path + first, "project": project, "loss": share})
            table["paid"] = (table["loss"].clip(upper=LIMIT) - DEDUCTIBLE).clip(lower=0) * amount[table["project"]]
            yearly = table.groupby("path")["paid"].sum()
            if year == 0:
                sums.append(yearly.reindex(range(first, first + block), fill_value=0.0).to_numpy())
    return _figures(np.concatenate(sums))


def exact(folder: str, _: int) -> dict[str, Any]:
    """Sungari's exact aggregate of one year, the projects independent."""
    from sungari.cover.exact import Aggregator
    from sungari.cover.exposure import horizon, read_cells
    from sungari.region.regions import open_region

    region = open_region(folder)
    hazards = region.table("hazards").assign(factor=None, loading=None)
    cells = read_cells(region.with_table("hazards", hazards), horizon(region, None, 1))
    lattice = Aggregator(cells).year(0).lattice
    return {"mean": lattice.mean, "var": lattice.var(0.995), "tvar": lattice.tvar(0.995)}


def by_aggregate(_: str, __: int) -> dict[str, Any]:
    """The same by the package `aggregate`."""
    from aggregate import build

    units = "".join(
        f"\tagg P{i} {CHANCE} claims {(LIMIT - DEDUCTIBLE) * a} xs {DEDUCTIBLE * a} sev {a} * lognorm {MEAN} "
        f"cv {SD / MEAN:.9f} ! bernoulli\n" for i, a in enumerate(1000.0 + 20 * i for i in range(PROJECTS))
    )
    found = build("port Fund\n" + units, log2=16, bs=1)
    return {"mean": float(found.est_m), "var": float(found.q(0.995)), "tvar": float(found.tvar(0.995))}


def _correlation() -> Any:
    import numpy as np

    return np.full((PROJECTS, PROJECTS), LOADING**2) + (1 - LOADING**2) * np.eye(PROJECTS)


def _figures(claims: Any) -> dict[str, Any]:
    import numpy as np

    var = float(np.quantile(claims, 0.995))
    return {"aal": float(claims.mean()), "tvar": float(claims[claims >= var].mean())}


WAYS = {"Sungari, the whole fund": sungari, "Sungari, paths only": paths_only, "NumPy, normals only": normals,
        "NumPy, straightforward": loop, "event table, pandas": events}
ALONE = {"Sungari, exact": exact, "aggregate": by_aggregate}


def measured(paths: int = PATHS, turns: int = 3) -> dict[str, list[dict[str, Any]]]:
    """CPU seconds, peak memory and figures of each way, turn by turn; the figures must agree."""
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        package(Path(folder))
        for _ in range(turns):
            for name in (*WAYS, *ALONE):
                try:
                    found.setdefault(name, []).append(in_process("benchmarks.fund", name, folder, str(paths)))
                except RuntimeError:
                    if name != "aggregate":  # not everybody has it
                        raise
                    found.pop(name)
    drawn = [run["tvar"] for name in WAYS if name != "NumPy, normals only" for run in found[name]]
    if max(drawn) > 1.05 * min(drawn):
        raise RuntimeError(f"the tails differ: {drawn}")
    return found


def ratio(found: dict[str, list[dict[str, Any]]], over: str, under: str) -> float:
    """Median over the turns of the CPU seconds of one way over those of another."""
    return median(a["total"] / b["total"] for a, b in zip(found[over], found[under], strict=True))


def measure(say: Callable[[str], None], *, quick: bool = False) -> Part:
    """The ratios that the targets speak of."""
    say("fund: a million paths, ten years, fifty projects")
    found = measured(PATHS // 10 if quick else PATHS, 1 if quick else 3)
    ours, normals_ = "Sungari, the whole fund", "NumPy, normals only"
    made = [
        Ratio("whole fund against merely drawing the correlated normals", ratio(found, ours, normals_), "≤", 1.5),
        Ratio("paths only against the same", ratio(found, "Sungari, paths only", normals_)),
        Ratio("peak memory of the fund, MB", median(run["peak"] for run in found[ours]), "≤", 500.0),
        Ratio("a straightforward NumPy loop against the whole fund", ratio(found, "NumPy, straightforward", ours)),
        Ratio("event tables in pandas against the whole fund", ratio(found, "event table, pandas", ours)),
    ]
    if "aggregate" in found:
        made.append(Ratio("aggregate against the exact aggregate of a year", ratio(found, "aggregate",
                                                                                  "Sungari, exact")))
    return Part("fund", made)


def main() -> None:
    """Run one way in this process, or all of them in turns."""
    if len(sys.argv) == 4 and sys.argv[1] in {**WAYS, **ALONE}:
        way = {**WAYS, **ALONE}[sys.argv[1]]
        stages = Stages()
        with stages("run"):
            made = way(sys.argv[2], int(sys.argv[3]))
        stages.report(**made)
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the paths, once")
    quick = parser.parse_args().quick
    found = measured(PATHS // 10 if quick else PATHS, 1 if quick else 3)
    for name, runs in found.items():
        figures = {k: round(v, 1) for k, v in runs[0].items() if k in ("aal", "mean", "var", "tvar", "exact")}
        print(f"{name:28} {median(r['total'] for r in runs):8.2f} CPU s {runs[0]['peak']:7.0f} MB  {figures}")
    print(f"whole fund / normals: {ratio(found, 'Sungari, the whole fund', 'NumPy, normals only'):.2f} (target ≤ 1.5)")


if __name__ == "__main__":
    main()
