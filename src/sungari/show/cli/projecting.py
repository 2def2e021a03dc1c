"""Commands on projects, on this machine or on a server: ``sungari projects …``; both by the API's client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sungari.show.cli.frame import BAD_INPUT, DONE, NO_SOLUTION, Group, emit

if TYPE_CHECKING:
    from sungari.show.client import Client

Command = TypeVar("Command", bound=Callable[..., Any])
#: Cells of a change that are printed; the rest are counted.
MOST_CELLS = 6


def reached(function: Command) -> Command:
    """The options that say where the projects are."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."),
        click.option("--database", metavar="URL", help="Without a server: SQLite file or URL of a database."),
        click.option("--token", envvar="SUNGARI_TOKEN", metavar="TOKEN", help="Whose rights count on the server; "
                     "better in SUNGARI_TOKEN, where other users of this machine don't see it."),
        click.option("--server", envvar="SUNGARI_SERVER", metavar="URL", help="A workspace; default SUNGARI_SERVER, or "
                     "the register on this machine."),
    ):
        function = option(function)
    return function


def signed(function: Command) -> Command:
    """The options of commands that change something."""
    function = click.option("--why", default="", metavar="TEXT", help="For what reason.")(function)
    return click.option("--who", default="", metavar="NAME", help="Without a server: in whose name.")(function)


def edited(function: Command) -> Command:
    """The options of commands that change something which others may have changed meanwhile."""
    function = click.option("--expected", type=int, metavar="N", help="Refuse if the project is no longer at this "
                            "version.")(function)
    return signed(function)


@contextmanager
def reach(where: Mapping[str, Any]) -> Iterator[Client]:
    """A client of the server that is named, or of the register on this machine."""
    from sungari.show.client import Client

    if where.get("server"):
        with Client(where["server"], where.get("token") or "") as client:
            yield client
        return
    from sungari.operate.register import open_register

    joint = open_register(where.get("database"))
    try:
        with Client.local(joint, where.get("who") or "") as client:
            yield client
    finally:
        joint.close()


@click.group(cls=Group, name="projects", short_help="See and edit projects, here or on a server.")
def projects() -> None:
    """See and edit the joint register's projects: on a server (--server, --token), or on this machine.

    \b
    Examples:
      sungari projects list --stage negotiation
      export SUNGARI_SERVER=https://joint.example SUNGARI_TOKEN=sungari_…
      sungari projects show heihe_cable_car
      sungari projects edit heihe_cable_car capex=150e6 --why "costs of the tender"
    """


@projects.command("list", short_help="List projects: stage, time in it, cost.")
@click.option("--stage", help="Only projects in this stage.")
@click.option("--sector", help="Only projects of this sector.")
@click.option("--party", help="Only projects on this party's ground.")
@click.option("--find", "text", metavar="TEXT", help="Only projects whose code or name holds this.")
@click.option("--sort", default="created", show_default=True, help="A column; with - before it the greatest first.")
@reached
def list_(
    stage: str | None, sector: str | None, party: str | None, text: str | None, sort: str, as_json: bool, **where: Any
) -> int:
    """List projects with their stage, how long they have been in it, and whether that is late.

    \b
    Examples:
      sungari projects list --sort=-cost
      sungari projects list --server https://joint.example --party RU-AMU --json
    """
    with reach(where) as client:
        found = list(client.projects(text=text, stage=stage, sector=sector, party=party, sort=sort))
        currency = "" if as_json or not found else _currency(client)
    if as_json:
        emit({"status": "ok", "projects": [p.model_dump(mode="json") for p in found]})
        return DONE
    heads = [("project",), ("name",), ("sector",), ("stage",), ("there", "months", "number"),
             ("late", "months", "number"), ("cost", currency, "money"), ("version", "", "plain")]
    _print(f"{len(found)} projects", heads, [
        (p.code, p.name, p.sector, p.stage, round(p.months or 0, 1) or None, round(p.late, 1) or None, p.cost,
         p.version) for p in found
    ])  # fmt: skip
    return DONE


