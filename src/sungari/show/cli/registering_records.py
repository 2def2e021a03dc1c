"""Commands on what the register finds and keeps: ``flags``, ``rules``, ``record``, ``document``, ``evaluate``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click

from sungari.show.cli.frame import DONE, emit
from sungari.show.cli.registering import open_joint, register, shared, signed, write_csv

__all__ = ["register"]


@register.command(short_help="List red flags; --justify turns one amber.")
@click.argument("project", required=False)
@click.option("--all", "resolved", is_flag=True, help="Resolved ones as well.")
@click.option("--justify", "number", type=int, metavar="ID", help="Say by --why that this flag is no reason to stop.")
@signed
@shared
def flags(
    project: str | None, resolved: bool, number: int | None, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """List red flags: what the rules find about projects. No project enters a stage with a red one.

    \b
    Examples:
      sungari register flags
      sungari register flags heihe_cable_car --all
      sungari register flags --justify 12 --why "the cable is the longest of its kind"
    """
    from sungari.operate import flags as found
    from sungari.operate import projects

    joint = open_joint(database)
    try:
        if number is not None:
            with joint.writing(who, why) as work:
                found.justify(work, number)
        with joint.reading() as work:
            if project is not None:
                projects.get(work, project)
            rows: list[dict[str, Any]] = [
                {"id": f.id, "project": f.project, "rule": f.rule, "state": f.state, "text": f.text,
                 "raised": f.raised, "reason": f.reason, "justified_by": f.justified_by, "facts": f.facts}
                for f in found.listed(work, project=project, resolved=resolved)
            ]  # fmt: skip
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "flags": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    cells = [(r["id"], r["state"], r["project"], r["rule"],
              r["text"] + (f"\njustified by {r['justified_by']}: {r['reason']}" if r["reason"] else "")) for r in rows]
    heads = [Heading("id", "", "plain"), Heading("state"), Heading("project"), Heading("rule"), Heading("finding")]
    console().print(table(f"{len(rows)} flags", heads, cells))
    return DONE


@register.command(short_help="Print the rules of red flags; --read puts others in their place.")
@click.option("--read", "file", type=click.Path(path_type=Path), help="CSV file of rules, as --write makes it.")
@click.option("--write", "target", type=click.Path(path_type=Path), help="Write the rules to a CSV file, to edit.")
@signed
@shared
def rules(
    file: Path | None, target: Path | None, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """Print the rules that raise red flags, or put others in their place; restrictions are always screened.

    \b
    Examples:
      sungari register rules --write rules.csv
      sungari register rules --read rules.csv --why "decided on the 14th"
    """
    from sungari.operate import flags as found

    joint = open_joint(database)
    try:
        if file is not None:
            with file.open(encoding="utf-8-sig", newline="") as lines, joint.writing(who, why) as work:
                found.set_rules(work, list(csv.DictReader(lines)))
        with joint.reading() as work:
            rows = found.rule_rows(work)
    finally:
        joint.close()
    if target is not None:
        write_csv(target, [{**r, "on": str(r["on"]).lower()} for r in rows])
    if as_json:
        emit({"status": "ok", "rules": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    console().print(table("Rules", [Heading("rule"), Heading("finds"), Heading("limits"), Heading("")],
                          [(r["code"], r["title"], r["limits"], "" if r["on"] else "off") for r in rows]))
    return DONE


@register.command(short_help="List, add, edit or remove a record: permit, finance, risk, contact …")
@click.argument("kind")
@click.option("--project", help="Only records of this project; the project of a new one.")
@click.option("--set", "cells", multiple=True, metavar="NAME=VALUE", help="A cell of the record; may be repeated.")
@click.option("--edit", "number", type=int, metavar="ID", help="Change this record.")
@click.option("--remove", type=int, metavar="ID", help="Remove this record; the audit trail keeps what it held.")
@signed
@shared
def record(
    kind: str, project: str | None, cells: tuple[str, ...], number: int | None, remove: int | None, who: str, why: str,
    database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """List records of a kind, or add, edit or remove one.

    KIND is organisation, contact, permit, risk, finance, measure, programme, event, indicator or restriction.

    \b
    Examples:
      sungari register record permit --project heihe_cable_car
      sungari register record permit --project heihe_cable_car --set kind=operation --set status=applied
      sungari register record permit --edit 3 --set status=granted --why "letter of 14 May"
      sungari register record restriction --set kind=hs --set name=8486 --set authority=EU --set reason=chips
    """
    from sungari.errors import UsageError
    from sungari.operate import keeping

    values: dict[str, Any] = dict(cell.split("=", 1) for cell in cells if "=" in cell)
    if len(values) < len(cells):
        raise UsageError("--set wants NAME=VALUE")
    joint = open_joint(database)
    try:
        if remove is not None or values:
            with joint.writing(who, why) as work:
                if remove is not None:
                    keeping.remove(work, kind, remove)
                elif number is not None:
                    keeping.edit(work, kind, number, {k: v or None for k, v in values.items()})
                else:
                    keeping.add(work, kind, {**({"project": project} if project else {}), **values})
        with joint.reading() as work:
            rows = [{"id": r.id, "version": r.version, **keeping.as_row(r)}
                    for r in keeping.listed(work, kind, project=project)]
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "kind": kind, "records": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    columns = list(dict.fromkeys(c for row in rows for c in row if c != "version"))
    console().print(table(f"{len(rows)} of {kind}", [Heading(c, "", "plain" if c == "id" else "text") for c in columns],
                          [[row.get(c) for c in columns] for row in rows]))
    return DONE


@register.command(short_help="Keep a file as a document of a project, or give one back.")
@click.argument("project")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", help="What it is, in the words of the gates: agreement, evaluation …")
@click.option("--title", default="", help="Default: the file's name.")
@click.option("--get", "sha", metavar="SHA256", help="Write the document with this hash (or its beginning) to FILE.")
@signed
@shared
def document(
    project: str, file: Path, kind: str | None, title: str, sha: str | None, who: str, why: str, database: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Keep a file as a document of a project, or write one that is kept to a file.

    PDF, PNG, JPEG, TIFF, Office Open XML without macros, OpenDocument and plain text are taken, up to 50 MB.

    \b
    Examples:
      sungari register document heihe_cable_car agreement.pdf --kind agreement
      sungari register document heihe_cable_car copy.pdf --get 3f2a
    """
    import shutil

    from sungari.errors import UsageError
    from sungari.operate import documents, keeping

    joint = open_joint(database)
    try:
        if sha is not None:
            with joint.reading() as work:
                found = [d for d in keeping.listed(work, "document", project=project) if d.sha256.startswith(sha)]
            if len({d.sha256 for d in found}) != 1:
                raise UsageError(f"{len(found)} documents of {project!r} have a hash that begins with {sha!r}")
            shutil.copyfile(documents.path_of(joint, found[0]), file)
            made = found[0]
        else:
            if not kind:
                raise UsageError("say by --kind what the document is")
            with file.open("rb") as data, joint.writing(who, why) as work:
                made = documents.add(work, project, data, file.name, kind=kind, title=title)
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "project": project, "kind": made.kind, "name": made.name, "sha256": made.sha256,
              "size": made.size, "media_type": made.media_type})
    else:
        click.echo(f"{made.kind}: {made.name}, {made.size:,} bytes, {made.sha256[:12]}…")
    return DONE


