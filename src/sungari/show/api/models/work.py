"""Jobs of the model."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from sungari.show.api.models.common import Model, Name, Out

Kind = Literal["plan", "today", "without", "appraisal", "portfolio", "sharing", "fund", "study"]
State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobKind(Out):
    """What can be run, and what may be asked of it."""

    kind: Kind
    title: str = Field(description="What it answers")
    options: list[str] = Field(description="As of the Python function of this name; money is the package's")
    needed: list[str]


class NewJob(Model):
    """A job to put in the queue."""

    kind: Kind
    options: dict[Name, JsonValue] = Field(default={}, description="See GET /job-kinds")


class Job(Out):
    """A job."""

    id: int
    kind: Kind
    options: dict[str, Any]
    state: State
    stale: bool = Field(description="Whether what it made is no longer of the register as it is")
    progress: float | None = Field(description="0 to 1")
    doing: str
    left: float | None = Field(description="About how long it takes yet [s]")
    asked: datetime
    began: datetime | None
    ended: datetime | None
    who: str
    why: str
    attempts: int
    reason: str = Field(description="Why it failed")
    made_from: dict[str, str] = Field(description="SHA-256 by kind of result")


class Line(Out):
    """A line of a job's log."""

    id: int
    at: datetime
    text: str