@projects.command(short_help="Print a project: figures, shares, gate ahead.")
@click.argument("project")
@click.option("--version", "number", type=int, help="As it was at this version.")
@reached
def show(project: str, number: int | None, as_json: bool, **where: Any) -> int:
    """Print a project as it stands, or as it was, and what stands before its next stage.

    \b
    Examples:
      sungari projects show heihe_cable_car
      sungari projects show heihe_cable_car --version 2 --json
    """
    with reach(where) as client:
        found = client.project(project)
        content = client.version(project, number).content if number else found.content
        ahead = client.gate_ahead(project)
    if as_json:
        emit({"status": "ok", **found.model_dump(mode="json"), "content": content, "shown": number or found.version,
              "ahead": ahead.model_dump(mode="json")})
        return DONE
    click.echo(f"{found.name} ({project}) – {found.stage}, version {found.version} by {found.changed_by} on "
               f"{found.changed:%Y-%m-%d}\n")
    for name, rows in content.items():
        if name == "projects":
            _print("Figures", [("column",), ("value",)], list(rows[0].items()))
        elif isinstance(rows, list):
            columns = list(dict.fromkeys(c for row in rows for c in row if c not in ("source", "quality", "note")))
            _print(name.capitalize().replace("_", " "), [(c,) for c in columns],
                   [[row.get(c) for c in columns] for row in rows])
    if ahead.next and ahead.asked:
        _print(f"Before {ahead.next}", [("party",), ("what",), ("there",), ("",)],
               [(a.party, a.what, "yes" if a.met else "no", a.text) for a in ahead.asked])
    return DONE


@projects.command(short_help="Print a project's versions: who changed what, when and why.")
@click.argument("project")
@reached
def history(project: str, as_json: bool, **where: Any) -> int:
    """Print a project's versions, oldest first.

    \b
    Examples:
      sungari projects history heihe_cable_car
    """
    with reach(where) as client:
        found = list(client.versions(project))
    if as_json:
        emit({"status": "ok", "project": project, "versions": [v.model_dump(mode="json") for v in found]})
        return DONE
    rows = []
    for v in found:
        cells = [f"{c.table}.{c.column}{f' ({c.row})' if c.row else ''}: {_cell(c.before)} → {_cell(c.after)}"
                 for c in v.changes]  # fmt: skip
        what = [f"{len(cells)} cells"] if v.number == 1 else cells
        more = [f"… and {len(what) - MOST_CELLS} more"] if len(what) > MOST_CELLS else []
        rows.append((v.number, f"{v.at:%Y-%m-%d %H:%M}", v.who, v.why, "\n".join(what[:MOST_CELLS] + more)))
    _print(f"Versions of {project}", [("version", "", "plain"), ("when",), ("who",), ("why",), ("what",)], rows)
    return DONE


@projects.command(short_help="Take up a new project.")
@click.argument("project")
@click.argument("cells", nargs=-1, metavar="NAME=VALUE...")
@signed
@reached
def create(project: str, cells: tuple[str, ...], why: str, as_json: bool, **where: Any) -> int:
    """Take up a new project with cells of its row of projects.csv; its name at least.

    \b
    Examples:
      sungari projects create amur_ferry name="Ferry on the Amur" sector=transport host=RU-AMU
    """
    with reach(where) as client:
        made = client.create_project(project, {"projects": [_cells(cells)]}, why=why)
    return _said(made, as_json)


@projects.command(short_help="Change cells of a project.")
@click.argument("project")
@click.argument("cells", nargs=-1, required=True, metavar="NAME=VALUE...")
@edited
@reached
def edit(project: str, cells: tuple[str, ...], expected: int | None, why: str, as_json: bool, **where: Any) -> int:
    """Change cells of a project's row of projects.csv, as its next version; NAME= empties one.

    \b
    Examples:
      sungari projects edit heihe_cable_car capex=150e6 --why "costs of the tender"
    """
    with reach(where) as client:
        made = client.edit_project(project, _cells(cells), expected=expected, why=why)
    return _said(made, as_json)


@projects.command(short_help="Sign a project's gate, or move it to a stage.")
@click.argument("project")
@click.argument("to", required=False, metavar="[STAGE]")
@click.option("--sign", metavar="PARTY", help="Sign the gate ahead for this party.")
@click.option("--refuse", metavar="PARTY", help="Refuse the gate ahead for this party.")
@edited
@reached
def stage(
    project: str, to: str | None, sign: str | None, refuse: str | None, expected: int | None, why: str, as_json: bool,
    **where: Any,
) -> int:  # fmt: skip
    """Sign the gate ahead of a project for a party, or move the project to a stage.

    A step forward passes the gates of all parties; a step back and a cancellation need a reason.

    \b
    Examples:
      sungari projects stage heihe_cable_car --sign CN --why "decision 14/2026"
      sungari projects stage heihe_cable_car operation
    """
    from sungari.errors import GateClosed

    try:
        with reach(where) as client:
            for party, agreed in ((sign, True), (refuse, False)):
                if party:
                    client.sign(project, party, agreed=agreed, expected=expected, why=why)
            made = client.enter(project, to, expected=expected, why=why) if to else client.project(project)
    except GateClosed as closed:
        if not as_json:
            raise
        emit({"status": "closed", "message": closed.headline, "missing": closed.missing})
        return NO_SOLUTION
    return _said(made, as_json)


