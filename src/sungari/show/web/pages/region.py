"""The region: what moves where, where it chokes, what a unit is worth."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sungari.show.i18n import N_
from sungari.show.web.pages.page import Page
from sungari.show.web.view import Seen

router = APIRouter(prefix="/region", include_in_schema=False)
PAGE = Page("/region", N_("Region"), router)


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """The page."""
    return view.page("region.html", view.tr("Region"))
