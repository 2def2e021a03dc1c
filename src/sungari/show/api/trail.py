"""The audit trail: who changed what, when and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy import select

from sungari.operate.records import Audit
from sungari.show.api.asking import Reader, reads
from sungari.show.api.lists import Wanted
from sungari.show.api.models import records as models
from sungari.show.api.models.common import SHORT, Page
from sungari.show.api.problems import responses

router = APIRouter(tags=["audit"])
Chosen = Annotated[str | None, Query(pattern=SHORT)]


@router.get("/audit", operation_id="list_audit", responses=responses())
def listed(
    asked: Annotated[Reader, reads("audit.read")], part: Wanted,
    project: Annotated[Chosen, Query(description="Only changes of this project and what belongs to it")] = None,
    record: Annotated[Chosen, Query(description="Only this kind of record: project, permit …")] = None,
    key: Annotated[Chosen, Query(description="Only the record with this key")] = None,
    who: Annotated[Chosen, Query(description="Only changes in this name")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only changes from this moment on")] = None,
) -> Page[models.Audit]:  # fmt: skip
    """Changes, newest first."""
    wanted = select(Audit).order_by(Audit.id.desc())
    for column, value in ((Audit.project, project), (Audit.record, record), (Audit.key, key), (Audit.who, who)):
        if value is not None:
            wanted = wanted.where(column == value)
    if since is not None:
        wanted = wanted.where(Audit.at >= since)
    with asked.reading() as work:
        return part.of(work, wanted, models.Audit.model_validate)


