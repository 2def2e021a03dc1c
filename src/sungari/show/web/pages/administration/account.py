"""One's own account: sessions, tokens for programs, and the address of one's calendar."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sungari import words as saying
from sungari.errors import Forbidden, InputError, Problem
from sungari.operate.access import accounts, second, sessions, tokens
from sungari.operate.access.actor import ACTIONS
from sungari.operate.access.records import Login, Token
from sungari.operate.desk.feed import ACTION as CALENDAR_READ
from sungari.show.i18n import LANGUAGES
from sungari.show.web.given import Given, Sent, by_column, done
from sungari.show.web.view import LANGUAGE, Seen, View
from sungari.show.web.words import SCOPES, Words

router = APIRouter(prefix="/account", include_in_schema=False)
#: Days that the address of a calendar is good for.
CALENDAR = 366
_YEAR = 365 * 24 * 3600


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """One's own account."""
    return _page(view)


@router.post("/language")
def speak(view: Seen, given: Sent) -> Response:
    """Choose the language that one is met in."""
    with view.writing(saying.Words("chose a language")) as work:
        accounts.change(work, _own(view), language=given.text("language"))
    answer = done("/account", "saved")
    answer.set_cookie(LANGUAGE, given.text("language"), max_age=_YEAR, samesite="lax", httponly=True)
    return answer


@router.post("/sessions")
def end(view: Seen, given: Sent) -> RedirectResponse:
    """End one of one's sessions, or all."""
    number = given.whole("number")
    with view.writing(saying.Words("ended a session")) as work:
        if number is None:
            accounts.end_all(work, _own(view))
        elif work.get(Login, number, what="session").account == _own(view):
            sessions.end(work, number)
    return done("/account#sessions", "ended")


@router.post("/tokens")
def issue(view: Seen, given: Sent) -> Response:
    """Give out a token, and show it this once."""
    try:
        with view.writing(saying.Words("gave out a token")) as work:
            days = given.whole("days") or tokens.DAYS
            secret = tokens.issue(work, _own(view), given.text("name"), given.several("scopes"), days=days)
    except InputError as error:
        return _page(view, problems=error.problems, given=given)
    return _page(view, secret=secret)


@router.post("/tokens/end")
def revoke(view: Seen, given: Sent) -> RedirectResponse:
    """End one of one's tokens."""
    with view.writing(saying.Words("ended a token")) as work:
        if work.get(Token, given.whole("number") or 0, what="token").account == _own(view):
            tokens.revoke(work, given.whole("number") or 0)
    return done("/account#tokens", "ended")


@router.post("/feed")
def subscribe(view: Seen) -> HTMLResponse:
    """An address of the committee's calendar for one's own program, shown this once."""
    with view.writing(saying.Words("made an address of the calendar")) as work:
        secret = tokens.issue(work, _own(view), view.tr("Calendar"), [CALENDAR_READ], days=CALENDAR)
    return _page(view, feed=str(view.request.url_for("subscribed", token=secret, name=view.lang)))


def _own(view: View) -> str:
    if not view.actor.account:
        raise Forbidden(view.tr("Nobody has signed in; whoever has the database in hand has no account."))
    return view.actor.account


def _page(
    view: View, *, secret: str = "", feed: str = "", problems: list[Problem] | None = None, given: Given | None = None
) -> HTMLResponse:
    code = _own(view)
    with view.reading() as work:
        words = Words(work, view.tr)
        return view.page(
            "administration/own.html", view.tr("My account"), status=422 if problems else 200, words=words,
            account=accounts.get(work, code), grants=accounts.grants_of(work, code), secret=secret, feed=feed,
            sessions=sessions.listed(work, code), tokens=tokens.listed(work, code), problems=problems or [],
            wrong=by_column(problems or []), days=tokens.DAYS, longest=tokens.LONGEST,
            spoken=[(c, name) for c, (name, _) in LANGUAGES.items()],
            scopes=[(s, words.scope(s)) for s in SCOPES if s in ACTIONS and view.actor.may(s)],
            factor=second.of(work, code),
            chosen=given.several("scopes") if given is not None else ["read"],
            name=given.text("name") if given is not None else "",
        )  # fmt: skip
