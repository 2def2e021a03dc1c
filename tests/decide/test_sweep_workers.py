"""The same figures in this process, in worker processes and on a Dask cluster; workers that die lose nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.generate import generate

from sungari.decide import workers
from sungari.decide.scenarios import Shift
from sungari.decide.store import Store
from sungari.decide.sweep import Engine, Outcome, Setup, Sweep, SweepProgress, Variant, together
from sungari.errors import Infeasible, UsageError


@pytest.fixture(scope="module")
def setup() -> Setup:
    region = generate(10, 5, 12, seed=4, projects=8)
    return Setup(region, (Variant.of(region.table("projects")["project"].tolist()),), detail=True)


@pytest.fixture(scope="module")
def variants(setup: Setup) -> list[Variant]:
    names = setup.region.table("projects")["project"].tolist()
    return [Variant.of([n]) for n in names] + [Variant.of([m for m in names if m != n]) for n in names]


@pytest.fixture(scope="module")
def here(setup: Setup, variants: list[Variant]) -> dict[Variant, Outcome]:
    return Sweep(setup).run(variants)


def assert_same(a: dict[Variant, Outcome], b: dict[Variant, Outcome]) -> None:
    assert list(a) == list(b)
    for variant, outcome in a.items():
        assert outcome.objective == b[variant].objective
        assert outcome.skipped == b[variant].skipped
        for name, values in outcome.arrays.items():
            np.testing.assert_array_equal(values, b[variant].arrays[name])


def test_two_workers_give_the_figures_of_one(
    setup: Setup, variants: list[Variant], here: dict[Variant, Outcome]
) -> None:
    assert_same(here, Sweep(setup, workers=2).run(variants))


def test_another_process_solves_its_part(
    setup: Setup, variants: list[Variant], here: dict[Variant, Outcome]
) -> None:
    engine = Engine(setup)
    asked: list[int] = []

    def mine() -> Engine:
        asked.append(1)
        time.sleep(6.0 if len(asked) == 1 else 0.3)  # so that the other one comes up
        return engine

    found = dict(workers.in_processes(setup, variants, 2, mine))
    assert len(asked) < len(variants)
    assert_same({v: found[v] for v in variants}, here)
    assert not multiprocessing.active_children()


def test_scenarios_go_to_workers_as_wholes(setup: Setup, variants: list[Variant]) -> None:
    shifts = ((Shift("demand", "*", "price", 1.1),), (Shift("links", "*", "capacity", 0.9),))
    asked = [replace(v, shifts=s) for v in variants[:4] for s in shifts]
    assert [len(group) for group in together([*asked, *variants])] == [4, 4] + [1] * len(variants)
    assert_same(Sweep(setup).run(asked), Sweep(setup, workers=2).run(asked))


def test_a_worker_that_dies_loses_no_result(
    setup: Setup, variants: list[Variant], here: dict[Variant, Outcome], tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one(progress: SweepProgress) -> None:
        if progress.done == 2 and not killed:
            worker = multiprocessing.active_children()[0]
            assert worker.pid is not None
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    store = Store(tmp_path / "variants.sqlite")
    assert_same(here, Sweep(setup, workers=2, store=store, progress=kill_one).run(variants))
    assert killed
    assert len(store) == len(variants)
    store.close()


def test_a_region_without_a_plan_is_explained_from_a_worker() -> None:
    region = generate(10, 5, 12, seed=4, projects=2)
    demand = region.table("demand").copy()
    demand[["price", "penalty"]] = np.nan
    demand["quantity"] *= 1e4
    broken = region.with_table("demand", demand)
    with pytest.raises(Infeasible) as caught:
        Sweep(Setup(broken), workers=2).run([Variant.of([]), Variant.of(["project-001"])])
    assert caught.value.explanation.headline


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A real scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    address = tmp_path / "scheduler.json"
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(address), "--port", "0",
           "--no-dashboard", "--host", "127.0.0.1"]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(run, **quiet)]  # type: ignore[call-overload]
    try:
        for _ in range(600):
            if address.exists() and address.stat().st_size:
                break
            time.sleep(0.1)
        run = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(address), "--nthreads", "1",
               "--nworkers", "2", "--no-dashboard", "--local-directory", str(tmp_path)]  # fmt: skip
        started.append(subprocess.Popen(run, **quiet))  # type: ignore[call-overload]
        yield json.loads(address.read_text(encoding="utf-8"))["address"]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def test_a_dask_cluster_gives_the_same_figures(
    setup: Setup, variants: list[Variant], here: dict[Variant, Outcome], cluster: str
) -> None:
    assert_same(here, Sweep(setup, cluster=cluster).run(variants))


def test_no_cluster_is_a_usage_error(
    setup: Setup, variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 1.0)
    with pytest.raises(UsageError, match="Dask"):
        Sweep(setup, cluster="tcp://127.0.0.1:1").run(variants)
