"""Signing in and out, and choosing a password."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sungari.errors import Forbidden, InputError
from sungari.operate.access import accounts, passwords, sessions, signing
from sungari.operate.access.actor import Actor
from sungari.operate.access.provider import Attempt, Provider
from sungari.operate.register import Register
from sungari.show.i18n import N_
from sungari.show.web import shield
from sungari.show.web.given import Sent, address, inside
from sungari.show.web.view import LANGUAGE, View
from sungari.words import Words

router = APIRouter(include_in_schema=False)
#: Somebody who has not signed in, and may do nothing.
VISITOR = Actor("visitor", "", frozenset())
ATTEMPT, HALFWAY = "sungari-attempt", "sungari-halfway"
#: Seconds that a way to the provider and back may take.
AWAY = 600
_YEAR = 365 * 24 * 3600
#: Where the provider sends people back to.
BACK = "/login/back"


def current(request: Request) -> Actor:
    """Who makes a request: whoever has signed in, else somebody who may do nothing."""
    signed = signed_in(request)
    return signed.actor if signed is not None else VISITOR


def signed_in(request: Request) -> sessions.Signed | None:
    """The session of a request; None where it has none."""
    found: sessions.Signed | None = getattr(request.state, "signed", None)
    return found


def ask(request: Request) -> Response:
    """Send whoever has not signed in to where that is done, and back to this page afterwards."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method == "GET" and "hx-request" not in request.headers and here != "/" else ""
    return send_to(request, "/login" + (f"?back={quote(back, safe='')}" if back else ""))


def send_to(request: Request, path: str) -> Response:
    """Send a browser to another page, also where only a part of a page was asked for."""
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def register_of(request: Request) -> Register:
    """The register that a request is for."""
    found: Register = request.app.state.space.register
    return found


def _provider(request: Request) -> Provider | None:
    return shield.settings_of(request).provider


def _from(request: Request) -> dict[str, str]:
    """Where a request comes from, and with what."""
    address = request.client.host if request.client else ""
    return {"address": address, "agent": request.headers.get("user-agent", "")}


# -- in ---------------------------------------------------------------------------------------------------------------


@router.get("/login")
def form(request: Request, back: str = "/") -> Response:
    """The page to sign in on."""
    if signed_in(request) is not None:
        return RedirectResponse(inside(back, "/"), 303)
    return _form(request, back=inside(back, "/"))


def _form(request: Request, *, status: int = 200, name: str = "", back: str = "/", wrong: str = "") -> Response:
    return _door(request, "signing_in/login.html", N_("Sign in"), status=status, back=back, wrong=wrong, name=name,
                 provider=_provider(request))  # fmt: skip


def _door(
    request: Request, template: str, title: str, *, status: int = 200, back: str, wrong: str = "", **context: Any
) -> Response:
    """A page for who has not signed in, with a secret for its form."""
    fresh = "" if request.state.form_of else passwords.new_secret()
    request.state.form_of = request.state.form_of or fresh
    view = View(request)
    made = view.part(template, status=status, title=view.tr(title), back=back, wrong=wrong and view.tr(wrong),
                     **context)  # fmt: skip
    if fresh:
        shield.keep(request, made, shield.VISITOR, fresh)
    return made


@router.post("/login")
def sign_in(request: Request, given: Sent) -> Response:
    """Sign in by password."""
    name, back = given.text("name")[:200], inside(given.text("back", "/"), "/")
    password = given.fields.get("password")  # as it is: blanks around it may belong to it
    try:
        secret = signing.sign_in(register_of(request), name, password if isinstance(password, str) else "",
                                 **_from(request))
    except signing.CodeAskedError as asked:
        answer = RedirectResponse(address("login", "code", back=back if back != "/" else None), 303)
        shield.keep(request, answer, HALFWAY, asked.halfway, int(signing.HALFWAY.total_seconds()))
        return answer
    except Forbidden:
        return _form(request, status=403, name=name, back=back, wrong=N_(
            "The name or the password is wrong, or there were too many attempts; wait a little before you try again."))
    return _entered(request, secret, back)


@router.get("/login/code")
def code_form(request: Request, back: str = "/") -> Response:
    """The page that asks for a code of the second factor, once the password has been right."""
    if not signing.waiting(register_of(request), shield.kept(request, HALFWAY)):
        return RedirectResponse("/login", 303)
    return _door(request, "signing_in/code.html", N_("Second factor"), back=inside(back, "/"))


