"""Who a request is from: a program by its token, or a page of the workspace by its session."""

from __future__ import annotations

import hmac

from fastapi import Request

from sungari.errors import Forbidden
from sungari.operate.access import sessions, tokens
from sungari.operate.access.actor import Actor
from sungari.operate.register import Register
from sungari.show.api.asking import Identify

#: The cookie of a session, by https and without; the header that proves that a page of ours sends it.
COOKIES = ("__Host-sungari-session", "sungari-session")
HEADER = "x-sungari-form"
#: What changes nothing.
SAFE = ("GET", "HEAD", "OPTIONS")


def known(register: Register) -> Identify:
    """Says who a request is from; a token goes before a session."""

    def identify(request: Request) -> Actor:
        token = bearer(request)
        if token or "authorization" in request.headers:
            return tokens.entered(register, token)
        secret = next(filter(None, (request.cookies.get(name) for name in COOKIES)), "")
        if not secret:
            raise Forbidden("a token is needed: Authorization: Bearer TOKEN")
        signed = sessions.entered(register, secret)
        if request.method not in SAFE and not _from_here(request, secret):
            raise Forbidden(f"in a session what changes something needs the header {HEADER}; programs use a token")
        return signed.actor

    return identify


def bearer(request: Request) -> str:
    """The token of a request; empty where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _from_here(request: Request, secret: str) -> bool:
    """Whether a page of ours sends it: by what the browser says, and by what only such a page knows."""
    given = request.headers.get(HEADER, "").encode()
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin" and hmac.compare_digest(
        given, sessions.form_secret(secret).encode())
