"""What charts are drawn from, asked for by the pages' script."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response


def drawn_from(request: Request, data: bytes) -> Response:
    """Compressed JSON; its address names the result, so the browser may keep it while that is shown."""
    headers = {"Cache-Control": "private, max-age=3600", "Vary": "Cookie, Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(data, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
    import gzip

    return Response(gzip.decompress(data), media_type="application/json", headers=headers)
