"""The workspace as an application: its pages, its files, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from sungari import __version__
from sungari.errors import Conflict, Forbidden, InputError, NoSolution, SungariError, Unknown, UsageError
from sungari.operate.access.actor import LOCAL, Actor
from sungari.operate.register import Register
from sungari.show.api import app as api
from sungari.show.i18n import N_
from sungari.show.web import preferences, statics
from sungari.show.web.pages import BELOW, PAGES
from sungari.show.web.space import Space
from sungari.show.web.view import View


def create(
    register: Register, *, identify: Callable[[Request], Actor] = lambda _request: LOCAL
) -> FastAPI:
    """The workspace over a register, with the API below it.

    Nobody is kept out of it: :func:`sungari.show.web.shield.protect` goes around whatever others can reach.

    Parameters
    ----------
    register : Register
    identify : callable
        Says of a request who makes it.
    """
    app = FastAPI(title="Sungari", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.space = Space(register, identify)
    app.include_router(statics.router)
    app.include_router(preferences.router)
    for router in (*BELOW, *(page.router for page in PAGES)):
        app.include_router(router)
    app.mount(api.PATH, api.create(register))
    app.add_api_route("/", lambda: RedirectResponse(PAGES[0].path, 303), include_in_schema=False)
    app.add_exception_handler(SungariError, _refused)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    return app


#: What a refusal is called, and its status.
_REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (Forbidden, 403, N_("You may not do this")),
    (Conflict, 409, N_("Somebody was faster")),
    (Unknown, 404, N_("Not found")),
    (UsageError, 400, N_("This can't be done")),
    (InputError, 422, N_("The figures are not in order")),
    (NoSolution, 422, N_("There is no solution")),
)


def _refused(request: Request, error: Exception) -> Response:
    """A page, or a part of one, that says what was refused and why."""
    known = ((status, title) for kind, status, title in _REFUSALS if isinstance(error, kind))
    status, title = next(known, (400, N_("This can't be done")))
    assert isinstance(error, SungariError)
    problems = error.problems if isinstance(error, InputError) else []
    view = View(request)
    shown = {"headline": view.tr(title), "message": "" if problems else view.tr.said(error.words), "problems": problems}
    if view.partial:
        return view.part("problem.html", status=status, **shown)
    return view.page("refused.html", view.tr(title), status=status, **shown)


def _misspelt(request: Request, error: Exception) -> Response:
    """An address with something else than a number where one belongs: there is no such page."""
    return _failed(request, HTTPException(404))


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    view = View(request)
    title = view.tr("There is no such page") if error.status_code == 404 else view.tr("This can't be done")
    shown = {"headline": title, "message": "", "problems": []}
    if view.partial:
        return view.part("problem.html", status=error.status_code, **shown)
    return view.page("refused.html", title, status=error.status_code, **shown)
