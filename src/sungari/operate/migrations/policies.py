"""Row-level security on PostgreSQL: the database itself hides what is confidential to others.

The register says at the beginning of each transaction for whom it asks, in the setting ``sungari.parties``: a JSON list
of parties, ``["*"]`` for whoever works on the database itself. A connection that says nothing sees only what nobody has
marked. The same rules for SQLite, and for roles that PostgreSQL lets past policies, are in
:mod:`sungari.operate.access.sight`; a test holds the two to each other.
"""

from __future__ import annotations

from alembic import op

_SEES = """
CREATE FUNCTION sungari_sees(party text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT party IS NULL
    OR coalesce(nullif(current_setting('sungari.parties', true), '')::jsonb ?| ARRAY[party, '*'], false) $$
"""


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def begin() -> None:
    """Make the function that all policies ask."""
    if _postgresql():
        op.get_bind().exec_driver_sql(_SEES)


def end() -> None:
    """Remove it, and with it the policies that ask it."""
    if _postgresql():
        op.execute("DROP FUNCTION sungari_sees(text) CASCADE")


def put_up(table: str, *rules: str) -> None:
    """Have PostgreSQL show rows of a table only where all of these rules hold; its owner is bound too."""
    if _postgresql():
        for what in ("ENABLE", "FORCE"):
            op.execute(f'ALTER TABLE "{table}" {what} ROW LEVEL SECURITY')
        rule = " AND ".join(f"({r})" for r in rules)
        op.get_bind().exec_driver_sql(f'CREATE POLICY {table}_seen ON "{table}" USING ({rule})')


def take_down(*tables: str) -> None:
    """Show all rows of these tables again."""
    if _postgresql():
        for table in tables:
            op.execute(f'DROP POLICY {table}_seen ON "{table}"')
            for what in ("NO FORCE", "DISABLE"):
                op.execute(f'ALTER TABLE "{table}" {what} ROW LEVEL SECURITY')


#: The rule of records that one party may keep to itself.
CONFIDENTIAL = "sungari_sees(confidential_to)"


def belonging(table: str, column: str = "project") -> str:
    """The rule of records that belong to a project, which has a rule of its own."""
    return under(table, column, "project", "code")


def under(table: str, column: str, above: str, key: str) -> str:
    """The rule of records that belong to another one."""
    return (f'"{table}".{column} IS NULL OR '
            f'EXISTS (SELECT 1 FROM "{above}" AS above WHERE above.{key} = "{table}".{column})')  # fmt: skip
