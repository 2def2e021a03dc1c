"""What the register finds about projects: red flags, the rules that raise them, and results of the model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import sungari.operate.jobs.record  # noqa: F401 - results refer to it
from sungari.operate.records import Base, Belonging, Edited, Saying


class Rule(Edited, Base):
    """A rule that raises red flags; its limits are data."""

    __tablename__ = "rule"

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    limits: Mapped[dict[str, Any]]
    on: Mapped[bool]


class Flag(Belonging, Edited, Base):
    """What a rule found about a project: red, amber once justified, resolved once it is no longer so."""

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("project", "rule", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("project.code"), index=True)
    rule: Mapped[str] = mapped_column(ForeignKey("rule.code"))
    subject: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Saying)
    facts: Mapped[dict[str, Any]]
    raised: Mapped[datetime]
    justified_by: Mapped[str | None]
    justified: Mapped[datetime | None]
    reason: Mapped[str | None]
    resolved: Mapped[datetime | None]


class Evaluation(Base):
    """A result of the model on the register's region, with the hash of what it was made from."""

    __tablename__ = "evaluation"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    made_from: Mapped[str]
    # The projects that it rests on: whoever may not see all of them does not see it.
    projects: Mapped[list[Any]] = mapped_column(default=list, info={"bulky": True})
    options: Mapped[dict[str, Any]] = mapped_column(info={"bulky": True})
    result: Mapped[dict[str, Any]] = mapped_column(info={"bulky": True})
    seconds: Mapped[float]
    who: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Saying)
    job: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)  # none: made before there were jobs
