"""A second factor beside the password, and sign-ins that wait for its code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("confirmed", sa.DateTime(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_second_factor_account"),
        sa.PrimaryKeyConstraint("account", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("used", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_recovery_code_account"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("secret", name="uq_recovery_code_secret"),
    )
    op.create_index("ix_recovery_code_account", "recovery_code", ["account"], unique=False)
    op.create_table(
        "halfway",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_halfway_account"),
        sa.PrimaryKeyConstraint("id", name="pk_halfway"),
        sa.UniqueConstraint("secret", name="uq_halfway_secret"),
    )
    op.create_index("ix_halfway_account", "halfway", ["account"], unique=False)


def downgrade() -> None:
    for table in ("halfway", "recovery_code", "second_factor"):
        op.drop_table(table)
