"""The command that chooses projects: ``select``."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from sungari.show.cli.frame import DONE, NO_SOLUTION, emit, say

if TYPE_CHECKING:
    from sungari.chain.solver import Progress
    from sungari.decide.alternatives import Alternatives
    from sungari.decide.portfolio import Portfolio

#: Seconds of silence, and between two lines of progress.
PATIENCE = 2.0
_SCALES = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))


@click.command(short_help="Choose the set of projects that brings most.")
@click.argument("package")
@click.option("--budget", "budgets", multiple=True, metavar="[PARTY[/SECTOR][@YEAR]=]AMOUNT",
              help="Most that may be invested beside what is committed; of all together where no party is named. "
              "Budgets of the package hold as well. May be repeated.")
@click.option("--min-gain", "min_gains", multiple=True, metavar="PARTY=AMOUNT|PERCENT%",
              help="Least gain of a party with all that belong to it; may be repeated.")
@click.option("--no-party-worse", is_flag=True, help="No party (but external ones) may lose by the set.")
@click.option("--fund", "covered", is_flag=True,
              help="Charge each project the fund's price of its risk, and keep to the fund's capital_limit.")
@click.option("--fund-capital", type=click.FloatRange(min=0), metavar="AMOUNT",
              help="Most opening capital that a fund covering the set may need; implies --fund.")
@click.option("--scenarios", "over_scenarios", is_flag=True,
              help="Weigh sets over the package's scenarios; implied by the CVaR options.")
@click.option("--cvar-limit", type=float, metavar="AMOUNT", help="Most that the CVaR of the loss may be.")
@click.option("--cvar-weight", type=click.FloatRange(min=0, max=1, max_open=True), default=0.0, metavar="W",
              help="Maximise (1 − W) · expected gain − W · CVaR of the loss.")
@click.option("--alpha", type=click.FloatRange(min=0, max=1, max_open=True), default=0.9, show_default=True,
              help="Level of the CVaR: the worst 1 − alpha of outcomes.")
@click.option("--frontier", type=click.Choice(("budget", "cvar", "least-gain")), help="Draw the gain against this.")
@click.option("--points", type=click.IntRange(min=2), default=8, show_default=True, help="Points of the frontier.")
@click.option("--near", type=click.FloatRange(min=0), metavar="PERCENT",
              help="Also find other sets whose gain is at most this much less.")
@click.option("--most", type=click.IntRange(min=1), default=30, show_default=True,
              help="Near-best sets that are listed at most.")
@click.option("--gap", type=click.FloatRange(min=0, max=1), default=1e-4, show_default=True,
              help="Share of the gain within which the set counts as the best.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
              help="Stop then, with the best set found.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the portfolio to.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no table.")
def select(
    package: str, budgets: tuple[str, ...], min_gains: tuple[str, ...], no_party_worse: bool, covered: bool,
    fund_capital: float | None, over_scenarios: bool,
    cvar_limit: float | None, cvar_weight: float, alpha: float,
    frontier: Literal["budget", "cvar", "least-gain"] | None, points: int, near: float | None, most: int, gap: float,
    time_limit: float | None, out: Path | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Choose the set of projects, their years and sizes, that brings most within budgets, rules and floors.

    The gain is what the plan with the set is worth beyond the plan without new projects; with --fund, after the price
    of risk. Amounts are in the package's currency. Ctrl-C ends the search with the best set found so far and says how
    far from the best it may be.

    \b
    Examples:
      sungari select northeast-fareast --budget 20e9 --out out/portfolio
      sungari select my-region --budget 5e9 --budget RU/energy@2030=1e9 --frontier budget --near 1
      sungari select my-region --no-party-worse --min-gain MN=10% --json
      sungari select my-region --cvar-limit 0 --alpha 0.9 --frontier cvar
      sungari select my-region --fund-capital 300e6
    """
    from sungari.decide import study
    from sungari.decide.portfolio import select as choose
    from sungari.decide.worlds import Tail, courses_of
    from sungari.region.regions import open_region

    region = open_region(package)
    if out is not None:
        study.claim(out, "portfolio")
    tail = None
    if cvar_limit is not None or cvar_weight > 0 or frontier == "cvar":
        tail = Tail(alpha, cvar_weight, cvar_limit)
    teller = _Teller(wanted=not quiet)
    fund = None
    if covered or fund_capital is not None:
        from sungari.cover.guarantee import guarantee

        fund = guarantee(region, limit=fund_capital, progress=lambda what: teller(what, None))
    found = choose(
        region, budgets, min_gain=_floors(min_gains), nobody_worse=no_party_worse,
        charges=fund.charges if fund is not None else None,
        rule=fund.rule if fund is not None else None,
        scenarios=courses_of(region) if over_scenarios or tail is not None else {}, tail=tail, frontier=frontier,
        points=points, near=near, most=most, gap=gap, time_limit=time_limit, progress=teller,
    )  # fmt: skip
    if fund is not None:
        found.info["fund_capital"] = fund.capital(found.names) / region.settings.money_scale
    if out is not None:
        study.save(found, out)
    if as_json:
        emit({**found.as_json(), "out": str(out) if out is not None else None})
    elif not quiet:
        _print(found)
        if out is not None:
            click.echo(f"Portfolio written to {out}")
    return _finish(found)


def _floors(given: Sequence[str]) -> dict[str, str]:
    from sungari.errors import UsageError

    made = {}
    for text in given:
        party, sign, figure = text.partition("=")
        if not sign or not party.strip() or not figure.strip():
            raise UsageError(f"--min-gain {text!r}: expected PARTY=AMOUNT or PARTY=PERCENT%, as RU=5e9 or MN=10%")
        made[party.strip()] = figure
    return made


