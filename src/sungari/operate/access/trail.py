"""Reading the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from sungari.operate.records import Audit
from sungari.operate.register import Work


def listed(
    work: Work, *, record: str | None = None, key: str | None = None, project: str | None = None,
    who: str | None = None, action: str | None = None, since: datetime | None = None, before: int | None = None,
    limit: int = 100,
) -> Sequence[Audit]:  # fmt: skip
    """Rows of the audit trail that the actor may see, the newest first.

    Parameters
    ----------
    work : Work
    record, key, project, who, action : str or None
        Only those of this kind of record, this record, project, person, action.
    since : datetime or None
        Only those from this moment on.
    before : int or None
        Only those before this row: the ``id`` of the last one that was seen.
    limit : int
        How many at most.

    Raises
    ------
    Forbidden
        If the actor may not read the audit trail.
    """
    work.actor.demand("audit.read")
    asked = select(Audit).order_by(Audit.id.desc()).limit(limit)
    wanted = {Audit.record: record, Audit.key: key, Audit.project: project, Audit.who: who, Audit.action: action}
    for column, value in wanted.items():
        if value is not None:
            asked = asked.where(column == value)
    if since is not None:
        asked = asked.where(Audit.at >= since)
    if before is not None:
        asked = asked.where(Audit.id < before)
    return work.session.scalars(asked).all()
