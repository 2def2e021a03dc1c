"""The committee: its desk of cases, agenda and meetings, calendar, statistics."""

from __future__ import annotations

from fastapi import APIRouter

from sungari.show.i18n import N_
from sungari.show.web.pages.committee import calendar, case, desk, meetings, statistics
from sungari.show.web.pages.page import Page

router = APIRouter(include_in_schema=False)
for part in (calendar, meetings, statistics, desk, case):
    router.include_router(part.router)
PAGE = Page("/committee", N_("Committee"), router)
