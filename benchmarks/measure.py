"""Stages timed and memory measured inside processes of their own; results go home as JSON."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_MARK = "measured: "


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # not the rusage figure there: it remembers the process that started this one
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@dataclass
class Stages:
    """CPU seconds and peak memory (MB) of the stages of a run, in their order.

    CPU time of all threads, so that what else runs on the machine counts as little as it can. What HiGHS itself takes
    is told apart from the stage that calls it, and stands under ``HiGHS``; the memory when it has the whole model and
    first begins stands under ``passed``. The time by the clock, for limits of time, is in `wall`.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._watch()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begun, solved = time.process_time(), self.seconds.get("HiGHS", 0.0)
        yield
        inside = self.seconds.get("HiGHS", 0.0) - solved
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - begun - inside
        self.memory[stage] = peak_memory()

    def _watch(self) -> None:
        """Clock every run of HiGHS in this process."""
        import highspy

        run = highspy.Highs.run

        def clocked(highs: Any) -> Any:
            self.memory.setdefault("passed", peak_memory())
            begun, clock = time.process_time(), time.perf_counter()
            try:
                return run(highs)
            finally:
                self.seconds["HiGHS"] = self.seconds.get("HiGHS", 0.0) + time.process_time() - begun
                self.wall["HiGHS"] = self.wall.get("HiGHS", 0.0) + time.perf_counter() - clock

        highspy.Highs.run = clocked

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def report(self, **facts: Any) -> None:
        """Print what was measured so that :func:`in_process` finds it."""
        made = {"seconds": self.seconds, "wall": self.wall, "memory": self.memory, "total": self.total,
                "peak": peak_memory(), **facts}  # fmt: skip
        print(_MARK + json.dumps(made), flush=True)


def in_process(module: str, *arguments: str, time_limit: float = 1800.0) -> dict[str, Any]:
    """Run ``python -m module arguments`` and return what it measured.

    Raises
    ------
    RuntimeError
        If the process fails, with the end of what it said.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=time_limit, check=False)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(_MARK) and done.returncode == 0:
            return dict(json.loads(line.removeprefix(_MARK)))
    raise RuntimeError(f"{module} {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
