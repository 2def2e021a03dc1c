"""The audit trail, searched page by page; and a backup of the whole register."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy import select
from starlette.background import BackgroundTask

from sungari.errors import UsageError
from sungari.operate import backup as backups
from sungari.operate.access import trail
from sungari.operate.access.actor import ALL
from sungari.operate.records import Audit
from sungari.show.web.given import whole
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.view import Seen
from sungari.show.web.words import Words

router = APIRouter(prefix="/administration", include_in_schema=False)
ROWS = 50
_FILTERS = ("record", "key", "project", "who", "action")
ACTIONS = ("add", "edit", "remove", "sign-in", "refused")


@router.get("/trail")
def show(view: Seen) -> HTMLResponse:
    """Rows of the audit trail, newest first."""
    given = view.request.query_params
    asked = {k: given.get(k, "").strip() for k in _FILTERS}
    since = given.get("since", "")
    with view.reading() as work:
        rows = trail.listed(work, since=_moment(since), before=whole(given.get("before"), "before"), limit=ROWS + 1,
                            **{k: v or None for k, v in asked.items()})
        more = len(rows) > ROWS
        rows = rows[:ROWS]
        kept = {k: v for k, v in {**asked, "since": since}.items() if v}
        context = {
            "rows": rows, "words": Words(work, view.tr), "asked": asked, "since": since, "actions": ACTIONS,
            "further": urlencode({**kept, "before": rows[-1].id}) if more else "",
            "first": urlencode(kept) if given.get("before") else None,
        }  # fmt: skip
        if view.partial:
            return view.part("administration/trail_rows.html", **context)  # type: ignore[arg-type]
        records = work.session.scalars(select(Audit.record).distinct().order_by(Audit.record)).all()
        return view.page("administration/trail.html", view.tr("Administration"), parts=parts(view), records=records,
                         **context)  # type: ignore[arg-type]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise UsageError("since {text!r}: expected a day, 2030-06-30", text=text[:20]) from None


@router.get("/backup")
def backup(view: Seen) -> HTMLResponse:
    """What a backup is, and the way to one."""
    view.actor.demand("backup", [ALL])
    return view.page("administration/backup.html", view.tr("Administration"), parts=parts(view))


@router.post("/backup")
def download(view: Seen) -> FileResponse:
    """A backup of the whole register as one file."""
    handle = tempfile.TemporaryDirectory(prefix="sungari-backup-")
    path = Path(handle.name) / "backup.tar"
    try:
        made = backups.backup(view.space.register, path, actor=view.actor)
    except BaseException:
        handle.cleanup()
        raise
    name = f"sungari-{made.made[:10]}.tar"
    return FileResponse(path, media_type="application/x-tar", filename=name, background=BackgroundTask(handle.cleanup))
