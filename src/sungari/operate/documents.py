"""Documents: files kept in a folder under the hash of their bytes, and what is let in.

What a file is, its bytes say, not its name. Only kinds that an office works with are taken; one that could hold more
than it shows (a bomb of nested compression, macros, a page of script) is refused.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from sungari.errors import UsageError
from sungari.operate import projects
from sungari.operate.access import sight
from sungari.operate.holdings import Document
from sungari.operate.register import Register, Work

#: Most bytes of a document.
LARGEST = 50 * 2**20
#: Most bytes that an office document may unpack to, and the most times its own size.
UNPACKED, INFLATION = 500 * 2**20, 200
LONGEST_NAME = 120
_CHUNK = 2**20
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"), (b"MM\x00*", "image/tiff"),
)  # fmt: skip
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OPEN = "application/vnd.oasis.opendocument."
_ENDINGS = {
    "application/pdf": (".pdf",), "image/png": (".png",), "image/jpeg": (".jpg", ".jpeg"),
    "image/tiff": (".tif", ".tiff"), "text/plain": (".txt", ".csv", ".md"),
    **dict(zip(_OFFICE.values(), ((".docx",), (".xlsx",), (".pptx",)), strict=True)),
    _OPEN + "text": (".odt",), _OPEN + "spreadsheet": (".ods",), _OPEN + "presentation": (".odp",),
}  # fmt: skip
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|\?xml|iframe|body)", re.IGNORECASE)


def add(work: Work, project: str, file: BinaryIO | bytes, name: str, *, kind: str, title: str = "",
        language: str | None = None, note: str | None = None,
        confidential_to: str | None = None) -> Document:  # fmt: skip
    """Keep a file as a document of a project.

    Parameters
    ----------
    work : Work
    project : str
    file : binary file or bytes
    name : str
        Its name as it came; made safe.
    kind : str
        What it is, in the words that gates ask for (``environmental-assessment``, ``agreement`` …).
    title : str
        Default: the name.
    language, note : str or None
    confidential_to : str or None
        The party that keeps it to itself.

    Raises
    ------
    UsageError
        If it is too large, or of a kind that is not taken.
    Forbidden
    """
    projects.get(work, project)
    work.actor.demand("document.add", projects.concerned(work, project))
    sight.demand_party(work, confidential_to)
    sight.demand_mark(work.actor, None, confidential_to)
    kind = kind.strip()
    if not kind or not re.fullmatch(r"[\w-]+", kind):
        raise UsageError("kind of document {kind!r}: expected letters, digits and hyphens", kind=kind)
    shown = safe_name(name)
    data = read(file)
    media_type = type_of(data)
    if not shown.lower().endswith(_ENDINGS[media_type]):
        shown += _ENDINGS[media_type][0]
    sha = hashlib.sha256(data).hexdigest()
    there = work.session.scalar(
        select(Document).where(Document.project == project, Document.sha256 == sha, Document.kind == kind,
                               Document.confidential_to.is_not_distinct_from(confidential_to))
    )
    if there is not None:
        return there
    _store(work.register.documents, sha, data)
    made = Document(
        project=project, kind=kind, title=title.strip() or shown, name=shown, sha256=sha, size=len(data),
        media_type=media_type, language=language, added=work.now, added_by=work.who, note=note, other=None,
        confidential_to=confidential_to,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    return made


def keep_to(work: Work, number: int, party: str | None, *, expected: int | None = None) -> Document:
    """Have one party keep a document to itself, or open it (None) to all who see its project.

    Raises
    ------
    Forbidden
        If the actor has no grant of the party.
    Conflict
        If it has been changed since the expected version.
    """
    document = work.get(Document, number, expected=expected)
    work.actor.demand("document.add", projects.concerned(work, document.project))
    sight.demand_party(work, party)
    sight.demand_mark(work.actor, document.confidential_to, party)
    document.confidential_to = party
    work.session.flush()
    return document


def read(file: BinaryIO | bytes) -> bytes:
    """All bytes of a file, unless there are too many."""
    data = file if isinstance(file, bytes) else file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError("the document is larger than {largest} MB", largest=LARGEST // 2 ** 20)
    if not data:
        raise UsageError("the document is empty")
    return data


def path_of(register: Register, document: Document) -> Path:
    """Where a document's bytes lie.

    Raises
    ------
    UsageError
        If they are not there, or are no longer what was kept.
    """
    path = register.documents / document.sha256[:2] / document.sha256
    if not path.is_file():
        raise UsageError("document {name!r} is missing in {documents}",
                         name=document.name, documents=register.documents)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != document.sha256:
        raise UsageError("document {name!r} in {documents} is not what was kept: its hash differs",
                         name=document.name, documents=register.documents)
    return path


def _store(folder: Path, sha: str, data: bytes) -> None:
    """Write bytes under their hash, whole or not at all; what a broken transaction leaves behind is nobody's."""
    path = folder / sha[:2] / sha
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def safe_name(name: str) -> str:
    """A file's name without paths, control signs and what file systems can't bear.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name(r"C:\\x\\a?b.pdf"), safe_name(".htaccess"), safe_name("CON.txt")
    ('passwd', 'a_b.pdf', 'htaccess', '_CON.txt')
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    # invisible signs may turn a name around, so that exe.pdf reads fdp.exe
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST_NAME:
        keep = LONGEST_NAME - len(ending) - 1
        name = f"{stem[:keep]}{dot}{ending}" if dot and keep > 0 else name[:LONGEST_NAME]
    return name or "document"


def type_of(data: bytes) -> str:
    """What a file's bytes are.

    Raises
    ------
    UsageError
        If they are nothing that is taken.
    """
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    if _MARKUP.search(data[:4096]):
        raise UsageError("web pages, drawings with script and XML are not taken as documents; print them to PDF")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text):
        raise UsageError("not a kind of document that is taken: PDF, PNG, JPEG, TIFF, Office Open XML, OpenDocument or "
                         "plain text (UTF-8)")
    return "text/plain"


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            size = sum(e.file_size for e in entries)
            if size > UNPACKED or size > INFLATION * len(data) + _CHUNK or len(entries) > 10_000:
                raise UsageError("the document unpacks to {size:,.0f} MB; that is no office document",
                                 size=size / 2 ** 20)
            names = {e.filename for e in entries}
            if any(n.startswith("/") or ".." in n.split("/") for n in names):
                raise UsageError("the document holds files outside itself")
            if any(n.lower().endswith("vbaproject.bin") for n in names):
                raise UsageError("the document holds macros; save it without them")
            for name, media_type in _OFFICE.items():
                if name in names:
                    return media_type
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                stated = archive.read("mimetype").decode("ascii", "replace").strip()
                if stated in _ENDINGS and stated.startswith(_OPEN):
                    return stated
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UsageError("the document can't be unpacked: {error}", error=error) from error
    raise UsageError("archives are not taken as documents; add the files in it one by one")
