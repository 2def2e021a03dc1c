"""Files in and out: an import is shown before it is done; exports in the formats that others read."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from sungari.errors import InputError, SungariError, UsageError
from sungari.operate import documents, exchange
from sungari.operate.exchange import files as written
from sungari.show.web.given import Sent
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/projects/-", include_in_schema=False)
#: Files that wait for a word to be taken in: the most bytes, and how long, seconds.
LARGEST, WAIT = 20 * 2**20, 3600
_ENDINGS = (".json", ".xml", ".xlsx", ".zip")


@router.get("/files")
def files(view: Seen) -> HTMLResponse:
    """What can be taken in and written out."""
    return _page(view)


def _page(view: View, status: int = 200, **context: Any) -> HTMLResponse:
    shown: dict[str, Any] = {"changes": None, "refused": "", "problems": [], "ticket": "", "overwrite": False,
                             "name": "", "largest": LARGEST // 2**20}  # fmt: skip
    for change in context.get("changes") or ():  # the hint of a newer edit is an option of the command line
        change.problems[:] = [replace(p, hint="") if p.check == "newer-edit" else p for p in change.problems]
    with view.reading() as work:
        words = Words(work, view.tr)
    return view.page("projects/files.html", view.tr("Import and export"), status=status, words=words,
                     **(shown | context))


@router.post("/import")
def propose(view: Seen, given: Sent) -> Response:
    """Say what an import would do; nothing is changed."""
    view.actor.demand("import")
    file, overwrite = given.file("file"), given.on("overwrite")
    if file is None:
        return _page(view, 422, refused=view.tr("Choose a file first."))
    name = documents.safe_name(file.filename or "")
    data = file.file.read(LARGEST + 1)
    if len(data) > LARGEST:
        return _page(view, 422, refused=view.tr("The file is larger than {n} MB.", n=LARGEST // 2**20))
    ticket = _keep(view, data, Path(name).suffix.lower())
    try:
        incoming = written.read(view.space.register, _waiting(view, ticket))
        with view.reading() as work:
            changes = exchange.propose(work, incoming, overwrite=overwrite)
    except InputError as error:
        return _page(view, 422, problems=error.problems, name=name)
    except SungariError as error:
        return _page(view, 422, refused=view.tr.said(error.words), name=name)
    return _page(view, changes=changes, ticket=ticket, overwrite=overwrite, name=name)


@router.post("/import/confirm")
def confirm(view: Seen, given: Sent) -> Response:
    """Take in what was shown; whole, or but for what is refused."""
    view.actor.demand("import")
    path, overwrite = _waiting(view, given.text("ticket")), given.on("overwrite")
    incoming = written.read(view.space.register, path)
    changes, happened = exchange.take_in(
        view.space.register, incoming, why=given.text("why"), overwrite=overwrite,
        skip_refused=given.on("skip_refused"), actor=view.actor,
    )  # fmt: skip
    if not happened:
        return _page(view, 409, changes=changes, ticket=given.text("ticket"), overwrite=overwrite,
                     name=given.text("name"))
    path.unlink(missing_ok=True)
    return _page(view, changes=changes, name=given.text("name"))


def _folder(view: View) -> Path:
    """Where files wait for their import: the reader's own, beside the documents."""
    account = view.actor.account or "local"
    path = view.space.register.documents / "incoming" / account.encode().hex()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in path.iterdir():
        if old.stat().st_mtime < time.time() - WAIT:
            old.unlink(missing_ok=True)
    return path


def _keep(view: View, data: bytes, ending: str) -> str:
    if ending not in _ENDINGS:
        raise UsageError("expected OC4IDS (.json), IATI (.xml), an Excel workbook (.xlsx) or a packed region (.zip)")
    handle, name = tempfile.mkstemp(dir=_folder(view), suffix=ending)
    with open(handle, "wb") as file:
        file.write(data)
    return Path(name).name


def _waiting(view: View, ticket: str) -> Path:
    """A file that waits, by its ticket."""
    found = next((p for p in _folder(view).iterdir() if p.name == ticket), None)
    if found is None:
        raise UsageError("the file is no longer here; choose it again")
    return found


# -- out --------------------------------------------------------------------------------------------------------------

_SENT = {
    "oc4ids.json": "application/json", "iati.xml": "application/xml", "region.zip": "application/zip",
    "region.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@router.get("/export/{name}")
def export(view: Seen, name: str, project: str = "") -> Response:
    """The projects, or one of them, as a file."""
    view.actor.demand("export")
    if name not in _SENT:
        raise UsageError("no export {name!r}; one of {names}", name=name, names=", ".join(_SENT))
    with tempfile.TemporaryDirectory() as folder, view.reading() as work:
        target = Path(folder) / name
        written.write(work, target, [project] if project else None)
        data = target.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return Response(data, media_type=_SENT[name], headers=headers)

