"""The audit trail: every change of every record, written by the database session itself so that none is forgotten.

The rows can only be added: triggers in the database refuse to change or to remove them, whoever asks.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from sqlalchemy import delete, event, insert, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from sungari.operate.access.sight import Sighted
from sungari.operate.records import Audit, Base, Confidential, Edited, Mark, Under


class Recorded(Sighted):
    """A session whose changes are all in the audit trail."""


@event.listens_for(Recorded, "after_flush")
def _record(session: Session, _context: UOWTransaction) -> None:
    rows: list[dict[str, Any]] = []
    for action, records in (("add", session.new), ("edit", session.dirty), ("remove", session.deleted)):
        for record in records:
            changes = _changes(record, action)
            if changes:
                rows.append(_row(session, record, action, changes))
                if "confidential_to" in changes and action != "remove":
                    _mark(session, record)
    if rows:
        session.execute(insert(Audit), rows)


def _row(session: Session, record: Any, action: str, changes: dict[str, Any]) -> dict[str, Any]:
    work = session.info["work"]
    top = _top(session, record)
    return {
        "at": work.now, "who": work.who, "account": work.actor.account or None, "why": work.why, "action": action,
        "record": record.__tablename__, "key": _key(record), "project": _project(top), "changes": changes,
        "confidential_to": getattr(top, "confidential_to", None),
        "head": _head(top) if isinstance(top, Confidential) else None,
    }  # fmt: skip


def note(work: Any, action: str, record: str, key: str, **changes: Any) -> None:
    """Put into the audit trail what changes no record: that somebody signed in, or was refused.

    Parameters
    ----------
    work : Work
        In its name, or in that of whom it is about.
    action, record, key : str
    **changes
        What there is to say; no secrets.
    """
    work.session.execute(insert(Audit), [{
        "at": work.now, "who": work.who, "account": work.actor.account or None, "why": work.why, "action": action,
        "record": record, "key": key, "project": None, "changes": {k: [None, v] for k, v in changes.items()},
        "confidential_to": None, "head": None,
    }])  # fmt: skip


def _key(record: Any) -> str:
    # A record that has just been added has its key, but no identity yet.
    return "/".join(str(k) for k in inspect(type(record)).primary_key_from_instance(record))


def _top(session: Session, record: Any) -> Any:
    """The record that another one belongs to, as far as it goes: whoever may not see that one sees neither."""
    while isinstance(record, Under):
        column, table, key = record.above
        kind: Any = next(m.class_ for m in Base.registry.mappers if m.local_table.name == table)  # type: ignore[attr-defined]
        above = session.scalar(select(kind).where(getattr(kind, key) == getattr(record, column)))
        if above is None:
            break
        record = above
    return record


def _project(record: Any) -> str | None:
    if record.__tablename__ == "project":
        return str(record.code)
    return getattr(record, "project", None)


def _head(record: Any) -> str:
    return f"{record.__tablename__}/{_key(record)}"


def _mark(session: Session, record: Any) -> None:
    """Note who keeps a record to itself, for its rows in the audit trail."""
    head = _head(record)
    session.execute(delete(Mark).where(Mark.head == head))
    if record.confidential_to is not None and record.__tablename__ != "project":  # a project's rows go by its code
        session.execute(insert(Mark), [{"head": head, "party": record.confidential_to}])


def _changes(record: Base, action: str) -> dict[str, Any]:
    """What an edit changes, column by column: before and after."""
    state, made = inspect(record), {}
    for column in state.mapper.column_attrs:
        if (column.key == "version" and isinstance(record, Edited)) or column.columns[0].info.get("derived"):
            continue  # it counts the edits, or follows from the content, and is none
        now = getattr(record, column.key)
        bulky = _hidden(column.columns[0].info)
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


def _hidden(info: Any) -> str:
    return next((word for word in ("bulky", "masked") if info.get(word)), "")


def _plain(value: Any, hidden: str) -> Any:
    if value is not None and hidden == "masked":  # a secret leaves no trace, not even its hash's
        return "***"
    if value is not None and hidden:  # what is large stands by its hash
        return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
    return value.isoformat() if isinstance(value, date) else value
