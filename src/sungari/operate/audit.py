"""The audit trail: every change of every record, written by the database session itself so that none is forgotten.

The rows can only be added: triggers in the database refuse to change or to remove them, whoever asks.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session, UOWTransaction

from sungari.operate.records import Audit, Base, Edited


class Recorded(Session):
    """A session whose changes are all in the audit trail."""


@event.listens_for(Recorded, "after_flush")
def _record(session: Session, _context: UOWTransaction) -> None:
    rows: list[dict[str, Any]] = []
    for action, records in (("add", session.new), ("edit", session.dirty), ("remove", session.deleted)):
        for record in records:
            changes = _changes(record, action)
            if changes:
                rows.append(_row(session, record, action, changes))
    if rows:
        session.execute(insert(Audit), rows)


def _row(session: Session, record: Any, action: str, changes: dict[str, Any]) -> dict[str, Any]:
    work = session.info["work"]
    project = record.code if record.__tablename__ == "project" else getattr(record, "project", None)
    return {
        "at": work.now, "who": work.who, "why": work.why, "action": action, "record": record.__tablename__,
        "key": "/".join(str(k) for k in inspect(record).identity or ()), "project": project, "changes": changes,
    }  # fmt: skip


def _changes(record: Base, action: str) -> dict[str, Any]:
    """What an edit changes, column by column: before and after."""
    state, made = inspect(record), {}
    for column in state.mapper.column_attrs:
        if (column.key == "version" and isinstance(record, Edited)) or column.columns[0].info.get("derived"):
            continue  # it counts the edits, or follows from the content, and is none
        now = getattr(record, column.key)
        bulky = bool(column.columns[0].info.get("bulky"))
        if action == "edit":
            history = state.attrs[column.key].history
            if not history.has_changes():
                continue
            before = history.deleted[0] if history.deleted else None
            if before != now:
                made[column.key] = [_plain(before, bulky), _plain(now, bulky)]
        elif now is not None:
            made[column.key] = [None, _plain(now, bulky)] if action == "add" else [_plain(now, bulky), None]
    return made


def _plain(value: Any, bulky: bool) -> Any:
    if value is not None and bulky:  # what is large stands by its hash
        return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
    return value.isoformat() if isinstance(value, date) else value
