"""The command that does it all: ``study``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sungari.show.cli.frame import DONE, emit, say
from sungari.show.cli.making import LANGUAGES

if TYPE_CHECKING:
    from sungari.show.study import Outcome

#: Seconds between two lines of progress within a part.
PATIENCE = 2.0


@click.command(short_help="Plan, appraise, select, share and report in one go.")
@click.argument("package")
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="Folder of the study; one that was stopped there is taken up where it stopped.")
@click.option("--lang", "langs", type=click.Choice(LANGUAGES), multiple=True, default=("en",), show_default=True,
              help="Language of the report; may be repeated.")
@click.option("--budget", "budgets", multiple=True, metavar="[PARTY[/SECTOR][@YEAR]=]AMOUNT",
              help="Budget of the portfolio, as in `sungari select`; may be repeated.")
@click.option("--quick", is_flag=True,
              help="Leave out what takes longest: pairs, criteria, frontier, near-best sets, sharing under scenarios.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes in which parts are made at the same time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no answers.")
def study(
    package: str, out: Path, langs: tuple[str, ...], budgets: tuple[str, ...], quick: bool, workers: int,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Make a whole study: plans with and without new projects, appraisal, portfolio, sharing, and their report.

    Every part is a folder that the other commands read. A part that is there and was made from the same package and
    options is not made again; after Ctrl-C the same command goes on from there.

    \b
    Examples:
      sungari study northeast-fareast --out out/study
      sungari study northeast-fareast --out out/study --lang en --lang zh --workers 2
      sungari study my-region --out out/quick --quick --json
    """
    from sungari.region.regions import open_region
    from sungari.show.study import study as make

    region = open_region(package)
    teller = _Teller(wanted=not quiet)
    try:
        found = make(region, out, langs=list(dict.fromkeys(langs)), budgets=budgets, quick=quick, workers=workers,
                     progress=teller)  # fmt: skip
    except KeyboardInterrupt:
        kept = f"stopped by the user; what is finished is kept in {out}, and the same command goes on from there"
        raise KeyboardInterrupt(kept) from None
    if as_json:
        emit(found.as_json())
    elif not quiet:
        _print(found, teller.elapsed)
    return DONE


class _Teller:
    """Progress on standard error: a line for each part that begins, and some within it where someone looks."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._watched = sys.stderr.isatty()
        self._told = self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the command began."""
        return time.monotonic() - self._began

    def __call__(self, part: str, what: str) -> None:
        now = time.monotonic()
        if not self._wanted or (what and (not self._watched or now - self._told < PATIENCE)):
            return
        self._told = now
        say(f"{now - self._began:5,.0f} s  {part}{f': {what} – Ctrl-C stops' if what else ' …'}")


def _print(found: Outcome, seconds: float) -> None:
    """The answers: the plan's tables, then what each other part says."""
    from sungari.show import summary, terminal
    from sungari.show.chapters import CHAPTERS
    from sungari.show.i18n import Translator

    out, tr = terminal.console(), Translator("en")
    plan = found.study.plan
    if plan is not None:
        summary.print_summary(plan, out)
    for make in CHAPTERS:
        chapter = make(found.study, tr)
        if chapter is not None and chapter.id != "plan" and chapter.sentences:
            out.print(chapter.title, style="bold")
            for sentence in chapter.sentences:
                out.print(f"- {sentence}")
            out.print()
    for name, made in found.parts.items():
        if made.why:
            out.print(f"{name}{' was left out' if made.status == 'left out' else ''}: {made.why}")
    out.print(f"Study in {found.folder}, {seconds:,.0f} s: {', '.join(found.study.parts)}")
    for path in found.reports.values():
        out.print(f"Report: {path}  ({path.resolve().as_uri()})", soft_wrap=True)
