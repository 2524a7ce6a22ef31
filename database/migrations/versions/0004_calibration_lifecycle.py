"""The calibration lifecycle: scales and anchors, findings of runs, decisions and reviews of people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)
PARAMETERS = ("item_calibration", "item_calibration_candidate", "item_calibration_history")
OLD_MODELS, NEW_MODELS = ("1PL", "2PL", "3PL"), ("1PL", "2PL", "3PL", "mixed")
OLD_STATUS = ("candidate", "published", "superseded", "rejected")
NEW_STATUS = ("candidate", "blocked", "waiting", "published", "superseded", "rejected")
OLD_DECISIONS = ("publish", "approve", "reject", "rollback")
NEW_DECISIONS = ("publish", "block", "hold", "approve", "reject", "rollback")
# Table, column, what its comment was, what it is.
COMMENTS = (
    (
        "calibration_decisions",
        "decision",
        "publish, approve, reject or rollback.",
        "publish, block, hold (for a person), approve, reject or rollback.",
    ),
    (
        "calibration_decisions",
        "decided_by",
        "Person, or 'pipeline' where passing checks decide.",
        "Person, or 'pipeline' where checks decide.",
    ),
    (
        "calibration_runs",
        "status",
        "candidate, published (live), superseded or rejected.",
        "candidate, blocked (by a check), waiting (for a person), published (live), superseded, rejected.",
    ),
    ("item_curve_points", "model", "1PL, 2PL or 3PL.", "1PL, 2PL, 3PL or mixed."),
    ("item_flags", "run_id", "Run that raised it.", "Run that last found it."),
    (
        "item_flags",
        "resolved_at",
        "When it was dealt with, UTC.",
        "When a run no longer found it, UTC; null: it stands.",
    ),
    (
        "person_ability",
        "theta",
        "Ability, EAP under the distribution of the person's group; scale of the exam.",
        "Ability, EAP under the prior that is fixed with the scale; scale of the exam.",
    ),
    (
        "person_ability_windows",
        "theta",
        "Ability, EAP; scale of the exam.",
        "Ability, EAP under the prior that is fixed with the scale; scale of the exam.",
    ),
    *(
        (
            table,
            "model",
            "1PL, 2PL or 3PL.",
            "Fit that the row is of: 1PL, 2PL or 3PL of the whole exam, or mixed.",
        )
        for table in PARAMETERS
    ),
    *(
        (
            table,
            "status",
            "ok, c at bound, or set aside.",
            "ok, c at bound, a at bound, anchor, carried over, or set aside.",
        )
        for table in PARAMETERS
    ),
    *(
        (table, "reason", "Why the status is not ok.", "Why the status is not ok; or why this model.")
        for table in PARAMETERS
    ),
)


def upgrade() -> None:
    """Make tables and columns, then let what is live define the scale of its exam."""
    _create()
    for table, added in _columns():
        op.add_column(table, added)
    _constraints(NEW_MODELS, NEW_STATUS, NEW_DECISIONS)
    op.drop_constraint(
        op.f("uq_calibration_decisions_run_id_decision_decided_by"), "calibration_decisions", type_="unique"
    )
    op.create_index("ix_calibration_decisions_run_id", "calibration_decisions", ["run_id"])
    op.create_check_constraint("said", "calibration_decisions", "decided_by <> '' and reason <> ''")
    op.create_check_constraint("state", "item_flags", "state in ('open', 'accepted', 'dismissed')")
    op.create_check_constraint(
        "decision",
        "item_flags",
        "(state = 'open') = (decided_by is null) and (decided_by is null) = (decided_at is null) and (decided_by is null) = (decision_reason is null)",
    )
    for table in PARAMETERS:
        op.create_check_constraint("metric", table, "metric = 'D=1.7'")
    for table, column, _, comment in COMMENTS:
        _comment(table, column, comment)
    _run("0004_rules.sql")


def downgrade() -> None:
    """Remove them, and what only they can hold: rows of mixed fits, and runs that wait as candidates."""
    _run("0004_before_drop.sql")
    for table, column, comment, _ in COMMENTS:
        _comment(table, column, comment)
    for name, table in (
        ("said", "calibration_decisions"),
        ("state", "item_flags"),
        ("decision", "item_flags"),
        *(("metric", table) for table in PARAMETERS),
    ):
        op.drop_constraint(name, table, type_="check")
    op.drop_index("ix_calibration_decisions_run_id", "calibration_decisions")
    op.create_unique_constraint(
        op.f("uq_calibration_decisions_run_id_decision_decided_by"),
        "calibration_decisions",
        ["run_id", "decision", "decided_by"],
    )
    _constraints(OLD_MODELS, OLD_STATUS, OLD_DECISIONS)
    for table, added in _columns():
        op.drop_column(table, added.name)
    for table in ("item_diagnostics", "calibration_anchors", "calibration_scales"):
        op.drop_table(table)


def _run(name: str) -> None:
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / name).read_text(encoding="utf-8"))
    cursor.close()


def _comment(table: str, column: str, comment: str) -> None:
    said = comment.replace("'", "''")
    op.execute(f"comment on column {table}.{column} is '{said}'")


def _constraints(models: tuple[str, ...], status: tuple[str, ...], decisions: tuple[str, ...]) -> None:
    for table, column, values in (
        *((table, "model", models) for table in (*PARAMETERS, "item_curve_points")),
        ("calibration_runs", "status", status),
        ("calibration_decisions", "decision", decisions),
    ):
        op.drop_constraint(column, table, type_="check")
        allowed = ", ".join(f"'{value}'" for value in values)
        op.create_check_constraint(column, table, f"{column} in ({allowed})")


def _json(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB(), server_default=sa.text("'{}'"), nullable=False, comment=comment)


def _columns() -> list[tuple[str, sa.Column[Any]]]:
    when = sa.DateTime(timezone=True)
    persons = (
        ("theta_latent", "Ability, EAP under the distribution that the run found for the person's group."),
        ("se_latent", "Posterior SD of theta_latent."),
    )
    return [
        (
            "calibration_runs",
            sa.Column(
                "scale_version",
                sa.Integer(),
                nullable=True,
                comment="Scale it lies on; null: it fitted nothing.",
            ),
        ),
        (
            "calibration_runs",
            sa.Column(
                "as_of",
                sa.Date(),
                nullable=True,
                comment="It read what had been answered by the end of this day, UTC; null: everything.",
            ),
        ),
        (
            "calibration_runs",
            sa.Column("first_response_at", when, nullable=True, comment="First usable response, UTC."),
        ),
        (
            "calibration_runs",
            sa.Column("last_response_at", when, nullable=True, comment="Last usable response, UTC."),
        ),
        (
            "calibration_runs",
            _json("dispositions", "First attempts by what the response policy made of them."),
        ),
        (
            "calibration_runs",
            sa.Column(
                "serving_model",
                sa.String(),
                nullable=True,
                comment="Fit whose rows are to be served: 2PL, 3PL or mixed; null: none.",
            ),
        ),
        (
            "calibration_runs",
            _json("lifecycle", "How models were chosen, versions carried over, anchors held and dropped."),
        ),
        (
            "calibration_runs",
            _json("diagnostics", "Figures of the whole run: reliability, dependence, groups, link."),
        ),
        ("calibration_runs", _json("gate", "What simulated sessions said of it beside what was live.")),
        *(
            (
                table,
                sa.Column(
                    "item_model",
                    sa.String(),
                    nullable=True,
                    comment="The item's own model, for instance 3PL with c fixed at 0.2; null: as the fit's.",
                ),
            )
            for table in PARAMETERS
        ),
        *(
            (
                table,
                sa.Column(
                    "fit_p",
                    sa.Double(),
                    nullable=True,
                    comment="p-value of the item's fit; null: not tested.",
                ),
            )
            for table in PARAMETERS
        ),
        *(
            (
                table,
                sa.Column(
                    "fit_rmsd",
                    sa.Double(),
                    nullable=True,
                    comment="Root mean square difference of curve and answers, in probability; null: not tested.",
                ),
            )
            for table in PARAMETERS
        ),
        *(
            (
                table,
                sa.Column(
                    "metric",
                    sa.String(),
                    server_default="D=1.7",
                    nullable=False,
                    comment="Metric of a and b: 1.7 a (theta - b) is the logit.",
                ),
            )
            for table in PARAMETERS
        ),
        *(
            (
                table,
                sa.Column(
                    "code_version", sa.String(), nullable=True, comment="Version of qbank that fitted."
                ),
            )
            for table in PARAMETERS
        ),
        *(
            (
                table,
                sa.Column(
                    "snapshot_hash",
                    sa.String(),
                    nullable=True,
                    comment="SHA-256 of the responses that were fitted.",
                ),
            )
            for table in PARAMETERS
        ),
        (
            "item_flags",
            sa.Column("action", sa.String(), nullable=True, comment="What to do about it, in a sentence."),
        ),
        (
            "item_flags",
            sa.Column(
                "state",
                sa.String(),
                server_default="open",
                nullable=False,
                comment="open, accepted (it is so, act) or dismissed (it is not so).",
            ),
        ),
        ("item_flags", sa.Column("decided_by", sa.String(), nullable=True, comment="Who said so.")),
        ("item_flags", sa.Column("decided_at", when, nullable=True, comment="When, UTC.")),
        ("item_flags", sa.Column("decision_reason", sa.String(), nullable=True, comment="Why.")),
        *(
            (table, sa.Column(name, sa.Double(), nullable=True, comment=comment))
            for table in ("person_ability", "person_ability_windows")
            for name, comment in persons
        ),
    ]


def _create() -> None:
    op.create_table(
        "calibration_scales",
        sa.Column("exam_code", sa.String(), nullable=False, comment="Home exam."),
        sa.Column(
            "scale_version", sa.Integer(), nullable=False, comment="1, 2, ...; the highest one is used."
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run whose population is N(0, 1)."),
        sa.Column(
            "prior_mean",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Mean of the prior of every score on this scale.",
        ),
        sa.Column(
            "prior_sd",
            sa.Double(),
            server_default=sa.text("1"),
            nullable=False,
            comment="SD of the prior of every score on this scale.",
        ),
        sa.Column(
            "defined_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.CheckConstraint("prior_sd > 0", name=op.f("ck_calibration_scales_prior_sd")),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_calibration_scales_exam_code_exams")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_calibration_scales_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("exam_code", "scale_version", name=op.f("pk_calibration_scales")),
    )
    op.create_index(
        op.f("ix_calibration_scales_tenant_id"), "calibration_scales", ["tenant_id"], unique=False
    )
    op.create_table(
        "calibration_anchors",
        sa.Column("exam_code", sa.String(), nullable=False, comment="Home exam."),
        sa.Column("scale_version", sa.Integer(), nullable=False, comment="The scale that it holds."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "state",
            sa.String(),
            nullable=False,
            comment="probation (published, not held to yet), anchor (held fixed), dropped (for good).",
        ),
        sa.Column(
            "a",
            sa.Double(),
            nullable=False,
            comment="Discrimination that it holds or is to hold, D = 1.7 metric.",
        ),
        sa.Column(
            "b",
            sa.Double(),
            nullable=False,
            comment="Difficulty that it holds or is to hold, D = 1.7 metric.",
        ),
        sa.Column("c", sa.Double(), nullable=False, comment="Lower asymptote that it holds or is to hold."),
        sa.Column("se_a", sa.Double(), nullable=True, comment="Standard error of a then."),
        sa.Column("se_b", sa.Double(), nullable=True, comment="Standard error of b then."),
        sa.Column(
            "n_responses", sa.Integer(), nullable=False, comment="Usable responses behind these parameters."
        ),
        sa.Column("first_run", sa.Uuid(), nullable=False, comment="Run that first published it."),
        sa.Column(
            "frozen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When these parameters were published, UTC.",
        ),
        sa.Column(
            "runs_passed",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Published runs since in which it did not drift.",
        ),
        sa.Column(
            "last_run", sa.Uuid(), nullable=False, comment="Published run that last said something of it."
        ),
        sa.Column("reason", sa.String(), nullable=True, comment="Why it was dropped."),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When its state last changed, UTC.",
        ),
        sa.CheckConstraint(
            "(state = 'dropped') = (reason is not null)", name=op.f("ck_calibration_anchors_reason")
        ),
        sa.CheckConstraint(
            "state in ('probation', 'anchor', 'dropped')", name=op.f("ck_calibration_anchors_state")
        ),
        sa.CheckConstraint("a > 0 and c >= 0 and c < 1", name=op.f("ck_calibration_anchors_parameters")),
        sa.ForeignKeyConstraint(
            ["exam_code", "scale_version"],
            ["calibration_scales.exam_code", "calibration_scales.scale_version"],
            name="fk_calibration_anchors_scale",
        ),
        sa.ForeignKeyConstraint(
            ["first_run"],
            ["calibration_runs.id"],
            name=op.f("fk_calibration_anchors_first_run_calibration_runs"),
        ),
        sa.ForeignKeyConstraint(
            ["last_run"],
            ["calibration_runs.id"],
            name=op.f("fk_calibration_anchors_last_run_calibration_runs"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_calibration_anchors_item",
        ),
        sa.PrimaryKeyConstraint(
            "exam_code", "scale_version", "question_id", "version", name=op.f("pk_calibration_anchors")
        ),
    )
    op.create_index(
        op.f("ix_calibration_anchors_tenant_id"), "calibration_anchors", ["tenant_id"], unique=False
    )
    op.create_table(
        "item_diagnostics",
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run that found it."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column(
            "kind", sa.String(), nullable=False, comment="fit, dependence, dif, drift, position or mode."
        ),
        sa.Column(
            "contrast",
            sa.String(),
            server_default="",
            nullable=False,
            comment="What is compared, for instance a group or another item.",
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("effect", sa.Double(), nullable=True, comment="Size, in the unit that `unit` names."),
        sa.Column("unit", sa.String(), nullable=False, comment="Unit of the effect."),
        sa.Column("statistic", sa.Double(), nullable=True, comment="Test statistic."),
        sa.Column("p_value", sa.Double(), nullable=True, comment="Its p-value; null: not tested."),
        sa.Column(
            "q_value", sa.Double(), nullable=True, comment="False discovery rate over the items of the run."
        ),
        sa.Column(
            "grade", sa.String(), nullable=True, comment="Class of the effect, for instance A, B, C of DIF."
        ),
        sa.Column(
            "flagged", sa.Boolean(), nullable=False, comment="Beyond chance and large enough to matter."
        ),
        sa.Column("sentence", sa.String(), nullable=False, comment="The finding in words."),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_diagnostics_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["calibration_runs.id"],
            name=op.f("fk_item_diagnostics_run_id_calibration_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "question_id", "version", "kind", "contrast", name=op.f("pk_item_diagnostics")
        ),
    )
    op.create_index(op.f("ix_item_diagnostics_tenant_id"), "item_diagnostics", ["tenant_id"], unique=False)
