"""Triggers that keep rows unchangeable, whoever asks."""

from __future__ import annotations

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION sungari_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$
"""


def put_up(*tables: str) -> None:
    """Let rows of these tables only be added."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        for table in tables:
            op.execute(f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                       "FOR EACH STATEMENT EXECUTE FUNCTION sungari_kept()")  # fmt: skip
        return
    for table in tables:
        for what in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_kept_{what.lower()} BEFORE {what} ON {table} "
                       f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END")  # fmt: skip


def take_down() -> None:
    """Remove the function that PostgreSQL's triggers call; the triggers go with their tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION sungari_kept() CASCADE")
