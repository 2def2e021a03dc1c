"""A project's documents: taken in, listed, handed out as files."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from sungari import words as saying
from sungari.errors import Unknown, UsageError
from sungari.operate import documents, keeping
from sungari.operate.holdings import Document
from sungari.operate.register import Work
from sungari.show.web.given import Sent, address, done
from sungari.show.web.pages.projects.page import about
from sungari.show.web.pages.projects.told import KINDS, kind_text
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/projects", include_in_schema=False)


@router.get("/{code:path}/documents")
def papers(view: Seen, code: str) -> HTMLResponse:
    """The documents of a project, and a form for another one."""
    with view.reading() as work:
        return _papers(view, work, code)


def _papers(view: View, work: Work, code: str, refused: str = "") -> HTMLResponse:
    shown = about(view, work, Words(work, view.tr), code, "documents")
    return view.page(
        "projects/documents.html", shown["name"], status=422 if refused else 200, refused=refused,
        papers=keeping.listed(work, "document", project=code), kinds=[(k, kind_text(view.tr, k)) for k in KINDS],
        kind_text=lambda k: kind_text(view.tr, k), largest=documents.LARGEST // 2**20,
        may_add=shown["may"]("document.add"), **shown,
    )  # fmt: skip


@router.post("/{code:path}/documents")
def upload(view: Seen, code: str, given: Sent) -> Response:
    """Take a document in."""
    file = given.file("file")
    try:
        if file is None:
            raise UsageError(view.tr("Choose a file first."))
        with view.writing(given.text("why", saying.Words("new document"))) as work:
            documents.add(work, code, file.file, file.filename or "", kind=given.text("other") or given.text("kind"),
                          title=given.text("title"), language=given.maybe("language"), note=given.maybe("note"),
                          confidential_to=given.maybe("confidential_to"))
    except UsageError as error:
        with view.reading() as work:
            return _papers(view, work, code, view.tr.said(error.words))
    return done(address("projects", code, "documents"), "made")


@router.get("/{code:path}/documents/{number}")
def download(view: Seen, code: str, number: int) -> FileResponse:
    """A document's bytes: to be saved, never shown as a page of this site."""
    with view.reading() as work:
        paper = _paper(work, code, number)
        path = documents.path_of(work.register, paper)
    return FileResponse(path, media_type=paper.media_type, headers={
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(paper.name, safe='')}",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


@router.post("/{code:path}/documents/{number}/remove")
def discard(view: Seen, code: str, number: int, given: Sent) -> RedirectResponse:
    """Remove a document."""
    with view.writing(given.text("why")) as work:
        _paper(work, code, number)
        keeping.remove(work, "document", number, expected=given.whole("expected"))
    return done(address("projects", code, "documents"), "removed")


def _paper(work: Work, code: str, number: int) -> Document:
    found = work.get(Document, number)
    if found.project != code:
        raise Unknown("no document {number} of {code!r}", number=number, code=code)
    return found