@register.command(short_help="Run the model on the register's region and keep the result; list results.")
@click.argument("kind", required=False, type=click.Choice(["appraisal", "portfolio", "fund"]))
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Appraise only this project.")
@click.option("--budget", "budgets", multiple=True, metavar="AMOUNT", help="Of the portfolio, as `sungari select`.")
@signed
@shared
def evaluate(
    kind: str | None, projects: tuple[str, ...], budgets: tuple[str, ...], who: str, why: str, database: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Run the model on the register's region and keep what it says; without KIND, list what is kept.

    A result is stale once what it was made from has changed.

    \b
    Examples:
      sungari register evaluate appraisal --project heihe_cable_car
      sungari register evaluate portfolio --budget 20e9
      sungari register evaluate
    """
    from sungari.operate import evaluations

    joint = open_joint(database)
    try:
        if kind is not None:
            options: dict[str, Any] = {}
            if projects:
                options["projects"] = list(projects)
            if budgets:
                options["budgets"] = list(budgets)
            evaluations.run(joint, kind, who=who, why=why, **options)
        with joint.reading() as work:
            rows = [{"id": k.evaluation.id, "kind": k.evaluation.kind, "stale": k.stale, "who": k.evaluation.who,
                     "at": k.evaluation.at, "why": k.evaluation.why, "seconds": k.evaluation.seconds,
                     "options": k.evaluation.options, "made_from": k.evaluation.made_from,
                     "result": k.evaluation.result} for k in evaluations.listed(work)]
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "evaluations": rows if kind is None else rows[:1]})
        return DONE
    from sungari.show.terminal import Heading, console, table

    console().print(table("Results", [Heading("id", "", "plain"), Heading("what"), Heading("when"), Heading("who"),
                                      Heading("why"), Heading("seconds", "", "number"), Heading("")],
                          [(r["id"], r["kind"], f"{r['at']:%Y-%m-%d %H:%M}", r["who"], r["why"], r["seconds"],
                            "stale" if r["stale"] else "") for r in rows]))
    return DONE
