"""Called by Alembic: runs the scripts on the connection that :mod:`sungari.operate.migrations` hands over."""

from __future__ import annotations

from alembic import context

import sungari.operate.access.records
import sungari.operate.desk.records
import sungari.operate.findings
import sungari.operate.holdings
import sungari.operate.saved  # noqa: F401 - its tables belong to the metadata
from sungari.operate.records import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata,
    render_as_batch=True, transaction_per_migration=False,
)  # fmt: skip
with context.begin_transaction():
    context.run_migrations()
