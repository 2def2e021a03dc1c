"""Projects: the register as a list, a board and a map; a project's page; files in and out."""

from __future__ import annotations

from fastapi import APIRouter

from sungari.show.i18n import N_
from sungari.show.web.pages.page import Page
from sungari.show.web.pages.projects import board, documents, edit, exchange, life, listing, page, records

router = APIRouter(include_in_schema=False)
# What stands on no project comes below /projects/-/, so that a project may have any name; a project's own page comes
# last, since its address fits all.
for part in (listing, board, exchange, edit, life, records,
             documents, page):
    router.include_router(part.router)
PAGE = Page("/projects", N_("Projects"), router)
