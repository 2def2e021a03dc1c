"""The region: what moves where, where it chokes, what a unit is worth."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from sungari.chain.plan import Plan
from sungari.decide.study import Study
from sungari.errors import Unknown
from sungari.operate import projects
from sungari.operate.records import Project, Stage
from sungari.operate.register import Work
from sungari.show import charts
from sungari.show.chapters.section import Chapter
from sungari.show.charts.corridors import Corridors
from sungari.show.charts.names import Names
from sungari.show.charts.stages import GROUPS, stages_series
from sungari.show.headline import Figure
from sungari.show.i18n import N_
from sungari.show.report import page_data
from sungari.show.theme import TOKENS
from sungari.show.web import results, stories
from sungari.show.web.pages.charts import drawn_from
from sungari.show.web.pages.page import Page
from sungari.show.web.shelf import Found, packed, unpacked
from sungari.show.web.view import Seen, View

router = APIRouter(prefix="/region", include_in_schema=False)
PAGE = Page("/region", N_("Region"), router)


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The page."""
    with view.reading() as work:
        region = view.region(work)
        parts = view.results(work, "plan", "today")
        jobs = results.running(work, ("plan",))
    tr = view.tr
    if region is None:
        return view.page("region_none.html", tr("Region"))
    title = str(region.descriptor.get(f"title_{tr.lang}") or region.title or region.name)
    shown = view.chapter("plan", parts) if "plan" in parts else None
    if shown is None:
        return view.page("region.html", title, region=region, sections=None, found=None, jobs=jobs)
    plan, found = _plan(view, parts)
    names = Names(plan, tr)
    corridors = found.arrows.drop_duplicates("corridor").itertuples(index=False)
    choices = {
        tr("Places"): sorted((names.place(p), f"place/{p}") for p in plan.region.table("places")["place"].astype(str)),
        tr("Corridors"): sorted(
            (tr("{start} – {end}, {mode}", start=names.place(str(a)), end=names.place(str(b)), mode=mode),
             f"corridor/{number}") for number, a, b, mode, _ in corridors),
    }  # fmt: skip
    return view.page(
        "region.html", title, region=region, sections={s.id: s for s in shown.chapter.sections}, found=parts["plan"],
        jobs=jobs, figures=shown.chapter.figures, sentences=shown.chapter.sentences, choices=choices,
        stages=[(colour, tr(text)) for text, colour, _ in GROUPS.values()],
    )  # fmt: skip


@router.get("/charts.json")
def data(view: Seen) -> Response:
    """What the page's charts are drawn from."""
    with view.reading() as work:
        parts = view.results(work, "plan", "today")
        stages = _stages(view, work)
    if "plan" not in parts:
        raise Unknown(view.tr("There is no plan yet"))
    plan, _ = _plan(view, parts)
    shown = view.chapter("plan", parts)
    assert shown is not None

    def with_projects() -> bytes:
        made = unpacked(shown.data)
        if "map" in made["charts"]:
            for option in made["charts"]["map"].values():
                option["series"].append(stages_series(plan, view.tr, stages, theme=TOKENS))
        return packed(made)

    key = ("map", _key(parts), view.lang, tuple(sorted(stages.items())))
    return drawn_from(view.request, view.space.shelf.kept(key, with_projects))


@router.get("/story")
def chosen(view: Seen, what: str = "") -> HTMLResponse:
    """The story of what was chosen from the list."""
    kind, _, name = what.partition("/")
    return story(view, kind, name)


@router.get("/story/{kind}/{name:path}")
def story(view: Seen, kind: str, name: str) -> HTMLResponse:
    """The story of a corridor or place."""
    with view.reading() as work:
        parts = view.results(work, "plan", "today")
        visible = set(work.session.scalars(select(Project.code)))
    if "plan" not in parts:
        raise Unknown(view.tr("There is no plan yet"))
    plan, found = _plan(view, parts)
    if kind == "place":
        told = stories.place(plan, view.tr, name)
    elif kind == "corridor" and name.isdecimal():
        told = stories.corridor(plan, view.tr, found, int(name))
    else:
        raise Unknown(view.tr("Choose a corridor or place"))
    chapter = Chapter("story", told.name, "", sections=told.sections)
    drawn = page_data(Study({"plan": plan}), [chapter], view.tr)
    return view.part("story.html", story=told, data=drawn, visible=visible)


@router.get("/change/{project}")
def change(view: Seen, project: str) -> HTMLResponse:
    """What one project changes: the best plan with it and without it."""
    with view.reading() as work:
        known = work.session.scalar(select(Project.code).where(Project.code == project))
        if known is None:
            raise Unknown(view.tr("There is no such project"))
        parts, jobs = _pair(view, work, project), results.running(work, ("plan", "without"), project=project)
        name = str(projects.current(work, project).content["projects"][0].get(f"name_{view.lang}")
                   or projects.get(work, project).name)  # fmt: skip
    shown = view.chapter("change", parts) if len(parts) == 2 else None
    sections = shown.chapter.sections if shown is not None else []
    built = False
    if "plan" in parts:
        plan = view.space.shelf.open(parts["plan"])
        built = isinstance(plan, Plan) and project in set(plan.projects["project"].astype(str))
    return view.page(
        "region_change.html", view.tr("With and without: {name}", name=name), project=project, parts=parts,
        planned="plan" in parts and not parts["plan"].stale, built=built, sections=sections, jobs=jobs,
        figures=_gain(view, parts) if len(parts) == 2 else [],
    )  # fmt: skip


@router.get("/change/{project}/charts.json")
def change_data(view: Seen, project: str) -> Response:
    """What the map of changes is drawn from."""
    with view.reading() as work:
        parts = _pair(view, work, project)
    shown = view.chapter("change", parts) if len(parts) == 2 else None
    if shown is None:
        raise Unknown(view.tr("There is no result yet"))
    return drawn_from(view.request, shown.data)


def _pair(view: View, work: Work, project: str) -> dict[str, Found]:
    """The plan with a project and the plan without it, as a study's plan and today's."""
    made = view.results(work, "plan")
    other = results.without(view.space, work, project, made["plan"].mark) if "plan" in made else None
    return made | ({"today": other} if other is not None else {})


def _gain(view: View, parts: dict[str, Found]) -> list[Figure]:
    """What the project adds to the surplus."""
    plan, other = (view.space.shelf.open(parts[name]) for name in ("plan", "today"))
    assert isinstance(plan, Plan)
    assert isinstance(other, Plan)
    settings, tr = plan.region.settings, view.tr
    gain = (plan.objective - other.objective) * settings.money_scale
    return [Figure(tr.money(gain, settings.currency), tr("What it adds to the total surplus"),
                   tr("present value, all else chosen anew"))]  # fmt: skip


def _key(parts: dict[str, Found]) -> Any:
    return tuple((name, found.key) for name, found in sorted(parts.items()))


def _plan(view: View, parts: dict[str, Found]) -> tuple[Plan, Corridors]:
    """The plan, and its flows on the map."""
    shelf = view.space.shelf
    plan = shelf.open(parts["plan"])
    assert isinstance(plan, Plan)
    return plan, shelf.kept(("corridors", parts["plan"].key, view.lang), lambda: charts.corridors(plan, view.tr))


def _stages(view: View, work: Work) -> dict[str, tuple[str, str]]:
    """Stage of each project that the reader sees, and its name."""
    names = {s.code: str(getattr(s, f"name_{view.lang}", "") or s.name) for s in work.session.scalars(select(Stage))}
    rows = work.session.execute(select(Project.code, Project.stage))
    return {code: (stage, names.get(stage, stage)) for code, stage in rows}
