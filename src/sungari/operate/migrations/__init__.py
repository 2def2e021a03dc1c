"""Forms of the database, and the way from one to the next and back (Alembic)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

#: The form that this Sungari works with.
REVISION = "0007"


def config() -> Config:
    """Alembic's settings: the scripts lie beside this file, no file of settings is needed."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", "sungari.operate:migrations")
    return made


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring a database to a newer form, whole or not at all."""
    with engine.execution_options(writes=True).begin() as connection:
        upgrade_on(connection, to)


def upgrade_on(connection: Connection, to: str = "head") -> None:
    """The same in a transaction that has begun."""
    from alembic import command

    command.upgrade(_on(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Bring a database back to an older form; what the newer one holds in addition goes."""
    from alembic import command

    with engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_on(connection), to)


def _on(connection: Connection) -> Config:
    made = config()
    made.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":  # a form is everybody's, whatever they keep to themselves
        connection.exec_driver_sql("""SELECT set_config('sungari.parties', '["*"]', true)""")
    return made
