"""Adaptive delivery: banks kept whole, what a decision was made of, and word of what moves a bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)
TENANT_COMMENT = "Tenant that owns the row; row-level security compares it with qbank.tenant_id."
# Table, column, what its comment was, what it is.
COMMENTS = (
    (
        "selection_decisions",
        "value",
        "Criterion at the chosen item; information per theta squared.",
        "Criterion at the chosen item; information per theta squared. NaN: on trial, whatever theta is.",
    ),
    (
        "selection_decisions",
        "theta",
        "Ability before the item, EAP.",
        "Ability before the item, by the quiz's rules.",
    ),
    (
        "selection_decisions",
        "se",
        "Posterior SD of theta before the item.",
        "Standard error of theta before the item.",
    ),
)


def upgrade() -> None:
    """Make tables and columns, then rights and triggers."""
    _create()
    for table, added in _columns():
        op.add_column(table, added)
    for table, column, _, comment in COMMENTS:
        _comment(table, column, comment)
    _run("0005_rules.sql")


def downgrade() -> None:
    """Remove them; decisions stay, and cannot be made again."""
    _run("0005_before_drop.sql")
    for table, column, comment, _ in COMMENTS:
        _comment(table, column, comment)
    for table, added in _columns():
        op.drop_column(table, added.name)
    for table in ("exposure_counts", "bank_snapshots"):
        op.drop_table(table)


def _run(name: str) -> None:
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / name).read_text(encoding="utf-8"))
    cursor.close()


def _comment(table: str, column: str, comment: str) -> None:
    said = comment.replace("'", "''")
    op.execute(f"comment on column {table}.{column} is '{said}'")


def _columns() -> list[tuple[str, sa.Column[Any]]]:
    when, json, big = sa.DateTime(timezone=True), JSONB(), sa.BigInteger()
    none, no = sa.text("'{}'"), sa.text("false")
    return [
        (
            "exams",
            sa.Column(
                "selection",
                json,
                server_default=none,
                nullable=False,
                comment="Deviations from the default rules of choosing items.",
            ),
        ),
        *(
            ("quiz_sessions", column)
            for column in (
                sa.Column(
                    "bank_hash",
                    sa.String(),
                    comment="Bank (bank_snapshots) that its items are chosen from; null: older than banks are, or imported.",
                ),
                sa.Column(
                    "calibration_run_id",
                    sa.Uuid(),
                    comment="Run whose parameters the bank has; null: nothing in it was calibrated.",
                ),
                sa.Column(
                    "rules",
                    json,
                    server_default=none,
                    nullable=False,
                    comment="Rules of selection and stopping as they were when it began.",
                ),
                sa.Column(
                    "seed",
                    big,
                    comment="Seed of what is left to chance in it, together with the position.",
                ),
                sa.Column(
                    "seen_question_ids",
                    sa.ARRAY(big),
                    comment="Questions that the learner had met when it began, within the time that the rules name.",
                ),
                sa.Column(
                    "ruled_out",
                    json,
                    comment="For each theta point of exposure control the questions not eligible in it; null: no control.",
                ),
                sa.Column(
                    "stopped_by",
                    sa.String(),
                    comment="What ended it before its number of questions: se, classified, time, ...; null: nothing did.",
                ),
                sa.Column(
                    "counted_at",
                    when,
                    comment="When exposure control counted it, UTC; null: not yet, or not at all.",
                ),
            )
        ),
        *(
            ("selection_decisions", column)
            for column in (
                sa.Column(
                    "bank_hash",
                    sa.String(),
                    comment="Bank it was chosen from (bank_snapshots); null: before there were any, it cannot be made again.",
                ),
                sa.Column(
                    "pilot",
                    sa.Boolean(),
                    server_default=no,
                    nullable=False,
                    comment="On trial: chosen by chance alone, and counts for nothing.",
                ),
                sa.Column(
                    "why_not",
                    json,
                    server_default=none,
                    nullable=False,
                    comment="Questions set aside: withdrawn, met in another quiz, passed over by Sympson-Hetter.",
                ),
                sa.Column(
                    "shadow",
                    json,
                    comment="The shadow test: solver, solves, objective, bound, binding demands, violations; null: no blueprint.",
                ),
                sa.Column("elapsed_us", sa.Integer(), comment="Time that the choice took, microseconds."),
            )
        ),
    ]


def _create() -> None:
    op.create_table(
        "bank_snapshots",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False, comment=TENANT_COMMENT),
        sa.Column("hash", sa.String(), nullable=False, comment="SHA-256 of the content before compression."),
        sa.Column("exam_code", sa.String(), comment="Exam it was loaded for; null: any."),
        sa.Column(
            "calibration_run_id",
            sa.Uuid(),
            comment="Newest run among its parameters; null: nothing is calibrated.",
        ),
        sa.Column("n_items", sa.Integer(), nullable=False, comment="Items that could be served."),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="Arrays and topics, deflated."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "hash", name=op.f("pk_bank_snapshots")),
    )
    op.create_table(
        "exposure_counts",
        sa.Column("tenant_id", sa.Uuid(), server_default=TENANT, nullable=False, comment=TENANT_COMMENT),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Exam whose sessions are counted."),
        sa.Column(
            "counts",
            JSONB(),
            nullable=False,
            comment="Sessions by theta point, and by item that any of them met; older ones count less.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When a session was counted last, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_exposure_counts_exam_code_exams")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "exam_code", name=op.f("pk_exposure_counts")),
    )
