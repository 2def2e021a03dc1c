"""How the client reaches the API: over a network, or in its own process; and how problems become errors again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
from anyio.from_thread import start_blocking_portal
from pydantic import BaseModel

from sungari.errors import (
    Conflict,
    Forbidden,
    GateClosed,
    InputError,
    Problem,
    SungariError,
    Unknown,
    UsageError,
)
from sungari.show.api.models.common import Place

PATH = "/api/v1"
#: Items that one request for a list brings.
AT_ONCE = 200
Shown = TypeVar("Shown", bound=BaseModel)


class InProcess(httpx2.BaseTransport):
    """Carries requests to an application in this process."""

    def __init__(self, app: Any) -> None:
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._transport = httpx2.ASGITransport(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask the application, and wait for all of its answer."""
        body = request.read()

        async def ask() -> httpx2.Response:
            asked = httpx2.Request(request.method, request.url, headers=request.headers, content=body)
            response = await self._transport.handle_async_request(asked)
            return httpx2.Response(response.status_code, headers=response.headers, content=await response.aread())

        return self._portal.call(ask)

    def close(self) -> None:
        """End the thread that the application runs in."""
        self._stack.close()


class Wire:
    """Requests and answers, typed.

    Parameters
    ----------
    server : str
        Address of a workspace, ``https://joint.example``.
    token : str
        A token that an account has given out.
    transport : httpx2.BaseTransport or None
        What carries requests; default the network.
    timeout : float
        Seconds to wait for an answer.
    """

    def __init__(
        self, server: str, token: str = "", *, transport: httpx2.BaseTransport | None = None, timeout: float = 60.0
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx2.Client(base_url=server.rstrip("/") + PATH, headers=headers, transport=transport,
                                       timeout=timeout)
        except (httpx2.InvalidURL, UnicodeEncodeError) as error:
            raise UsageError(f"no address of a server, or no token: {error}") from error

    def close(self) -> None:
        """Give back the connection."""
        self._http.close()

    def ask(
        self, method: str, path: str, *, why: str = "", tag: str | None = None, query: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> httpx2.Response:  # fmt: skip
        """One request; what is refused is raised.

        Parameters
        ----------
        method, path : str
        why : str
            For what reason, for the audit trail.
        tag : str or None
            ETag of the edition that an edit was made from.
        query : mapping or None
            What is None is left out.
        **options
            Of :meth:`httpx2.Client.request`.

        Raises
        ------
        SungariError
            As the register itself would raise it.
        """
        headers = {}
        if why:
            headers["Why"] = quote(why, safe=" !#$&'()*+,/:;=?@[]")
        if tag is not None:
            headers["If-Match"] = tag
        wanted = {k: v for k, v in (query or {}).items() if v is not None}
        try:
            response = self._http.request(method, path, headers=headers, params=wanted, **options)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UsageError(f"can't reach {self._http.base_url.host}: {error or type(error).__name__}") from error
        if response.status_code >= 300:
            raise error_of(response)
        return response

    def one(self, kind: type[Shown], method: str, path: str, **options: Any) -> Shown:
        """One thing."""
        return kind.model_validate_json(self.ask(method, path, **options).content)

    def all_of(self, kind: type[Shown], path: str, /, **query: Any) -> list[Shown]:
        """A list that comes whole."""
        return [kind.model_validate(each) for each in self.ask("GET", path, query=query).json()]

    def parts_of(self, kind: type[Shown], path: str, /, **query: Any) -> Iterator[Shown]:
        """A list that comes in parts, one after the other as they are needed."""
        offset, total = 0, 1
        while offset < total:
            found = self.ask("GET", path, query={**query, "limit": AT_ONCE, "offset": offset}).json()
            yield from (kind.model_validate(each) for each in found["items"])
            offset, total = offset + AT_ONCE, found["total"]

    def tag(self, path: str, expected: int | None = None) -> str:
        """The ETag of a thing at a version; None = as it is now."""
        return f'"{expected}"' if expected is not None else self.ask("GET", path).headers["ETag"]


def error_of(response: httpx2.Response) -> SungariError:
    """The error that an answer of the API stands for."""
    try:
        found = response.json()
        kind, detail = str(found["type"]).rpartition(":")[2], str(found["detail"])
    except (ValueError, KeyError, TypeError):
        return UsageError(f"the server answers {response.status_code} and not as Sungari's API does")
    problems = [Problem(**Place.model_validate(p).model_dump()) for p in found.get("problems", [])]
    if problems:
        return InputError(problems, detail.partition(" in the ")[2] or "request")
    if kind == "gate-closed":
        return GateClosed(detail, found.get("missing", []))
    if response.status_code in (401, 403):
        return Forbidden(detail)
    if response.status_code in (409, 412):
        return Conflict(detail)
    return Unknown(detail) if response.status_code == 404 else UsageError(detail)
