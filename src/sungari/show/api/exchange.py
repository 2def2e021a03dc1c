"""Imports, shown before they are done, and exports."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from sungari.operate import documents, exchange
from sungari.operate.exchange import files
from sungari.show.api.asking import Reader, Writer, reads, writes
from sungari.show.api.documents import BINARY, to_keep
from sungari.show.api.models import records as models
from sungari.show.api.models.common import Name
from sungari.show.api.problems import Refused, responses

router = APIRouter(tags=["exchange"])


class Format(StrEnum):
    """A format of files, by its ending."""

    package = "zip"
    workbook = "xlsx"
    oc4ids = "json"
    iati = "xml"
    list = "csv"


MEDIA_TYPES = {
    Format.package: "application/zip", Format.oc4ids: "application/json", Format.iati: "application/xml",
    Format.workbook: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Format.list: "text/csv",
}  # fmt: skip


@router.post("/imports", operation_id="import_file", responses=responses(409, 413, 415))
def take_in(
    asked: Annotated[Writer, writes("import")],
    file: Annotated[UploadFile, File(description="A region package (.zip of its tables), a workbook (.xlsx), OC4IDS "
                                                 "(.json) or IATI activities (.xml); at most 50 MB")],
    dry_run: Annotated[bool, Form(description="Only say what would happen")] = False,
    overwrite: Annotated[bool, Form(description="Let the file win over edits that it has not seen")] = False,
    skip_refused: Annotated[bool, Form(description="Take in the rest where something is refused")] = False,
) -> models.Import:  # fmt: skip
    """Take projects in, whole or not at all: each is created, changed, unchanged, or refused with cell and reason."""
    name = documents.safe_name(file.filename or "")
    if Path(name).suffix.lower() not in [f".{f}" for f in Format if f is not Format.list]:
        raise Refused(415, "type", f"{name!r} ends with none of .zip, .xlsx, .json, .xml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("xb") as kept:
            shutil.copyfileobj(file.file, kept)
        if path.stat().st_size > documents.LARGEST:
            raise Refused(413, "too-large", f"the file is larger than {documents.LARGEST // 2**20} MB")
        changes, done = exchange.take_in(
            asked.register, files.read(asked.register, path), who=asked.actor.name, why=asked.why, overwrite=overwrite,
            skip_refused=skip_refused, dry_run=dry_run, actor=asked.actor,
        )  # fmt: skip
    return _answer(changes, done)


def _answer(changes: Sequence[exchange.Change], done: bool) -> models.Import:
    kinds = ("created", "changed", "unchanged", "refused")
    counts = {kind: sum(c.what == kind for c in changes) for kind in kinds}
    return models.Import(done=done, **counts, changes=[models.Taken.model_validate(c) for c in changes])


@router.get("/exports/{ending}", operation_id="export_file", response_class=FileResponse, responses={
    200: {"description": "The file", "content": {m: {} if m == "application/json" else BINARY
                                                 for m in MEDIA_TYPES.values()}}, **responses(404),
})  # fmt: skip
def give(
    asked: Annotated[Reader, reads("export")], ending: Format,
    project: Annotated[list[Name], Query(description="Only these projects", max_length=500)] = [],  # noqa: B006
    observed_reviews: Annotated[bool, Query(description="Let reviews last as they did here, not as planned")] = False,
) -> FileResponse:  # fmt: skip
    """The register's region (zip, xlsx), or its projects as OC4IDS (json), IATI (xml) or a list (csv).

    What is written can be edited and imported again; it says from which versions it was made.
    """
    folder = tempfile.mkdtemp()
    try:
        path = Path(folder) / f"sungari.{ending}"
        with asked.reading() as work:
            files.write(work, path, project, observed=observed_reviews)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(path, headers=to_keep(path.name), media_type=MEDIA_TYPES[ending],
                        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True))
