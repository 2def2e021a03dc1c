"""What charts are drawn from, asked for by the pages' script."""

from __future__ import annotations

import gzip

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sungari.decide.study import PARTS
from sungari.errors import Unknown, hinted
from sungari.show.web.view import Seen
from sungari.words import Words

router = APIRouter(prefix="/charts", include_in_schema=False)


@router.get("/{part}.json")
def data(view: Seen, part: str) -> Response:
    """What the charts of a part's chapter are drawn from."""
    if part not in PARTS:
        raise Unknown(hinted(Words("no charts of {part!r}", part=part), part, PARTS))
    with view.reading() as work:
        parts = view.results(work, part)
    shown = view.chapter(part, parts) if part in parts else None
    if shown is None:
        raise Unknown(view.tr("There is no result yet"))
    return drawn_from(view.request, shown.data)


def drawn_from(request: Request, packed: bytes) -> Response:
    """Compressed JSON. It is asked for anew each time: which result is the newest, the address doesn't say."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type="application/json", headers=headers)
