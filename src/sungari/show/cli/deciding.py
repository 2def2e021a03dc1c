"""Commands that weigh projects: ``appraise``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import DONE, emit, say

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal
    from sungari.decide.sweep import SweepProgress

#: Seconds of silence, and between two lines of progress.
PATIENCE = 2.0


@click.command(short_help="Say what each project is worth, first in and last in.")
@click.argument("package")
@click.option("--out", type=click.Path(path_type=Path),
              help="Folder to write the appraisal to; an interrupted one there is taken up where it stopped.")
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Only this project; may be repeated.")
@click.option("--against", default="best", show_default=True, metavar="best|all|NAME,…",
              help="The network that `last in` is held against: the best set, all projects, or those named.")
@click.option("--pairs", is_flag=True, help="Solve every pair of projects as well: synergy and rivalry.")
@click.option("--scenarios", is_flag=True,
              help="Weigh them in every scenario of scenarios.csv as well: expected worth, VaR, CVaR.")
@click.option("--draws", type=click.IntRange(min=0), default=0, metavar="N",
              help="Weigh them at N points drawn from uncertainties.csv (rounded up to 8 times a power of two).")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("--level", type=click.FloatRange(min=0, max=1, min_open=True, max_open=True), default=0.95,
              show_default=True, help="Chance that VaR is not exceeded with.")
@click.option("--sensitivity", is_flag=True,
              help="Find what moves their worth: tornado, switching values; with --draws Sobol indices.")
@click.option("--criteria", is_flag=True, help="Rank them by criteria.csv, with the range of every place.")
@click.option("--gap", type=click.FloatRange(min=0, max=1), default=1e-6, show_default=True,
              help="Relative gap at which the best set counts as found.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to solve in.")
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler to solve on, tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no table.")
def appraise(
    package: str, out: Path | None, projects: tuple[str, ...], against: str, pairs: bool, scenarios: bool,
    draws: int, seed: int, level: float, sensitivity: bool, criteria: bool, gap: float, workers: int,
    cluster: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Say what each project is worth: the plan with it less the plan without it.

    First in: against today's network, with what is committed. Last in: against the network with all other chosen
    projects. The gap between the two is synergy (above zero) or rivalry with the others.

    \b
    Examples:
      sungari appraise northeast-fareast --out out/appraisal
      sungari appraise my-region --project rail-bridge --project grain-terminal --json
      sungari appraise my-region --against all --pairs --workers 2 --out out/appraisal
      sungari appraise northeast-fareast --scenarios --criteria --out out/appraisal
      sungari appraise my-region --project rail-bridge --draws 64 --sensitivity --workers 2
    """
    from sungari.decide import study
    from sungari.decide.appraisal import appraise as weigh
    from sungari.region.regions import open_region
    from sungari.show.cli import further

    region = open_region(package)
    store = study.open_store(out) if out is not None else None
    named = against if against in ("best", "all") else [n.strip() for n in against.split(",") if n.strip()]
    try:
        found = weigh(
            region, list(projects) or None, against=named, pairs=pairs, scenarios=scenarios, draws=draws, seed=seed,
            level=level, sensitivity=sensitivity, criteria=criteria, gap=gap, workers=workers, cluster=cluster,
            store=store, progress=_Teller(wanted=not quiet),
        )  # fmt: skip
    except KeyboardInterrupt:
        if out is not None:
            say(f"stopped; what is finished is kept in {out}, and the same command goes on from there")
        raise
    finally:
        if store is not None:
            store.close()
    if out is not None:
        study.save(found, out)
    if as_json:
        emit({**found.as_json(), "out": str(out) if out is not None else None})
    elif not quiet:
        _print(found)
        if found.risk is not None:
            further.print_risk(found, found.risk)
        if found.sensitivity is not None:
            further.print_sensitivity(found, found.sensitivity)
        if found.ranking is not None:
            further.print_ranking(found, found.ranking)
        if out is not None:
            click.echo(f"Appraisal written to {out}")
    return DONE


class _Teller:
    """Progress of a sweep on standard error, where someone looks at it."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._told = time.monotonic()

    def __call__(self, progress: SweepProgress) -> None:
        if self._wanted and time.monotonic() - self._told >= PATIENCE:
            self._told = time.monotonic()
            left = "" if progress.left is None else f", about {progress.left:,.0f} s left"
            say(f"{progress.done} of {progress.total} variants solved{left} – Ctrl-C stops")


def _print(found: Appraisal) -> None:
    """A table of the projects, the most valuable first."""
    from sungari.show.terminal import Heading, console, table

    def rate(values: list[float], conventional: bool) -> str:
        text = " / ".join(f"{v:.1%}" for v in values) or "–"
        return text if conventional or not values else f"{text} *"

    result: dict[str, Any] = found.as_json()
    scale = found.region.settings.money_scale
    rows = sorted(result["projects"], key=lambda p: -(p["first_in"] if p["first_in"] is not None else -1e300))
    money = found.region.settings.currency
    heads = [
        Heading("Project"), Heading("First in", money, "money"), Heading("Last in", money, "money"),
        Heading("IRR", "", "right"), Heading("Benefit/cost", "", "right"), Heading("Chosen"),
    ]
    cells = [
        [p["name"], *(None if p[k] is None else p[k] * scale for k in ("first_in", "last_in")),
         rate(p["irr"], p["conventional"]), "–" if p["bcr"] is None else f"{p['bcr']:.2f}",
         "committed" if p["committed"] else "yes" if p["chosen"] else "no"]
        for p in rows
    ]  # fmt: skip
    odd = any(p["irr"] and not p["conventional"] for p in rows)
    note = "* the flow changes its sign more than once: read no rate from it alone" if odd else ""
    console().print(table("What each project is worth", heads, cells, note))
    if found.info["improvable"]:
        console().print("The best set is not proven best: it would be better with or without "
                        + ", ".join(found.info["improvable"]))
    for p in rows:
        if p["first"]["why"]:
            console().print(f"{p['name']}: {p['first']['why']}")
