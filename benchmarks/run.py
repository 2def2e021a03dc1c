"""The benchmarks: ``python -m benchmarks.run [PART …] [--sizes SML] [--quick]``; writes the tables of performance.md.

Runs of what is compared take turns, so that a busy machine slows all of them; each ratio is the median over the turns.
A part that has run is kept in ``benchmarks/results``; the document is made from all that are kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks import coalitions, fund, methods, outage, portfolio, rivals, sweep, workspace_load
from benchmarks.generate import sized
from benchmarks.measure import ROOT
from benchmarks.report import Part, Ratio, tell, write

Say = Callable[[str], None]
#: Parts by size: the sizes they are run on, whether on the plain region, and what runs them.
SIZED: dict[str, tuple[str, bool, Callable[[Path, str, Say], Part]]] = {
    "rivals": ("SM", True, rivals.measure),
    "building": ("L", True, rivals.building),
    "methods": ("SML", False, methods.measure),
    "outage": ("SM", False, outage.measure),
    "sweep": ("SML", False, sweep.measure),
}


def starting(say: Say) -> Part:
    """CPU seconds of ``sungari --help``, user and system; median of five."""
    say("sungari --help")
    command = "import sys; sys.argv = ['sungari', '--help']; from sungari.show.cli import main; main()"
    taken = []
    for _ in range(6):
        before = os.times()
        subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, check=True)
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return Part("starting", [Ratio("CPU seconds of sungari --help", median(taken[1:]), "≤", 0.3)])


#: Parts that are run once.
ONCE: dict[str, Callable[[Say], Part]] = {
    "starting": starting, "coalitions": coalitions.measure, "portfolio": portfolio.measure, "fund": fund.measure,
    "workspace": workspace_load.measure,
}  # fmt: skip
ORDER = [*SIZED, *ONCE]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run parts, print their tables, keep them, and write all that is kept into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which of {', '.join(ORDER)}; all if none is named")
    parser.add_argument("--sizes", default="SML", help="which of S, M and L to run")
    parser.add_argument("--quick", action="store_true", help="size S only; nothing is kept or written")
    given = parser.parse_args(arguments)
    wrong = sorted(set(given.parts) - set(ORDER))
    if wrong:
        parser.error(f"no part {wrong[0]!r}; expected one of {', '.join(ORDER)}")
    sizes = "S" if given.quick else given.sizes

    def say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    def done(part: Part) -> None:
        tell(part)
        if not given.quick:
            part.keep()
            write(ORDER)

    with tempfile.TemporaryDirectory() as work:
        for name in given.parts or ORDER:
            if name in ONCE:
                done(ONCE[name](say))
                continue
            on, plain, run = SIZED[name]
            for size in (s for s in on if s in sizes):
                folder = Path(work) / f"{size}{'-plain' * plain}"
                if not folder.exists():
                    sized(size, plain=plain).write(folder)
                done(run(folder, size, say))


if __name__ == "__main__":
    main()
