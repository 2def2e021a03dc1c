"""Commands on the joint project register: ``sungari register …``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sungari.show.cli.frame import BAD_INPUT, DONE, NO_SOLUTION, Group, emit

if TYPE_CHECKING:
    from sungari.operate.exchange import Change
    from sungari.operate.register import Register

Command = TypeVar("Command", bound=Callable[..., Any])
#: Cells of a change that are printed; the rest are counted.
MOST_CELLS = 6


def shared(function: Command) -> Command:
    """The options that all commands of the register have."""
    function = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")(function)
    return click.option("--database", metavar="URL", help="SQLite file or URL of a database; default "
                        "SUNGARI_DATABASE_URL, or sungari-register/register.db.")(function)


def signed(function: Command) -> Command:
    """The options that all commands have which change something."""
    function = click.option("--why", default="", metavar="TEXT", help="For what reason.")(function)
    return click.option("--who", default="", metavar="NAME", help="In whose name; default SUNGARI_USER, or the user of "
                        "this machine.")(function)


@click.group(cls=Group, name="register", short_help="Keep the parties' projects together: versions, stages, gates.")
def register() -> None:
    """Keep the parties' projects together: figures with all their versions, stages and gates, imports and exports.

    \b
    Examples:
      sungari register init
      sungari register import northeast-fareast --dry-run
      sungari register list --stage construction
      sungari register stage heihe_cable_car
    """


def open_joint(database: str | None) -> Register:
    """The register that a command is on."""
    from sungari.operate.register import open_register

    return open_register(database)


@register.command(short_help="Make a register, or bring one to this version's form.")
@shared
def init(database: str | None, as_json: bool) -> int:
    """Make a register, or bring one that is there to the form that this version needs; what it holds stays.

    \b
    Examples:
      sungari register init
      sungari register init --database postgresql://planner@localhost/joint
    """
    from sungari.operate.register import init as make

    made = make(database)
    shown = made.url.render_as_string(hide_password=True)
    made.close()
    if as_json:
        emit({"status": "ok", "database": shown, "documents": str(made.documents)})
    else:
        click.echo(f"register ready: {shown}")
    return DONE


@register.command("import", short_help="Take a file in; --dry-run says what would happen.")
@click.argument("source")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--overwrite", is_flag=True, help="Let the file win over edits that it has not seen.")
@click.option("--skip-refused", is_flag=True, help="Take in the rest where something is refused.")
@signed
@shared
def import_(
    source: str, dry_run: bool, overwrite: bool, skip_refused: bool, who: str, why: str, database: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Take projects in, whole or not at all: from a region package or an Excel workbook, with their region, or from
    an OC4IDS package (.json) or IATI activities (.xml).

    Each project is created, changed, unchanged or refused, with the cell and the reason. A project that has been
    edited here since the file was written is refused: no newer edit is overwritten unseen.

    \b
    Examples:
      sungari register import northeast-fareast
      sungari register import edited.xlsx --dry-run
      sungari register import edited.xlsx --who anna --why "costs of the tender"
      sungari register import oc4ids.json --dry-run
    """
    from sungari.operate.exchange import files, take_in

    joint = open_joint(database)
    try:
        changes, done = take_in(joint, files.read(joint, source), who=who, why=why, overwrite=overwrite,
                                skip_refused=skip_refused, dry_run=dry_run)
    finally:
        joint.close()
    counts = {w: sum(c.what == w for c in changes) for w in ("created", "changed", "unchanged", "refused")}
    failed = not done and not dry_run
    if as_json:
        emit({"status": "refused" if failed else "ok", "done": done, **counts,
              "changes": [c.as_dict() for c in changes]})
    else:
        _print_changes(changes)
        new = counts["created"] or counts["changed"]
        state = "nothing is written" if not done else "written" if new else "nothing to write"
        click.echo(", ".join(f"{n} {w}" for w, n in counts.items() if n) + f" – {state}")
    return BAD_INPUT if failed else DONE


def _print_changes(changes: Sequence[Change]) -> None:
    from sungari.show.terminal import Heading, console, table

    rows = []
    for change in changes:
        if change.what == "unchanged":
            continue
        what = [str(p) for p in change.problems] or [str(c) for c in change.cells]
        if change.what == "created":
            what = [f"{len(change.cells)} cells"] if change.kind == "project" else []
        more = [f"… and {len(what) - MOST_CELLS} more"] if len(what) > MOST_CELLS else []
        rows.append((change.what, change.kind, change.key, "\n".join(what[:MOST_CELLS] + more)))
    if rows:
        console().print(table("What the import does", [Heading("what"), Heading(""), Heading("name"), Heading("cells")],
                              rows))


