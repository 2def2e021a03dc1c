"""A project's versions: who changed what, when and why; and back to an older one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from sungari.operate import projects
from sungari.operate.content import CellChange
from sungari.operate.records import Project, Version
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import projects as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Code, shown

router = APIRouter(tags=["versions"])
Nth = Annotated[int, Path(ge=1, le=LARGEST, description="The version's number")]


@router.get("/projects/{code}/versions", operation_id="list_versions", responses=responses(404))
def history(asked: Reading, part: Wanted, code: Code) -> Page[models.Past]:
    """All versions of a project, oldest first, each with the cells that it changed."""

    def past(each: tuple[Version, list[CellChange]]) -> models.Past:
        version = models.Version.model_validate(each[0]).model_dump()
        return models.Past.model_validate({**version, "changes": each[1]})

    with asked.reading() as work:
        return part.cut(projects.history(work, code), past)


@router.get("/projects/{code}/versions/{number}", operation_id="get_version", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, code: Code, number: Nth) -> models.VersionIn:
    """A project as it was."""
    with asked.reading() as work:
        found = models.VersionIn.model_validate(projects.version(work, code, number))
        return editions.show(request, response, found, f'"{number}"')


@router.post("/projects/{code}/versions/{number}/restore", operation_id="restore_version", responses=EDITS)
def restore(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.edit")], code: Code, number: Nth,
    if_match: IfMatch = None,
) -> models.Project:  # fmt: skip
    """Make an older version the newest again, as one more version; the stage stays what it is."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        projects.restore(work, code, number, expected=project.version)
        return shown(request, response, work, project)
