"""Scripts and styles of the workspace: named by what is in them, so that a browser may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from sungari.show import assets
from sungari.show.theme import sheet

_HERE = Path(__file__).resolve().parent
_SHARED = _HERE.parent / "templates"
_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(prefix="/static", include_in_schema=False)


@dataclass(frozen=True)
class Static:
    """One file as it is sent: ``name`` with the fingerprint in it, plain and compressed."""

    name: str
    kind: str
    body: bytes
    packed: bytes


@lru_cache(maxsize=1)
def statics() -> dict[str, Static]:
    """All files by their plain name."""
    texts = {
        "workspace.css": _style(),
        "htmx.js": assets.htmx(),
        "echarts.js": assets.echarts(),
        "charts.js": (_SHARED / "charts.js").read_text(encoding="utf-8"),
    }
    for file in sorted((_HERE / "static").iterdir()):
        if file.suffix in (".js", ".svg"):
            texts[file.name] = file.read_text(encoding="utf-8")
    return {name: _made(name, text.encode()) for name, text in texts.items()}


def address(name: str) -> str:
    """Address of a file by its plain name."""
    return f"/static/{statics()[name].name}"


@router.get("/{name}")
def send(name: str, request: Request) -> Response:
    """A file by its fingerprinted name."""
    found = _by_name().get(name)
    if found is None:
        return Response(status_code=404)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.kind, headers=headers)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Static]:
    return {s.name: s for s in statics().values()}


def _style() -> str:
    """The report's style, and the workspace's own on top: its frame first."""
    shared = (_SHARED / "report.css").read_text(encoding="utf-8")
    own = sorted((_HERE / "static").glob("*.css"), key=lambda file: (file.name != "workspace.css", file.name))
    return sheet(shared) + "".join(file.read_text(encoding="utf-8") for file in own)


def _made(name: str, body: bytes) -> Static:
    stem, _, suffix = name.rpartition(".")
    mark = hashlib.sha256(body).hexdigest()[:12]
    return Static(f"{stem}.{mark}.{suffix}", _TYPES[suffix], body, gzip.compress(body, 9, mtime=0))
