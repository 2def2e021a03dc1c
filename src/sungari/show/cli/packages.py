"""Commands on region packages: ``check``, ``regions``, ``import``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import BAD_INPUT, DONE, emit

if TYPE_CHECKING:
    from sungari.errors import Problem


@click.command(short_help="Check a region package.")
@click.argument("package")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--all", "show_all", is_flag=True, help="List every warning instead of a few of each kind.")
def check(package: str, as_json: bool, show_all: bool) -> int:
    """Check a region package: every problem with file, row and column, errors first.

    Warnings (a figure without a source, a column that nothing reads) don't keep a package from being solved.

    \b
    Examples:
      sungari check northeast-fareast
      sungari check my-region --all
      sungari check my-region --json
    """
    from sungari.region.package import Region
    from sungari.region.regions import locate

    region = Region.read(locate(package))
    problems = region.check()
    errors = [p for p in problems if p.severity == "error"]
    if as_json:
        emit({
            "status": "invalid" if errors else "ok",
            "package": region.name,
            "errors": len(errors),
            "warnings": len(problems) - len(errors),
            "problems": [p.as_dict() for p in problems],
        })
    else:
        _print_problems(region.name, problems, show_all)
    return BAD_INPUT if errors else DONE


def _print_problems(name: str, problems: list[Problem], show_all: bool) -> None:
    from sungari.show import terminal

    errors = [p for p in problems if p.severity == "error"]
    warnings = [p for p in problems if p.severity != "error"]
    out = terminal.console()
    if errors:
        out.print(terminal.problem_table(f"{_count(len(errors), 'error')} in {name}", errors))
    if warnings:
        shown = warnings if show_all else terminal.few_of_each(warnings)
        title = f"{_count(len(warnings), 'warning')} in {name}"
        if len(shown) < len(warnings):
            title += f", {len(shown)} shown (--all lists them)"
        out.print(terminal.problem_table(title, shown))
    if not problems:
        out.print(f"{name}: no problems")
    elif not errors:
        out.print(f"{name}: can be solved, {_count(len(warnings), 'warning')}")


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


@click.command(short_help="List the regions that come with Sungari.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def regions(as_json: bool) -> int:
    """List the regions that come with Sungari, with titles and sizes.

    \b
    Examples:
      sungari regions
      sungari regions --json
    """
    from sungari.region.regions import open_region, packaged

    found: list[dict[str, Any]] = []
    for name in packaged():
        region = open_region(name, check=False)
        sizes = {t: len(region.table(t)) for t in ("places", "commodities", "links", "periods", "projects")}
        found.append({"name": name, "title": region.title, **sizes})
    if as_json:
        emit({"status": "ok", "regions": found})
    elif found:
        from sungari.show import terminal

        terminal.console().print(terminal.region_list(found))
    else:
        click.echo("no packaged regions")
    return DONE


@click.command("import", short_help="Read an Excel workbook into a region package.")
@click.argument("workbook", type=click.Path())
@click.argument("package", type=click.Path())
@click.option("--force", is_flag=True, help="Replace the package that is there already.")
def import_(workbook: str, package: str, force: bool) -> int:
    """Read an Excel workbook made by `sungari export` and write it as a region package.

    Nothing is written if the workbook has an error; each is reported with sheet and cell.

    \b
    Examples:
      sungari export northeast-fareast region.xlsx
      sungari import region.xlsx my-region
      sungari import region.xlsx my-region --force
    """
    from pathlib import Path

    from sungari.errors import UsageError
    from sungari.region.workbook import import_workbook

    folder = Path(package)
    if not Path(workbook).is_file():
        raise UsageError(f"no workbook at {workbook}")
    if folder.is_file():
        raise UsageError(f"{package} is a file; a region package is a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise UsageError(f"{package} is there already and not empty; --force replaces the package in it")
    region = import_workbook(workbook)
    region.write(folder)
    click.echo(f"wrote {package}: {region.title}")
    return DONE
