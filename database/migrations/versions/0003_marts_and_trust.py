"""What marts and their checks need: change numbers, published statistics, builds of two schemas, analysts."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from database.tables.base import Xid8

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)


def upgrade() -> None:
    """Make roles and schemas, then tables and columns, then their rules."""
    _run("0003_schemas.sql")
    _create()
    _run("0003_rules.sql")


def downgrade() -> None:
    """Remove them, and with them what dbt built: its views stand on the columns that go. dbt builds again."""
    _run("0003_before_drop.sql")
    _drop()


def _run(name: str) -> None:
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / name).read_text(encoding="utf-8"))
    cursor.close()


def _create() -> None:
    op.create_table(
        "analysts",
        sa.Column("login", sa.String(), nullable=False, comment="Name of the database login."),
        sa.Column("tenant_id", sa.Uuid(), nullable=False, comment="A tenant whose rows it sees."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.PrimaryKeyConstraint("login", "tenant_id", name=op.f("pk_analysts")),
    )
    op.create_table(
        "forgotten_learners",
        sa.Column(
            "learner_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC-SHA256 of tenant and user id; the key is elsewhere.",
        ),
        sa.Column(
            "key_check",
            sa.LargeBinary(),
            nullable=False,
            comment="Tells the key the hash was made with from another one, and nothing else of it.",
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "forgotten_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.PrimaryKeyConstraint("learner_hash", name=op.f("pk_forgotten_learners")),
    )
    op.create_index(
        op.f("ix_forgotten_learners_tenant_id"), "forgotten_learners", ["tenant_id"], unique=False
    )
    op.create_table(
        "mart_builds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column("run_id", sa.String(), nullable=False, comment="Dagster's run."),
        sa.Column(
            "schema_oid",
            sa.BigInteger(),
            nullable=False,
            comment="The schema built into: renaming does not change its oid.",
        ),
        sa.Column(
            "project_hash", sa.String(), nullable=False, comment="SHA-256 of the dbt project that built."
        ),
        sa.Column("full_refresh", sa.Boolean(), nullable=False, comment="Whether everything was built anew."),
        sa.Column("reason", sa.String(), nullable=False, comment="Why it was, or was not."),
        sa.Column("below_xid", Xid8(), nullable=False, comment="Everything older was seen by this build."),
        sa.Column(
            "passed",
            postgresql.ARRAY(sa.String()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Selections of dbt that were built whole, with every test passed.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the schema became live, UTC; null: it never did.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mart_builds")),
        sa.UniqueConstraint("run_id", name=op.f("uq_mart_builds_run_id")),
    )
    op.create_table(
        "mart_refresh_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column("reason", sa.String(), nullable=False, comment="What happened."),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mart_refresh_requests")),
    )
    op.create_index(
        op.f("ix_mart_refresh_requests_change_xid"), "mart_refresh_requests", ["change_xid"], unique=False
    )
    op.create_table(
        "source_loads",
        sa.Column("loader", sa.String(), nullable=False, comment="drain or import."),
        sa.Column(
            "name",
            sa.String(),
            nullable=False,
            comment="Topic or log by identity, or the exam that was imported.",
        ),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it last went well, UTC.",
        ),
        sa.Column("n_rows", sa.BigInteger(), nullable=False, comment="Rows that it added then."),
        sa.CheckConstraint("loader in ('drain', 'import')", name=op.f("ck_source_loads_loader")),
        sa.PrimaryKeyConstraint("loader", "name", name=op.f("pk_source_loads")),
        schema="telemetry",
    )
    op.create_table(
        "person_ability_windows",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Exam whose scale it is."),
        sa.Column("window_start", sa.Date(), nullable=False, comment="First day of the window, UTC."),
        sa.Column("mode", sa.String(), nullable=False, comment="tutor or exam."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("theta", sa.Double(), nullable=False, comment="Ability, EAP; scale of the exam."),
        sa.Column("se", sa.Double(), nullable=False, comment="Posterior SD of theta."),
        sa.Column("n_responses", sa.Integer(), nullable=False, comment="Usable responses behind it."),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run whose parameters scored it."),
        sa.CheckConstraint("mode in ('tutor', 'exam')", name=op.f("ck_person_ability_windows_mode")),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_person_ability_windows_exam_code_exams")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["calibration_runs.id"],
            name=op.f("fk_person_ability_windows_run_id_calibration_runs"),
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "exam_code", "window_start", "mode", name=op.f("pk_person_ability_windows")
        ),
    )
    op.create_index(
        op.f("ix_person_ability_windows_run_id"), "person_ability_windows", ["run_id"], unique=False
    )
    op.create_index(
        op.f("ix_person_ability_windows_tenant_id"), "person_ability_windows", ["tenant_id"], unique=False
    )
    op.create_table(
        "item_curve_points",
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("model", sa.String(), nullable=False, comment="1PL, 2PL or 3PL."),
        sa.Column("band", sa.Integer(), nullable=False, comment="Band of theta, from 1, ascending."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "theta", sa.Double(), nullable=False, comment="Middle of the band's abilities, scale of the exam."
        ),
        sa.Column("n", sa.Double(), nullable=False, comment="Expected number of answers in the band."),
        sa.Column(
            "observed", sa.Double(), nullable=True, comment="Proportion right, 0 to 1; null: too few answers."
        ),
        sa.Column(
            "expected",
            sa.Double(),
            nullable=False,
            comment="Proportion right that the curve expects, 0 to 1.",
        ),
        sa.Column("se", sa.Double(), nullable=True, comment="Standard error of observed minus expected."),
        sa.Column(
            "residual",
            sa.Double(),
            nullable=True,
            comment="Observed minus expected, over its standard error.",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run of the curve."),
        sa.CheckConstraint("model in ('1PL', '2PL', '3PL')", name=op.f("ck_item_curve_points_model")),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_curve_points_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_curve_points_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", "model", "band", name=op.f("pk_item_curve_points")),
    )
    op.create_index(op.f("ix_item_curve_points_tenant_id"), "item_curve_points", ["tenant_id"], unique=False)
    op.create_table(
        "item_drift_weeks",
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("week", sa.Date(), nullable=False, comment="Monday of the week, UTC."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("n", sa.Integer(), nullable=False, comment="Usable responses of the week."),
        sa.Column("observed", sa.Double(), nullable=False, comment="Proportion right, 0 to 1."),
        sa.Column(
            "expected",
            sa.Double(),
            nullable=False,
            comment="Proportion right expected of these learners, 0 to 1.",
        ),
        sa.Column("se", sa.Double(), nullable=True, comment="Standard error of observed minus expected."),
        sa.Column(
            "z",
            sa.Double(),
            nullable=True,
            comment="Observed minus expected, over se; null: too few responses.",
        ),
        sa.Column(
            "drifted",
            sa.Boolean(),
            nullable=False,
            comment="Beyond chance over all items and weeks, and large enough to matter.",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run of the curve."),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_drift_weeks_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_drift_weeks_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", "week", name=op.f("pk_item_drift_weeks")),
    )
    op.create_index(op.f("ix_item_drift_weeks_tenant_id"), "item_drift_weeks", ["tenant_id"], unique=False)
    op.create_table(
        "item_option_stats",
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("option_label", sa.CHAR(length=1), nullable=False, comment="The option."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("is_key", sa.Boolean(), nullable=False, comment="True on the key."),
        sa.Column("n", sa.Integer(), nullable=False, comment="How often it was chosen."),
        sa.Column("proportion", sa.Double(), nullable=False, comment="Of the item's answers, 0 to 1."),
        sa.Column(
            "rest_correlation",
            sa.Double(),
            nullable=True,
            comment="Of choosing it with the score on the other items (point-biserial); null: undefined.",
        ),
        sa.Column(
            "proportion_low",
            sa.Double(),
            nullable=True,
            comment="Proportion in the lowest third of rest scores.",
        ),
        sa.Column("proportion_middle", sa.Double(), nullable=True, comment="Proportion in the middle third."),
        sa.Column("proportion_high", sa.Double(), nullable=True, comment="Proportion in the highest third."),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run that published it."),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_option_stats_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_option_stats_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", "option_label", name=op.f("pk_item_option_stats")),
    )
    op.create_index(op.f("ix_item_option_stats_tenant_id"), "item_option_stats", ["tenant_id"], unique=False)
    op.add_column(
        "app_users",
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
    )
    op.create_index(op.f("ix_app_users_change_xid"), "app_users", ["change_xid"], unique=False)
    op.add_column(
        "calibration_runs",
        sa.Column(
            "policy",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the response policy removed, and how the parameters would differ without it.",
        ),
    )
    op.add_column(
        "cohorts",
        sa.Column(
            "is_invented",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True: made up for a demonstration, no real cohort.",
        ),
    )
    op.add_column(
        "institutions",
        sa.Column(
            "is_invented",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True: made up for a demonstration, no real institution.",
        ),
    )
    op.add_column(
        "quiz_items",
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
    )
    op.create_index(op.f("ix_quiz_items_change_xid"), "quiz_items", ["change_xid"], unique=False)
    op.add_column(
        "quiz_sessions",
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
    )
    op.create_index(op.f("ix_quiz_sessions_change_xid"), "quiz_sessions", ["change_xid"], unique=False)
    op.add_column(
        "user_responses",
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
    )
    op.create_index(op.f("ix_user_responses_change_xid"), "user_responses", ["change_xid"], unique=False)
    op.add_column(
        "events",
        sa.Column(
            "change_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that wrote or last changed the row; incremental marts read from here.",
        ),
        schema="telemetry",
    )
    op.create_index(op.f("ix_events_change_xid"), "events", ["change_xid"], unique=False, schema="telemetry")

    op.alter_column(
        "person_ability",
        "theta",
        existing_type=sa.Double(),
        existing_nullable=False,
        existing_comment="Ability, EAP under N(0, 1); scale of the exam.",
        comment="Ability, EAP under the distribution of the person's group; scale of the exam.",
    )


def _drop() -> None:
    op.alter_column(
        "person_ability",
        "theta",
        existing_type=sa.Double(),
        existing_nullable=False,
        existing_comment="Ability, EAP under the distribution of the person's group; scale of the exam.",
        comment="Ability, EAP under N(0, 1); scale of the exam.",
    )
    op.drop_index(op.f("ix_events_change_xid"), table_name="events", schema="telemetry")
    op.drop_column("events", "change_xid", schema="telemetry")
    op.drop_index(op.f("ix_user_responses_change_xid"), table_name="user_responses")
    op.drop_column("user_responses", "change_xid")
    op.drop_index(op.f("ix_quiz_sessions_change_xid"), table_name="quiz_sessions")
    op.drop_column("quiz_sessions", "change_xid")
    op.drop_index(op.f("ix_quiz_items_change_xid"), table_name="quiz_items")
    op.drop_column("quiz_items", "change_xid")
    op.drop_column("institutions", "is_invented")
    op.drop_column("cohorts", "is_invented")
    op.drop_column("calibration_runs", "policy")
    op.drop_index(op.f("ix_app_users_change_xid"), table_name="app_users")
    op.drop_column("app_users", "change_xid")
    op.drop_index(op.f("ix_item_option_stats_tenant_id"), table_name="item_option_stats")
    op.drop_table("item_option_stats")
    op.drop_index(op.f("ix_item_drift_weeks_tenant_id"), table_name="item_drift_weeks")
    op.drop_table("item_drift_weeks")
    op.drop_index(op.f("ix_item_curve_points_tenant_id"), table_name="item_curve_points")
    op.drop_table("item_curve_points")
    op.drop_index(op.f("ix_person_ability_windows_tenant_id"), table_name="person_ability_windows")
    op.drop_index(op.f("ix_person_ability_windows_run_id"), table_name="person_ability_windows")
    op.drop_table("person_ability_windows")
    op.drop_table("source_loads", schema="telemetry")
    op.drop_index(op.f("ix_mart_refresh_requests_change_xid"), table_name="mart_refresh_requests")
    op.drop_table("mart_refresh_requests")
    op.drop_table("mart_builds")
    op.drop_index(op.f("ix_forgotten_learners_tenant_id"), table_name="forgotten_learners")
    op.drop_table("forgotten_learners")
    op.drop_table("analysts")
