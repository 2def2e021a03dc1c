"""How the desk does: what is open and late, how long it takes, by kind and party."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sungari.errors import UsageError
from sungari.operate.desk import statistics
from sungari.operate.desk.statistics import Figures
from sungari.show.charts.cases import cases_option
from sungari.show.i18n import Translator
from sungari.show.theme import DARK, LIGHT, TOKENS
from sungari.show.web.pages.committee.told import Told, tabs
from sungari.show.web.view import Seen
from sungari.show.web.words import Words

router = APIRouter(prefix="/committee", include_in_schema=False)
_ROW = 34  # pixels of a bar


@router.get("/statistics")
def show(view: Seen, since: str = "", until: str = "") -> HTMLResponse:
    """Figures, charts and tables."""
    with view.reading() as work:
        words = Words(work, view.tr)
        told = Told(work, view.tr, words)
        found = statistics.figures(work, since=_day(since, "since"), until=_day(until, "until"))
        by = {"kind": [(told.kind(f.name), f) for f in found if f.by == "kind"],
              "party": [(words.party(f.name), f) for f in found if f.by == "party"]}  # fmt: skip
        return view.page("committee/statistics.html", view.tr("Committee"), tabs=tabs(view.tr), whole=found[0], by=by,
                         since=since, until=until, data=_drawn(view.tr, by), told=told, words=words)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError("{name} {text!r}: expected a day, 2030-06-30", name=name, text=text[:20]) from None


def _drawn(tr: Translator, by: dict[str, list[tuple[str, Figures]]]) -> dict[str, Any]:
    """What the page's script draws the charts from."""
    return {
        "lang": tr.lang, "locale": tr.lang, "themes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()}, "texts": {},
        "charts": {f"by-{name}": {"": cases_option(rows, tr, theme=TOKENS)} for name, rows in by.items() if rows},
        "heights": {f"by-{name}": {"": 96 + _ROW * len(rows)} for name, rows in by.items() if rows},
    }  # fmt: skip