@router.post("/login/code")
def sign_in_by_code(request: Request, given: Sent) -> Response:
    """Sign in by a code of the second factor."""
    halfway, back = shield.kept(request, HALFWAY), inside(given.text("back", "/"), "/")
    try:
        secret = signing.sign_in_by_code(register_of(request), halfway, given.text("code"), **_from(request))
    except Forbidden:
        if signing.waiting(register_of(request), halfway):
            return _door(request, "signing_in/code.html", N_("Second factor"), status=403, back=back, wrong=N_(
                "The code is wrong or has been used, or there were too many attempts; wait a little before you try "
                "again."))
        answer = _form(request, status=403, back=back, wrong=N_("That took too long. Begin again."))
    else:
        answer = _entered(request, secret, back)
    shield.keep(request, answer, HALFWAY, "")
    return answer


def _entered(request: Request, secret: str, back: str) -> Response:
    """A new session for the browser, whatever it had before."""
    old = shield.cookie(request)
    if old:
        signing.sign_out(register_of(request), old)
    signed = sessions.entered(register_of(request), secret)
    answer = RedirectResponse(back, 303)
    shield.keep(request, answer, shield.SESSION, secret, int(sessions.LONGEST.total_seconds()))
    shield.keep(request, answer, shield.VISITOR, "")
    if signed.language and LANGUAGE not in request.cookies:
        answer.set_cookie(LANGUAGE, signed.language, max_age=_YEAR, samesite="lax", httponly=True)
    return answer


@router.get("/login/provider")
def go(request: Request, back: str = "/") -> Response:
    """Send the browser to the provider."""
    provider = _provider(request)
    if provider is None:
        return RedirectResponse("/login", 303)
    attempt = Attempt.new()
    answer = RedirectResponse(provider.begin(attempt, shield.settings_of(request).origin_of(request) + BACK), 303)
    shield.keep(request, answer, ATTEMPT, f"{attempt}.{quote(inside(back, '/'), safe='')}", AWAY)
    return answer


@router.get(BACK)
def come_back(request: Request) -> Response:
    """Take in whom the provider vouches for."""
    provider = _provider(request)
    if provider is None:
        return RedirectResponse("/login", 303)
    *parts, back = (shield.kept(request, ATTEMPT) + "...").split(".", 3)
    wrong = N_("The provider's answer does not hold, or came too late. Begin again.")
    try:
        attempt = Attempt.read(".".join(parts))
        person = provider.finish(attempt, shield.settings_of(request).origin_of(request) + BACK, request.query_params)
        wrong = N_("There is no account of you here. Ask an administrator of the register for one.")
        secret = signing.sign_in_as(register_of(request), person.issuer, person.subject, person.email, **_from(request))
    except Forbidden:
        answer = _form(request, status=403, wrong=wrong)
    else:
        answer = _entered(request, secret, inside(unquote(back.rstrip(".")), "/"))
    shield.keep(request, answer, ATTEMPT, "")
    return answer


# -- out --------------------------------------------------------------------------------------------------------------


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """End the session."""
    signing.sign_out(register_of(request), shield.cookie(request))
    answer = RedirectResponse("/login", 303)
    shield.keep(request, answer, shield.SESSION, "")
    return answer


# -- one's own account ------------------------------------------------------------------------------------------------


@router.get("/account/password")
def password_form(request: Request) -> Response:
    """The page to choose a password on."""
    return _password(request)


def _password(request: Request, *, status: int = 200, wrong: str = "", problems: list[str] | None = None) -> Response:
    signed = signed_in(request)
    assert signed is not None  # the shield lets nobody else here
    view = View(request)
    return view.part("signing_in/password.html", status=status, title=view.tr("Choose a password"), signed=signed,
                     wrong=wrong and view.tr(wrong), problems=[view.tr(p) for p in problems or []])  # fmt: skip


@router.post("/account/password")
async def choose(request: Request, given: Sent) -> Response:
    """Choose a password."""
    signed = signed_in(request)
    assert signed is not None
    texts = [given.fields.get(n) for n in ("old", "new", "again")]
    old, new, again = (t if isinstance(t, str) else "" for t in texts)
    if new != again:
        return _password(request, status=422, problems=[N_("The two new passwords are not the same.")])

    def change() -> Any:
        with register_of(request).writing(why=Words("chose a password"), actor=signed.actor) as work:
            accounts.choose(work, signed.account, old, new, keep=signed.login)

    try:
        await run_in_threadpool(change)
    except Forbidden:
        return _password(request, status=403, wrong=N_("The old password is not right."))
    except InputError as error:
        return _password(request, status=422, problems=[p.expected for p in error.problems])
    return RedirectResponse("/", 303)


#: What may be wrong with a new password, as :mod:`sungari.operate.access.passwords` says it.
SAID = (
    N_("expected 12 to 200 characters"), N_("expected something else than a name"),
    N_("expected something that others don't guess: it holds a common word, name, date or row of keys"),
    N_("expected another one than the old"),
)  # fmt: skip