@register.command(short_help="Write a region package, a workbook, OC4IDS, IATI or a list.")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Only this project; may be repeated.")
@click.option("--observed-reviews", is_flag=True, help="Let reviews last as they did here, not as planned.")
@shared
def export(
    target: Path, projects: tuple[str, ...], observed_reviews: bool, database: str | None, as_json: bool
) -> int:
    """Write the register's region for the model, a package (a folder) or a workbook (.xlsx); or its projects as OC4IDS
    0.9.5 (.json), as IATI 2.03 activities (.xml) or as a list (.csv).

    What is written can be edited and imported again; it says from which versions it was made.

    \b
    Examples:
      sungari register export out/region
      sungari register export joint.xlsx
      sungari register export projects.csv
      sungari register export oc4ids.json --project heihe_cable_car
      sungari solve out/region
    """
    from sungari.operate.exchange import files

    joint = open_joint(database)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with joint.reading() as work:
            files.write(work, target, projects, observed=observed_reviews)
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "out": str(target)})
    else:
        click.echo(f"wrote {target}")
    return DONE


def write_csv(target: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as a CSV file in which no text is a formula."""
    from sungari.operate.exchange import files

    files.write_csv(target, rows)


@register.command("list", short_help="List projects: stage, time in it, cost.")
@click.option("--stage", help="Only projects in this stage.")
@click.option("--sector", help="Only projects of this sector.")
@click.option("--party", help="Only projects hosted by this party.")
@click.option("--find", "text", metavar="TEXT", help="Only projects whose name holds this.")
@shared
def list_(
    stage: str | None, sector: str | None, party: str | None, text: str | None, database: str | None, as_json: bool
) -> int:
    """List projects with their stage, how long they have been in it, and whether that is late.

    \b
    Examples:
      sungari register list
      sungari register list --stage negotiation --json
      sungari register list --find bridge
    """
    from sungari.operate.exchange import files
    from sungari.operate.projects import stage_known

    joint = open_joint(database)
    try:
        with joint.reading() as work:
            if stage is not None:
                stage_known(work, stage)
            rows = files.rows(work, stage=stage, sector=sector, party=party, text=text)
            currency = _currency(work)
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "projects": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    heads = [Heading("project"), Heading("name"), Heading("sector"), Heading("stage"),
             Heading("there", "months", "number"),
             Heading("late", "months", "number"), Heading("cost", currency, "money"),
             Heading("version", "", "plain")]
    cells = [[*(r[k] for k in ("project", "name", "sector", "stage")), *(round(r[k] or 0, 1) or None for k in
              ("months", "late")), r["cost"], r["version"]] for r in rows]
    console().print(table(f"{len(rows)} projects", heads, cells))
    return DONE


def _currency(work: Any) -> str:
    from sungari.operate.records import Package

    held = work.session.get(Package, 1)
    return str((held.settings if held else {}).get("currency", "USD"))


@register.command(short_help="Print a project: figures, shares, gate ahead, what is kept about it.")
@click.argument("project")
@click.option("--version", "number", type=int, help="As it was at this version.")
@shared
def show(project: str, number: int | None, database: str | None, as_json: bool) -> int:
    """Print a project as it stands, or as it was.

    \b
    Examples:
      sungari register show heihe_cable_car
      sungari register show heihe_cable_car --version 2 --json
    """
    from sungari.operate import holdings, keeping, life, projects

    joint = open_joint(database)
    try:
        with joint.reading() as work:
            record = projects.get(work, project)
            version = projects.version(work, project, number) if number else projects.current(work, project)
            ahead = life.next_stage(work, record)
            asked = life.asked(work, record, ahead.code) if ahead else []
            kept = {kind: [keeping.as_row(r) for r in keeping.listed(work, kind, project=project)]
                    for kind, made in holdings.KINDS.items() if "project" in keeping.columns(made)}
            kept["document"] = [{"kind": d.kind, "title": d.title, "name": d.name, "sha256": d.sha256, "size": d.size,
                                 "media_type": d.media_type} for d in keeping.listed(work, "document", project=project)]
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "project": project, "stage": record.stage, "version": version.number, "who": version.who,
              "at": version.at, "why": version.why, "content": version.content, "next": ahead.code if ahead else None,
              "asked": [a.as_dict() for a in asked], **kept})
        return DONE
    from sungari.show.terminal import Heading, console, table

    out = console()
    out.print(f"{record.name} ({project}) – {record.stage}, version {version.number} by {version.who} on "
              f"{version.at:%Y-%m-%d}{f': {version.why}' if version.why else ''}\n")
    for name, rows in version.content.items():
        if name == "projects":
            out.print(table("Figures", [Heading("column"), Heading("value")], list(rows[0].items())))
        elif isinstance(rows, list):
            columns = list(dict.fromkeys(c for row in rows for c in row if c not in ("source", "quality", "note")))
            out.print(table(name.capitalize().replace("_", " "), [Heading(c) for c in columns],
                            [[row.get(c) for c in columns] for row in rows]))
    for name, found in kept.items():
        if found:
            columns = [c for c in found[0] if c not in ("project", "sha256")]
            out.print(table(name.capitalize(), [Heading(c) for c in columns],
                            [[r.get(c) for c in columns] for r in found]))
    if ahead:
        _print_asked(ahead.name, asked)
    return DONE


def _print_asked(stage: str, asked: Sequence[Any]) -> None:
    from sungari.show.terminal import Heading, console, table

    if not asked:
        console().print(f"Nothing stands before {stage.lower()}.")
        return
    console().print(table(f"Before {stage.lower()}", [Heading("party"), Heading("what"), Heading("there"), Heading("")],
                          [(a.party, a.what, "yes" if a.met else "no", a.text) for a in asked]))


@register.command(short_help="Print a project's versions: who changed what, when and why.")
@click.argument("project")
@shared
def history(project: str, database: str | None, as_json: bool) -> int:
    """Print a project's versions, oldest first: who changed what, when and why.

    \b
    Examples:
      sungari register history heihe_cable_car
    """
    from sungari.operate import projects

    joint = open_joint(database)
    try:
        with joint.reading() as work:
            found = projects.history(work, project)
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "project": project, "versions": [
            {"version": v.number, "stage": v.stage, "who": v.who, "at": v.at, "why": v.why, "origin": v.origin,
             "changes": [c.as_dict() for c in cells]} for v, cells in found
        ]})  # fmt: skip
        return DONE
    from sungari.show.terminal import Heading, console, table

    rows = []
    for v, cells in found:
        what = [f"{len(cells)} cells"] if v.number == 1 else [str(c) for c in cells]
        more = [f"… and {len(what) - MOST_CELLS} more"] if len(what) > MOST_CELLS else []
        rows.append((v.number, f"{v.at:%Y-%m-%d %H:%M}", v.who, v.why, "\n".join(what[:MOST_CELLS] + more)))
    console().print(table(f"Versions of {project}", [Heading("version", "", "plain"), Heading("when"), Heading("who"),
                                                     Heading("why"), Heading("what")], rows))
    return DONE


@register.command(short_help="Say what stands before a project's next stage; sign; move it.")
@click.argument("project")
@click.argument("to", required=False, metavar="[STAGE]")
@click.option("--sign", metavar="PARTY", help="Sign the gate ahead for this party.")
@click.option("--refuse", metavar="PARTY", help="Refuse the gate ahead for this party.")
@signed
@shared
def stage(
    project: str, to: str | None, sign: str | None, refuse: str | None, who: str, why: str, database: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Say what stands before a project's next stage, sign it for a party, or move the project there.

    A step forward passes the gates of all parties; a step back and a cancellation need a reason.

    \b
    Examples:
      sungari register stage heihe_cable_car
      sungari register stage heihe_cable_car --sign CN --who "Wang Li" --why "decision 14/2026"
      sungari register stage heihe_cable_car operation
      sungari register stage heihe_cable_car cancelled --why "no finance"
    """
    from sungari.errors import GateClosed
    from sungari.operate import life, projects

    joint = open_joint(database)
    try:
        if sign or refuse or to:
            with joint.writing(who, why) as work:
                for party, agreed in ((sign, True), (refuse, False)):
                    if party:
                        life.sign(work, project, party, agreed=agreed)
                if to:
                    life.enter(work, project, to)
        with joint.reading() as work:
            record = projects.get(work, project)
            ahead = life.next_stage(work, record)
            asked = life.asked(work, record, ahead.code) if ahead else []
    except GateClosed as closed:
        if not as_json:
            raise
        emit({"status": "closed", "message": closed.headline, "missing": closed.missing})
        return NO_SOLUTION
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "project": project, "stage": record.stage, "version": record.version,
              "next": ahead.code if ahead else None, "asked": [a.as_dict() for a in asked]})
        return DONE
    click.echo(f"{record.name} ({project}): {record.stage}")
    if ahead:
        _print_asked(ahead.name, asked)
    return DONE


