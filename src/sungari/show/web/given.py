"""What a form brings, and where a reader goes once it is done."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from sungari.errors import Problem, UsageError
from sungari.show.i18n import N_

#: Fields that a form may have: a table of a project is sent whole.
MOST_FIELDS = 20_000
#: Bytes that a form may have, its files with it.
MOST_BYTES = 51 * 2**20
#: Whole numbers that a database takes.
_WHOLE = re.compile(r"-?[0-9]{1,9}")
#: What a page may say once something is done, by the word in its address.
SAID: dict[str, str] = {
    "saved": N_("Saved."), "made": N_("Added."), "removed": N_("Removed."), "signed": N_("Signed."),
    "refused": N_("The refusal is noted."), "moved": N_("The project has moved on."),
    "justified": N_("The flag is justified."),
    "shut": N_("The gate is still closed: what is missing is listed here."),
    "ended": N_("Ended: the very next request in it is refused."), "unchanged": N_("Nothing has changed."),
    "raised": N_("The case is raised."), "proposed": N_("The decision waits for signatures."),
    "decided": N_("The decision is in force."),
}  # fmt: skip


class Given:
    """The fields of a form.

    Attributes
    ----------
    fields : FormData
    """

    def __init__(self, fields: FormData) -> None:
        self.fields = fields

    def text(self, name: str, default: str = "") -> str:
        """A field's text without blanks around it; the default where there is none."""
        value = self.fields.get(name)
        text = value.replace("\r\n", "\n").replace("\x00", "").strip() if isinstance(value, str) else ""
        return text or default

    def maybe(self, name: str) -> str | None:
        """A field's text; None where it is blank."""
        return self.text(name) or None

    def whole(self, name: str) -> int | None:
        """A whole number; None where it is blank.

        Raises
        ------
        UsageError
            If it is none.
        """
        return whole(self.text(name), name)

    def on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name) in ("on", "true", "1")

    def several(self, name: str) -> list[str]:
        """All that is ticked of boxes of one name."""
        return [v for v in self.fields.getlist(name) if isinstance(v, str) and v and "\x00" not in v]

    def file(self, name: str) -> UploadFile | None:
        """A file; None where none was chosen."""
        value = self.fields.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def cells(self, names: Iterable[str]) -> dict[str, str]:
        """Texts by field, blank ones as well."""
        return {name: self.text(name) for name in names}


def whole(text: str | None, name: str) -> int | None:
    """A text as a whole number; None where it is blank.

    Raises
    ------
    UsageError
        If it is none.
    """
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise UsageError("{name} {text!r}: expected a whole number", name=name, text=text[:40])
    return int(text)


async def _given(request: Request) -> AsyncIterator[Given]:
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise UsageError("this is larger than {most_bytes} MB; nothing was taken", most_bytes=MOST_BYTES // 2 ** 20)
    async with request.form(max_fields=MOST_FIELDS, max_files=20, max_part_size=2**20) as fields:
        yield Given(fields)


#: What a function that takes a form asks for: ``def save(view: Seen, given: Sent) -> Response``.
Sent = Annotated[Given, Depends(_given)]


def done(path: str, said: str = "") -> RedirectResponse:
    """Go to a page once something is done; `said` is one of :data:`SAID`."""
    path, _, part = path.partition("#")
    mark = ("&" if "?" in path else "?") + f"done={said}" if said else ""
    return RedirectResponse(path + mark + (f"#{part}" if part else ""), 303)


def said(request: Request) -> str:
    """What there is to say on a page that something has just been done on; empty for nothing."""
    return SAID.get(request.query_params.get("done", ""), "")


def address(*parts: object, **query: Any) -> str:
    """An address from its parts; a name with odd signs stays one part.

    Examples
    --------
    >>> address("projects", "a/b", "edit", a=1, b=None)
    '/projects/a%2Fb/edit?a=1'
    """
    made = "/" + "/".join(quote(str(part), safe="") for part in parts)
    asked = "&".join(f"{k}={quote(str(v), safe='')}" for k, v in query.items() if v not in (None, ""))
    return f"{made}?{asked}" if asked else made


def inside(path: str, default: str) -> str:
    """An address if it is one of this workspace's own pages, else the default."""
    found = urlsplit(path)
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and not found.netloc and not found.scheme
    return path if fine else default


def by_column(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """What is wrong, by the field that it stands at; all else under the empty name."""
    made: dict[str, list[Problem]] = {}
    for problem in problems:
        made.setdefault(problem.column or "", []).append(problem)
    return made


def by_cell(problems: Sequence[Problem]) -> Mapping[tuple[str, int, str], list[Problem]]:
    """What is wrong, by table, row (the first is 0) and column."""
    made: dict[tuple[str, int, str], list[Problem]] = {}
    for problem in problems:
        row = problem.row - 2 if isinstance(problem.row, int) else -1
        made.setdefault((problem.file.removesuffix(".csv"), row, problem.column or ""), []).append(problem)
    return made
