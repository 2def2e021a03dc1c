"""Decide: which projects to build together, what that is worth to whom, and how it may be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from babel.numbers import NumberFormatError, parse_decimal
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from sungari.decide.study import Part
from sungari.errors import InputError, Problem, Unknown
from sungari.region.package import Region
from sungari.show.charts.names import Names
from sungari.show.charts.portfolio import ALONG, along, frontier_table
from sungari.show.headline import Figure
from sungari.show.i18n import N_
from sungari.show.web import results
from sungari.show.web.pages.page import Page
from sungari.show.web.pages.studies import started
from sungari.show.web.view import Seen, View
from sungari.words import Words

router = APIRouter(prefix="/decide", include_in_schema=False)
PAGE = Page("/decide", N_("Decide"), router)

#: What a frontier may be drawn along.
FRONTIERS = {"": N_("no frontier"), "budget": N_("budget for new projects"), "cvar": N_("CVaR of the loss"),
             "least-gain": N_("least party's gain")}  # fmt: skip
#: Fields of the form with one figure each: option of the job, and whether it is money.
_FIGURES = {"fund_capital": True, "cvar_limit": True, "points": False, "near": False, "time_limit": False}
_FLAGS = ("nobody_worse", "fund", "scenarios")


@dataclass(frozen=True)
class Side:
    """A party in the form."""

    code: str
    name: str


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The page."""
    return _page(view, {}, [])


@router.post("")
async def run(view: Seen, request: Request) -> Response:
    """Start the search, or say what is wrong with what was asked."""
    sent = {k: v.strip() for k, v in (await request.form()).items() if isinstance(v, str)}
    with view.reading() as work:
        region = view.region(work)
    if region is None:
        raise Unknown(view.tr("The register has no region yet"))
    options, problems = _options(view, region, sent)
    try:
        if problems:
            raise InputError(problems, "form")
        return started(view, "portfolio", options, "/decide")
    except InputError as error:
        return _page(view, sent, error.problems)


@router.get("/appraisal")
def appraisal(view: Seen) -> HTMLResponse:
    """What each project is worth."""
    tr = view.tr
    return _part(view, "appraisal", tr("What each project is worth"), tr("Appraise the projects"),
                 tr("Each project alone and beside all others, first in and last in."))  # fmt: skip


@router.get("/sharing")
def sharing(view: Seen) -> HTMLResponse:
    """How what cooperation brings may be shared."""
    tr = view.tr
    return _part(view, "sharing", tr("Who gets what"), tr("Work out the split"), tr(
        "How the parties may share what cooperation brings: Shapley value, nucleolus and side payments."))  # fmt: skip


def _part(view: View, part: str, title: str, button: str, lead: str) -> HTMLResponse:
    with view.reading() as work:
        parts = view.results(work, part)
        jobs = results.running(work, (part,))
    shown = view.chapter(part, parts) if part in parts else None
    return view.page("decide_part.html", title, part=part, button=button, lead=lead, found=parts.get(part),
                     shown=shown, jobs=jobs)  # fmt: skip


@router.get("/point")
def chosen(view: Seen, index: str = "") -> HTMLResponse:
    """The point that was chosen from the list."""
    return point(view, int(index) if index.isdecimal() else -1)


@router.get("/point/{index}")
def point(view: Seen, index: int) -> HTMLResponse:
    """The set of projects at a point of the frontier."""
    with view.reading() as work:
        parts = view.results(work, "portfolio")
    part = view.space.shelf.open(parts["portfolio"]) if "portfolio" in parts else None
    if not isinstance(part, Part):
        raise Unknown(view.tr("There is no result yet"))
    tr, names = view.tr, Names(part, view.tr)
    drawn = frontier_table(part, tr)
    if not 0 <= index < len(drawn):
        raise Unknown(view.tr("Choose a point of the frontier"))
    here = drawn.iloc[index]
    frame = part.tables["frontier"]
    row = frame.loc[(frame["level"] - here["level"]).abs().idxmin()]
    best = {str(p["project"]) for p in part.info["chosen"]}
    mine = [p.strip() for p in str(row["chosen"]).split(";") if p.strip()] if not pd.isna(row["chosen"]) else []
    currency = part.region.settings.currency
    figures = [Figure(tr.money(float(row["gain"]), currency), tr("Gain over today's network")),
               Figure(tr.money(float(row["spent"]), currency), tr("Spent on new projects"))]  # fmt: skip
    if not pd.isna(row.get("least_gain")) and not pd.isna(row.get("least_party")):
        figures.append(Figure(tr.money(float(row["least_gain"]), currency),
                              tr("Least gain: {party}", party=names.party(str(row["least_party"])))))  # fmt: skip
    if not pd.isna(row.get("cvar")):
        figures.append(Figure(tr.money(float(row["cvar"]), currency), tr("CVaR of the loss")))
    title = f"{tr(ALONG[along(part)])}: {tr.money(float(row['level']), currency)}"
    return view.part(
        "decide_point.html", title=title, figures=figures,
        inside=sorted(names.project(p) for p in mine), added=sorted(names.project(p) for p in set(mine) - best),
        missing=sorted(names.project(p) for p in best - set(mine)),
    )  # fmt: skip


