"""The region's title and settings: looked at, checked as one types, and edited by administrators of all parties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from sungari.errors import Conflict, Problem
from sungari.operate import packages, settings
from sungari.operate.access.actor import ALL
from sungari.operate.tables import written
from sungari.region.schema import Setting
from sungari.show.i18n import N_
from sungari.show.web.given import Given, Sent, done
from sungari.show.web.view import Seen, View
from sungari.words import Words

router = APIRouter(prefix="/region/settings", include_in_schema=False)
_WHY = Words("settings edited in the workspace")
#: What each entry is called, and what there is to know before one changes it.
WORDS: dict[str, tuple[str, str]] = {
    "title": (N_("Name of the region"), ""),
    "title_zh": (N_("Name in Chinese"), ""),
    "title_ru": (N_("Name in Russian"), ""),
    "description": (N_("Description"), ""),
    "currency": (N_("Currency"), N_(
        "The ISO 4217 code of all money in the tables. No figure is converted when it is changed.")),
    "price_year": (N_("Year of the prices"), ""),
    "discount_rate": (N_("Discount rate"), N_("Real, per year: 0.05 is 5 %.")),
    "base_year": (N_("Year to which money is discounted"), N_(
        "Blank: the year of the prices, else the first of the model's years.")),
    "free_disposal": (N_("Surplus may be left for free"), N_(
        "Whether more of a commodity than is needed may stay where it is at no cost.")),
    "money_scale": (N_("Money in results is divided by"), ""),
    "exchange_rates": (N_("Exchange rates"), N_(
        "One currency a line: its code, and what one unit of it is worth in the currency of the tables. For imports "
        "with money in other currencies.")),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """An entry as the form shows it."""

    about: Setting
    label: str
    help: str
    value: str
    now: str | None  # what stands in the register, where that is another value than one was about to keep


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """All settings; as a form for whoever may edit them."""
    return _page(view)


@router.post("/check")
def check(view: Seen, given: Sent) -> HTMLResponse:
    """What would be wrong with the settings as they stand in the form."""
    region = view.region_shown()
    before = view.space.shelf.kept(("check", id(region), region.sha256), region.check)
    _, problems = settings.tried(region, _cells(given), before)
    return view.part("settings_findings.html", **_findings(view, problems))


@router.post("")
def save(view: Seen, given: Sent) -> Response:
    """Keep the form's settings, unless something is wrong or somebody was faster."""
    view.actor.demand("region.edit", [ALL])
    region = view.region_shown()
    cells, expected = _cells(given), given.whole("expected") or 0
    _, problems = settings.tried(region, cells)
    if any(p.severity == "error" for p in problems):
        return _page(view, given, problems)
    try:
        with view.writing(given.text("why", _WHY)) as work:
            after = settings.save(work, view.region(work) or region, cells, expected=expected).version
    except Conflict:
        return _page(view, given, faster=True)
    return done("/region/settings", "saved" if after != expected else "unchanged")


def _cells(given: Given) -> dict[str, Any]:
    return settings.typed({name: given.text(name) for name in settings.ENTRIES if name in given.fields})


def _page(
    view: View, given: Given | None = None, problems: Sequence[Problem] = (), *, faster: bool = False
) -> HTMLResponse:
    view.region_shown()
    with view.reading() as work:
        held = packages.package(work)
        now = {name: _text(value) for name, value in settings.values(held).items()}
        version = held.version
    sent = {n: given.text(n) for n in now if n in given.fields} if given is not None else {}
    typed = {name: _text(value) for name, value in settings.typed(sent).items()}
    fields = [
        Field(about, view.tr(WORDS[name][0]), view.tr(WORDS[name][1]) if WORDS[name][1] else "",
              sent.get(name, now[name]), now[name] if faster and typed.get(name) != now[name] else None)
        for name, about in settings.ENTRIES.items()
    ]  # fmt: skip
    expected = given.text("expected") if given is not None and not faster else version
    return view.page(
        "settings.html", view.tr("Settings of the region"), status=409 if faster else 422 if problems else 200,
        fields=fields, expected=expected, faster=faster, may=view.actor.may("region.edit", [ALL]),
        why=given.text("why") if given is not None else "", checked=bool(problems), **_findings(view, problems),
    )  # fmt: skip


def _findings(view: View, problems: Sequence[Problem]) -> dict[str, Any]:
    """What is wrong or odd: all of it, and at which entry it stands."""
    at: dict[str, list[Problem]] = {}
    for problem in problems:
        at.setdefault(settings.entry_of(problem), []).append(problem)
    labels: Mapping[str, str] = {name: view.tr(label) for name, (label, _) in WORDS.items()}
    return {"problems": problems, "wrong": at, "labels": labels, "entry_of": settings.entry_of}


def _text(value: Any) -> str:
    """A value as one types it."""
    if isinstance(value, Mapping):
        return "\n".join(f"{code} {written(rate)}" for code, rate in value.items())
    return written(value)
