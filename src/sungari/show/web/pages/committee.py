"""The committee: its desk of cases, agenda and meetings, calendar, statistics."""

from __future__ import annotations

from fastapi import APIRouter

from sungari.show.i18n import N_
from sungari.show.web.pages import (
    committee_calendar,
    committee_case,
    committee_desk,
    committee_meetings,
    committee_statistics,
)
from sungari.show.web.pages.page import Page

router = APIRouter(include_in_schema=False)
for part in (committee_calendar, committee_meetings, committee_statistics, committee_desk, committee_case):
    router.include_router(part.router)
PAGE = Page("/committee", N_("Committee"), router)
