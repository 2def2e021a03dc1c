"""How much one request may bring: refused by what it says, and by what comes."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sungari.operate import documents
from sungari.show.api import problems

#: Most bytes of a body that is no upload, and what a form may hold around its file.
BODY, AROUND = 5 * 2**20, 2**20


class Limit:
    """Refuses bodies that are too large before they are read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
        most = documents.LARGEST + AROUND if form else BODY
        stated, seen = headers.get(b"content-length", b"0"), 0
        too_large = problems.answer(413, "too-large", f"the request is larger than {most // 2**20} MB")
        if not stated.isdigit() or int(stated) > most:
            return await too_large(scope, receive, send)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise problems.Refused(413, "too-large", f"the request is larger than {most // 2**20} MB")
            return message

        return await self.app(scope, counted, send)
