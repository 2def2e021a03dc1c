"""Accounts: who may come in, what they are granted, their sessions and tokens."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from sungari import words as saying
from sungari.errors import InputError, Problem
from sungari.operate.access import accounts, second, sessions, tokens
from sungari.operate.access.actor import ALL, ROLES
from sungari.operate.access.records import Grant, Login, Token
from sungari.operate.holdings import Organisation
from sungari.operate.register import Work
from sungari.show.i18n import LANGUAGES
from sungari.show.web.given import Given, Sent, address, by_column, done
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/administration/accounts", include_in_schema=False)
_CELLS = ("name", "email", "language", "organisation")


@router.get("")
def show(view: Seen) -> HTMLResponse:
    """All accounts with what they are granted."""
    with view.reading() as work:
        found = accounts.listed(work)
        grants: dict[str, list[Grant]] = {}
        for grant in work.session.scalars(select(Grant).order_by(Grant.role, Grant.party)):
            grants.setdefault(grant.account, []).append(grant)
        return view.page("administration/accounts.html", view.tr("Administration"), parts=parts(view), found=found,
                         grants=grants, words=Words(work, view.tr))


@router.get("/new")
def blank(view: Seen) -> HTMLResponse:
    """The form of a new account."""
    view.actor.demand("accounts")
    return _new(view, {}, [])


@router.post("/new")
def create(view: Seen, given: Sent) -> Response:
    """Add an account, with a first grant, and show its one-time password this once."""
    cells = given.cells(("code", *_CELLS, "role", "party"))
    try:
        with view.writing(saying.Words("new account")) as work:
            accounts.create(work, cells["code"], cells["name"], email=cells["email"] or None,
                            language=cells["language"] or "en", organisation=cells["organisation"] or None)
            if cells["role"]:
                accounts.grant(work, cells["code"], cells["role"], cells["party"] or ALL)
            password = accounts.one_time(work, cells["code"])
    except InputError as error:
        return _new(view, cells, error.problems)
    return _one(view, cells["code"], password=password)


@router.get("/{code}")
def one(view: Seen, code: str) -> HTMLResponse:
    """An account."""
    return _one(view, code)


@router.post("/{code}")
def save(view: Seen, code: str, given: Sent) -> Response:
    """Change an account."""
    try:
        with view.writing(saying.Words("changed an account")) as work:
            accounts.change(work, code, expected=given.whole("expected"), **given.cells(_CELLS))
    except InputError as error:
        return _one(view, code, problems=error.problems, given=given)
    return done(address("administration", "accounts", code), "saved")


@router.post("/{code}/password")
def one_time(view: Seen, code: str) -> HTMLResponse:
    """A new one-time password, shown this once."""
    with view.writing(saying.Words("new one-time password")) as work:
        password = accounts.one_time(work, code)
    return _one(view, code, password=password)


@router.post("/{code}/second-factor")
def take_away(view: Seen, code: str) -> RedirectResponse:
    """Take a lost second factor away."""
    with view.writing(saying.Words("took a second factor away")) as work:
        second.take_away(work, code)
    return done(address("administration", "accounts", code), "removed")


@router.post("/{code}/grant")
def grant(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Grant a role for a party."""
    with view.writing(saying.Words("granted a role")) as work:
        accounts.grant(work, code, given.text("role"), given.text("party"))
    return done(address("administration", "accounts", code) + "#grants", "saved")


@router.post("/{code}/revoke")
def revoke(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Take a grant back."""
    with view.writing(saying.Words("took a role back")) as work:
        accounts.revoke(work, code, given.text("role"), given.text("party"))
    return done(address("administration", "accounts", code) + "#grants", "removed")


@router.post("/{code}/active")
def switch(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Keep an account out, or let it in again."""
    why = saying.Words("let an account in") if given.on("active") else saying.Words("kept an account out")
    with view.writing(why) as work:
        (accounts.activate if given.on("active") else accounts.deactivate)(work, code)
    return done(address("administration", "accounts", code), "saved")


@router.post("/{code}/sessions")
def end(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """End one session of an account, or all of them."""
    number = given.whole("number")
    with view.writing(saying.Words("ended a session")) as work:
        if number is None:
            accounts.end_all(work, code)
        elif work.get(Login, number, what="session").account == code:
            sessions.end(work, number)
    return done(address("administration", "accounts", code) + "#sessions", "ended")


@router.post("/{code}/tokens")
def end_token(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """End a token of an account."""
    with view.writing(saying.Words("ended a token")) as work:
        if work.get(Token, given.whole("number") or 0, what="token").account == code:
            tokens.revoke(work, given.whole("number") or 0)
    return done(address("administration", "accounts", code) + "#tokens", "ended")


def _new(view: View, cells: dict[str, str], problems: list[Problem]) -> HTMLResponse:
    with view.reading() as work:
        return view.page("administration/account_new.html", view.tr("New account"), parts=parts(view),
                         status=422 if problems else 200, cells=cells, problems=problems, wrong=by_column(problems),
                         **_choices(view, work))


def _choices(view: View, work: Work) -> dict[str, Any]:
    words = Words(work, view.tr)
    names = work.session.execute(select(Organisation.code, Organisation.name).order_by(Organisation.name))
    return {
        "words": words, "roles": [(role, words.value(role)) for role in ROLES],
        "parties": [(ALL, words.party(ALL)), *words.party_choices()], "organisations": list(iter(names)),
        "spoken": [(code, name) for code, (name, _) in LANGUAGES.items()],
    }  # fmt: skip


def _one(
    view: View, code: str, *, password: str = "", problems: list[Problem] | None = None, given: Given | None = None
) -> HTMLResponse:
    with view.reading() as work:
        account = accounts.get(work, code)
        cells = given.cells(_CELLS) if given is not None else {c: getattr(account, c) or "" for c in _CELLS}
        return view.page(
            "administration/account.html", account.name, parts=parts(view), status=422 if problems else 200,
            account=account, cells=cells, problems=problems or [], wrong=by_column(problems or []), password=password,
            grants=accounts.grants_of(work, code), sessions=sessions.listed(work, code),
            tokens=tokens.listed(work, code), own=view.actor.account == code, factor=second.of(work, code),
            **_choices(view, work),
        )  # fmt: skip
