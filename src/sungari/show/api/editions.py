"""Safe edits: every single thing says by its ETag which edition it is, and an edit says which it was made from."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request, Response
from pydantic import BaseModel

from sungari.operate.records import Base, Edited
from sungari.operate.register import Work
from sungari.show.api.problems import Refused, Unchanged

Record = TypeVar("Record", bound=Base)
Shown = TypeVar("Shown")
_TAG = re.compile(r'(W/)?"([^"]*)"')

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000, description=(
    "ETag of what the edit was made from; without it the answer is 428, with another than the newest 412"))]


def tag_of(thing: Any) -> str:
    """An edition's tag: the number of a record's edits, or a hash of what has none."""
    if isinstance(thing, Edited):
        return f'"{thing.version}"'
    plain = thing.model_dump(mode="json") if isinstance(thing, BaseModel) else thing
    text = json.dumps(plain, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def show(request: Request, response: Response, body: Shown, tag: str) -> Shown:
    """A single thing with its tag; 304 where the client has this edition already."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    known = request.headers.get("if-none-match", "")
    if request.method == "GET" and (known.strip() == "*" or tag in {f'"{t}"' for _, t in _TAG.findall(known)}):
        raise Unchanged(headers)
    response.headers.update(headers)
    return body


def demand(given: str | None, tag: str, what: str) -> None:
    """Refuse an edit that was made from no edition, or from another than the newest."""
    named = _TAG.findall(given or "")
    if not named:
        raise Refused(428, "edition-needed", f"say by If-Match, with its ETag, which edition of {what} the edit is of")
    if tag not in {f'"{t}"' for weak, t in named if not weak}:
        raise Refused(412, "edited-since", f"{what} has been changed since; it is at {tag} now", {"ETag": tag})


def held(work: Work, kind: type[Record], key: Any, given: str | None, what: str = "") -> Record:
    """A record to edit, of the edition that the edit was made from, and held against others."""
    record = work.get(kind, key, what=what)
    demand(given, tag_of(record), f"{what or kind.__tablename__.replace('_', ' ')} {key!r}")
    return record
