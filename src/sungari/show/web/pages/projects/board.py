"""Projects by stage: as a board of cards, and as pins on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import func, select

from sungari.operate import projects
from sungari.operate.records import Project
from sungari.region.package import Region
from sungari.show import charts
from sungari.show.charts.map import ground, lines_option, located, map_name, plain, positions
from sungari.show.charts.names import Names
from sungari.show.charts.stages import GROUPS, group_of, stages_series
from sungari.show.i18n import Translator
from sungari.show.theme import DARK, LIGHT, TOKENS
from sungari.show.web.pages.projects.listing import rows
from sungari.show.web.view import Seen
from sungari.show.web.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

router = APIRouter(prefix="/projects/-", include_in_schema=False)
#: Cards of a stage on the board; the list has the others.
CARDS = 12
_DOT = 5.0  # pixels


@dataclass(frozen=True)
class Stand:
    """A region without a plan: all that a map's ground needs of one."""

    region: Region


@router.get("/board")
def board(view: Seen) -> HTMLResponse:
    """Cards of projects, a column for each stage."""
    with view.reading() as work:
        words = Words(work, view.tr)
        counted = dict(iter(work.session.execute(select(Project.stage, func.count()).group_by(Project.stage))))
        columns = []
        for stage in words.order:
            total = counted.get(stage.code, 0)
            if stage.ends and not total:
                continue
            found = projects.listed(work, stage=stage.code, sort="due", limit=CARDS).rows if total else []
            columns.append({"code": stage.code, "total": total, "cards": rows(work, words, found)})
    return view.page("projects/board.html", view.tr("Projects"), words=words, columns=columns)


@router.get("/map")
def on_map(view: Seen) -> HTMLResponse:
    """Pins of projects on the map, coloured by how far they are."""
    with view.reading() as work:
        words = Words(work, view.tr)
        region = view.region(work)
        stages = {p.code: (p.stage, words.stage(p.stage)) for p in projects.listed(work).rows}
        kept = rows(work, words, projects.listed(work, sort="name").rows) if region is not None else []
    data, off = None, kept
    if region is not None and len(located(cast("Plan", Stand(region)))):
        data = _drawn(region, view.tr, stages)
        pinned = {pin["project"] for pin in data["charts"]["projects"][""]["series"][-1]["data"]}
        off = [row for row in kept if row["code"] not in pinned]
    legend = [(colour, view.tr(text)) for text, colour, _ in GROUPS.values()]
    return view.page("projects/map.html", view.tr("Projects"), words=words, data=data, legend=legend, off=off,
                     total=len(kept), ended=[r["code"] for r in off if not group_of(r["stage"])])


def _drawn(region: Region, tr: Translator, stages: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """What the page's script draws the map from."""
    stand = cast("Plan", Stand(region))
    base, names, at = ground(stand), Names(stand, tr), positions(stand)
    idle = [{"name": "", "coords": [at[a], at[b]]} for a, b in zip(*_ends(region), strict=True) if a in at and b in at]
    left, bottom, right, top = base.view
    dots = {
        "id": "places", "type": "scatter", "coordinateSystem": "geo", "z": 5, "silent": True,
        "data": [{"name": names.place(p), "value": xy, "symbolSize": _DOT,
                  "label": {"show": True, "formatter": plain(names.place(p))}}
                 for p, xy in at.items() if left <= xy[0] <= right and bottom <= xy[1] <= top],
        "itemStyle": {"color": TOKENS.card, "borderColor": TOKENS.muted, "borderWidth": 1},
        "label": {"show": True, "position": "right", "fontSize": 11, "color": TOKENS.muted,
                  "textBorderColor": TOKENS.card, "textBorderWidth": 2},
        "labelLayout": {"hideOverlap": True},
    }  # fmt: skip
    option = lines_option(stand, TOKENS, [], idle, dots)
    option["series"].append(stages_series(stand, tr, stages, theme=TOKENS))
    return {
        "lang": tr.lang, "locale": tr.lang, "themes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()}, "texts": {},
        "charts": {"projects": {"": option}}, "heights": {"projects": {}},
        "ground": {"name": map_name(stand), "land": charts.map_ground(stand)},
    }  # fmt: skip


def _ends(region: Region) -> tuple[list[str], list[str]]:
    links = region.table("links")
    return links["from"].astype(str).tolist(), links["to"].astype(str).tolist()
