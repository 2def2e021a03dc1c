"""Commands on the model's jobs and on the register as a whole: ``jobs``, ``backup``, ``restore``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import DONE, NO_SOLUTION, emit, say
from sungari.show.cli.registering import open_joint, shared, signed
from sungari.show.cli.registering_records import register

if TYPE_CHECKING:
    from sungari.operate.backup import Summary
    from sungari.operate.jobs.queue import Aged
    from sungari.operate.register import Register

__all__ = ["register"]


@register.command(short_help="List the model's jobs; start, cancel, repeat one; work through the queue.")
@click.argument("number", required=False, type=int)
@click.option("--start", "kind", metavar="KIND", help="Put a job in the queue: plan, today, without, appraisal, "
              "portfolio, sharing, fund, study.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE",
              help="What is asked of it; one that may have several values may be repeated.")
@click.option("--cancel", is_flag=True, help="Cancel job NUMBER.")
@click.option("--again", is_flag=True, help="Run job NUMBER once more, on the register as it is now.")
@click.option("--work", "working", is_flag=True, help="Run what waits, one after the other, until nothing does; a "
              "server (`sungari serve`) does so by itself.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="How many are listed.")
@signed
@shared
def jobs(
    number: int | None, kind: str | None, options: tuple[str, ...], cancel: bool, again: bool, working: bool, top: int,
    who: str, why: str, database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """List the model's jobs, newest first, or show one with its log.

    A job runs on one state of the register, in a process of its own. What it made is stale once figures have changed.

    \b
    Examples:
      sungari register jobs
      sungari register jobs --start portfolio --option budgets=20e9 --option min_gain=MN=10% --work
      sungari register jobs --start without --option project=heihe_cable_car
      sungari register jobs 12 --again --work
    """
    from sungari.errors import UsageError
    from sungari.operate.jobs import queue

    if number is None and (cancel or again):
        raise UsageError("say which job by its number; `sungari register jobs` lists them")
    if options and kind is None:
        raise UsageError("--option is of a job that is started: say which by --start")
    joint = open_joint(database)
    try:
        if kind is not None:
            number = queue.start(joint, kind, _options(options), who=who, why=why).id
        elif again:
            number = queue.again(joint, number or 0, who=who, why=why).id
        elif cancel:
            queue.cancel(joint, number or 0, who=who)
        if working:
            _work(joint)
        with joint.reading() as work:
            if number is None:
                rows = queue.listed(work, limit=top).rows
            else:
                rows = queue.aged(work, [queue.get(work, number)])
                lines = queue.log_of(work, number)
    finally:
        joint.close()
    told = [queue.as_json(row.job, stale=row.stale) for row in rows]
    if as_json:
        log = {} if number is None else {"log": [{"at": line.at, "text": line.text} for line in lines]}
        emit({"status": "ok", "jobs": told, **log})
    else:
        _print(rows)
        for line in lines if number is not None else ():
            click.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.text}")
    return NO_SOLUTION if working and number is not None and rows[0].job.state != "done" else DONE


def _options(given: Sequence[str]) -> dict[str, Any]:
    """Options as they are written: repeated ones become lists, ``min_gain=PARTY=AMOUNT`` a table."""
    from sungari.errors import UsageError

    lists, made = ("projects", "budgets"), dict[str, Any]()
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"--option {text!r}: expected NAME=VALUE")
        if name == "min_gain":
            party, _, figure = value.partition("=")
            made.setdefault(name, {})[party.strip()] = figure
        elif name in made:
            made[name] = [*(made[name] if isinstance(made[name], list) else [made[name]]), value]
        else:
            made[name] = [value] if name in lists and value not in ("best", "all", "none") else value
    return made


def _work(joint: Register) -> None:
    """Run the queue in processes of its own until nothing waits or runs."""
    import time

    from sungari.operate.jobs import queue
    from sungari.operate.jobs.record import QUEUED, RUNNING
    from sungari.operate.jobs.runner import Runner

    told = ""
    with Runner(joint):
        while True:
            with joint.reading() as work:
                running = queue.listed(work, state=RUNNING).rows
                waiting = queue.listed(work, state=QUEUED, limit=1).total
            if not running and not waiting:
                return
            for row in running:
                share = "" if row.job.progress is None else f", {row.job.progress:.0%}"
                line = f"job {row.job.id}: {row.job.kind}, {row.job.doing}{share}"
                if line != told:
                    say(line)
                    told = line
            time.sleep(0.5)


def _print(rows: Sequence[Aged]) -> None:
    from sungari.show.terminal import Heading, console, table

    cells = [(r.job.id, r.job.kind, r.job.state + (", stale" if r.stale else ""),
              "" if r.job.progress is None or r.job.state != "running" else f"{r.job.progress:.0%}",
              f"{r.job.asked:%Y-%m-%d %H:%M}", r.job.who, r.job.why, r.job.reason or r.job.doing) for r in rows]
    console().print(table("Jobs", [Heading("id", "", "plain"), Heading("what"), Heading("state"), Heading("done"),
                                   Heading("asked"), Heading("who"), Heading("why"), Heading("")], cells))


@register.command(short_help="Write the whole register into one file, while others go on working.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@shared
def backup(file: Path, database: str | None, as_json: bool) -> int:
    """Write the register – database, documents, results – into one file, each part with its hash.

    The file is the same for SQLite and PostgreSQL. Keep it as safe as the register: all that is confidential is in it.

    \b
    Examples:
      sungari register backup joint.tar
    """
    from sungari.operate.backup import backup as write

    joint = open_joint(database)
    try:
        found = write(joint, file)
    finally:
        joint.close()
    _tell(found, file, "backed up to", as_json)
    return DONE


@register.command(short_help="Put a backup into an empty place, on either database.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only hold the file against its hashes.")
@shared
def restore(file: Path, check: bool, database: str | None, as_json: bool) -> int:
    """Put a backup into an empty place: no database, documents and results may be there yet.

    Everything is checked first; it is restored whole or not at all. Whoever was signed in signs in again.

    \b
    Examples:
      sungari register restore joint.tar --check
      sungari register restore joint.tar --database postgresql://planner@localhost/joint
    """
    from sungari.operate import backup as backups
    from sungari.operate.register import Register

    if check:
        _tell(backups.verify(file), file, "is whole:", as_json)
        return DONE
    joint = Register(database)
    try:
        found = backups.restore(file, joint)
    finally:
        joint.close()
    _tell(found, file, "restored from", as_json)
    return DONE


def _tell(found: Summary, file: Path, what: str, as_json: bool) -> None:
    if as_json:
        emit({"status": "ok", "file": str(file), "rows": found.rows, "files": found.files, "size": found.size,
              "made": found.made, "form": found.form})
        return
    held = f"{sum(found.rows.values()):,} rows, {found.files:,} files of {found.size / 1e6:,.1f} MB"
    click.echo(f"{file} {what} {held}" if what.endswith(":") else f"{held} {what} {file}")
