"""Commands that look at things: ``show``, ``compare``."""

from __future__ import annotations

from typing import Any

import click

from sungari.show.cli.frame import DONE, emit
from sungari.show.cli.making import is_plan, open_results, open_saved

VIEWS = ("summary", "flows", "prices", "bottlenecks", "welfare", "projects", "activity", "supply", "sales", "stocks")


@click.command(short_help="Print a plan or a package as readable tables.")
@click.argument("source")
@click.option("--what", metavar="VIEW", help=f"Of a plan: {', '.join(VIEWS)}. Of a package: a table's name.")
@click.option("--place", help="Only this place.")
@click.option("--commodity", help="Only this commodity.")
@click.option("--period", help="Only this period or model year.")
@click.option("--top", type=click.IntRange(min=1), default=15, show_default=True, help="Rows to print.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def show(
    source: str, what: str | None, place: str | None, commodity: str | None, period: str | None, top: int,
    as_json: bool,
) -> int:  # fmt: skip
    """Print a plan or a region package as readable tables.

    SOURCE is a plan's folder, or a package. Yearly figures stand side by side; largest rows come first.

    \b
    Examples:
      sungari show northeast-fareast
      sungari show northeast-fareast --what links --top 30
      sungari show out/plan
      sungari show out/plan --what flows --commodity coal
      sungari show out/plan --what prices --place harbin --json
    """
    from sungari.show import terminal

    choice = terminal.Choice(place=place, commodity=commodity, period=period, top=top)
    if is_plan(source):
        return _show_plan(source, what or "summary", choice, as_json)
    return _show_package(source, what, choice, as_json)


def _show_plan(source: str, what: str, choice: Any, as_json: bool) -> int:
    from sungari.errors import UsageError, nearest
    from sungari.show import summary, terminal, views

    if what not in VIEWS:
        raise UsageError(f"no view {what!r} of a plan; {nearest(what, VIEWS) or 'one of ' + ', '.join(VIEWS)}")
    plan = open_saved(source)
    if what == "summary":
        if as_json:
            emit(plan.info)
        else:
            summary.print_summary(plan, terminal.console())
        return DONE
    view = views.view(plan, what, choice)
    if as_json:
        emit(view.as_json())
    else:
        terminal.console().print(view)
    return DONE


def _show_package(source: str, what: str | None, choice: Any, as_json: bool) -> int:
    from sungari.region.regions import open_region
    from sungari.show import region_views, summary, terminal

    region = open_region(source, check=False)
    if what is None:
        found = region_views.describe(region)
        if as_json:
            emit(found)
        else:
            summary.print_region(region, terminal.console(), source)
        return DONE
    view = region_views.package_table(region, what, choice)
    if as_json:
        emit(view.as_json())
    else:
        terminal.console().print(view)
    return DONE


@click.command(short_help="Say what differs between two plans, appraisals, portfolios or sharings.")
@click.argument("a")
@click.argument("b")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def compare(a: str, b: str, top: int, as_json: bool) -> int:
    """Say what differs between two results of one kind, largest first.

    A and B are folders of two plans (headline, projects, welfare, flows, prices), two appraisals (worth of each
    project, and its rank), two portfolios (what is built, who gains) or two sharings. Differences are B minus A.

    \b
    Examples:
      sungari compare out/without-bridge out/with-bridge
      sungari compare out/portfolio-20 out/portfolio-30 --top 30
      sungari compare out/a out/b --json
    """
    from sungari.decide.compare import compare as difference

    found = difference(open_results(a), open_results(b), top=top, names=(a, b))
    if as_json:
        emit(found.as_json())
    else:
        from sungari.show import summary, terminal

        summary.print_comparison(found, terminal.console())
    return DONE
