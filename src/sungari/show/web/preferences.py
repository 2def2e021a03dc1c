"""Language and light: what a reader has chosen is kept in the browser."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from sungari.errors import UsageError, hinted
from sungari.show.i18n import LANGUAGES
from sungari.show.web.view import LANGUAGE
from sungari.words import Words

router = APIRouter(include_in_schema=False)
_YEAR = 365 * 24 * 3600


@router.get("/language/{code}")
def choose(code: str, back: str = "/") -> RedirectResponse:
    """Choose a language, and go back to where one was."""
    if code not in LANGUAGES:
        raise UsageError(hinted(Words("no language {code!r}", code=code), code, LANGUAGES))
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if inside else "/", 303)
    answer.set_cookie(LANGUAGE, code, max_age=_YEAR, samesite="lax", httponly=True)
    return answer
