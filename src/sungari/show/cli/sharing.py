"""The command that divides the gain: ``share``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sungari.show.cli.frame import DONE, emit, say

_SCALES = ((1e9, " billion"), (1e6, " million"), (1e3, " thousand"))

if TYPE_CHECKING:
    from sungari.decide.sharing import By, Sharing
    from sungari.region.package import Region


@click.command(short_help="Divide what cooperation is worth between the parties.")
@click.argument("package")
@click.option("--by", type=click.Choice(("country", "province")), default="country", show_default=True,
              help="Who plays: the topmost parties, or the parties that hold places.")
@click.option("--projects", default="none", show_default=True, metavar="none|all|NAME,…",
              help="Projects that stand; a coalition has those whose parties all belong to it.")
@click.option("--samples", type=click.IntRange(min=2), default=200, show_default=True,
              help="Orders of joining drawn for the Shapley value above 12 players.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of those draws.")
@click.option("--scenarios", "scenarios", is_flag=True,
              help="Split again under every scenario of the package: the range of each share.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the split to; one there is replaced.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no table.")
def share(
    package: str, by: By, projects: str, samples: int, seed: int, scenarios: bool, out: Path | None, as_json: bool,
    quiet: bool,
) -> int:  # fmt: skip
    """Divide what cooperation is worth between the parties.

    Every coalition is worth the greatest surplus that its members reach with their own places, links and projects and
    the outside world. The Shapley value, the nucleolus and the Owen point divide the worth of all together.

    \b
    Examples:
      sungari share northeast-fareast
      sungari share northeast-fareast --projects all --out out/sharing
      sungari share my-region --by province --json
    """
    from sungari.decide import study
    from sungari.decide.sharing import share as divide
    from sungari.region.regions import open_region

    region = open_region(package)
    if out is not None:
        study.claim(out, "sharing")
    tell = sys.stderr.isatty() and not quiet

    def progress(count: int, where: str = "") -> None:
        if tell and count % 10 == 0:
            say(f"{count} coalitions solved{where} – Ctrl-C stops")

    named = projects if projects in ("none", "all") else [n.strip() for n in projects.split(",") if n.strip()]
    found = divide(region, by, projects=named, samples=samples, seed=seed, progress=progress)
    if scenarios:
        from sungari.decide.stability import over_scenarios

        found = over_scenarios(
            found, named, samples=samples, seed=seed, progress=lambda name, count: progress(count, f" in {name}")
        )
    if out is not None:
        study.save(found, out)
    if as_json:
        emit({**found.as_json(), "out": str(out) if out is not None else None})
    elif not quiet:
        _print(region, found)
        if out is not None:
            click.echo(f"Split written to {out}")
    return DONE


def _print(region: Region, found: Sharing) -> None:
    from sungari.show.terminal import Heading, console, table

    money, names = region.settings.currency, region.names("parties")
    heads = [Heading("Party")] + [
        Heading(title, money, "money")
        for title in ("Alone", "Own plan", "Shapley", "Nucleolus", "Owen point", "Payment")
    ]
    rows = found.table()
    columns = ["alone", "own", "shapley", "nucleolus", "owen", "payment"]
    cells = [
        [names.get(row["player"], row["player"]), *(None if row[c] != row[c] else row[c] for c in columns)]
        for row in rows.to_dict("records")
    ]
    core = {None: "The core was not looked for: too many players.",
            True: "The core is empty: no division pleases every coalition.",
            False: "The core is not empty: the nucleolus pleases every coalition."}[found.split.core_empty]
    note = f"present value; payment: what turns the Owen point into the Shapley value. {core}"
    size, word = next(((s, w) for s, w in _SCALES if abs(found.gain) >= s), (1.0, ""))
    title = f"What cooperation is worth: {found.gain / size:,.3g}{word} {money} more than each alone"
    console().print(table(title, heads, cells, note))
    _print_stability(found)
    if found.split.blocking:
        blocks = "; ".join(" + ".join(names.get(p, p) for p in sorted(c)) for c in found.split.blocking[:5])
        console().print(f"Coalitions that cannot all be content: {blocks}")


def _print_stability(found: Sharing) -> None:
    """Range of each player's share over the scenarios, and whether the core stays."""
    from sungari.decide.stability import ranges
    from sungari.show.terminal import Heading, console, table

    if found.stability is None:
        return
    names, money = found.region.names("parties"), found.region.settings.currency
    span = ranges(found.stability).set_index(["player", "rule"])
    rules = {"shapley": "Shapley", "nucleolus": "Nucleolus", "owen": "Owen point"}
    heads = [Heading("Party")]
    heads += [Heading(f"{title}\n{end}", money, "money") for title in rules.values() for end in ("lowest", "highest")]
    cells = [
        [names.get(player, player), *(span["low" if end == 0 else "high"].get((player, rule))
                                      for rule in rules for end in (0, 1))]
        for player in found.players
    ]  # fmt: skip
    cases = found.stability.drop_duplicates("scenario")
    stays = int((~cases["core_empty"].fillna(True)).sum())
    note = f"over {len(cases)} cases, the base case among them; the core is not empty in {stays} of them"
    console().print(table("How stable the split is: range over the scenarios", heads, cells, note))
