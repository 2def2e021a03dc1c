"""A job and its log, as mapped classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sungari.operate.access.actor import Actor
from sungari.operate.records import Base, Saying, Under

QUEUED, RUNNING, DONE, FAILED, CANCELLED = STATES = ("queued", "running", "done", "failed", "cancelled")
#: States that a job leaves again.
OPEN = (QUEUED, RUNNING)
#: What changes while a job goes on, and is no fact of the parties: the audit trail leaves it out.
_PASSING = {"derived": True}


class Job(Base):
    """A run of the model on one state of the register, as the actor who asked for it sees it."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    options: Mapped[dict[str, Any]] = mapped_column(info={"bulky": True})  # they may name what is confidential
    state: Mapped[str] = mapped_column(index=True)
    asked: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str] = mapped_column(Saying)
    account: Mapped[str]  # of the actor; empty: whoever has the database itself in hand
    grants: Mapped[list[Any]]  # [role, party] of the actor
    began: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    attempts: Mapped[int]
    stop: Mapped[bool]  # whether somebody has asked that it be cancelled
    host: Mapped[str | None] = mapped_column(info=_PASSING)
    process: Mapped[int | None] = mapped_column(info=_PASSING)
    heartbeat: Mapped[datetime | None] = mapped_column(info=_PASSING)
    progress: Mapped[float | None] = mapped_column(info=_PASSING)  # 0 to 1
    doing: Mapped[str] = mapped_column(Saying, info=_PASSING)
    left: Mapped[float | None] = mapped_column(info=_PASSING)  # seconds
    made_from: Mapped[dict[str, Any]]  # kind of result: SHA-256; empty until it has begun
    projects: Mapped[list[Any]] = mapped_column(info=_PASSING)  # that go in: who may not see all sees neither it
    folder: Mapped[str | None]  # of the result, below the register's studies
    reason: Mapped[str] = mapped_column(Saying, info=_PASSING)  # why it failed

    @property
    def actor(self) -> Actor:
        """Whose rights it runs with."""
        return Actor(self.account, self.who, frozenset((role, party) for role, party in self.grants))


class JobLine(Under, Base):
    """A line of a job's log; never changed."""

    __tablename__ = "job_line"
    above = ("job", "job", "id")

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Saying)