def _page(view: View, sent: Mapping[str, str], problems: list[Problem]) -> HTMLResponse:
    tr = view.tr
    with view.reading() as work:
        region = view.region(work)
        parts = view.results(work, "portfolio")
        jobs = results.running(work, ("portfolio",))
    shown = view.chapter("portfolio", parts) if "portfolio" in parts else None
    points, part = [], view.space.shelf.open(parts["portfolio"]) if "portfolio" in parts else None
    if isinstance(part, Part) and len(frontier_table(part, tr)) > 1:
        currency = part.region.settings.currency
        points = [tr("{level}: gain {gain}", level=tr.money(float(r["level"]), currency),
                     gain=tr.money(float(r["gain"]), currency))
                  for r in frontier_table(part, tr).to_dict("records")]  # fmt: skip
    return view.page(
        "decide.html", tr("Decide"), status=422 if problems else 200, parts=parts, shown=shown, jobs=jobs,
        points=points, problems=problems, sent=sent, region=region, may=view.actor.may("job.run"),
        frontiers={k: tr(v) for k, v in FRONTIERS.items()}, **(_form(view, region) if region is not None else {}),
    )  # fmt: skip


def _form(view: View, region: Region) -> dict[str, Any]:
    """What the form offers: parties with a stake in projects, what the package says, what it can't ask for."""
    tr, stake = view.tr, Names(_Of(region), view.tr)
    shares = region.table("shares")["party"].dropna().astype(str)
    hosts = region.table("projects")["host"].dropna().astype(str)
    kinds = dict(zip(region.table("parties")["party"].astype(str), region.table("parties")["kind"].astype(str),
                     strict=True))  # fmt: skip
    tops = dict.fromkeys(stake.country(p) for p in [*shares, *hosts])
    sides = [Side(p, stake.party(p)) for p in tops if kinds.get(p) not in ("company", "external")]
    settings = region.settings
    stated = [
        tr("{party}: {amount}", party=tr("all together") if str(r["party"]) == "*" else stake.party(str(r["party"])),
           amount=tr.money(float(r["amount"]), settings.currency))
        for r in region.table("budgets").to_dict("records")
    ]  # fmt: skip
    return {
        "sides": sorted(sides, key=lambda s: s.name), "stated": stated,
        "unit": tr.money_unit(settings.currency, settings.money_scale),
        "has_scenarios": len(region.table("scenarios")) > 0, "has_fund": len(region.table("exposures")) > 0,
    }  # fmt: skip


class _Of:
    """A region as what names are asked of."""

    def __init__(self, region: Region) -> None:
        self.region = region


def _options(view: View, region: Region, sent: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """What the job is asked, from the fields of the form; cells that are no numbers."""
    scale, problems = float(region.settings.money_scale), list[Problem]()

    def amount(field: str, text: str, money: bool) -> float | None:
        value = number(text, view)
        if value is None:
            problems.append(Problem("form", None, field, text, Words("expected a number"), "", "kind"))
            return None
        return value * scale if money else value

    made: dict[str, Any] = {name: "true" for name in _FLAGS if sent.get(name)}
    budgets, gains = [], {}
    for field, text in sent.items():
        kind, _, party = field.partition(":")
        if not text or not party:
            continue
        if kind == "budget" and (found := amount(field, text, True)) is not None:
            budgets.append(f"{found:.15g}" if party == "*" else f"{party}={found:.15g}")
        elif kind == "gain" and text.endswith("%"):
            if (share := amount(field, text[:-1], False)) is not None:
                gains[party] = f"{share:.15g}%"
        elif kind == "gain" and (found := amount(field, text, True)) is not None:
            gains[party] = f"{found:.15g}"
    for name, money in _FIGURES.items():
        if sent.get(name) and (found := amount(name, sent[name], money)) is not None:
            made[name] = found
    made |= {"budgets": budgets, "min_gain": gains, "frontier": sent.get("frontier", "")}
    return {k: v for k, v in made.items() if v not in ("", [], {})}, problems


def number(text: str, view: View) -> float | None:
    """A number as the reader's language writes it, or as programs do; None where it is none."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(parse_decimal(text.replace(" ", "\u00a0") if view.lang == "ru" else text, locale=view.tr.locale))
    except (NumberFormatError, ValueError):
        return None

