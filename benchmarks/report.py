"""What was measured, as tables: kept in ``benchmarks/results``, on the terminal, and in docs/performance.md.

Each part of the benchmarks is kept in a file of its own when it has run, so that one part can be measured again without
the others; the document is made from all that are there.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
KEPT = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- results: written by make bench -->", "<!-- end of results -->"
TOOLS = ("highspy", "linopy", "pypsa", "pyomo", "aggregate")


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
        return [self.what, f"{self.value:.3g}", target, {True: "yes", False: "**no**", None: ""}[self.met]]


@dataclass(frozen=True)
class Measured:
    """A table beside the ratios."""

    title: str
    head: list[str]
    rows: list[list[str]]


@dataclass
class Part:
    """What one part of the benchmarks found at one size.

    Attributes
    ----------
    name : str
        The part, and the size if it has one: ``rivals S``.
    ratios : list of Ratio
    tables : list of Measured
    made : str
        When and with what it was measured.
    """

    name: str
    ratios: list[Ratio] = field(default_factory=list)
    tables: list[Measured] = field(default_factory=list)
    made: str = ""

    def keep(self) -> None:
        """Write the part into its file."""
        self.made = self.made or f"{datetime.date.today():%Y-%m-%d}, Python {platform.python_version()}, " \
            f"{os.cpu_count()} cores; {_versions()}"
        KEPT.mkdir(exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (KEPT / f"{self.name.replace(' ', '-')}.json").write_text(text + "\n", encoding="utf-8")


def kept(order: Sequence[str]) -> list[Part]:
    """Parts that were measured, in the order of their names' first words."""
    found = []
    for path in sorted(KEPT.glob("*.json")):
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found.append(Part(data["name"], [Ratio(**r) for r in data["ratios"]], [Measured(**t) for t in data["tables"]],
                          data["made"]))
    place = {name: i for i, name in enumerate(order)}
    return sorted(found, key=lambda p: (place.get(p.name.split()[0], len(place)), "SML ".find(p.name[-1])))


def _versions() -> str:
    names = []
    for tool in TOOLS:
        try:
            names.append(f"{tool} {version(tool)}")
        except PackageNotFoundError:
            continue
    return ", ".join(names)


def seconds(runs: Sequence[dict[str, Any]], *stages: str) -> list[float]:
    """Seconds of these stages together, run by run."""
    return [sum(run["seconds"].get(s, 0.0) for s in stages) for run in runs]


def share(runs: Sequence[dict[str, Any]], stage: str, unit: float) -> str:
    """A stage's median in units of something else, as text."""
    taken = median(seconds(runs, stage))
    return f"{taken / unit:.2g}" if taken else "–"


def over(a: Sequence[float], b: Sequence[float]) -> float:
    """Median of the ratios of runs of the same turn."""
    return median(x / y for x, y in zip(a, b, strict=False))


def _markdown(title: str, head: list[str], rows: list[list[str]]) -> str:
    align = ["---", *["---:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, align, *rows)]
    return f"**{title}**\n\n" + "\n".join(lines) + "\n"


def tell(part: Part) -> None:
    """Print a part's tables."""
    console = Console(width=160)
    for made in _tables([part]):
        table = Table(*made.head, title=made.title)
        for row in made.rows:
            table.add_row(*(cell.replace("**", "") for cell in row))
        console.print(table)


def _tables(parts: Sequence[Part]) -> list[Measured]:
    ratios = [r.row() for p in parts for r in p.ratios]
    targets = [Measured("Ratios and targets", ["figure", "measured", "target", "met"], ratios)] if ratios else []
    return targets + [t for p in parts for t in p.tables]


def write(order: Sequence[str]) -> None:
    """Put all that is kept into docs/performance.md."""
    parts = kept(order)
    by_making: dict[str, list[str]] = {}
    for part in parts:
        by_making.setdefault(part.made, []).append(part.name)
    notes = [f"- {', '.join(names)}: {made}" for made, names in by_making.items()]
    body = "\n".join([*(_markdown(t.title, t.head, t.rows) for t in _tables(parts)), "Measured:\n", *notes, ""])
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{body}{END}{rest.split(END)[1]}", encoding="utf-8")
