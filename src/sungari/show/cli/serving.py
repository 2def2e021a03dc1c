"""The command that opens the workspace: ``serve``."""

from __future__ import annotations

from pathlib import Path

import click

from sungari.show.cli.frame import DONE, say

DEMO = "northeast-fareast"


@click.command(short_help="Open the workspace in the browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="Port to listen on.")
@click.option("--database", metavar="URL", envvar="SUNGARI_DATABASE_URL",
              help="Register: an SQLite file or postgresql://…; made if it is not there.")
@click.option("--study", type=click.Path(path_type=Path),
              help="Folder of `sungari study` to take in as first results, if it is of the register's region.")
@click.option("--region", default=DEMO, show_default=True, metavar="PACKAGE",
              help="Region to take into a register that has none: a folder or a packaged one.")
@click.option("--no-demo", is_flag=True, help="Take no region in; an administrator imports one later.")
def serve(host: str, port: int, database: str | None, study: Path | None, region: str, no_demo: bool) -> int:
    """Open the workspace: the register, the model and its results as pages in the browser.

    Without a register one is made, with a region in it and an administrator, whose password is printed once. Ctrl-C
    stops; jobs of the model go on at the next start.

    \b
    Examples:
      sungari serve
      sungari serve --study out/northeast-fareast
      sungari serve --database postgresql://user@host/joint --host 0.0.0.0
    """
    import contextlib

    import uvicorn

    from sungari.operate import register as registers
    from sungari.operate.jobs.runner import Runner
    from sungari.show.assets import ensure_assets
    from sungari.show.web import app, beginning, shield

    ensure_assets()
    joint = registers.init(database)
    try:
        beginning.begin(joint, demo=None if no_demo else region, study=study, tell=say)
        made = app.create(joint)
        shield.protect(made)
        shown = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::1', '::') else host}:{port}"
        say(f"The workspace is at {shown} – Ctrl-C stops it")
        with Runner(joint), beginning.Round(made), contextlib.suppress(KeyboardInterrupt):  # which is how it ends
            uvicorn.run(made, host=host, port=port, log_level="warning", server_header=False,
                        timeout_graceful_shutdown=10)
    finally:
        joint.close()
    return DONE
