"""Commands that make something: ``solve``, ``report``, ``export``, ``backtest``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sungari.errors import NoSolution
from sungari.show.cli.frame import DONE, NO_SOLUTION, emit, say

if TYPE_CHECKING:
    from sungari.chain.plan import Plan
    from sungari.chain.solver import Method
    from sungari.decide.study import Study
    from sungari.region.package import Region

LANGUAGES = ("en", "zh", "ru")
METHODS = ("auto", "simplex", "ipx", "choose")


@click.command(short_help="Find the best plan of a region.")
@click.argument("package")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the plan to; a plan there is replaced.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--projects", default="best", show_default=True, metavar="best|none|all|NAME,…",
              help="What is built: what the model chooses, only what is committed, everything, or those named.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
              help="Stop after this long with the best plan found.")
@click.option("--gap", type=click.FloatRange(min=0, max=1), default=1e-6, show_default=True,
              help="Relative gap at which a plan with yes-or-no decisions counts as optimal.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Solution method: by size, simplex, interior point with crossover, or the solver's own choice.")
@click.option("--prune/--no-prune", default=True, show_default=True,
              help="Leave out flows that can't be part of any best plan.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no summary.")
def solve(
    package: str, out: Path | None, as_json: bool, projects: str, time_limit: float | None, gap: float, method: Method,
    prune: bool, quiet: bool,
) -> int:  # fmt: skip
    """Find the best plan of a region: supply, production, shipment, storage, sales and projects.

    Without --out a summary is printed and nothing written. Ctrl-C stops a long solve; with a plan found by then, that
    plan is kept and marked `interrupted`.

    \b
    Examples:
      sungari solve northeast-fareast --out out/plan
      sungari solve my-region --projects none --json
      sungari solve my-region --projects rail-bridge,grain-terminal --out out/two
      sungari solve my-region --time-limit 60 --gap 0.01 --out out/quick
    """
    from sungari.chain import solve as find_plan
    from sungari.show.cli.ticker import Ticker

    if out is not None:
        _may_hold_a_plan(out)
    region, seconds = _open(package)
    began = time.perf_counter()
    try:
        with Ticker(wanted=not quiet) as ticker:
            plan = find_plan(
                region, projects=_projects(projects), time_limit=time_limit, gap=gap, method=method, prune=prune,
                check=False, progress=ticker,
            )  # fmt: skip
    except NoSolution as error:
        error.seconds |= {**seconds, "solve": time.perf_counter() - began}
        raise
    plan.info["seconds"] = {**plan.info.get("seconds", {}), **seconds}
    if out is not None:
        plan.save(out)
    if as_json:
        emit({**plan.info, "out": str(out) if out is not None else None})
    elif not quiet:
        from sungari.show import summary, terminal

        summary.print_summary(plan, terminal.console())
    return _finish(plan, out, quiet or as_json)


def _open(package: str) -> tuple[Region, dict[str, float]]:
    """A checked region and the seconds that loading and checking took."""
    from sungari.errors import InputError
    from sungari.region.package import Region
    from sungari.region.regions import locate

    began = time.perf_counter()
    region = Region.read(locate(package))
    loaded = time.perf_counter()
    errors = [p for p in region.check() if p.severity == "error"]
    checked = time.perf_counter()
    if errors:
        raise InputError(errors)
    return region, {"load": loaded - began, "check": checked - loaded}


def _projects(given: str) -> str | list[str]:
    if given in ("best", "none", "all"):
        return given
    return [name.strip() for name in given.split(",") if name.strip()]


def _may_hold_a_plan(folder: Path) -> None:
    """Refuse, before any work is done, an output folder that holds something else than a plan."""
    from sungari.errors import UsageError

    if folder.is_file():
        raise UsageError(f"--out {folder} is a file; a plan is a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "plan.json").is_file():
        raise UsageError(f"--out {folder} is not empty and holds no plan; name another folder")


def _finish(plan: Plan, out: Path | None, quiet: bool) -> int:
    """Say where the plan is and what its status means; return the exit code."""
    status = plan.info["status"]
    if status in ("interrupted", "time_limit"):
        gap = plan.info.get("gap")
        known = f", at most {gap:.2%} below the best possible" if gap is not None else ""
        why = "stopped by the user" if status == "interrupted" else "time limit reached"
        say(f"{status}: {why}; this is the best plan found so far{known}")
    if out is not None and not quiet:
        click.echo(f"Plan written to {out}")
    return NO_SOLUTION if status == "interrupted" else DONE


@click.command(short_help="Write a plan or a study as one HTML file.")
@click.argument("source")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="HTML file; default: the source's name + .html.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the report.")
def report(source: str, output: Path | None, lang: str) -> int:
    """Write results as one HTML file that opens in any browser, without a network.

    SOURCE is the folder of a plan, an appraisal, a portfolio or a sharing, or of a whole study: the report has a
    chapter for each part that is there.

    \b
    Examples:
      sungari report out/plan -o out/plan.html
      sungari report out/appraisal
      sungari report out/study -o out/study-zh.html --lang zh
    """
    from sungari.show.report import write_report

    made = write_report(open_results(source), output or Path(source.rstrip("/") + ".html"), lang=lang)
    click.echo(f"Report written to {made}\nOpen it in a browser: {Path(made).resolve().as_uri()}")
    return DONE


@click.command(short_help="Write a package or a plan as Excel or for a map.")
@click.argument("source")
@click.argument("output", type=click.Path(path_type=Path))
def export(source: str, output: Path) -> int:
    """Write a region package or a plan as an Excel workbook, GeoJSON or GeoPackage.

    SOURCE is a package or a plan's folder. The suffix of OUTPUT chooses the format: .xlsx (a package's tables, to be
    edited and read back by `sungari import`; or a plan's tables), .geojson or .gpkg (places and links; with a plan,
    its flows and prices as well).

    \b
    Examples:
      sungari export northeast-fareast region.xlsx
      sungari export out/plan flows.gpkg
      sungari export out/plan results.xlsx
    """
    from sungari.errors import UsageError

    suffix = output.suffix.lower()
    if suffix not in (".xlsx", ".geojson", ".gpkg"):
        raise UsageError(f"can't tell the format of {output}: expected .xlsx, .geojson or .gpkg")
    output.parent.mkdir(parents=True, exist_ok=True)
    plan = open_saved(source) if is_plan(source) else None
    if plan is not None and suffix == ".xlsx":
        from sungari.show.terminal import write_workbook

        write_workbook(plan, output)
    elif suffix == ".xlsx":
        from sungari.region.workbook import export_workbook

        export_workbook(_open(source)[0], output)
    else:
        from sungari.region.geo import export_geo

        export_geo(plan.region if plan is not None else _open(source)[0], output, plan=plan)
    click.echo(f"wrote {output}")
    return DONE


@click.command(short_help="Hold a plan against what was observed.")
@click.argument("source")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="Markdown file to write.")
def backtest(source: str, output: Path) -> int:
    """Hold a plan against what was observed: how far its flows and prices are from the sourced figures.

    SOURCE is a plan's folder, or a package, which is solved first without new projects.

    \b
    Examples:
      sungari backtest northeast-fareast -o backtest.md
      sungari backtest out/plan -o backtest.md
    """
    from sungari.chain import backtest as against

    if is_plan(source):
        plan = open_saved(source)
    else:
        from sungari.chain import solve as find_plan

        plan = find_plan(_open(source)[0], projects="none")
    text: str = against.render(against.backtest(plan))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    click.echo(f"wrote {output}")
    return DONE


def is_plan(source: str) -> bool:
    """Whether a folder holds a plan."""
    return (Path(source) / "plan.json").is_file()


def open_results(folder: str) -> Study:
    """Open a folder of results; a package given by mistake is answered with the command that solves it."""
    from sungari.decide.study import open_study

    _not_a_package(folder)
    return open_study(folder)


def _not_a_package(folder: str) -> None:
    from sungari.errors import UsageError
    from sungari.region.regions import packaged

    if (Path(folder) / "datapackage.json").is_file() or folder in packaged():
        raise UsageError(f"{folder} is a region package, not a plan; solve it first: "
                         f"sungari solve {folder} --out out/plan")


def open_saved(folder: str) -> Plan:
    """Open a plan's folder; a package given by mistake is answered with the command that solves it."""
    from sungari.chain.plan import open_plan
    from sungari.errors import UsageError

    if not is_plan(folder):
        _not_a_package(folder)
        raise UsageError(f"no plan at {folder}: expected a folder with plan.json, as `sungari solve --out` writes it")
    return open_plan(folder)
