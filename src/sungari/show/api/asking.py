"""Who asks, and what they may do: every request has a token, or is answered with 401 before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Header, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from sungari.errors import Forbidden, InputError, Problem, nearest
from sungari.operate.access.actor import Actor
from sungari.operate.register import Register, Work
from sungari.show.api import problems

#: Says who a request is from; raises Forbidden where nobody is known by it.
Identify = Callable[[Request], Actor]
#: What may be asked by everybody: the description of the API.
OPEN = ("/openapi.json",)
BEARER = HTTPBearer(scheme_name="token", auto_error=False, description=(
    "`Authorization: Bearer TOKEN`. A token acts for its account, held to the token's scopes: the names in the "
    "brackets of each operation."))  # fmt: skip


class Guard:
    """Lets through whoever is known.

    Parameters
    ----------
    app : ASGI application
    identify : callable
    """

    def __init__(self, app: ASGIApp, identify: Identify) -> None:
        self.app, self.identify = app, identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
        if scope["type"] != "http" or path in OPEN:
            return await self.app(scope, receive, send)
        try:
            actor = await run_in_threadpool(self.identify, Request(scope))
        except Forbidden as error:
            refused = problems.answer(401, "unauthorized", str(error), {"WWW-Authenticate": 'Bearer realm="sungari"'})
            return await refused(scope, receive, send)
        except problems.Refused as error:
            refused = problems.answer(error.status_code, error.kind, error.detail, error.headers)
            return await refused(scope, receive, send)
        scope.setdefault("state", {})["actor"] = actor
        return await self.app(scope, receive, send)


def known_query(request: Request) -> None:
    """Refuse parameters that an operation does not have: a filter that is misspelt would show too much."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    names = set(_queries(route.dependant))
    strange = [
        Problem("query", None, name, request.query_params[name][:200], "no such parameter", nearest(name, names))
        for name in request.query_params if name not in names
    ]  # fmt: skip
    if strange:
        raise InputError(strange, "request")


def _queries(dependant: Any) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _queries(each)


@dataclass
class Reader:
    """Whoever asks to see something."""

    register: Register
    actor: Actor

    def reading(self, action: str = "read") -> AbstractContextManager[Work]:
        """The register as the actor may see it."""
        return self.register.reading(self.actor, action)


@dataclass
class Writer(Reader):
    """Whoever asks to change something, and why."""

    why: str = ""

    def writing(self, why: str = "") -> AbstractContextManager[Work]:
        """A change of the register in the actor's name."""
        return self.register.writing(self.actor.name, why or self.why, actor=self.actor)


def _reader(scopes: SecurityScopes, request: Request, _: Annotated[Any, Depends(BEARER)]) -> Reader:
    actor: Actor = request.state.actor
    for action in scopes.scopes:
        actor.demand(action)
    return Reader(request.app.state.register, actor)


def _writer(
    scopes: SecurityScopes, request: Request, _: Annotated[Any, Depends(BEARER)],
    why: Annotated[str, Header(description="For what reason, for the audit trail; percent-encoded where it is not "
                                           "ASCII", pattern=r"^[\x20-\x7e]{0,4000}$")] = "",
) -> Writer:  # fmt: skip
    reader = _reader(scopes, request, _)
    reason = unquote(why, errors="replace")
    if any(ord(c) < 32 or 0x7F <= ord(c) <= 0x9F for c in reason):
        raise problems.Refused(422, "usage", "the reason holds control characters")
    return Writer(reader.register, reader.actor, reason.strip())


def reads(action: str = "read") -> Any:
    """What an operation takes that shows something to whoever may do `action`: a :class:`Reader`."""
    return Security(_reader, scopes=[action])


def writes(action: str) -> Any:
    """What an operation takes that changes something for whoever may do `action`: a :class:`Writer`."""
    return Security(_writer, scopes=[action])


Reading = Annotated[Reader, reads()]
