"""Sections and sessions of assessment platforms that leave the choice of items to us (the CAT API of 1EdTech)."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)


def upgrade() -> None:
    """Make the tables, with their rights."""
    op.create_table(
        "cat_sections",
        sa.Column(
            "id",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="The section.",
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "configuration",
            JSONB(),
            nullable=False,
            comment="What its configuration says of choosing and stopping, defaults filled in.",
        ),
        sa.Column("definition", JSONB(), nullable=False, comment="The section as the platform sent it."),
        sa.Column(
            "items", sa.ARRAY(sa.Text()), nullable=False, comment="Identifiers of the items it chooses from."
        ),
        sa.Column(
            "exam_code",
            sa.String(),
            nullable=True,
            comment="Exam whose live parameters count; null: it brought its own.",
        ),
        sa.Column(
            "question_ids",
            sa.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Questions that the identifiers name, in their order; null: none of ours.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), nullable=True, comment="When the platform ended it, UTC."
        ),
        sa.CheckConstraint("(exam_code is null) = (question_ids is null)", name=op.f("ck_cat_sections_live")),
        sa.CheckConstraint("cardinality(items) > 0", name=op.f("ck_cat_sections_items")),
        sa.CheckConstraint(
            "cardinality(question_ids) = cardinality(items)", name=op.f("ck_cat_sections_question_ids")
        ),
        sa.ForeignKeyConstraint(["exam_code"], ["exams.code"], name=op.f("fk_cat_sections_exam_code_exams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cat_sections")),
    )
    op.create_index(op.f("ix_cat_sections_exam_code"), "cat_sections", ["exam_code"], unique=False)
    op.create_index(op.f("ix_cat_sections_tenant_id"), "cat_sections", ["tenant_id"], unique=False)
    op.create_table(
        "cat_banks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("section_id", sa.Uuid(), nullable=False, comment="The section."),
        sa.Column("hash", sa.String(), nullable=False, comment="SHA-256 of identifiers and parameters."),
        sa.Column(
            "items", sa.ARRAY(sa.Text()), nullable=False, comment="Identifiers, in the order of the bank."
        ),
        sa.Column("a", sa.ARRAY(sa.Double()), nullable=False, comment="Discriminations, D = 1.7 metric."),
        sa.Column("b", sa.ARRAY(sa.Double()), nullable=False, comment="Difficulties, D = 1.7 metric."),
        sa.Column("c", sa.ARRAY(sa.Double()), nullable=False, comment="Lower asymptotes."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When these were last seen to be the live parameters, UTC.",
        ),
        sa.CheckConstraint(
            "cardinality(items) > 0 and cardinality(a) = cardinality(items) and cardinality(b) = cardinality(items) and cardinality(c) = cardinality(items)",
            name=op.f("ck_cat_banks_lengths"),
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["cat_sections.id"],
            name=op.f("fk_cat_banks_section_id_cat_sections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cat_banks")),
        sa.UniqueConstraint("section_id", "hash", name=op.f("uq_cat_banks_section_id_hash")),
    )
    op.create_table(
        "cat_sessions",
        sa.Column(
            "id",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="The session.",
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("section_id", sa.Uuid(), nullable=False, comment="The section."),
        sa.Column("bank_id", sa.BigInteger(), nullable=False, comment="Parameters it is pinned to."),
        sa.Column("seed", sa.BigInteger(), nullable=False, comment="Chance of its decisions."),
        sa.Column("prior_mean", sa.Double(), nullable=False, comment="Mean of the prior of theta."),
        sa.Column(
            "prior_sd", sa.Double(), nullable=False, comment="Standard deviation of the prior of theta."
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Start, UTC.",
        ),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), nullable=False, comment="When it is given up, UTC."
        ),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), nullable=True, comment="When the platform ended it, UTC."
        ),
        sa.CheckConstraint("prior_sd > 0", name=op.f("ck_cat_sessions_prior_sd")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["cat_banks.id"], name=op.f("fk_cat_sessions_bank_id_cat_banks")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["cat_sections.id"],
            name=op.f("fk_cat_sessions_section_id_cat_sections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cat_sessions")),
    )
    op.create_index(op.f("ix_cat_sessions_bank_id"), "cat_sessions", ["bank_id"], unique=False)
    op.create_index("ix_cat_sessions_section_id", "cat_sessions", ["section_id"], unique=False)
    op.create_table(
        "cat_items",
        sa.Column("session_id", sa.Uuid(), nullable=False, comment="The session."),
        sa.Column("position", sa.Integer(), nullable=False, comment="1 for the first item chosen."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("stage", sa.Integer(), nullable=False, comment="1 for the items chosen before any result."),
        sa.Column("item", sa.String(), nullable=False, comment="Identifier of the item."),
        sa.Column("place", sa.Integer(), nullable=False, comment="Its place in the bank."),
        sa.Column("criterion", sa.String(), nullable=False, comment="Name of the selection criterion."),
        sa.Column("value", sa.Double(), nullable=False, comment="Criterion at the item."),
        sa.Column("theta", sa.Double(), nullable=False, comment="Ability before the item."),
        sa.Column("se", sa.Double(), nullable=False, comment="Standard error of theta before the item."),
        sa.Column(
            "candidates",
            JSONB(),
            nullable=False,
            comment="The best candidates with their values, best first.",
        ),
        sa.Column(
            "chosen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.Column(
            "correct", sa.Boolean(), nullable=True, comment="Right or wrong; null: omitted, or no result yet."
        ),
        sa.Column(
            "resulted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its final result came, UTC; null: it did not yet.",
        ),
        sa.CheckConstraint("correct is null or resulted_at is not null", name=op.f("ck_cat_items_result")),
        sa.CheckConstraint("position >= 1 and stage >= 1 and place >= 0", name=op.f("ck_cat_items_numbers")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["cat_sessions.id"],
            name=op.f("fk_cat_items_session_id_cat_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_cat_items")),
        sa.UniqueConstraint("session_id", "item", name=op.f("uq_cat_items_session_id_item")),
    )
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / "0008_rules.sql").read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    """Remove them, with the sessions that they hold."""
    op.execute("drop function tenant_of_cat_section(uuid)")
    for table in ("cat_items", "cat_sessions", "cat_banks", "cat_sections"):
        op.drop_table(table)
