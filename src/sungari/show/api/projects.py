"""Projects: found, taken up, edited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sungari.operate import clock, life, progress, projects
from sungari.operate.content import PROJECTS
from sungari.operate.records import Project
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import projects as models
from sungari.show.api.models.common import NAMED, SHORT, KeptTo, Page
from sungari.show.api.problems import responses

router = APIRouter(tags=["projects"])
Code = Annotated[str, Path(pattern=NAMED, description="The project's code")]
Chosen = Annotated[str | None, Query(pattern=SHORT)]
_SORTS = Query(pattern=f"^-?({'|'.join(projects.SORTS)})$",
               description="Its column; with - before it the greatest first")


@router.get("/projects", operation_id="list_projects", responses=responses())
def listed(
    asked: Reading, part: Wanted,
    text: Annotated[Chosen, Query(description="Only those whose code or name, in any language, holds this")] = None,
    stage: Annotated[Chosen, Query(description="Only those in this stage")] = None,
    sector: Annotated[Chosen, Query(description="Only those of this sector")] = None,
    party: Annotated[Chosen, Query(description="Only those on this party's ground")] = None,
    sort: Annotated[str, _SORTS] = "created",
) -> Page[models.Listed]:  # fmt: skip
    """Projects with their stage, how long they have been in it, and their cost."""
    with asked.reading() as work:
        if stage is not None:
            projects.stage_known(work, stage)
        found = projects.listed(work, text=text, stage=stage, sector=sector, party=party, sort=sort, limit=part.limit,
                                offset=part.offset)  # fmt: skip
        there = {s.project: s for s in clock.standings(work, [p.code for p in found.rows])}
        return part.page([_listed(p, there.get(p.code)) for p in found.rows], found.total)


def _listed(project: Project, standing: clock.Standing | None) -> models.Listed:
    of_stage = {"months": standing.months, "due": standing.due, "late": standing.late} if standing else {
        "months": None, "due": None, "late": 0.0}  # fmt: skip
    names = set(models.Listed.model_fields) - set(of_stage)
    return models.Listed(**{n: getattr(project, n) for n in names}, **of_stage)


@router.post("/projects", operation_id="create_project", status_code=201, responses=responses(409))
def create(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.create")], body: models.NewProject
) -> models.Project:
    """Take up a new project."""
    with asked.writing() as work:
        made = projects.create(work, body.code, body.content.plain())
        response.headers["Location"] = str(request.url_for("get_project", code=made.code))
        return shown(request, response, work, made)


@router.get("/projects/{code}", name="get_project", operation_id="get_project", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, code: Code) -> models.Project:
    """A project as it stands."""
    with asked.reading() as work:
        return shown(request, response, work, projects.get(work, code))


def shown(request: Request, response: Response, work: Work, project: Project) -> models.Project:
    """A project with its content, of its edition."""
    visit = life.visit(work, project)
    names = set(models.Project.model_fields) - {"entered", "due", "content"}
    body = models.Project(
        **{n: getattr(project, n) for n in names}, entered=visit.entered, due=visit.due,
        content=projects.current(work, project.code).content,
    )  # fmt: skip
    return editions.show(request, response, body, editions.tag_of(project))


EDITS = responses(404, 409, 412, 428)


@router.patch("/projects/{code}", operation_id="edit_project", responses=EDITS)
def edit(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.edit")], code: Code,
    body: models.Cells, if_match: IfMatch = None,
) -> models.Project:  # fmt: skip
    """Change cells of a project's row of projects.csv: a new version; the other cells and tables stay."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        content = projects.current(work, code).content
        row = {k: v for k, v in {**content[PROJECTS][0], **body.cells}.items() if v is not None}
        projects.change(work, code, {**content, PROJECTS: [row]}, expected=project.version)
        return shown(request, response, work, project)


@router.put("/projects/{code}/content", operation_id="replace_project_content", responses=EDITS)
def replace(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.edit")], code: Code,
    body: models.Content, if_match: IfMatch = None,
) -> models.Project:  # fmt: skip
    """Put a new content in a project's place: a new version; the stage stays what it is."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        projects.change(work, code, body.plain(), expected=project.version)
        return shown(request, response, work, project)


@router.put("/projects/{code}/confidentiality", operation_id="keep_project_to", responses=EDITS)
def keep_to(
    request: Request, response: Response, asked: Annotated[Writer, writes("project.edit")], code: Code, body: KeptTo,
    if_match: IfMatch = None,
) -> models.Project:  # fmt: skip
    """Have the party on whose ground a project stands keep it to itself, with all that belongs to it; or open it."""
    with asked.writing() as work:
        project = editions.held(work, Project, code, if_match)
        projects.keep_to(work, code, body.party, expected=project.version)
        return shown(request, response, work, project)


@router.get("/projects/{code}/progress", operation_id="get_project_progress", responses=responses(404))
def get_progress(asked: Reading, code: Code) -> models.Progress:
    """Targets and actuals by period, their variance, and what each measure will come to."""
    with asked.reading() as work:
        projects.get(work, code)
        frame = progress.by_period(work, code)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return models.Progress.model_validate({"periods": rows, "forecasts": progress.at_completion(work, code)})
