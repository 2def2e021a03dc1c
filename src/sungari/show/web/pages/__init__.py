"""Pages of the workspace: one file each. A new page is one more file and its line in :data:`PAGES`."""

from fastapi import APIRouter

from sungari.show.web.pages import (
    administration,
    charts,
    committee,
    decide,
    fund,
    projects,
    region,
    settings,
    studies,
    tables,
)
from sungari.show.web.pages.page import Page

#: In the order of the navigation.
PAGES: tuple[Page, ...] = (region.PAGE, projects.PAGE, decide.PAGE, fund.PAGE, studies.PAGE, committee.PAGE,
                           administration.PAGE)
#: What lies below a page, in files of its own.
BELOW: tuple[APIRouter, ...] = (settings.router, tables.router, charts.router)
