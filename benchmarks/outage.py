"""One link after another out of service, re-solved warm and cold: ``python -m benchmarks.outage FOLDER LINKS``."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.measure import Stages, in_process
from benchmarks.report import Part, Ratio
from sungari.chain.assembly import Model
from sungari.chain.live import LiveModel
from sungari.chain.solver import Solver
from sungari.region.package import Region

#: Links by size, and the targets.
LINKS = {"S": 9, "M": 3}
TARGETS = {"S": 30.0, "M": 8.0}


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Outages in the region in a folder."""
    say(f"{size}: outages")
    found = in_process("benchmarks.outage", str(folder), str(LINKS[size]), time_limit=7200)
    return Part(f"outage {size}", [
        Ratio(f"cold against warm, one link's outage, {size}", found["ratio"], "≥", TARGETS[size])
    ])


def main(folder: str, count: int) -> None:
    """Compare warm re-solves with building and solving the region without the link."""
    stages = Stages()
    region = Region.read(folder)
    links = region.table("links")
    with stages("first solve"):
        live = LiveModel(region)
    flows = live.model.results(live.model.solution(live.base))["flows"].groupby("link")["quantity"].sum()
    busy = flows.sort_values(ascending=False).index
    chosen = [busy[round(i * (len(busy) - 1) / max(count - 1, 1))] for i in range(count)]  # from busiest to idlest
    ratios, warm_seconds, cold_seconds = [], [], []
    for link in chosen:
        begun = time.process_time()
        warm = live.with_change(live.capacity("links", link, 0.0))
        warm_seconds.append(time.process_time() - begun)
        begun = time.process_time()
        model = Model(region.with_table("links", links[links["link"] != link]), "none")
        answer = Solver(model.arrays).solve()
        cold_seconds.append(time.process_time() - begun)
        assert math.isclose(warm, -answer.objective, rel_tol=1e-6), (link, warm, -answer.objective)
        ratios.append(cold_seconds[-1] / warm_seconds[-1])
    stages.report(ratio=median(ratios), ratios=ratios, warm=median(warm_seconds), cold=median(cold_seconds))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
