"""The fund: how much capital, what it may have to pay, who pays in, what would break it, and what other terms ask."""

from __future__ import annotations

import numpy as np
import pandas as pd
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sungari.decide.study import Part
from sungari.errors import Unknown
from sungari.show.headline import Figure
from sungari.show.i18n import N_, Translator
from sungari.show.web import results
from sungari.show.web.pages.page import Page
from sungari.show.web.shelf import Found
from sungari.show.web.view import Seen, View

router = APIRouter(prefix="/fund", include_in_schema=False)
PAGE = Page("/fund", N_("Fund"), router)


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The page."""
    tr = view.tr
    with view.reading() as work:
        region = view.region(work)
        parts = view.results(work, "fund")
        jobs = results.running(work, ("fund",))
    shown = view.chapter("fund", parts) if "fund" in parts else None
    part = _part(view, parts) if shown is not None else None
    curve = part.tables.get("curve", pd.DataFrame()) if part is not None else pd.DataFrame()
    context = {} if curve.empty or part is None else {
        "levels": sorted(curve["ruin"].unique().tolist()), "factors": sorted(curve["coverage"].unique().tolist()),
        "accepted": _nearest(curve["ruin"], float(part.info["accepted_ruin"])),
        "answer": _answer(part, tr, float(part.info["accepted_ruin"]), 1.0),
    }  # fmt: skip
    return view.page(
        "fund.html", tr("The compensation fund"), shown=shown, parts=parts, jobs=jobs, region=region,
        exposed=region is not None and len(region.table("exposures")) > 0, curve=context,
        may=view.actor.may("job.run"),
    )  # fmt: skip


@router.get("/answer")
def answer(view: Seen, level: int = 0, factor: int = 0) -> HTMLResponse:
    """What another chance of ruin and another coverage ask for, from the courses that were drawn."""
    with view.reading() as work:
        parts = view.results(work, "fund")
    if "fund" not in parts:
        raise Unknown(view.tr("There is no result yet"))
    part = _part(view, parts)
    curve = part.tables.get("curve", pd.DataFrame())
    if curve.empty:
        raise Unknown(view.tr("This result was made before other terms were kept with it; run the fund again."))
    levels, factors = sorted(curve["ruin"].unique().tolist()), sorted(curve["coverage"].unique().tolist())
    ruin, coverage = levels[min(max(level, 0), len(levels) - 1)], factors[min(max(factor, 0), len(factors) - 1)]
    return view.part("fund_answer.html", answer=_answer(part, view.tr, ruin, coverage))


def _part(view: View, parts: dict[str, Found]) -> Part:
    part = view.space.shelf.open(parts["fund"])
    assert isinstance(part, Part)
    return part


def _nearest(values: pd.Series, wanted: float) -> int:
    known = np.array(sorted(values.unique().tolist()))
    return int(np.abs(known - wanted).argmin())


def _answer(part: Part, tr: Translator, ruin: float, coverage: float) -> list[Figure]:
    """The figures that follow from a chance of ruin and a factor of coverage."""
    curve, info = part.tables["curve"], part.info
    currency, scale = part.region.settings.currency, float(info["money_scale"])
    own = curve[np.isclose(curve["coverage"], coverage)].sort_values("ruin")
    capital = float(own["capital"].iloc[int((own["ruin"] - ruin).abs().to_numpy().argmin())])
    level = float(info["level"])
    var = float(info["var"][f"{level:g}"]) * scale
    return [
        Figure(tr.money(capital, currency), tr("Capital needed at the start"),
               tr("chance of {ruin} to run dry by {year}", ruin=tr.percent(ruin, 2),
                  year=max(int(y) for y in info["ruin"]))),
        Figure(tr.money(coverage * float(info["aal"]) * scale, currency), tr("Claims of the first year"),
               tr("on average")),
        Figure(tr.money(coverage * var, currency), tr("Claims of a bad year"),
               tr("exceeded once in {n} years", n=tr.whole(1 / (1 - level)))),
    ]  # fmt: skip
