"""What stands before every page: headers, limits, who asks, and that a form was sent from a page of ours.

Each is a small layer around the application, so that no page can leave one out. :func:`protect` puts them on.
"""

from __future__ import annotations

import hmac
import os
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sungari.errors import Forbidden, UsageError, hinted
from sungari.operate import documents
from sungari.operate.access import sessions
from sungari.operate.access.actor import ROLES
from sungari.operate.access.passwords import digest
from sungari.operate.access.provider import Provider
from sungari.show.i18n import N_
from sungari.words import Words

#: The API has tokens instead of sessions, and limits of its own for what a request may bring.
API = "/api/"
#: Pages and files that are for everybody; the calendar's address has a token in it.
OPEN = ("/static/", "/language/", "/login", "/committee/feed/")
#: The page to set up a second factor on.
SECOND = "/account/second-factor"
#: Cookies: of the session, and of what a form is tied to before there is one.
SESSION, VISITOR = "sungari-session", "sungari-visitor"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: Field of a form, and header, that carry what only a page of ours knows.
FIELD, HEADER = "_form", "x-sungari-form"
#: Most bytes of a form without files, and that a form with files may have around them.
BODY, AROUND = 5 * 2**20, 2**20
#: The beginning of a form, in which its secret stands.
_HEAD = 64 * 2**10
_URLENCODED = re.compile(rb"(?:^|&)_form=([0-9a-f]{64})(?:&|$)")
_MULTIPART = re.compile(rb'name="_form"\r\n\r\n([0-9a-f]{64})\r\n')

POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How a workspace is reached and what it lets through.

    Attributes
    ----------
    origin : str
        Its public address, ``https://sungari.example``; empty: as each request says (this machine only).
    provider : Provider or None
        The OIDC provider that people may sign in by.
    second_factor : frozenset of str
        Roles that a password alone opens nothing for.
    sign_ins, writes : str
        How many attempts to sign in an address has, and how many changes a session, as limits' notation.
    """

    origin: str = ""
    provider: Provider | None = None
    second_factor: frozenset[str] = frozenset()
    sign_ins: str = "20 per minute; 200 per hour"
    writes: str = "600 per minute"

    @classmethod
    def from_environment(cls) -> Settings:
        """Settings by ``SUNGARI_ORIGIN``, ``SUNGARI_SECOND_FACTOR`` and those of :meth:`Provider.from_environment`.

        Raises
        ------
        UsageError
            If they can't be.
        """
        origin = os.environ.get("SUNGARI_ORIGIN", "").rstrip("/")
        parts = urlsplit(origin)
        if origin and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path):
            raise UsageError("SUNGARI_ORIGIN {origin!r}: expected an address like https://sungari.example",
                             origin=origin)
        roles = frozenset(os.environ.get("SUNGARI_SECOND_FACTOR", "").replace(",", " ").split())
        for role in sorted(roles - ROLES.keys()):
            text = Words("SUNGARI_SECOND_FACTOR: no role {role!r}", role=role)
            raise UsageError(hinted(text, role, ROLES, listed=True))
        return cls(origin, Provider.from_environment(), roles)

    def origin_of(self, request: Request) -> str:
        """The workspace's address, as this request reached it."""
        return self.origin or f"{request.url.scheme}://{request.headers.get('host', '')}"

    def secure(self, request: Request) -> bool:
        """Whether the request came by https."""
        return self.origin_of(request).startswith("https://")


