"""Jobs of the model, with their progress and log; what projects are found, sorted and compared by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sungari.operate.content import figures_sha256
from sungari.operate.migrations import policies
from sungari.operate.projects import found_by

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: A job is seen by those who see all projects that go in.
SEEN = """
NOT EXISTS (SELECT 1 FROM json_array_elements_text(job.projects) AS one(code)
            WHERE NOT EXISTS (SELECT 1 FROM project WHERE project.code = one.code))
"""
#: Columns that follow from a project's content.
DERIVED = ("words", "cost", "figures", "beside")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", sa.DateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("began", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("heartbeat", sa.DateTime(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("left", sa.Double(), nullable=True),
        sa.Column("made_from", sa.JSON(), nullable=False),
        sa.Column("projects", sa.JSON(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_kind", "job", ["kind"], unique=False)
    op.create_index("ix_job_state", "job", ["state"], unique=False)
    op.create_table(
        "job_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name="fk_job_line_job"),
        sa.PrimaryKeyConstraint("id", name="pk_job_line"),
    )
    op.create_index("ix_job_line_job", "job_line", ["job"], unique=False)
    policies.put_up("job", SEEN)
    policies.put_up("job_line", policies.under("job_line", "job", "job", "id"))
    with op.batch_alter_table("evaluation") as evaluation:
        evaluation.add_column(sa.Column("job", sa.Integer(), nullable=True))
        evaluation.create_foreign_key("fk_evaluation_job", "job", ["job"], ["id"])
        evaluation.create_index("ix_evaluation_job", ["job"], unique=False)

    op.add_column("project", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.add_column("project", sa.Column("cost", sa.Double(), nullable=False, server_default="0"))
    op.add_column("project", sa.Column("figures", sa.Text(), nullable=False, server_default=""))
    op.add_column("project", sa.Column("beside", sa.Text(), nullable=False, server_default=""))
    op.add_column("package_table", sa.Column("figures", sa.Text(), nullable=False, server_default=""))
    _fill()


def _fill() -> None:
    """Work the columns out for the projects that are there."""
    project = sa.table("project", sa.column("code"), sa.column("version"), *map(sa.column, DERIVED))
    version = sa.table("version", sa.column("project"), sa.column("number"), sa.column("content", sa.JSON()))
    newest = sa.select(project.c.code, version.c.content).join(
        version, (version.c.project == project.c.code) & (version.c.number == project.c.version)
    )
    for code, content in op.get_bind().execute(newest).all():
        found = found_by(code, content)
        op.execute(project.update().where(project.c.code == code).values({k: found[k] for k in DERIVED}))
    table = sa.table("package_table", sa.column("name"), sa.column("rows", sa.JSON()), sa.column("figures"))
    for name, rows in op.get_bind().execute(sa.select(table.c.name, table.c.rows)).all():
        figures = figures_sha256({name: rows}, (name,))
        op.execute(table.update().where(table.c.name == name).values(figures=figures))


def downgrade() -> None:
    op.drop_column("package_table", "figures")
    for name in DERIVED:
        op.drop_column("project", name)
    with op.batch_alter_table("evaluation") as evaluation:
        evaluation.drop_index("ix_evaluation_job")
        evaluation.drop_constraint("fk_evaluation_job", type_="foreignkey")
        evaluation.drop_column("job")
    op.drop_table("job_line")
    op.drop_table("job")
