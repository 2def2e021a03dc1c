"""The command that sizes the compensation fund: ``fund``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import DONE, emit, say

if TYPE_CHECKING:
    from sungari.cover.fund import Fund

#: Projects on the terminal; the folder holds them all.
MOST = 15


@click.command(short_help="Size the fund that compensates projects for losses.")
@click.argument("package")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the fund to; one there is replaced.")
@click.option("--projects", default="all", show_default=True, metavar="all|best|NAME,…",
              help="Projects covered: all that exposures.csv names, those that the best plan builds, or these.")
@click.option("--plan", "plan_folder", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Plan to take exposures from, instead of solving the chain model.")
@click.option("--paths", type=click.IntRange(min=100), default=100_000, show_default=True, help="Paths drawn.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes to draw in; the figures are the same.")
@click.option("--level", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Level of the tail, 0.995 = 1 in 200 years; in place of fund.csv's.")
@click.option("--ruin", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Chance of running dry within the horizon that is accepted; in place of fund.csv's.")
@click.option("--horizon", type=click.IntRange(1, 200), help="Years; in place of fund.csv's.")
@click.option("--start", type=click.IntRange(0, 9999), help="First year; in place of fund.csv's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no table.")
def fund(
    package: str, out: Path | None, projects: str, plan_folder: Path | None, paths: int, seed: int, workers: int,
    level: float | None, ruin: float | None, horizon: int | None, start: int | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Size the fund that compensates projects for losses.

    How large must it be, who pays in, what does cover cost, when does it run dry? The package says what can go wrong
    (hazards.csv), which project stands in the way of it and on what terms (exposures.csv), and how the fund is set up
    (fund.csv). Amounts that it leaves blank are taken from a plan.

    \b
    Examples:
      sungari fund northeast-fareast --projects best --out out/fund
      sungari fund my-region --paths 1000000 --workers 2 --ruin 0.001 --json
    """
    from sungari.cover.fund import size
    from sungari.decide import study
    from sungari.region.regions import open_region

    region = open_region(package)
    if out is not None:
        study.claim(out, "fund")
    plan = None
    if plan_folder is not None:
        from sungari.chain.plan import open_plan

        plan = open_plan(plan_folder)
    tell = sys.stderr.isatty() and not quiet
    named = projects if projects in ("all", "best") else [n.strip() for n in projects.split(",") if n.strip()]
    found = size(
        region, projects=named, paths=paths, seed=seed, workers=workers, level=level, ruin=ruin, horizon=horizon,
        start=start, plan=plan, progress=(lambda what: say(f"{what} – Ctrl-C stops")) if tell else None,
    )  # fmt: skip
    if out is not None:
        study.save(found, out)
    if as_json:
        emit({**found.as_json(), "out": str(out) if out is not None else None})
    elif not quiet:
        _print(found)
        if out is not None:
            click.echo(f"Fund written to {out}")
    return DONE


def _print(found: Fund) -> None:
    """What a fund must know first: how large, how sure, who pays, who is covered."""
    from sungari.show.terminal import Heading, console, table

    rules, region, years = found.rules, found.region, found.years
    money = region.settings.currency
    last = years.iloc[-1]
    rows: list[list[Any]] = [
        ["Claims expected in the first year", found.aal.value],
        [f"Claims of the first year, {rules.level:.4g} quantile", found.var[rules.level].value],
        [f"Mean of the years beyond it ({rules.level:.4g})", found.tvar[rules.level].value],
        [f"Smallest opening capital for a chance of ruin of {rules.ruin:.4g} by {int(last['year'])}",
         found.capital.value],
        ["Opening capital", found.opening],
    ]
    note = f"chance of ruin by {int(last['year'])}: {last['ruin']:.3g} ({found.info['method']['ruin']}); drawn: " \
           f"{last['ruin_drawn']:.3g} ± {last['ruin_error']:.1g} on {found.info['paths']:,} paths"
    heads = [Heading("Figure"), Heading("Amount", money, "money")]
    console().print(table("The compensation fund", heads, rows, note))
    names = region.names("parties")
    heads = [Heading("Party")] + [Heading(title, money, "money") for title in
                                  ("Opening", "Contribution a year", "Premium a year", "Claims a year", "Capital")]
    parties = found.frames["parties"]
    cells = [[names.get(row["party"], row["party"] or "outside"), *(row[c] for c in (
        "opening", "contributions", "premiums", "claims", "capital"))] for row in parties.to_dict("records")]
    console().print(table("Who pays, and who is covered", heads, cells, "means over the horizon; capital: the part of "
                          "the capital that the party's projects call for"))
    names = region.names("projects")
    heads = [Heading("Project")] + [Heading(title, money, "money") for title in
                                    ("Exposed", "Claims a year", "Premium a year", "Capital")]
    projects = found.frames["projects"].sort_values("capital", ascending=False)
    more = f"the first {MOST} of {len(projects)}" if len(projects) > MOST else ""
    cells = [[names.get(row["project"], row["project"]), *(row[c] for c in ("exposed", "claims", "premium", "capital"))]
             for row in projects.head(MOST).to_dict("records")]
    console().print(table("Covered projects", heads, cells, more))
    titles = region.names("hazards")
    causes = found.breaking.hazards.head(3)
    if len(causes):
        console().print("What would break the fund: " + ", ".join(
            f"{titles.get(row['hazard'], row['hazard'])} ({row['share']:.0%} of the claims of the worst paths)"
            for row in causes.to_dict("records")))
    for note in found.info["notes"]:
        console().print(note)