@dataclass
class Shield:
    """The settings, and what is counted."""

    settings: Settings
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    limits: dict[str, list[RateLimitItem]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.limits = {"login": parse_many(self.settings.sign_ins), "write": parse_many(self.settings.writes)}

    def wait(self, what: str, whose: str) -> int:
        """Count something of somebody; seconds to wait where it was too much, else 0."""
        full = [limit for limit in self.limits[what] if not self.limiter.hit(limit, what, whose)]
        ends = [self.limiter.get_window_stats(limit, what, whose).reset_time - time.time() for limit in full]
        return max(1, int(max(ends)) + 1) if ends else 0


def protect(app: FastAPI, settings: Settings | None = None) -> None:
    """Put an application behind the shield, and let people sign in.

    Parameters
    ----------
    app : FastAPI
        With its ``state.space``.
    settings : Settings or None
        Default: as the environment says.
    """
    from sungari.show.web import second_factor, signing_in

    app.state.shield = Shield(settings or Settings.from_environment())
    app.state.space.identify = signing_in.current
    for router in (signing_in.router, second_factor.router):
        app.include_router(router)
    for layer in (_genuine, _known, _bodies, _rates, _headers):  # the last is the first that a request meets
        app.add_middleware(Layer, around=layer)


Around = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


class Layer:
    """One layer, around all requests by HTTP."""

    def __init__(self, app: ASGIApp, around: Around) -> None:
        self.app, self.around = app, around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        return await self.around(self.app, scope, receive, send)


def settings_of(request: Request) -> Settings:
    """The settings of the workspace that a request is for."""
    found: Settings = request.app.state.shield.settings
    return found


async def refuse(
    request: Request, status: int, title: str, text: str, headers: dict[str, str] | None = None
) -> Response:
    """A page, or a part of one, that says why a request was stopped before it reached any; for the API a problem."""
    if request.url.path.startswith(API):
        from sungari.show.api import problems

        return problems.answer(status, title.lower().replace(" ", "-"), text, headers)
    from sungari.show.web.view import View

    view = View(request)
    made = view.part("problem.html" if view.partial else "signing_in/stopped.html", status=status, title=view.tr(title),
                     headline=view.tr(title), message=view.tr(text), problems=[])  # fmt: skip
    made.headers.update(headers or {})
    return made


# -- the layers -------------------------------------------------------------------------------------------------------


async def _headers(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """What every answer says to the browser that shows it."""
    request = Request(scope)
    secure = settings_of(request).secure(request)

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            if secure:
                headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        await send(message)

    origin = settings_of(request).origin
    if origin and request.headers.get("host", "") != urlsplit(origin).netloc:
        answer = Response("this address is not the workspace's", 421, media_type="text/plain")
        return await answer(scope, receive, with_headers)
    return await inner(scope, receive, with_headers)


async def _rates(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """How often an address may try to sign in, and a session or token change something."""
    request = Request(scope)
    if request.method not in UNSAFE and request.url.path != "/login/back":
        return await inner(scope, receive, send)
    address = request.client.host if request.client else ""
    login = request.url.path.startswith("/login")
    whose = address if login else digest(_bearer(request) or cookie(request)) if _asks(request) else address
    wait = request.app.state.shield.wait("login" if login else "write", whose)
    if wait:
        answer = await refuse(request, 429, N_("Too many requests"), N_("Wait a little, then try again."),
                              {"Retry-After": str(wait)})
        return await answer(scope, receive, send)
    return await inner(scope, receive, send)


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "")


def _asks(request: Request) -> bool:
    return bool(_bearer(request) or cookie(request))


async def _bodies(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """How much a request may bring: by what it says, and by what comes."""
    request = Request(scope)
    if request.url.path.startswith(API):
        return await inner(scope, receive, send)
    form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    most, stated, seen = documents.LARGEST + AROUND if form else BODY, request.headers.get("content-length", "0"), 0
    too_large = partial(refuse, request, 413, N_("Too large"), N_("Nothing was taken of it."))
    if not stated.isdigit() or int(stated) > most:
        return await (await too_large())(scope, receive, send)
    begun = False

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise _TooLargeError
        return message

    async def noted(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        return await inner(scope, counted, noted)
    except _TooLargeError:
        if begun:
            raise
        return await (await too_large())(scope, receive, send)


class _TooLargeError(Exception):
    """More has come than was said or may come."""


async def _known(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Who asks: pages are for those who have signed in, and closed while a password or second factor is owed."""
    from sungari.show.web import signing_in

    request = Request(scope)
    path = request.url.path
    if path.startswith(API):
        return await inner(scope, receive, send)
    signed, secret = None, cookie(request)
    if secret:
        try:
            signed = await run_in_threadpool(sessions.entered, request.app.state.space.register, secret)
        except Forbidden:
            secret = ""
    scope.setdefault("state", {}).update(signed=signed, form_of=secret or kept(request, VISITOR))
    if signed is None and not path.startswith(OPEN):
        return await signing_in.ask(request)(scope, receive, send)
    if signed is not None and signed.must_change and not path.startswith((*OPEN, "/account/password", "/logout")):
        return await signing_in.send_to(request, "/account/password")(scope, receive, send)
    if signed is not None and owes(request, signed) and not path.startswith((*OPEN, SECOND, "/logout")):
        return await signing_in.send_to(request, SECOND)(scope, receive, send)
    return await inner(scope, receive, send)


def owes(request: Request, signed: sessions.Signed) -> bool:
    """Whether somebody came in by password alone whose role asks for a second factor, and has not set one up."""
    if signed.second or signed.must_change or signed.method != "password":
        return False
    return any(role in settings_of(request).second_factor for role, _ in signed.actor.grants)


async def _genuine(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Whether what changes something was sent from a page of ours: by what the browser says, and by a secret."""
    request = Request(scope)
    if request.method not in UNSAFE or request.url.path.startswith(API):
        return await inner(scope, receive, send)
    head, messages = b"", list[Message]()
    while len(head) < _HEAD:
        message = await receive()
        messages.append(message)
        head += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    if not (_from_here(request) and _holds(request, head)):
        answer = await refuse(request, 403, N_("Not from here"),
                              N_("The form was not sent from a page of yours, or the page is too old; load it again."))
        return await answer(scope, receive, send)

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return await inner(scope, again, send)


def _from_here(request: Request) -> bool:
    """What the browser says of where a request comes from, if it says anything."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    return origin is None or origin == settings_of(request).origin_of(request)


def _holds(request: Request, head: bytes) -> bool:
    secret: str = request.state.form_of
    if not secret:
        return False
    found = _URLENCODED.search(head[:_HEAD]) or _MULTIPART.search(head[:_HEAD])
    given = request.headers.get(HEADER, "").encode() or (found[1] if found else b"")
    return hmac.compare_digest(given, sessions.form_secret(secret).encode())


# -- cookies and forms ------------------------------------------------------------------------------------------------


def _named(request: Request, name: str) -> str:
    """A cookie's name; by https one that no other host can set."""
    return f"__Host-{name}" if settings_of(request).secure(request) else name


def cookie(request: Request) -> str:
    """The secret of a request's session; empty where it has none."""
    return kept(request, SESSION)


def kept(request: Request, name: str) -> str:
    """What :func:`keep` had the browser keep; empty for nothing."""
    return request.cookies.get(_named(request, name), "")


def keep(request: Request, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Have the browser keep something that no script sees, and send it to no other site; nothing: forget it."""
    answer.set_cookie(_named(request, name), value, max_age=seconds if value else 0, path="/", httponly=True,
                      samesite="lax", secure=settings_of(request).secure(request))  # fmt: skip


def form_field(request: Request) -> Markup:
    """What a form carries so that it can only have come from here; nothing where no shield stands."""
    secret = getattr(request.state, "form_of", "")
    if not secret:
        return Markup("")
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, sessions.form_secret(secret))
