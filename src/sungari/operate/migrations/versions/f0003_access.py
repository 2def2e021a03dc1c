"""Accounts, roles, sessions and tokens; what is confidential."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sungari.operate.migrations import policies

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Records that one party may keep to itself.
CONFIDENTIAL = ("project", "contact", "document", "permit", "risk", "finance", "measure")
#: Other records that belong to a project, and those that belong to a programme.
BELONGING, OF_PROGRAMMES = ("version", "visit", "signature", "flag", "programme"), ("event", "indicator")
#: Records that say whose account it was.
SIGNED = ("version", "signature", "audit")

_EVALUATION = """
NOT EXISTS (SELECT 1 FROM json_array_elements_text(evaluation.projects) AS one(code)
            WHERE NOT EXISTS (SELECT 1 FROM project WHERE project.code = one.code))
"""
_AUDIT = """
NOT EXISTS (SELECT 1 FROM mark WHERE mark.head = audit.head AND NOT sungari_sees(mark.party))
"""


def upgrade() -> None:
    _accounts()
    op.add_column("project", sa.Column("confidential_to", sa.Text(), nullable=True))
    for table in CONFIDENTIAL[1:]:
        _mark(table)
    op.create_index("ix_project_confidential_to", "project", ["confidential_to"], unique=False)
    for table in SIGNED:
        op.add_column(table, sa.Column("account", sa.Text(), nullable=True))
    for column in ("confidential_to", "head"):
        op.add_column("audit", sa.Column(column, sa.Text(), nullable=True))
    op.create_table(
        "mark",
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("head", name="pk_mark"),
    )
    op.add_column("evaluation", sa.Column("projects", sa.JSON(), nullable=False, server_default="[]"))
    evaluation = sa.table("evaluation", sa.column("projects", sa.JSON()))
    codes = [row[0] for row in op.get_bind().execute(sa.text("SELECT code FROM project ORDER BY code"))]
    op.execute(evaluation.update().values(projects=codes))  # what they rested on, at most
    _policies()


def _mark(table: str) -> None:
    """Let records be marked; a number that was a record's is never another's, so that the audit trail is of one."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(
        table, recreate="always" if sqlite else "auto", table_kwargs={"sqlite_autoincrement": True}
    ) as batch:
        batch.add_column(sa.Column("confidential_to", sa.Text(), nullable=True))


def _policies() -> None:
    policies.begin()
    policies.put_up("project", policies.CONFIDENTIAL)
    for table in CONFIDENTIAL[1:]:
        policies.put_up(table, policies.CONFIDENTIAL, policies.belonging(table))
    for table in BELONGING:
        policies.put_up(table, policies.belonging(table))
    for table in OF_PROGRAMMES:
        policies.put_up(table, policies.under(table, "programme", "programme", "code"))
    policies.put_up("evaluation", _EVALUATION)
    policies.put_up("audit", policies.CONFIDENTIAL, policies.belonging("audit"), _AUDIT)


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("password_set", sa.DateTime(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed", sa.DateTime(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.code"], name="fk_account_organisation"),
        sa.PrimaryKeyConstraint("code", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("email", name="uq_account_email"),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_issuer"),
    )
    op.create_table(
        "grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("granted", sa.DateTime(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_grant_account"),
        sa.PrimaryKeyConstraint("id", name="pk_grant"),
        sa.UniqueConstraint("account", "role", "party", name="uq_grant_account"),
    )
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("seen", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_login_account"),
        sa.PrimaryKeyConstraint("id", name="pk_login"),
        sa.UniqueConstraint("secret", name="uq_login_secret"),
    )
    op.create_index("ix_login_account", "login", ["account"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("used", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.code"], name="fk_token_account"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("secret", name="uq_token_secret"),
    )
    op.create_index("ix_token_account", "token", ["account"], unique=False)


def downgrade() -> None:
    policies.take_down(*CONFIDENTIAL, *BELONGING, *OF_PROGRAMMES, "evaluation", "audit")
    policies.end()
    op.drop_column("evaluation", "projects")
    op.drop_table("mark")
    for column in ("head", "confidential_to"):
        op.drop_column("audit", column)
    for table in SIGNED:
        op.drop_column(table, "account")
    op.drop_index("ix_project_confidential_to", "project")
    for table in CONFIDENTIAL:
        op.drop_column(table, "confidential_to")
    for table in ("token", "login", "grant", "account"):
        op.drop_table(table)
