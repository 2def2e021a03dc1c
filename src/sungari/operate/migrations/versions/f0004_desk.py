"""The committee's desk: cases, deadlines, decisions, meetings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sungari.operate.migrations import guards, policies

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: Tables of cases and of decisions, and what they belong to; whoever may not see a case sees none of their rows.
OF_CASES = ("case_party", "case_event", "case_tie", "case_document", "decision", "meeting_item")
OF_DECISIONS = ("wording", "decision_signature", "decision_change")


def upgrade() -> None:
    _data()
    _cases()
    _decisions()
    _meetings()
    guards.put_up("case_event", "wording", "decision_signature", "decision_change")
    policies.put_up("desk_case", policies.CONFIDENTIAL, policies.belonging("desk_case"))
    for table in OF_CASES:
        policies.put_up(table, policies.under(table, "case", "desk_case", "id"))
    for table in OF_DECISIONS[:-1]:
        policies.put_up(table, policies.under(table, "decision", "decision", "id"))
    policies.put_up("decision_change", policies.under("decision_change", "decision", "decision", "id"),
                    policies.belonging("decision_change"))


def _data() -> None:
    op.create_table(
        "desk_level",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_desk_level"),
    )

    op.create_table(
        "case_kind",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_ru", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("remind", sa.Integer(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_case_kind"),
    )

    op.create_table(
        "party_calendar",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("party", name="pk_party_calendar"),
    )

    op.create_table(
        "calendar_day",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("party", "day", name="pk_calendar_day"),
    )


def _cases() -> None:
    op.create_table(
        "desk_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("on", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("raised", sa.DateTime(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("look", sa.Date(), nullable=True),
        sa.Column("decided", sa.DateTime(), nullable=True),
        sa.Column("closed", sa.DateTime(), nullable=True),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.Column("confidential_to", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kind"], ["case_kind.code"], name="fk_desk_case_kind"),
        sa.ForeignKeyConstraint(["project"], ["project.code"], name="fk_desk_case_project"),
        sa.ForeignKeyConstraint(["level"], ["desk_level.code"], name="fk_desk_case_level"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_case"),
    )
    op.create_index("ix_desk_case_kind", "desk_case", ["kind"], unique=False)
    op.create_index("ix_desk_case_look", "desk_case", ["look"], unique=False)
    op.create_index("ix_desk_case_project", "desk_case", ["project"], unique=False)
    op.create_index("ix_desk_case_state", "desk_case", ["state"], unique=False)
    op.create_index("ix_desk_case_subject", "desk_case", ["subject"], unique=False)

    op.create_table(
        "case_party",
        sa.Column("case", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_case_party_case"),
        sa.PrimaryKeyConstraint("case", "party", name="pk_case_party"),
    )
    op.create_index("ix_case_party_party", "case_party", ["party"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_case_event_case"),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
    )
    op.create_index("ix_case_event_case", "case_event", ["case"], unique=False)

    op.create_table(
        "case_tie",
        sa.Column("case", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("other", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_case_tie_case"),
        sa.ForeignKeyConstraint(["other"], ["desk_case.id"], name="fk_case_tie_other"),
        sa.PrimaryKeyConstraint("case", "other", name="pk_case_tie"),
    )

    op.create_table(
        "case_document",
        sa.Column("case", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_case_document_case"),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name="fk_case_document_document"),
        sa.PrimaryKeyConstraint("case", "document", name="pk_case_document"),
    )


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("proposed", sa.DateTime(), nullable=False),
        sa.Column("effective", sa.DateTime(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_decision_case"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.UniqueConstraint("case", "number", name="uq_decision_case"),
    )

    op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.id"], name="fk_wording_decision"),
        sa.PrimaryKeyConstraint("id", name="pk_wording"),
    )
    op.create_index("ix_wording_decision", "wording", ["decision"], unique=False)

    op.create_table(
        "decision_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.id"], name="fk_decision_signature_decision"),
        sa.PrimaryKeyConstraint("id", name="pk_decision_signature"),
        sa.UniqueConstraint("decision", "sha256", "party", "agreed", name="uq_decision_signature_decision"),
    )
    op.create_index("ix_decision_signature_decision", "decision_signature", ["decision"], unique=False)

    op.create_table(
        "decision_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.id"], name="fk_decision_change_decision"),
        sa.ForeignKeyConstraint(["project"], ["project.code"], name="fk_decision_change_project"),
        sa.PrimaryKeyConstraint("id", name="pk_decision_change"),
        sa.UniqueConstraint("decision", "record", "key", name="uq_decision_change_decision"),
    )
    op.create_index("ix_decision_change_project", "decision_change", ["project"], unique=False)
    op.create_index("ix_decision_change_record", "decision_change", ["record"], unique=False)


def _meetings() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("begins", sa.DateTime(), nullable=False),
        sa.Column("ends", sa.DateTime(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
    )
    op.create_index("ix_meeting_begins", "meeting", ["begins"], unique=False)

    op.create_table(
        "meeting_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.id"], name="fk_meeting_item_meeting"),
        sa.ForeignKeyConstraint(["case"], ["desk_case.id"], name="fk_meeting_item_case"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_item"),
    )
    op.create_index("ix_meeting_item_case", "meeting_item", ["case"], unique=False)
    op.create_index("ix_meeting_item_meeting", "meeting_item", ["meeting"], unique=False)


def downgrade() -> None:
    for table in ("meeting_item", "meeting", *reversed(OF_DECISIONS), "decision", "case_document", "case_tie",
                  "case_event", "case_party", "desk_case", "calendar_day", "party_calendar", "case_kind", "desk_level"):
        op.drop_table(table)
