"""Projects, their versions, stages, gates and flags."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, JsonValue

from sungari.operate.content import PROJECT_TABLES
from sungari.region.schema import BY_NAME
from sungari.show.api.models.common import Model, Name, Out, Row, Text


def _described(table: str) -> dict[str, JsonValue]:
    """The columns of a table in words, with their units, as JSON Schema."""
    made: dict[str, JsonValue] = {}
    for column in BY_NAME[table].columns:
        if column.name != "project":
            unit = f" [{column.unit}]" if column.unit else ""
            made[column.name] = {"description": f"{column.description}{unit}"}
    return {"properties": made}


class Content(Model):
    """A project's rows of the region package's tables; units in brackets, see docs/format.md."""

    projects: list[Annotated[Row, Field(json_schema_extra=_described("projects"))]] = Field(
        min_length=1, max_length=1, description="Its row of projects.csv")
    effects: list[Annotated[Row, Field(json_schema_extra=_described("effects"))]] = Field(
        default=[], max_length=2000, description="What it changes in the region")
    shares: list[Annotated[Row, Field(json_schema_extra=_described("shares"))]] = Field(
        default=[], max_length=200, description="Who owns it; shares sum to 1")
    exposures: list[Annotated[Row, Field(json_schema_extra=_described("exposures"))]] = Field(
        default=[], max_length=2000, description="What the fund covers")
    criteria_scores: list[Annotated[Row, Field(json_schema_extra=_described("criteria_scores"))]] = Field(
        default=[], max_length=2000, description="What it scores by other criteria")
    other: dict[Name, JsonValue] | None = Field(default=None, description="What other formats say beyond these tables")

    def plain(self) -> dict[str, Any]:
        """As the register takes it."""
        return {k: v for k, v in self.model_dump().items() if v}


assert set(PROJECT_TABLES) == set(Content.model_fields) - {"other"}


class NewProject(Model):
    """A project to take up."""

    code: Name = Field(description="Its identifier, for good")
    content: Content


class Cells(Model):
    """Cells of a project's row of projects.csv to change; null empties one, the others stay."""

    cells: Row


class Listed(Out):
    """A project in a list."""

    code: str
    name: str
    sector: str | None
    host: str | None = Field(description="Party on whose ground it is")
    stage: str
    version: int
    months: float | None = Field(description="Months in its stage so far")
    due: datetime | None = Field(description="When the stage should be over")
    late: float = Field(description="Months over what the stage may take")
    confidential_to: str | None = Field(description="Party that keeps it to itself; null: everybody's")
    cost: float = Field(description="Cost to build at its largest [money of the package]")
    changed: datetime
    changed_by: str


class Project(Out):
    """A project as it stands; its ETag is its version."""

    code: str
    name: str
    sector: str | None
    host: str | None = Field(description="Party on whose ground it is")
    stage: str
    entered: datetime = Field(description="When it came into its stage")
    due: datetime | None = Field(description="When the stage should be over")
    version: int
    sha256: str = Field(description="Of its content, its stage left out")
    confidential_to: str | None = Field(description="Party that keeps it to itself; null: everybody's")
    created: datetime
    created_by: str
    changed: datetime
    changed_by: str
    content: dict[str, Any] = Field(description="Its rows by table, as in Content")


class Change(Out):
    """A cell that differs; null: blank."""

    table: str
    row: str
    column: str
    before: Any
    after: Any


class Version(Out):
    """A version of a project; never changed."""

    project: str
    number: int
    stage: str
    sha256: str
    who: str
    at: datetime
    why: str
    origin: str | None = Field(description="File that it was read from; null: written in the register")


class Past(Version):
    """A version in a project's history."""

    changes: list[Change] = Field(description="Cells that it changed")


class VersionIn(Version):
    """A version with its content."""

    content: dict[str, Any]


class Stage(Out):
    """A stage of a project's life."""

    code: str
    position: int
    name: str
    name_zh: str
    name_ru: str
    review: bool = Field(description="Whether its time counts as the review's")
    ends: bool = Field(description="Whether a project stays in it for good")


class Gate(Model):
    """What a party asks for before a project enters a stage."""

    stage: Name
    party: Name = Field(description="A party, or * for all that have no gate of their own")
    needs: Text = Field(default="", description="Needs joined by ;, see docs/register.md")
    signs: bool = Field(default=False, description="Whether the party signs")
    role: Text = Field(default="", description="Who signs for it")
    months: float | None = Field(default=None, gt=0, le=1200, description="That the stage before may take [months]")


class Asked(Out):
    """One thing that a gate asks for."""

    party: str
    what: str
    met: bool
    text: str


class Ahead(Out):
    """The gate ahead of a project."""

    stage: str
    next: str | None = Field(description="Stage that comes next; null at the end")
    open: bool = Field(description="Whether nothing stands before it")
    asked: list[Asked]


class Move(Model):
    """A stage to enter: the next, an earlier one, or cancelled."""

    stage: Name


class Sign(Model):
    """A party's word on a project's entering its next stage."""

    party: Name
    agreed: bool = True


class Signature(Out):
    """What a party said; never changed, the last counts."""

    project: str
    stage: str
    party: str
    agreed: bool
    role: str
    who: str
    at: datetime
    note: str
    sha256: str = Field(description="Of the content that was signed")


class Visit(Out):
    """A project's time in a stage."""

    stage: str
    entered: datetime
    due: datetime | None
    left: datetime | None
    who: str
    why: str
    known: bool = Field(description="Whether it entered under the register's clock")


class Flag(Out):
    """A red flag, amber once justified, or resolved."""

    id: int
    version: int
    project: str
    rule: str
    subject: str
    state: str
    text: str
    facts: dict[str, Any]
    raised: datetime
    justified_by: str | None
    justified: datetime | None
    reason: str | None
    resolved: datetime | None


class Justify(Model):
    """Why a red flag is no reason to stop."""

    reason: Name


class Rule(Model):
    """A rule that raises red flags."""

    code: Name
    kind: Name
    title: Text = ""
    limits: Text = Field(default="", description="name=value joined by ;")
    on: bool = True


class Measured(Out):
    """A target and what came of it."""

    measure: str
    unit: str
    period: str
    target: float | None
    actual: float | None
    variance: float | None = Field(description="Actual less target")


class Forecast(Out):
    """What a measure will come to."""

    measure: str
    unit: str
    planned: float = Field(description="All targets together")
    target: float = Field(description="To date")
    actual: float = Field(description="To date")
    variance: float = Field(description="Actual less target, to date")
    forecast: float | None = Field(description="At completion")
    method: str


class Progress(Out):
    """A project's targets and actuals by period, and its forecasts at completion."""

    periods: list[Measured]
    forecasts: list[Forecast]


class Review(Out):
    """How long a project's review has taken."""

    project: str
    host: str | None
    months: float
    done: bool