class _Teller:
    """Progress of a search on standard error, where someone looks at it."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._told = time.monotonic()

    def __call__(self, what: str, news: Progress | None) -> None:
        if not self._wanted or time.monotonic() - self._told < PATIENCE:
            return
        self._told = time.monotonic()
        parts = [what]
        if news is not None and news.iterations:
            parts.append(f"{news.iterations:,} plans solved")
        if news is not None and news.gap is not None:
            parts.append(f"a set found, at most {news.gap:.2%} of its gain below the best")
        say(", ".join(parts) + " – Ctrl-C stops")


def _finish(found: Portfolio) -> int:
    """Say what the status means; return the exit code."""
    status = found.info["status"]
    if status in ("interrupted", "time_limit"):
        why = "stopped by the user" if status == "interrupted" else "time limit reached"
        say(f"{status}: {why}; this is the best set found so far, at most {found.gap:.2%} of its gain below the best "
            "possible")
    return NO_SOLUTION if status == "interrupted" else DONE


def _print(found: Portfolio) -> None:
    from sungari.show.terminal import Heading, console, table

    money = found.region.settings.currency
    screen = console()

    def show(title: str, heads: list[Heading], cells: list[list[Any]], note: str = "") -> None:
        screen.print(table(title, heads, cells, note))

    new = found.chosen[~found.chosen["committed"]]
    whole = "gain unknown: today's network can't meet what must be met" if math.isnan(found.gain) else ""
    show(
        "What to build",
        [Heading("Project"), Heading("Decided", "", "right"), Heading("Works from", "", "right"),
         Heading("Size", "", "right"), Heading("Capital cost", money, "money"), Heading("")],
        [[r.name, str(r.year), str(r.operates_from), f"{r.size:.6g}", r.capex, "committed" if r.committed else ""]
         for r in found.chosen.itertuples(index=False)],
        whole or f"{len(new)} new projects",
    )  # fmt: skip
    figures: list[tuple[str, float]] = [("Objective", found.objective), ("Gain over today's network", found.gain),
                                        ("Capital cost of new projects", float(new["capex"].sum()))]
    if found.info["cvar"] is not None:
        figures.append(("CVaR of the loss", found.info["cvar"] * found.region.settings.money_scale))
    if "fund_capital" in found.info:
        figures.append(("Capital of a fund that covers it", found.info["fund_capital"]
                        * found.region.settings.money_scale))
    show("What it brings", [Heading(""), Heading("Present value", money, "right")],
         [[name, "–" if math.isnan(amount) else _amount(amount)] for name, amount in figures],
         f"at most {found.gap:.2g} of the gain short of the best there is")
    if len(found.budgets):
        show(
            "Budgets",
            [Heading("Of"), Heading("Amount", money, "money"), Heading("Used", money, "money"),
             Heading("Left", money, "money"), Heading("One more brings", "", "right")],
            [[_budget(b), b["amount"], b["used"], b["left"], "" if math.isnan(b["value"]) else f"{b['value']:.3g}"]
             for b in found.budgets.to_dict("records")],
            "one more brings: rise of the gain for each unit of money, from a second search with 5 % more",
        )  # fmt: skip
    if not whole:
        moved = found.parties[found.parties["with_members"].abs() > 1e-9 * max(1.0, abs(found.gain))]
        show("Gains by party", [Heading("Party"), Heading("Gain", money, "money"),
                                Heading("With its members", money, "money")],
             [[r.name, r.gain, r.with_members] for r in moved.itertuples(index=False)], "side payments not counted")
    if len(found.frontier):
        _print_frontier(found, show)
    if found.alternatives is not None:
        _print_alternatives(found, found.alternatives, screen)


def _amount(amount: float) -> str:
    """Money with four digits, ``23.2 billion``."""
    for size, word in _SCALES:
        if abs(amount) >= size:
            return f"{amount / size:,.4g} {word}" if abs(amount) < 1e4 * size else f"{amount / size:,.0f} {word}"
    return f"{amount:,.4g}"


def _budget(row: Any) -> str:
    who = "all together" if row["party"] == "*" else str(row["party"])
    sector = "" if row["sector"] == "*" else f", {row['sector']}"
    year = f", {row['year']}" if isinstance(row["year"], int) else ""
    return who + sector + year + (", new projects" if row["new_only"] else "")


def _print_frontier(found: Portfolio, show: Any) -> None:
    from sungari.show.terminal import Heading

    money = found.region.settings.currency
    title = {"budget": "Budget", "cvar": "CVaR of the loss", "least-gain": "Least gain asked for"}
    kind = str(found.frontier["kind"].iloc[0])
    show(
        f"Gain against {title[kind].lower()}",
        [Heading(title[kind], money, "money"), Heading("Gain", money, "money"), Heading("Spent", money, "money"),
         Heading("Least party's gain", money, "money"), Heading("Party"), Heading("Projects", "", "right"),
         Heading("Unproven", money, "money")],
        [[r.level, r.gain, r.spent, r.least_gain, r.least_party, str(r.projects), r.ahead]
         for r in found.frontier.itertuples(index=False)],
    )  # fmt: skip


def _print_alternatives(found: Portfolio, near: Alternatives, screen: Any) -> None:
    count = f"{len(near.sets):,}" if near.complete else f"more than {len(near.sets):,}"
    screen.print(f"Near-best sets: {count} whose gain is at most {100 * near.near:.3g} % less")
    for title, names in (
        ("in all", near.in_all), ("in some", near.in_some), ("in none", near.in_none), ("undecided", near.undecided),
    ):  # fmt: skip
        if names:
            screen.print(f"  {title} of them: {', '.join(names)}")
