"""One link after another out of service, warm and cold: ``python -m benchmarks.outage FOLDER LINKS TURNS``."""

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

#: Links by size, how often each is taken out, and the targets.
LINKS = {"S": 9, "M": 3}
TURNS = {"S": 5, "M": 1}
TARGETS = {"S": 30.0, "M": 8.0}


def measure(folder: Path, size: str, say: Callable[[str], None]) -> Part:
    """Outages in the region in a folder."""
    say(f"{size}: outages")
    found = in_process("benchmarks.outage", str(folder), str(LINKS[size]), str(TURNS[size]), time_limit=7200)
    return Part(f"outage {size}", [
        Ratio(f"cold against warm, one link's outage, {size}", found["ratio"], "≥", TARGETS[size])
    ])


def main(folder: str, count: int, turns: int) -> None:
    """Compare warm re-solves with building and solving the region without the link."""
    stages = Stages()
    region = Region.read(folder)
    links = region.table("links")
    with stages("first solve"):
        live = LiveModel(region)
    flows = live.model.results(live.model.solution(live.base))["flows"].groupby("link")["quantity"].sum()
    busy = flows.sort_values(ascending=False).index
    chosen = [busy[round(i * (len(busy) - 1) / max(count - 1, 1))] for i in range(count)]  # from busiest to idlest
    # As a planner would ask: what if this link fails, or that one – the warm ones in a row, and so the cold ones.
    warm: dict[str, list[float]] = {link: [] for link in chosen}
    cold: dict[str, list[float]] = {link: [] for link in chosen}
    found: dict[str, float] = {}
    for _ in range(turns):
        for link in chosen:
            begun = time.process_time()
            found[link] = live.with_change(live.capacity("links", link, 0.0))
            warm[link].append(time.process_time() - begun)
        for link in chosen:
            begun = time.process_time()
            model = Model(region.with_table("links", links[links["link"] != link]), "none")
            answer = Solver(model.arrays).solve()
            cold[link].append(time.process_time() - begun)
            assert math.isclose(found[link], -answer.objective, rel_tol=1e-6), (link, found[link], -answer.objective)
    ratios = [median(cold[link]) / median(warm[link]) for link in chosen]
    stages.report(ratio=median(ratios), ratios=ratios, warm=median(map(median, warm.values())),
                  cold=median(map(median, cold.values())))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
