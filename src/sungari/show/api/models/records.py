"""What is kept beside the figures: records by kind, documents, evaluations, exchange, audit, the region."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, create_model
from sqlalchemy import Date, Float, Integer, inspect

from sungari.operate.holdings import KINDS, Held
from sungari.operate.keeping import columns, kind_named
from sungari.show.api.models.common import Cell, Model, Name, Number, Out, Place, Row, Text
from sungari.show.api.models.projects import Change

#: Cells that the register fills where they are blank.
_FILLED = {"finance": ("currency", "rate")}


def _column(column: Any) -> Any:
    """The type of a record's cell."""
    info, kind = column.info, column.type
    if info.get("choices"):
        return Literal[tuple(info["choices"])]
    if isinstance(kind, Float):
        return Annotated[FiniteFloat, Field(ge=info.get("low"), le=info.get("high"))]
    if isinstance(kind, Date):
        return date
    return Number if isinstance(kind, Integer) else Text


def _model(name: str, kind: type[Held], what: str) -> type[BaseModel]:
    """A kind's columns as a model: all of a ``new`` one, some of an ``edit``, those of a ``kept`` one."""
    fields: dict[str, Any] = {}
    held = inspect(kind).columns
    for key in columns(kind):
        blank = held[key].nullable or key in _FILLED.get(name, ())
        typed = _column(held[key])
        if what == "kept":
            fields[key] = (typed | None if held[key].nullable else typed, None if held[key].nullable else ...)
        else:
            fields[key] = (typed | None, None) if blank or what == "edit" else (typed, ...)
    title = {"new": f"New{name.capitalize()}", "edit": f"{name.capitalize()}Cells", "kept": name.capitalize()}[what]
    base = Record if what == "kept" else Model
    doc = {"new": f"A new {name}.", "edit": f"Cells of one {name} to change; null empties one, the others stay."}
    return cast(type[BaseModel], create_model(title, __base__=base, __doc__=doc.get(what, kind.__doc__), **fields))


class Record(Out):
    """A record that is kept beside a project's figures; the cells of its kind stand beside these."""

    model_config = ConfigDict(from_attributes=True, extra="allow")

    id: int
    version: int
    other: dict[str, Any] | None = Field(default=None, description="What an import brought that has no column here")


NEW: dict[str, type[BaseModel]] = {name: _model(name, kind, "new") for name, kind in KINDS.items()}
EDIT: dict[str, type[BaseModel]] = {name: _model(name, kind, "edit") for name, kind in KINDS.items()}
KEPT: dict[str, type[BaseModel]] = {name: _model(name, kind, "kept") for name, kind in KINDS.items()}


def kept(name: str) -> type[Record]:
    """The model of a kind of record; the nearest is offered where there is none."""
    kind_named(name)
    return cast(type[Record], KEPT[name])


def plural(name: str) -> str:
    """The word for several records of a kind, as it stands in addresses."""
    return name if name == "finance" else f"{name}s"


class Document(Out):
    """A file of a project; its bytes are at /documents/{id}/content."""

    id: int
    version: int
    project: str
    kind: str
    title: str
    name: str
    sha256: str
    size: int = Field(description="[bytes]")
    media_type: str
    language: str | None
    added: datetime
    added_by: str
    note: str | None
    confidential_to: str | None = Field(description="Party that keeps it to itself; null: everybody's")


class Evaluation(Out):
    """A result of the model on the register's region."""

    id: int
    kind: str
    stale: bool = Field(description="Whether the figures that it was made from have changed since")
    made_from: str = Field(description="SHA-256 of these figures")
    job: int | None = Field(description="The job that made it")
    options: dict[str, Any]
    seconds: float = Field(description="That the model took")
    who: str
    at: datetime
    why: str


class EvaluationIn(Evaluation):
    """A result with all that it says."""

    result: dict[str, Any]


Shown = TypeVar("Shown", bound=Evaluation)


class Taken(Out):
    """What an import does to one thing."""

    kind: str = Field(description="package or project")
    key: str
    what: Literal["created", "changed", "unchanged", "refused"]
    cells: list[Change]
    problems: list[Place]


class Import(Out):
    """What an import does or would do."""

    done: bool = Field(description="Whether it has happened; never after a dry run")
    created: int
    changed: int
    unchanged: int
    refused: int
    changes: list[Taken]


class Audit(Out):
    """One change of one record; never changed."""

    id: int
    at: datetime
    who: str
    why: str
    action: Literal["add", "edit", "remove"]
    record: str
    key: str
    project: str | None
    changes: dict[str, Any] = Field(description="By column: before and after")


class Region(Out):
    """The region package that the register's projects belong to."""

    name: str
    title: str
    register_id: str = Field(description="Identifier of this register")
    currency: str = Field(description="The money of the package, ISO 4217")
    settings: dict[str, Any]
    origin: str = Field(description="File that it was read from")
    version: int


class Entry(Out):
    """A setting of the region: what it is for, and what it may be."""

    name: Name
    kind: str = Field(description="text, number, integer, boolean, mapping")
    default: Any
    description: str
    minimum: float | None
    choices: list[float]


class Settings(Out):
    """The region's title and settings, as datapackage.json has them."""

    cells: dict[str, Any] = Field(description="Every setting as it holds now, defaults filled in")
    entries: list[Entry]
    version: int


class SettingsCells(Model):
    """New values by setting; null: its default."""

    cells: dict[Name, Cell | dict[Name, FiniteFloat]]


class TableHead(Out):
    """A table of the region, projects' rows left out."""

    name: str
    columns: list[str]
    rows: int = Field(description="How many")
    version: int


class Table(Out):
    """A table of the region, projects' rows left out."""

    name: str
    columns: list[str]
    rows: list[dict[str, Any]] = Field(description="Cells by column; blank ones are left out. Units: docs/format.md")
    version: int


class RowCells(Model):
    """All cells of a row, by column; blank ones left out. Units: docs/format.md."""

    cells: Row


class TableRow(Out):
    """A row of a table; its ETag counts its edits and its place."""

    position: int
    owner: str = Field(description="The project or party that it belongs to; empty: the package itself")
    cells: dict[str, Any]
    etag: str = Field(description="To edit it by")


class Tried(Out):
    """What an edit would bring about."""

    problems: list[Place]


class Party(Out):
    """Who gains, pays and decides."""

    code: str
    name: str
    kind: str
    parent: str | None
    content: dict[str, Any]


class Grant(Out):
    """A role for a party."""

    role: str
    party: str = Field(description="* stands for all")


class Me(Out):
    """Whoever asks."""

    account: str
    name: str
    grants: list[Grant]
    scopes: list[str] | None = Field(description="Actions that the token is held to; null: all that the roles allow")
