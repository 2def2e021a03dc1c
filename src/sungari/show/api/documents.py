"""Documents of projects: let in by what their bytes are, given out as files to keep."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import select

from sungari.errors import UsageError
from sungari.operate import documents, keeping, projects
from sungari.operate.holdings import Document
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import records as models
from sungari.show.api.models.common import LARGEST, NAMED, SHORT, KeptTo, Page
from sungari.show.api.problems import Refused, responses
from sungari.show.api.projects import EDITS, Code

router = APIRouter(tags=["documents"])
BYTES = "application/octet-stream"
BINARY = {"schema": {"type": "string", "format": "binary"}}
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The document's number")]


@router.get("/projects/{code}/documents", operation_id="list_documents", responses=responses(404))
def listed(asked: Reading, part: Wanted, code: Code) -> Page[models.Document]:
    """A project's documents, as they came."""
    with asked.reading() as work:
        projects.get(work, code)
        found = select(Document).where(Document.project == code).order_by(Document.id)
        return part.of(work, found, models.Document.model_validate)


@router.post("/projects/{code}/documents", operation_id="add_document", status_code=201,
             responses=responses(404, 409, 413, 415))
def add(
    request: Request, response: Response, asked: Annotated[Writer, writes("document.add")], code: Code,
    file: Annotated[UploadFile, File(description="PDF, PNG, JPEG, TIFF, Office Open XML without macros, OpenDocument "
                                                 "or plain text; at most 50 MB")],
    kind: Annotated[str, Form(pattern=r"^[\w-]{1,100}$",
                              description="What it is, in the words of the gates: agreement, evaluation …")],
    title: Annotated[str, Form(pattern=SHORT)] = "",
    language: Annotated[str | None, Form(pattern=SHORT)] = None,
    note: Annotated[str | None, Form(pattern=SHORT)] = None,
    confidential_to: Annotated[str | None, Form(pattern=NAMED, description="A party that keeps it to itself")] = None,
) -> models.Document:  # fmt: skip
    """Keep a file as a document of a project. The same file twice is kept once."""
    with asked.reading() as work:
        projects.get(work, code)
    data = file.file.read(documents.LARGEST + 1)
    if len(data) > documents.LARGEST:
        raise Refused(413, "too-large", f"the document is larger than {documents.LARGEST // 2**20} MB")
    if data:
        try:
            documents.type_of(data)
        except UsageError as error:
            raise Refused(415, "type", str(error)) from error
    with asked.writing() as work:
        made = documents.add(work, code, data, file.filename or "document", kind=kind, title=title, language=language,
                             note=note, confidential_to=confidential_to)  # fmt: skip
        response.headers["Location"] = str(request.url_for("get_document", number=made.id))
        return editions.show(request, response, models.Document.model_validate(made), editions.tag_of(made))


@router.get("/documents/{number}", name="get_document", operation_id="get_document", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.Document:
    """What is known of a document."""
    with asked.reading() as work:
        found = work.get(Document, number)
        return editions.show(request, response, models.Document.model_validate(found), editions.tag_of(found))


@router.get("/documents/{number}/content", operation_id="get_document_content", response_class=FileResponse,
            responses={200: {"description": "The file", "content": {BYTES: BINARY}}, **responses(304, 404)})
def content(request: Request, response: Response, asked: Reading, number: Id) -> FileResponse:
    """A document's bytes, as a file to keep; never shown by a browser."""
    with asked.reading() as work:
        found = work.get(Document, number)
        try:
            path = documents.path_of(work.register, found)
        except UsageError as error:  # its words name folders of the server
            raise Refused(500, "fault", f"the bytes of {found.name!r} are not what was kept") from error
        editions.show(request, response, None, f'"{found.sha256}"')
    headers = {**dict(response.headers), **to_keep(found.name)}
    return FileResponse(path, headers=headers, media_type=BYTES)


def to_keep(name: str) -> dict[str, str]:
    """Headers of a file that a browser keeps and never runs."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


@router.put("/documents/{number}/confidentiality", operation_id="keep_document_to", responses=EDITS)
def keep_to(
    request: Request, response: Response, asked: Annotated[Writer, writes("document.add")], number: Id, body: KeptTo,
    if_match: IfMatch = None,
) -> models.Document:  # fmt: skip
    """Have one party keep a document to itself, or open it to all who see its project."""
    with asked.writing() as work:
        found = editions.held(work, Document, number, if_match)
        documents.keep_to(work, number, body.party, expected=found.version)
        return editions.show(request, response, models.Document.model_validate(found), editions.tag_of(found))


@router.delete("/documents/{number}", operation_id="remove_document", status_code=204, responses=EDITS)
def remove(asked: Annotated[Writer, writes("document.add")], number: Id, if_match: IfMatch = None) -> None:
    """Remove a document from its project; the audit trail keeps that it was there."""
    with asked.writing() as work:
        found = editions.held(work, Document, number, if_match)
        keeping.remove(work, "document", number, expected=found.version)