@projects.command(short_help="List red flags; --justify turns one amber.")
@click.argument("project", required=False)
@click.option("--justify", "number", type=int, metavar="ID", help="Say by --why that this flag is no reason to stop.")
@signed
@reached
def flags(project: str | None, number: int | None, why: str, as_json: bool, **where: Any) -> int:
    """List red flags and those that are justified.

    \b
    Examples:
      sungari projects flags heihe_cable_car
      sungari projects flags --justify 12 --why "the cable is the longest of its kind"
    """
    with reach(where) as client:
        if number is not None:
            client.justify(number, why)
        found = list(client.flags(project))
    if as_json:
        emit({"status": "ok", "flags": [f.model_dump(mode="json") for f in found]})
        return DONE
    _print(f"{len(found)} flags", [("id", "", "plain"), ("state",), ("project",), ("rule",), ("finding",)], [
        (f.id, f.state, f.project, f.rule,
         f.text + (f"\njustified by {f.justified_by}: {f.reason}" if f.reason else "")) for f in found
    ])  # fmt: skip
    return DONE


@projects.command(short_help="Write a region package, a workbook, OC4IDS, IATI or a list.")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--project", "names", multiple=True, metavar="NAME", help="Only this project; may be repeated.")
@reached
def export(target: Path, names: tuple[str, ...], as_json: bool, **where: Any) -> int:
    """Write the region (a folder, .zip, .xlsx), or its projects as OC4IDS (.json), IATI (.xml) or a list (.csv).

    \b
    Examples:
      sungari projects export out/region
      sungari projects export oc4ids.json --project heihe_cable_car
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with reach(where) as client:
        client.export(target, names)
    if as_json:
        emit({"status": "ok", "out": str(target)})
    else:
        click.echo(f"wrote {target}")
    return DONE


@projects.command("import", short_help="Take a file in; --dry-run says what would happen.")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--overwrite", is_flag=True, help="Let the file win over edits that it has not seen.")
@click.option("--skip-refused", is_flag=True, help="Take in the rest where something is refused.")
@signed
@reached
def import_(
    source: Path, dry_run: bool, overwrite: bool, skip_refused: bool, why: str, as_json: bool, **where: Any
) -> int:
    """Take projects in, whole or not at all: a region package (a folder, .zip), .xlsx, OC4IDS .json, IATI .xml.

    \b
    Examples:
      sungari projects import edited.xlsx --dry-run
    """
    with reach(where) as client:
        found = client.import_file(source, dry_run=dry_run, overwrite=overwrite, skip_refused=skip_refused, why=why)
    failed = not found.done and not dry_run
    if as_json:
        emit({"status": "refused" if failed else "ok", **found.model_dump(mode="json")})
        return BAD_INPUT if failed else DONE
    for change in found.changes:
        for p in change.problems:
            click.echo(f"{change.key}: refused: {p.file}{f', row {p.row}' if p.row is not None else ''}"
                       f"{f', column {p.column}' if p.column else ''}: {p.expected}{f' ({p.hint})' if p.hint else ''}")
    counts = {w: getattr(found, w) for w in ("created", "changed", "unchanged", "refused")}
    state = "written" if found.done and (found.created or found.changed) else "nothing is written"
    click.echo(", ".join(f"{n} {w}" for w, n in counts.items() if n) + f" – {state}")
    return BAD_INPUT if failed else DONE


def _currency(client: Client) -> str:
    from sungari.errors import Unknown

    try:
        return client.region().currency
    except Unknown:  # projects may be there before their region is
        return ""


def _cells(given: tuple[str, ...]) -> dict[str, str | None]:
    from sungari.errors import UsageError

    made = dict(cell.split("=", 1) for cell in given if "=" in cell)
    if len(made) < len(given):
        raise UsageError("cells are NAME=VALUE, each once")
    return {k: v or None for k, v in made.items()}


def _said(made: Any, as_json: bool) -> int:
    if as_json:
        emit({"status": "ok", **made.model_dump(mode="json")})
    else:
        click.echo(f"{made.name} ({made.code}): {made.stage}, version {made.version}")
    return DONE


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)


def _print(title: str, heads: list[tuple[str, ...]], rows: list[Any]) -> None:
    from sungari.show.terminal import Heading, console, table

    console().print(table(title, [Heading(*h) for h in heads], rows))
