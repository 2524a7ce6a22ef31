"""Sympson-Hetter control parameters: found for a bank by simulated sessions, and kept to by the quizzes that begin."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)


def upgrade() -> None:
    """Make the table, with its rights, and let a quiz keep what it began with."""
    op.create_table(
        "exposure_controls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Exam whose quizzes keep to them."),
        sa.Column("bank_hash", sa.String(), nullable=False, comment="Bank that they were found for."),
        sa.Column(
            "r_max", sa.Double(), nullable=False, comment="Highest share of sessions that may meet an item."
        ),
        sa.Column(
            "found_by",
            JSONB(),
            nullable=False,
            comment="Rules, length, population and seed of the simulated sessions.",
        ),
        sa.Column(
            "parameters",
            JSONB(),
            nullable=False,
            comment="By question id, where it is below 1: probability of being administered when selected.",
        ),
        sa.Column(
            "largest",
            sa.Double(),
            nullable=False,
            comment="Highest exposure rate in sessions of other simulees.",
        ),
        sa.Column(
            "settled",
            sa.Boolean(),
            nullable=False,
            comment="Whether the search came to r_max within its error.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint("r_max > 0 and r_max <= 1", name=op.f("ck_exposure_controls_rate")),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_exposure_controls_exam_code_exams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_controls")),
    )
    op.create_index("ix_exposure_controls_tenant_id", "exposure_controls", ["tenant_id", "exam_code", "id"])
    op.add_column(
        "quiz_sessions",
        sa.Column(
            "control",
            JSONB(),
            nullable=True,
            comment="Sympson-Hetter parameters that it keeps to, and the bank that they were found for; null: none.",
        ),
    )
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / "0009_rules.sql").read_text(encoding="utf-8"))
    cursor.close()


def downgrade() -> None:
    """Remove them; quizzes under way go on without control."""
    op.drop_column("quiz_sessions", "control")
    op.drop_table("exposure_controls")
    op.execute("drop function refuse_changed_controls()")