@register.command(short_help="Print what gates ask for; --read puts others in their place.")
@click.option("--read", "file", type=click.Path(path_type=Path), help="CSV file of gates, as --write makes it.")
@click.option("--write", "target", type=click.Path(path_type=Path), help="Write the gates to a CSV file, to edit.")
@signed
@shared
def gates(
    file: Path | None, target: Path | None, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """Print what each party asks for before a project enters a stage, or put other gates in their place.

    \b
    Examples:
      sungari register gates --write gates.csv
      sungari register gates --read gates.csv --why "decided on the 14th"
    """
    from sungari.operate import life

    joint = open_joint(database)
    try:
        if file is not None:
            with file.open(encoding="utf-8-sig", newline="") as lines, joint.writing(who, why) as work:
                life.set_gates(work, list(csv.DictReader(lines)))
        with joint.reading() as work:
            rows = life.gates(work)
    finally:
        joint.close()
    if target is not None:
        write_csv(target, [{**r, "signs": str(r["signs"]).lower()} for r in rows])
    if as_json:
        emit({"status": "ok", "gates": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    console().print(table("Gates", [Heading("before"), Heading("party"), Heading("asks for"), Heading("signs"),
                                    Heading("months", "", "number")],
                          [(r["stage"], r["party"], r["needs"].replace(";", "\n"), r["role"] if r["signs"] else "",
                            r["months"]) for r in rows]))
    return DONE
