"""The register as a list: found, filtered, sorted, with the columns that one wants; saved views; as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from openpyxl import Workbook
from sqlalchemy import func, select

from sungari import words as saying
from sungari.errors import UsageError
from sungari.operate import clock, exchange, projects, saved
from sungari.operate.findings import Flag
from sungari.operate.records import Project
from sungari.operate.register import Work
from sungari.region.workbook import put
from sungari.show.i18n import N_
from sungari.show.web.given import Sent, done, whole
from sungari.show.web.view import Seen, View
from sungari.show.web.words import NAME, Words

router = APIRouter(prefix="/projects", include_in_schema=False)
LIST = "projects"
#: Rows of a page of the list, and the most of a file.
ROWS, MOST = 50, 100_000
#: Columns: heading, whether it is a number, what it is sorted by.
COLUMNS: dict[str, tuple[str, bool, str]] = {
    "name": (N_("Project"), False, "name"), "code": (N_("Code"), False, "project"),
    "sector": (N_("Sector"), False, "sector"), "host": (N_("Host"), False, "host"),
    "stage": (N_("Stage"), False, "stage"), "months": (N_("Months in it"), True, "entered"),
    "due": (N_("Due"), False, "due"), "flags": (N_("Red flags"), False, ""), "cost": (N_("Cost"), True, "cost"),
    "version": (N_("Version"), True, ""), "changed": (N_("Changed"), False, "changed"),
    "changed_by": (N_("By"), False, ""),
}  # fmt: skip
SHOWN = ("name", "sector", "host", "stage", "months", "due", "flags", "cost")
FLAGS = ("red", "amber")


@dataclass
class Asked:
    """What the list is asked for, as its address says."""

    q: str = ""
    stage: str = ""
    party: str = ""
    sector: str = ""
    flag: str = ""
    sort: str = "created"
    columns: list[str] = field(default_factory=lambda: list(SHOWN))
    page: int = 1

    @classmethod
    def of(cls, query: str) -> Asked:
        """Read an address; what it does not know it leaves out."""
        found = parse_qs(query, max_num_fields=100)
        one = {k: found[k][-1].strip()[:200] for k in ("q", "stage", "party", "sector", "flag", "sort") if k in found}
        columns = [c for c in COLUMNS if c in found.get("c", ())]
        sort = one.pop("sort", "created")
        if sort.removeprefix("-") not in projects.SORTS:
            raise UsageError(projects.unsortable(sort))
        page = whole(found.get("page", ["1"])[-1], "page") or 1
        return cls(**one, sort=sort, columns=columns or list(SHOWN), page=max(page, 1))

    def query(self, **other: Any) -> str:
        """The same as part of an address, some of it otherwise."""
        cells = {k: getattr(self, k) for k in ("q", "stage", "party", "sector", "flag", "sort", "page")} | other
        cells = {k: v for k, v in cells.items() if v and (k, v) not in (("sort", "created"), ("page", 1))}
        columns = [] if tuple(self.columns) == SHOWN else [("c", c) for c in self.columns]
        return urlencode([*cells.items(), *columns])

    def found(self, work: Work, *, limit: int, offset: int) -> projects.Page:
        """The projects that are asked for."""
        return projects.listed(work, text=self.q or None, stage=self.stage or None, party=self.party or None,
                               sector=self.sector or None, flag=self.flag if self.flag in FLAGS else None,
                               sort=self.sort, limit=limit, offset=offset)  # fmt: skip


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The list."""
    asked = Asked.of(view.request.url.query)
    with view.reading() as work:
        words = Words(work, view.tr)
        found = asked.found(work, limit=ROWS, offset=(asked.page - 1) * ROWS)
        context: dict[str, Any] = {
            "asked": asked, "words": words, "rows": rows(work, words, found.rows), "total": found.total,
            "pages": -(-found.total // ROWS), "columns": COLUMNS, "heads": _heads(view, asked),
        }  # fmt: skip
        if view.partial:
            return view.part("projects/rows.html", **context)
        sectors = work.session.scalars(select(Project.sector).where(Project.sector.is_not(None)).distinct())
        hosts = set(work.session.scalars(select(Project.host).where(Project.host.is_not(None)).distinct()))
        context |= {"sectors": sorted(filter(None, sectors)), "views": saved.listed(work, LIST),
                    "hosts": [c for c in words.party_choices() if c[0] in hosts]}
    return view.page("projects/list.html", view.tr("Projects"), **context)


def _heads(view: View, asked: Asked) -> list[dict[str, Any]]:
    """Headings of the chosen columns, each with where a click on it leads."""
    made = []
    for name in asked.columns:
        text, number, sort = COLUMNS[name]
        now = asked.sort.removeprefix("-") == sort
        back = now and not asked.sort.startswith("-")
        made.append({
            "name": name, "text": view.tr(text), "number": number,
            "query": asked.query(sort=f"-{sort}" if back else sort, page=1) if sort else None,
            "order": ("ascending" if back else "descending") if sort and now else "none",
        })  # fmt: skip
    return made


def rows(work: Work, words: Words, found: Any) -> list[dict[str, Any]]:
    """Projects as rows of the list: how long they have been where they are, and their flags."""
    codes = [p.code for p in found]
    standing = {s.project: s for s in clock.standings(work, codes)}
    counted = select(Flag.project, Flag.state, func.count()).where(Flag.project.in_(codes), Flag.state.in_(FLAGS))
    flags: dict[str, dict[str, int]] = {}
    for project, state, n in work.session.execute(counted.group_by(Flag.project, Flag.state)):
        flags.setdefault(project, {})[state] = n
    named = names_of(work, codes) if words.tr.lang != "en" else {}
    made = []
    for p in found:
        s = standing.get(p.code)
        made.append({
            "code": p.code, "name": named.get(p.code, {}).get(NAME[words.tr.lang]) or p.name, "sector": p.sector,
            "host": p.host, "stage": p.stage, "months": s.months if s else None, "due": s.due if s else None,
            "late": s.late if s else 0.0, "flags": flags.get(p.code, {}), "cost": p.cost, "version": p.version,
            "changed": p.changed, "changed_by": p.changed_by, "confidential_to": p.confidential_to,
        })  # fmt: skip
    return made


def names_of(work: Work, codes: list[str]) -> dict[str, Any]:
    """The rows that hold projects' names in other languages."""
    from sungari.operate.records import Version

    newest = (
        select(Version.project, Version.content)
        .join(Project, (Version.project == Project.code) & (Version.number == Project.version))
        .where(Version.project.in_(codes))
    )
    return {code: content["projects"][0] for code, content in work.session.execute(newest)}


# -- views ------------------------------------------------------------------------------------------------------------


@router.post("/-/views")
def save(view: Seen, given: Sent) -> RedirectResponse:
    """Save what the list shows under a name."""
    query = Asked.of(given.text("query")).query(page=1)
    with view.writing(saying.Words("saved a view")) as work:
        saved.put(work, LIST, given.text("name"), query)
    return done(f"/projects?{query}" if query else "/projects", "saved")


@router.post("/-/views/{number}/remove")
def remove(view: Seen, number: int) -> RedirectResponse:
    """Remove a view."""
    with view.writing(saying.Words("removed a view")) as work:
        saved.remove(work, number)
    return done("/projects", "removed")


# -- as a file --------------------------------------------------------------------------------------------------------


@router.get("/-/list.{kind}")
def file(view: Seen, request: Request, kind: str) -> Response:
    """What the list shows, all pages of it, as a file: ``csv`` or ``xlsx``."""
    view.actor.demand("export")
    asked = Asked.of(request.url.query)
    with view.reading() as work:
        words = Words(work, view.tr)
        found = rows(work, words, asked.found(work, limit=MOST, offset=0).rows)
        table = [[view.tr(COLUMNS[c][0]) for c in asked.columns]]
        table += [[_plain(words, c, row) for c in asked.columns] for row in found]
    if kind == "xlsx":
        return _sent(_workbook(table), "projects.xlsx",
                     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    if kind != "csv":
        raise UsageError("no file of kind {kind!r}; csv or xlsx", kind=kind)
    text = io.StringIO()
    csv.writer(text).writerows([[exchange.harmless(c) if isinstance(c, str) else c for c in row] for row in table])
    return _sent(b"\xef\xbb\xbf" + text.getvalue().encode(), "projects.csv", "text/csv; charset=utf-8")


def _plain(words: Words, column: str, row: dict[str, Any]) -> Any:
    value = row[column]
    if column == "flags":
        return ", ".join(f"{words.value(state)}: {n}" for state, n in value.items())
    if column in ("due", "changed"):
        return value.date().isoformat() if value else ""
    if column == "months":
        return "" if value is None else round(value, 1)
    return words.cell(column, value) if isinstance(value, str) else value


def _workbook(table: list[list[Any]]) -> bytes:
    book = Workbook(write_only=False)
    sheet = book.active
    for i, row in enumerate(table, start=1):
        for j, value in enumerate(row, start=1):
            put(sheet.cell(i, j), value)
    sheet.freeze_panes = "B2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _sent(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
               "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=kind, headers=headers)
