"""The desk: cases, late ones first, with filters; and raising one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from sungari import words as saying
from sungari.errors import BLANK, InputError, Problem
from sungari.operate.desk import cases, finding, subjects
from sungari.show.web.given import Given, Sent, by_column, done, whole
from sungari.show.web.pages.committee.told import SUBJECTS, Told, tabs
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/committee", include_in_schema=False)
ROWS = 40
_FILTERS = ("state", "kind", "party", "on", "level")
#: Subjects that the search offers at once.
OFFERED = 30


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The list of cases."""
    given = view.request.query_params
    asked: dict[str, Any] = {k: given.get(k) or None for k in (*_FILTERS, "text", "subject")}
    if "state" not in given:
        asked["state"] = "open"
    late = given.get("late") == "on"
    order = given.get("order") or "late"
    page = max(whole(given.get("page"), "page") or 1, 1)
    with view.reading() as work:
        words = Words(work, view.tr)
        told = Told(work, view.tr, words)
        chosen = {**asked, "late": True if late else None}
        total = finding.counted(work, **chosen)
        found = finding.listed(work, **chosen, order=order, limit=ROWS, offset=(page - 1) * ROWS)
        kept = {k: v for k, v in {**asked, "late": "on" if late else "", "order": order}.items() if v}
        if asked["state"] is None:
            kept["state"] = ""
        context: dict[str, Any] = {
            "words": words, "told": told, "rows": list(zip(found, finding.rows(work, found), strict=True)),
            "total": total, "page": page, "pages": -(-total // ROWS), "asked": asked, "late": late, "order": order,
            "query": lambda n: urlencode({**kept, "page": n}),
        }  # fmt: skip
        if view.partial:
            return view.part("committee/rows.html", **context)
        late_now = finding.counted(work, state="open", late=True)
        return view.page("committee/desk.html", view.tr("Committee"), tabs=tabs(view.tr), late_now=late_now,
                         open_now=finding.counted(work, state="open"), sorts=list(SUBJECTS), **context)


@router.get("/new")
def blank(view: Seen, on: str = "", subject: str = "") -> HTMLResponse:
    """The form of a new case."""
    view.actor.demand("case.raise")
    return _form(view, {"on": on, "subject": subject}, [])


@router.get("/subjects")
def search(view: Seen, on: str = "", find: str = "") -> HTMLResponse:
    """What a case may be about, by a part of its name."""
    with view.reading() as work:
        told = Told(work, view.tr, Words(work, view.tr))
        wanted = find.casefold().strip()
        named = told.subjects(on if on in SUBJECTS else "project")
        found = [(c, n) for c, n in named.items() if wanted in f"{c} {n}".casefold()]
        return view.part("committee/subjects.html", found=found[:OFFERED], more=len(found) > OFFERED, chosen="")


@router.post("/new")
def put(view: Seen, given: Sent) -> Response:
    """Raise a case."""
    cells = given.cells(("kind", "on", "subject", "party", "title", "text", "confidential_to"))
    parties = given.several("parties") or None
    try:
        with view.writing(saying.Words("raised a case")) as work:
            missing = [Problem("case", None, c, "", BLANK) for c in ("kind", "subject", "party")
                       if not cells[c]]  # fmt: skip
            subjects.check(missing)
            made = cases.put(work, cells["kind"], cells["on"], cells["subject"], party=cells["party"],
                             title=cells["title"], text=cells["text"], parties=parties,
                             confidential_to=cells["confidential_to"] or None)
            number = made.id
    except InputError as error:
        return _form(view, cells, error.problems, given)
    return done(f"/committee/{number}", "raised")


def _form(view: View, cells: dict[str, str], problems: list[Problem], given: Given | None = None) -> HTMLResponse:
    with view.reading() as work:
        words = Words(work, view.tr)
        told = Told(work, view.tr, words)
        on = cells.get("on") if cells.get("on") in SUBJECTS else "project"
        named = told.subjects(str(on))
        own = [(c, n) for c, n in words.party_choices() if view.actor.may("case.raise", [c])]
        mine = {c for c, _ in own}
        above = [c for c in mine if words.parents.get(c) not in mine]
        return view.page(
            "committee/new.html", view.tr("New case"), status=422 if problems else 200, words=words, told=told, on=on,
            cells={"party": above[0] if len(above) == 1 else "", **cells}, problems=problems, wrong=by_column(problems),
            found=list(named.items()), sorts=[(s, told.on(s)) for s in SUBJECTS], own=own,
            parties=given.several("parties") if given is not None else [],
        )  # fmt: skip
