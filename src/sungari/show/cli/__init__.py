"""The command line: a thin layer over the library.

Nothing heavy is imported here: pandas, NumPy, the solver and rich load inside the command that needs them.
"""

from __future__ import annotations

import click

from sungari import __version__
from sungari.show.cli import (
    covering,
    deciding,
    desk_meetings,
    looking,
    making,
    packages,
    projecting,
    registering_accounts,
    selecting,
    serving,
    sharing,
    studying,
)
from sungari.show.cli.frame import Group

__all__ = ["main"]


@click.group(
    cls=Group,
    name="sungari",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="PACKAGE is a folder or the name of a packaged region (`sungari regions` lists them).\n\n"
    "Exit codes: 0 done, 1 no solution (explained), 2 bad input or usage.",
)
@click.version_option(__version__, prog_name="sungari", message="%(prog)s %(version)s")
def main() -> None:
    """Plan a cross-border region: resources, production capacity, corridors and markets in one model.

    \b
    Examples:
      sungari solve northeast-fareast --out out/plan
      sungari report out/plan -o out/plan.html
      sungari show out/plan --what prices --commodity coal
    """


for _command in (
    packages.regions,
    packages.check,
    making.solve,
    looking.show,
    deciding.appraise,
    selecting.select,
    sharing.share,
    covering.fund,
    studying.study,
    making.report,
    looking.compare,
    making.export,
    packages.import_,
    making.backtest,
    registering_accounts.register,
    projecting.projects,
    desk_meetings.desk,
    serving.serve,
):
    main.add_command(_command)
