"""What was measured, as tables: on the terminal, and in docs/performance.md between its markers."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import ROOT

if TYPE_CHECKING:
    from benchmarks.run import Results

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- results: written by make bench -->", "<!-- end of results -->"
STAGES = ("load", "check", "build", "model", "pass and read", "HiGHS")


@dataclass(frozen=True)
class Ratio:
    """A figure that does not depend on how fast the machine is, with its target if it has one."""

    what: str
    value: float
    sign: str = ""
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.sign == "≥" else self.value <= self.target

    def row(self) -> list[str]:
        """Texts of a table's row."""
        target = "" if self.target is None else f"{self.sign} {self.target:g}"
        return [self.what, f"{self.value:.3g}", target, {True: "yes", False: "no", None: ""}[self.met]]


Rows = tuple[str, list[str], list[list[str]]]


def tables(results: Results) -> list[Rows]:
    """Title, head and rows of each table."""
    made: list[Rows] = [("Targets", ["figure", "measured", "target", "met"], [r.row() for r in results.ratios])]
    for size, runs in results.rivals.items():
        unit = median(_seconds(runs["Sungari"], "HiGHS"))
        rows = []
        for name, found in runs.items():
            stages = [_share(found, stage, unit) for stage in STAGES]
            whole = median(r["total"] for r in found) / unit
            rows.append([name, *stages, f"{whole:.3g}", f"{median(r['peak'] for r in found):.0f}",
                         f"{found[0]['columns']:,}", f"{found[0]['objective']:.10g}"])  # fmt: skip
        head = ["tool", *STAGES, "whole run", "peak MB", "columns", "objective"]
        made.append((f"The same problem, size {size}: CPU time in units of HiGHS' time in Sungari", head, rows))
    for size, runs in results.grid.items():
        unit = median(_seconds(runs["auto, pruned"], "HiGHS"))
        rows = [
            [name, _share(found, "HiGHS", unit), _share(found, "build", unit), f"{found[0]['columns']:,}",
             found[0]["status"]]
            for name, found in runs.items()
        ]  # fmt: skip
        head = ["method, and model", "HiGHS", "build", "columns", "status"]
        made.append((f"Method and pruning, size {size}: CPU time in units of the first row", head, rows))
    return made


def _seconds(runs: Sequence[dict[str, Any]], stage: str) -> list[float]:
    return [run["seconds"].get(stage, 0.0) for run in runs]


def _share(runs: Sequence[dict[str, Any]], stage: str, unit: float) -> str:
    seconds = median(_seconds(runs, stage))
    return f"{seconds / unit:.2g}" if seconds else "–"


def _markdown(title: str, head: list[str], rows: list[list[str]]) -> str:
    align = ["---", *["---:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, align, *rows)]
    return f"**{title}**\n\n" + "\n".join(lines) + "\n"


def write(results: Results, *, document: bool) -> None:
    """Print the tables; with `document` also put them into docs/performance.md."""
    found = tables(results)
    console = Console(width=160)
    for title, head, rows in found:
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if not document:
        return
    tools = ", ".join(f"{name} {version(name)}" for name in ("highspy", "linopy", "pypsa", "pyomo"))
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores, {datetime.date.today():%Y-%m-%d}"
    body = "\n".join([f"Measured with {tools}, {where}.\n", *(_markdown(*part) for part in found)])
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{body}{END}{rest.split(END)[1]}", encoding="utf-8")
    console.print(f"written to {DOCUMENT.relative_to(ROOT)}")
