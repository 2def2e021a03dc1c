"""Errors as a client gets them: one problem object (RFC 9457) for each kind, that lists all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException as Plain

from sungari.errors import Conflict, Forbidden, GateClosed, InputError, Problem, SungariError, Unknown
from sungari.show.api.models import common

MEDIA_TYPE = "application/problem+json"
_KINDS = "urn:sungari:problem:"
#: What stands at the end of a place where a value fits none of several types.
_BRANCHES = {"bool": "true or false", "float": "a number", "constrained-str": "a text", "str": "a text",
             "constrained-int": "a whole number"}  # fmt: skip


class Refused(HTTPException):
    """A request that is not done, for a reason of the protocol."""

    def __init__(self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.kind = kind


class Unchanged(Exception):  # noqa: N818 - reads as what it is
    """What is asked for is still what the client has."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        super().__init__("not modified")


def answer(status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """A problem as a response."""
    body = common.Problem(
        type=f"{_KINDS}{kind}" if kind else "about:blank", title=HTTPStatus(status).phrase, status=status,
        detail=_printable(detail), **more,
    )  # fmt: skip
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _places(problems: Iterable[Problem]) -> list[common.Place]:
    return [common.Place(**{**p.as_dict(), "value": _printable(p.value)}) for p in problems]


def of(error: SungariError) -> JSONResponse:
    """The problem that an error of the library is."""
    if isinstance(error, InputError):
        n = len(error.problems)
        detail = f"{n} problem{'s' if n != 1 else ''} in the {error.what}"
        return answer(422, "input", detail, problems=_places(error.problems))
    if isinstance(error, GateClosed):
        return answer(409, "gate-closed", error.headline, missing=error.missing)
    for kind, status, name in ((Conflict, 409, "conflict"), (Forbidden, 403, "forbidden"), (Unknown, 404, "unknown")):
        if isinstance(error, kind):
            return answer(status, name, str(error))
    return answer(422, "usage", str(error))


def _invalid(error: RequestValidationError) -> JSONResponse:
    """What is wrong with a request's parts, each place once."""
    found: dict[tuple[str, str], common.Place] = {}
    for each in error.errors():
        part, *path = [str(p) for p in each["loc"]] or ["body"]
        branch = path.pop() if len(path) > 1 and path[-1] in _BRANCHES else None
        expected = each["msg"]
        if each["type"] == "string_pattern_mismatch":
            expected = common.WORDS.get(each["ctx"]["pattern"], expected)
        if branch:
            expected = f"expected {_BRANCHES[branch]}"
        place = found.get((part, ".".join(path)))
        if place is not None:
            place.expected += f" or {expected.removeprefix('expected ')}"
            continue
        given = each.get("input")
        value = "" if given is None or isinstance(given, dict | list) else _printable(str(given)[:200])
        found[part, ".".join(path)] = common.Place(
            file=part, column=".".join(path) or None, value=value, expected=expected, check=str(each["type"])
        )  # fmt: skip
    n = len(found)
    detail = f"{n} problem{'s' if n != 1 else ''} in the request"
    return answer(422, "request", detail, problems=list(found.values()))


def _handler(made: Callable[[Any], Response]) -> Callable[[Request, Exception], Response]:
    return lambda _request, error: made(error)


def handle(app: FastAPI) -> None:
    """Have an application answer with problems."""
    handlers: list[tuple[type[Exception], Callable[[Any], Response]]] = [
        (Unchanged, lambda e: Response(status_code=304, headers=e.headers)),
        (SungariError, of),
        (RequestValidationError, _invalid),
        (Refused, lambda e: answer(e.status_code, e.kind, e.detail, e.headers)),
        (Plain, lambda e: answer(e.status_code, "", str(e.detail), e.headers)),
        (DataError, lambda _: answer(422, "usage", "a value is not of a kind that the database keeps")),
        (Exception, lambda _: answer(500, "fault", "a fault in Sungari, not in the request; see the server's log")),
    ]  # fmt: skip
    for kind, made in handlers:
        app.add_exception_handler(kind, _handler(made))


_WORDS = {
    304: "It is still what the client has", 400: "The request can't be read",
    401: "Nobody is known by this token", 403: "Whoever asks may not do this",
    404: "There is none, or none that whoever asks may see",
    409: "Something stands in the way: a later edit, an open gate", 412: "It has been changed since this version",
    413: "Too large", 415: "Not of a kind that is taken", 422: "Something is wrong with the request; all is listed",
    428: "An edit says by If-Match from which version it was made", 429: "Too many requests; Retry-After says when",
}  # fmt: skip


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer beside its result, for its description; 401, 403, 422 and 429 always."""
    made: dict[int | str, dict[str, Any]] = {}
    for status in sorted({400, 401, 403, 422, 429, *statuses}):
        made[status] = {"description": _WORDS[status]}
        if status >= 400:
            made[status]["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return made
