"""A register from afar: the API's operations as methods, with the errors that the library itself would raise.

::

    from sungari.show.client import Client

    with Client("https://joint.example", token) as joint:
        for project in joint.projects(stage="negotiation"):
            print(project.code, project.late)
        joint.edit_project("bridge", {"capex": 150e6}, expected=3, why="costs of the tender")

Without a server, :meth:`Client.local` does the same on a register of this machine.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sungari.show.api.models import projects as of_projects
from sungari.show.api.models import records as of_records
from sungari.show.api.models.common import Place
from sungari.show.client_desk import DeskCalls
from sungari.show.client_work import WorkCalls
from sungari.show.wire import InProcess

if TYPE_CHECKING:
    from sungari.operate.register import Register


def _q(name: str) -> str:
    return quote(name, safe="")


class Client(DeskCalls, WorkCalls):
    """The operations of the API.

    Parameters
    ----------
    server, token, transport, timeout
        As of :class:`sungari.show.wire.Wire`.

    Notes
    -----
    ``expected`` is the version that an edit was made from; None where it is made from whatever there is now. ``why`` is
    the reason that the audit trail keeps. Every method raises what the register itself would:
    :class:`~sungari.errors.Conflict`, :class:`~sungari.errors.Forbidden`, :class:`~sungari.errors.InputError`,
    :class:`~sungari.errors.GateClosed`, :class:`~sungari.errors.Unknown`.
    """

    @classmethod
    def local(cls, register: Register, who: str = "") -> Client:
        """A client of a register on this machine, in the name of `who`."""
        from fastapi import FastAPI

        from sungari.show.api.app import PATH, local

        app = FastAPI(openapi_url=None)
        app.mount(PATH, local(register, who))
        return cls("http://register.local", transport=InProcess(app))

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def me(self) -> of_records.Me:
        """Whoever the token acts for."""
        return self.one(of_records.Me, "GET", "/me")

    # -- projects -----------------------------------------------------------------------------------------------------

    def projects(
        self, *, text: str | None = None, stage: str | None = None, sector: str | None = None,
        party: str | None = None, sort: str = "created",
    ) -> Iterator[of_projects.Listed]:  # fmt: skip
        """Projects: those whose code or name holds a text, in a stage, of a sector, on a party's ground."""
        return self.parts_of(of_projects.Listed, "/projects", text=text, stage=stage, sector=sector, party=party,
                             sort=sort)  # fmt: skip

    def project(self, code: str) -> of_projects.Project:
        """A project as it stands."""
        return self.one(of_projects.Project, "GET", f"/projects/{_q(code)}")

    def create_project(self, code: str, content: Mapping[str, Any], *, why: str = "") -> of_projects.Project:
        """Take up a new project: rows by table, ``{"projects": [{"name": …}]}`` at least."""
        body = {"code": code, "content": content}
        return self.one(of_projects.Project, "POST", "/projects", json=body, why=why)

    def edit_project(
        self, code: str, cells: Mapping[str, Any], *, expected: int | None = None, why: str = ""
    ) -> of_projects.Project:
        """Change cells of a project's row of projects.csv; None empties one."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Project, "PATCH", path, json={"cells": dict(cells)}, tag=self.tag(path, expected),
                        why=why)  # fmt: skip

    def replace_content(
        self, code: str, content: Mapping[str, Any], *, expected: int | None = None, why: str = ""
    ) -> of_projects.Project:
        """Put a new content in a project's place."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Project, "PUT", f"{path}/content", json=content, tag=self.tag(path, expected),
                        why=why)  # fmt: skip

    def progress(self, code: str) -> of_projects.Progress:
        """A project's targets and actuals, and what they will come to."""
        return self.one(of_projects.Progress, "GET", f"/projects/{_q(code)}/progress")

    def versions(self, code: str) -> Iterator[of_projects.Past]:
        """A project's versions, oldest first, each with the cells that it changed."""
        return self.parts_of(of_projects.Past, f"/projects/{_q(code)}/versions")

    def version(self, code: str, number: int) -> of_projects.VersionIn:
        """A project as it was."""
        return self.one(of_projects.VersionIn, "GET", f"/projects/{_q(code)}/versions/{number}")

    def restore(self, code: str, number: int, *, expected: int | None = None, why: str = "") -> of_projects.Project:
        """Make an older version the newest again."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Project, "POST", f"{path}/versions/{number}/restore", tag=self.tag(path, expected),
                        why=why)  # fmt: skip

    def keep_to(self, code: str, party: str | None, *, expected: int | None = None) -> of_projects.Project:
        """Have a party keep a project to itself, with all that belongs to it; None: open it to all."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Project, "PUT", f"{path}/confidentiality", json={"party": party},
                        tag=self.tag(path, expected))  # fmt: skip

    # -- stages and gates ---------------------------------------------------------------------------------------------

    def stages(self) -> list[of_projects.Stage]:
        """The stages of a project's life, in order."""
        return self.all_of(of_projects.Stage, "/stages")

    def gates(self) -> list[of_projects.Gate]:
        """What each party asks for before a project enters a stage."""
        return self.all_of(of_projects.Gate, "/gates")

    def set_gates(self, gates: Sequence[of_projects.Gate], *, why: str = "") -> None:
        """Put other gates in place of all that are there."""
        self.ask("PUT", "/gates", json=[g.model_dump() for g in gates], tag=self.tag("/gates"), why=why)

    def gate_ahead(self, code: str) -> of_projects.Ahead:
        """What stands before a project's next stage."""
        return self.one(of_projects.Ahead, "GET", f"/projects/{_q(code)}/gate")

    def enter(self, code: str, stage: str, *, expected: int | None = None, why: str = "") -> of_projects.Project:
        """Move a project into a stage; GateClosed says what is missing."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Project, "POST", f"{path}/stage", json={"stage": stage},
                        tag=self.tag(path, expected), why=why)  # fmt: skip

    def sign(
        self, code: str, party: str, *, agreed: bool = True, expected: int | None = None, why: str = ""
    ) -> of_projects.Signature:
        """Sign, or refuse, a project's next stage for a party."""
        path = f"/projects/{_q(code)}"
        return self.one(of_projects.Signature, "POST", f"{path}/signatures", json={"party": party, "agreed": agreed},
                        tag=self.tag(path, expected), why=why)  # fmt: skip

    def signatures(self, code: str) -> Iterator[of_projects.Signature]:
        """What parties have said to a project's stages."""
        return self.parts_of(of_projects.Signature, f"/projects/{_q(code)}/signatures")

    def visits(self, code: str) -> Iterator[of_projects.Visit]:
        """A project's time in each stage."""
        return self.parts_of(of_projects.Visit, f"/projects/{_q(code)}/visits")

    def reviews(self) -> Iterator[of_projects.Review]:
        """How long each project's review has taken."""
        return self.parts_of(of_projects.Review, "/reviews")

    # -- flags --------------------------------------------------------------------------------------------------------

    def flags(
        self, project: str | None = None, *, state: Sequence[str] = ("red", "amber")
    ) -> Iterator[of_projects.Flag]:
        """Flags, red ones first."""
        return self.parts_of(of_projects.Flag, "/flags", project=project, state=list(state))

    def justify(self, number: int, reason: str, *, expected: int | None = None) -> of_projects.Flag:
        """Say why a red flag is no reason to stop."""
        path = f"/flags/{number}"
        return self.one(of_projects.Flag, "POST", f"{path}/justification", json={"reason": reason},
                        tag=self.tag(path, expected))  # fmt: skip

    def rules(self) -> list[of_projects.Rule]:
        """The rules that raise flags."""
        return self.all_of(of_projects.Rule, "/rules")

    def set_rules(self, rules: Sequence[of_projects.Rule], *, why: str = "") -> None:
        """Put other rules in place of those that are there."""
        self.ask("PUT", "/rules", json=[r.model_dump() for r in rules], tag=self.tag("/rules"), why=why)

    # -- records and documents ----------------------------------------------------------------------------------------

    def records(self, kind: str, *, project: str | None = None) -> Iterator[of_records.Record]:
        """Records of a kind: permit, finance, risk, contact …"""
        return self.parts_of(of_records.kept(kind), f"/{of_records.plural(kind)}", project=project)

    def record(self, kind: str, number: int) -> of_records.Record:
        """A record."""
        return self.one(of_records.kept(kind), "GET", f"/{of_records.plural(kind)}/{number}")

    def add_record(self, kind: str, cells: Mapping[str, Any], *, why: str = "") -> of_records.Record:
        """Add a record."""
        return self.one(of_records.kept(kind), "POST", f"/{of_records.plural(kind)}", json=dict(cells), why=why)

    def edit_record(
        self, kind: str, number: int, cells: Mapping[str, Any], *, expected: int | None = None, why: str = ""
    ) -> of_records.Record:
        """Change cells of a record; None empties one."""
        path = f"/{of_records.plural(kind)}/{number}"
        return self.one(of_records.kept(kind), "PATCH", path, json=dict(cells), tag=self.tag(path, expected), why=why)

    def remove_record(self, kind: str, number: int, *, expected: int | None = None, why: str = "") -> None:
        """Remove a record; the audit trail keeps what it held."""
        path = f"/{of_records.plural(kind)}/{number}"
        self.ask("DELETE", path, tag=self.tag(path, expected), why=why)

    def documents(self, project: str) -> Iterator[of_records.Document]:
        """A project's documents."""
        return self.parts_of(of_records.Document, f"/projects/{_q(project)}/documents")

    def add_document(
        self, project: str, file: Path, *, kind: str, title: str = "", language: str | None = None,
        note: str | None = None, why: str = "",
    ) -> of_records.Document:  # fmt: skip
        """Keep a file as a document of a project."""
        form = {"kind": kind, "title": title, "language": language, "note": note}
        with file.open("rb") as data:
            return self.one(
                of_records.Document, "POST", f"/projects/{_q(project)}/documents", files={"file": (file.name, data)},
                data={k: v for k, v in form.items() if v}, why=why,
            )  # fmt: skip

    def download(self, number: int, target: Path) -> Path:
        """Write a document to a file."""
        target.write_bytes(self.ask("GET", f"/documents/{number}/content").content)
        return target

    def keep_document_to(
        self, number: int, party: str | None, *, expected: int | None = None, why: str = ""
    ) -> of_records.Document:
        """Have a party keep a document to itself; None: open it to all who see its project."""
        path = f"/documents/{number}"
        return self.one(of_records.Document, "PUT", f"{path}/confidentiality", json={"party": party},
                        tag=self.tag(path, expected), why=why)  # fmt: skip

    def remove_document(self, number: int, *, expected: int | None = None, why: str = "") -> None:
        """Remove a document from its project."""
        path = f"/documents/{number}"
        self.ask("DELETE", path, tag=self.tag(path, expected), why=why)

    # -- exchange, results, region ------------------------------------------------------------------------------------

    def import_file(
        self, source: Path, *, dry_run: bool = False, overwrite: bool = False, skip_refused: bool = False,
        why: str = "",
    ) -> of_records.Import:  # fmt: skip
        """Take a file in, whole or not at all: a region package (a folder, or .zip), .xlsx, OC4IDS .json, IATI .xml."""
        name, data = (f"{source.name}.zip", _packed(source)) if source.is_dir() else (source.name, source.read_bytes())
        flags = {"dry_run": dry_run, "overwrite": overwrite, "skip_refused": skip_refused}
        return self.one(of_records.Import, "POST", "/imports", files={"file": (name, data)}, why=why,
                        data={k: str(v).lower() for k, v in flags.items()})  # fmt: skip

    def export(
        self, target: Path, projects: Sequence[str] | None = None, *, observed_reviews: bool = False
    ) -> Path:
        """Write the region (a folder, .zip, .xlsx) or the projects (OC4IDS .json, IATI .xml, list .csv)."""
        ending = target.suffix.lower().removeprefix(".") or "zip"
        query = {"project": list(projects) if projects else None, "observed_reviews": observed_reviews or None}
        data = self.ask("GET", f"/exports/{ending}", query=query).content
        if target.suffix:
            target.write_bytes(data)
        else:
            target.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                archive.extractall(target)
        return target

    def evaluations(self, kind: str | None = None) -> Iterator[of_records.Evaluation]:
        """Results of the model, newest first."""
        return self.parts_of(of_records.Evaluation, "/evaluations", kind=kind)

    def evaluation(self, number: int) -> of_records.EvaluationIn:
        """A result with all that it says."""
        return self.one(of_records.EvaluationIn, "GET", f"/evaluations/{number}")

    def region(self) -> of_records.Region:
        """The region that the projects belong to."""
        return self.one(of_records.Region, "GET", "/region")

    def settings(self) -> of_records.Settings:
        """The region's title and settings, and what each may be."""
        return self.one(of_records.Settings, "GET", "/region/settings")

    def try_settings(self, cells: Mapping[str, Any]) -> list[Place]:
        """What would be wrong or odd with other settings; nothing is written."""
        return self.one(of_records.Tried, "POST", "/region/settings/check", json={"cells": dict(cells)}).problems

    def edit_settings(
        self, cells: Mapping[str, Any], *, expected: int | None = None, why: str = ""
    ) -> of_records.Settings:
        """Change settings of the region; None: the default. No figure is converted to another currency."""
        path = "/region/settings"
        return self.one(of_records.Settings, "PATCH", path, json={"cells": dict(cells)}, tag=self.tag(path, expected),
                        why=why)  # fmt: skip

    def tables(self) -> Iterator[of_records.TableHead]:
        """The region's tables."""
        return self.parts_of(of_records.TableHead, "/region/tables")

    def table(self, name: str) -> of_records.Table:
        """A table's rows that belong to no project."""
        return self.one(of_records.Table, "GET", f"/region/tables/{_q(name)}")

    def parties(self) -> Iterator[of_records.Party]:
        """Parties, by code."""
        return self.parts_of(of_records.Party, "/parties")

    def audit(
        self, *, project: str | None = None, record: str | None = None, key: str | None = None, who: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[of_records.Audit]:  # fmt: skip
        """Changes, newest first."""
        return self.parts_of(of_records.Audit, "/audit", project=project, record=record, key=key, who=who,
                             since=since.isoformat() if since else None)  # fmt: skip


def _packed(folder: Path) -> bytes:
    """A region package as one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.suffix == ".csv" or file.name == "datapackage.json":
                archive.write(file, file.name)
    return packed.getvalue()


