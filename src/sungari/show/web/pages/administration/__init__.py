"""Administration: accounts, rules and gates, restrictions, calendars, the audit trail, backups."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from sungari.show.i18n import N_
from sungari.show.web.pages.administration import account, accounts, calendars, restrictions, tables, trail
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.pages.page import Page
from sungari.show.web.view import Seen

router = APIRouter(include_in_schema=False)
for part in (accounts, restrictions, calendars, trail,
             account, tables):  # the last takes any name
    router.include_router(part.router)
PAGE = Page("/administration", N_("Administration"), router, "audit.read")


@router.get("/administration")
def first(view: Seen) -> RedirectResponse:
    """The first part that the reader may see."""
    view.actor.demand("audit.read")
    return RedirectResponse(parts(view)[0][0], 303)
