"""The house: roles, every table, the rules that must never be broken, and row-level security.

Revision: 0001, the first.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

from database.tables.base import LTree

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The statements that Alembic has no words for stand beside this file, in the order they run.
HERE = Path(__file__).parent
TENANT = sa.text(
    "coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '00000000-0000-0000-0000-000000000001'::uuid)"
)


def upgrade() -> None:
    """Make everything, from an empty database."""
    _run("0001_roles.sql")
    _create_tables()
    _run("0001_invariants.sql")
    _run("0001_tenancy.sql")


def downgrade() -> None:
    """Remove everything of ours, dbt's relations first: they stand on our tables.

    The roles stay: they belong to the server, and another of its databases may use them.
    """
    _run("0001_before_drop.sql")
    _drop_tables()
    _run("0001_after_drop.sql")


def _run(name: str) -> None:
    # The driver's cursor takes several statements at once, and leaves % alone where it gets no arguments.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / name).read_text(encoding="utf-8"))
    cursor.close()


def _create_tables() -> None:
    op.create_table(
        "app_users",
        sa.Column(
            "id",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="user_id everywhere else.",
        ),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "external_ref",
            sa.String(),
            nullable=True,
            comment="Person's identifier in the tenant's own system.",
        ),
        sa.Column(
            "is_flagged",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True: responses are kept but calibrate nothing.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_users")),
        sa.UniqueConstraint("tenant_id", "external_ref", name=op.f("uq_app_users_tenant_id_external_ref")),
    )
    op.create_index(op.f("ix_app_users_tenant_id"), "app_users", ["tenant_id"], unique=False)
    op.create_table(
        "event_outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("event_id", sa.Uuid(), nullable=False, comment="Identity of the event wherever it goes."),
        sa.Column("event_type", sa.String(), nullable=False, comment="One of the six event types."),
        sa.Column("quiz_id", sa.Uuid(), nullable=False, comment="Message key: one quiz keeps its order."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The event as it is published, JSON.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the relay published it, UTC.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_outbox_event_id")),
    )
    op.create_index(op.f("ix_event_outbox_tenant_id"), "event_outbox", ["tenant_id"], unique=False)
    op.create_index(
        "ix_event_outbox_unpublished",
        "event_outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("published_at is null"),
    )
    op.create_table(
        "exams",
        sa.Column("code", sa.String(), nullable=False, comment="Code of the exam, unique across tenants."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("name", sa.String(), nullable=True, comment="Name shown to people."),
        sa.Column(
            "approval_mode",
            sa.String(),
            server_default="automatic",
            nullable=False,
            comment="automatic: passing checks publish; manual: a psychometrician decides.",
        ),
        sa.Column(
            "model_policy",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Deviations from the default rules of model choice and sample size.",
        ),
        sa.Column(
            "stopping",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Stopping rule of adaptive quizzes; empty: fixed length.",
        ),
        sa.Column(
            "blueprint",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Settings of the blueprint; its quotas stand in blueprint_quotas.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint("approval_mode in ('automatic', 'manual')", name=op.f("ck_exams_approval_mode")),
        sa.CheckConstraint("code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'", name=op.f("ck_exams_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_exams")),
    )
    op.create_index(op.f("ix_exams_tenant_id"), "exams", ["tenant_id"], unique=False)
    op.create_table(
        "institutions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("name", sa.String(), nullable=False, comment="Name of the institution."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_institutions_tenant_id_name")),
    )
    op.create_index(op.f("ix_institutions_tenant_id"), "institutions", ["tenant_id"], unique=False)
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column("tenant_id", sa.Uuid(), nullable=True, comment="Tenant, where the message still tells it."),
        sa.Column(
            "source_id", sa.String(), nullable=False, comment="Topic or log it came from, by identity."
        ),
        sa.Column("partition", sa.Integer(), nullable=False, comment="Partition of the source."),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="Offset within the partition."),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="The message's bytes."),
        sa.Column("reason", sa.String(), nullable=False, comment="Kind of fault, for counting."),
        sa.Column("detail", sa.String(), nullable=False, comment="What was wrong, where."),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When drained, UTC.",
        ),
        sa.Column(
            "replayed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a replay ingested it, UTC.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint(
            "source_id", "partition", "position", name=op.f("uq_dead_letters_source_id_partition_position")
        ),
        schema="telemetry",
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.Uuid(), nullable=False, comment="Identity of the event."),
        sa.Column("event_type", sa.String(), nullable=False, comment="One of the six event types."),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The event's own timestamp, UTC.",
        ),
        sa.Column("tenant_id", sa.Uuid(), nullable=False, comment="Tenant of the learner."),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column("quiz_id", sa.Uuid(), nullable=False, comment="The quiz."),
        sa.Column("question_id", sa.BigInteger(), nullable=True, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=True, comment="Item: version."),
        sa.Column("selected", sa.CHAR(length=1), nullable=True, comment="Option chosen."),
        sa.Column("is_correct", sa.Boolean(), nullable=True, comment="Whether it is the key."),
        sa.Column("time_taken_ms", sa.Integer(), nullable=True, comment="Response time, milliseconds."),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The event as it came, unknown fields kept.",
        ),
        sa.Column(
            "ingested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When drained, UTC.",
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
        schema="telemetry",
    )
    op.create_index(
        "ix_events_quiz_id_occurred_at",
        "events",
        ["quiz_id", "occurred_at", "event_id"],
        unique=False,
        schema="telemetry",
    )
    op.create_index(op.f("ix_events_tenant_id"), "events", ["tenant_id"], unique=False, schema="telemetry")
    op.create_index(
        "ix_events_user_id_question_id",
        "events",
        ["user_id", "question_id"],
        unique=False,
        schema="telemetry",
    )
    op.create_table(
        "source_positions",
        sa.Column("sink", sa.String(), nullable=False, comment="Sink, for instance postgres."),
        sa.Column("source_id", sa.String(), nullable=False, comment="Topic or log, by identity."),
        sa.Column("partition", sa.Integer(), nullable=False, comment="Partition of the source."),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="Next offset to read."),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.PrimaryKeyConstraint("sink", "source_id", "partition", name=op.f("pk_source_positions")),
        schema="telemetry",
    )
    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("parent_id", sa.BigInteger(), nullable=True, comment="Topic above; null at the root."),
        sa.Column("name", sa.String(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "blueprint_code", sa.String(), nullable=True, comment="Code of the topic in the exam's blueprint."
        ),
        sa.Column("path", LTree(), nullable=True, comment="ltree path from the root, for roll-ups."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["topics.id"], name=op.f("fk_topics_parent_id_topics")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("tenant_id", "path", name=op.f("uq_topics_tenant_id_path")),
    )
    op.create_index(op.f("ix_topics_parent_id"), "topics", ["parent_id"], unique=False)
    op.create_index("ix_topics_path_gist", "topics", ["path"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_topics_tenant_id"), "topics", ["tenant_id"], unique=False)
    op.create_table(
        "blueprint_quotas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("exam_code", sa.String(), nullable=False, comment="The exam."),
        sa.Column("topic_id", sa.BigInteger(), nullable=True, comment="Topic subtree; null: any topic."),
        sa.Column(
            "difficulty_label",
            sa.String(),
            nullable=True,
            comment="easy, medium, hard; null: any difficulty.",
        ),
        sa.Column("quota", sa.Integer(), nullable=False, comment="Published items asked for."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint(
            "difficulty_label in ('easy', 'medium', 'hard')",
            name=op.f("ck_blueprint_quotas_difficulty_label"),
        ),
        sa.CheckConstraint("quota >= 0", name=op.f("ck_blueprint_quotas_quota")),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_blueprint_quotas_exam_code_exams")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_blueprint_quotas_topic_id_topics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint_quotas")),
        sa.UniqueConstraint(
            "exam_code",
            "topic_id",
            "difficulty_label",
            name=op.f("uq_blueprint_quotas_exam_code_topic_id_difficulty_label"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_blueprint_quotas_tenant_id"), "blueprint_quotas", ["tenant_id"], unique=False)
    op.create_table(
        "calibration_runs",
        sa.Column("id", sa.Uuid(), nullable=False, comment="Derived from snapshot, code and settings."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Home exam, the partition."),
        sa.Column(
            "status",
            sa.String(),
            server_default="candidate",
            nullable=False,
            comment="candidate, published (live), superseded or rejected.",
        ),
        sa.Column(
            "snapshot_hash", sa.String(), nullable=False, comment="SHA-256 of the responses that were fitted."
        ),
        sa.Column("code_version", sa.String(), nullable=False, comment="Version of qbank that fitted."),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Models, priors, quadrature.",
        ),
        sa.Column(
            "fits",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Per model: log_likelihood, converged, reason, passes.",
        ),
        sa.Column("n_persons", sa.Integer(), nullable=False, comment="Persons in the fit."),
        sa.Column("n_items", sa.Integer(), nullable=False, comment="Items in the fit."),
        sa.Column("n_responses", sa.Integer(), nullable=False, comment="Usable responses in the fit."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.Column(
            "fitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last fitted, UTC: the same data may be fitted again.",
        ),
        sa.Column(
            "published_at", sa.DateTime(timezone=True), nullable=True, comment="When it went live, UTC."
        ),
        sa.CheckConstraint(
            "status in ('candidate', 'published', 'superseded', 'rejected')",
            name=op.f("ck_calibration_runs_status"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_calibration_runs_exam_code_exams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_runs")),
    )
    op.create_index(
        "ix_calibration_runs_exam_code_status", "calibration_runs", ["exam_code", "status"], unique=False
    )
    op.create_index(op.f("ix_calibration_runs_tenant_id"), "calibration_runs", ["tenant_id"], unique=False)
    op.create_table(
        "cohorts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("institution_id", sa.BigInteger(), nullable=False, comment="Institution of the cohort."),
        sa.Column("name", sa.String(), nullable=False, comment="Name of the cohort."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_cohorts_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_cohorts_institution_id_name")),
    )
    op.create_index(op.f("ix_cohorts_tenant_id"), "cohorts", ["tenant_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "external_ref",
            sa.String(),
            nullable=True,
            comment="Name of the question where it came from; imports write EXAM/item. Unique per tenant.",
        ),
        sa.Column(
            "home_exam_code",
            sa.String(),
            nullable=False,
            comment="Exam on whose scale the question is calibrated.",
        ),
        sa.Column("created_by", sa.Uuid(), nullable=False, comment="User who created it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.Column(
            "is_deleted",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Withdrawn from every use.",
        ),
        sa.ForeignKeyConstraint(
            ["home_exam_code"], ["exams.code"], name=op.f("fk_questions_home_exam_code_exams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("tenant_id", "external_ref", name=op.f("uq_questions_tenant_id_external_ref")),
    )
    op.create_index(op.f("ix_questions_home_exam_code"), "questions", ["home_exam_code"], unique=False)
    op.create_index(op.f("ix_questions_tenant_id"), "questions", ["tenant_id"], unique=False)
    op.create_table(
        "quiz_sessions",
        sa.Column(
            "id",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="Quiz; imports derive it from their rows.",
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "mode",
            sa.String(),
            server_default="tutor",
            nullable=False,
            comment="tutor: answers explained at once; exam: nothing before sealing.",
        ),
        sa.Column(
            "adaptive",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="True: each item is chosen after the last answer.",
        ),
        sa.Column("exam_code", sa.String(), nullable=True, comment="Exam the quiz practises; null: any."),
        sa.Column(
            "origin", sa.String(), server_default="delivery", nullable=False, comment="delivery or import."
        ),
        sa.Column(
            "filters",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Filters asked for: topics, difficulty.",
        ),
        sa.Column(
            "num_questions", sa.Integer(), nullable=True, comment="Items asked for, 1-120; null for imports."
        ),
        sa.Column(
            "planned_question_ids",
            sa.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Questions of a quiz that is not adaptive, in order; null: chosen as it goes.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Start, UTC.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + interval '2 hours'"),
            nullable=True,
            comment="End of the time allowed, UTC; null: none.",
        ),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True), nullable=True, comment="When the learner handed in, UTC."
        ),
        sa.CheckConstraint("mode in ('tutor', 'exam')", name=op.f("ck_quiz_sessions_mode")),
        sa.CheckConstraint(
            "num_questions between 1 and 120 or origin = 'import'",
            name=op.f("ck_quiz_sessions_num_questions"),
        ),
        sa.CheckConstraint("origin in ('delivery', 'import')", name=op.f("ck_quiz_sessions_origin")),
        sa.ForeignKeyConstraint(["exam_code"], ["exams.code"], name=op.f("fk_quiz_sessions_exam_code_exams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_sessions")),
    )
    op.create_index(op.f("ix_quiz_sessions_exam_code"), "quiz_sessions", ["exam_code"], unique=False)
    op.create_index(op.f("ix_quiz_sessions_tenant_id"), "quiz_sessions", ["tenant_id"], unique=False)
    op.create_index("ix_quiz_sessions_user_id", "quiz_sessions", ["user_id"], unique=False)
    op.create_table(
        "calibration_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="The run."),
        sa.Column("decision", sa.String(), nullable=False, comment="publish, approve, reject or rollback."),
        sa.Column(
            "decided_by",
            sa.String(),
            nullable=False,
            comment="Person, or 'pipeline' where passing checks decide.",
        ),
        sa.Column("reason", sa.String(), nullable=False, comment="Why."),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.CheckConstraint(
            "decision in ('publish', 'approve', 'reject', 'rollback')",
            name=op.f("ck_calibration_decisions_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_calibration_decisions_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_decisions")),
        sa.UniqueConstraint(
            "run_id",
            "decision",
            "decided_by",
            name=op.f("uq_calibration_decisions_run_id_decision_decided_by"),
        ),
    )
    op.create_index(
        op.f("ix_calibration_decisions_tenant_id"), "calibration_decisions", ["tenant_id"], unique=False
    )
    op.create_table(
        "cohort_members",
        sa.Column("cohort_id", sa.BigInteger(), nullable=False, comment="The cohort."),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_members_cohort_id_cohorts")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_users.id"], name=op.f("fk_cohort_members_user_id_app_users")
        ),
        sa.PrimaryKeyConstraint("cohort_id", "user_id", name=op.f("pk_cohort_members")),
    )
    op.create_index(op.f("ix_cohort_members_tenant_id"), "cohort_members", ["tenant_id"], unique=False)
    op.create_index(op.f("ix_cohort_members_user_id"), "cohort_members", ["user_id"], unique=False)
    op.create_table(
        "person_ability",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Exam whose scale it is."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "theta", sa.Double(), nullable=False, comment="Ability, EAP under N(0, 1); scale of the exam."
        ),
        sa.Column("se", sa.Double(), nullable=False, comment="Posterior SD of theta."),
        sa.Column("n_responses", sa.Integer(), nullable=False, comment="Usable responses behind it."),
        sa.Column("method", sa.String(), server_default="EAP", nullable=False, comment="Estimator."),
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run whose parameters scored it."),
        sa.Column(
            "estimated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_person_ability_exam_code_exams")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_person_ability_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("user_id", "exam_code", name=op.f("pk_person_ability")),
    )
    op.create_index(op.f("ix_person_ability_run_id"), "person_ability", ["run_id"], unique=False)
    op.create_index(op.f("ix_person_ability_tenant_id"), "person_ability", ["tenant_id"], unique=False)
    op.create_table(
        "question_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="The question."),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="1, 2, ...; (question_id, version) is an item's identity.",
        ),
        sa.Column(
            "state",
            sa.String(),
            server_default="draft",
            nullable=False,
            comment="draft, review, approved, published or retired.",
        ),
        sa.Column("stem_md", sa.String(), nullable=False, comment="Stem, Markdown."),
        sa.Column(
            "lead_in",
            sa.String(),
            server_default="",
            nullable=False,
            comment="The question asked after the stem.",
        ),
        sa.Column(
            "rationale_md", sa.String(), server_default="", nullable=False, comment="Explanation, Markdown."
        ),
        sa.Column(
            "difficulty_label",
            sa.String(),
            nullable=True,
            comment="Editorial difficulty: easy, medium, hard; stands in for b = -1, 0, +1 until calibrated.",
        ),
        sa.Column(
            "bloom_level", sa.SmallInteger(), nullable=True, comment="Cognitive level, 1 to 6 (Bloom)."
        ),
        sa.Column("topic_id", sa.BigInteger(), nullable=True, comment="Topic of the question."),
        sa.Column(
            "tags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Free labels.",
        ),
        sa.Column(
            "assets",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Images, audio and the like.",
        ),
        sa.Column(
            "reference_list",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Literature that the rationale cites.",
        ),
        sa.Column("emb", Vector(768), nullable=True, comment="Embedding of the text, for likeness search."),
        sa.Column(
            "edit_kind",
            sa.String(),
            nullable=True,
            comment="What changed against based_on_version: cosmetic, wording, options, key; null: first.",
        ),
        sa.Column("based_on_version", sa.Integer(), nullable=True, comment="Version that this one edits."),
        sa.Column("created_by", sa.Uuid(), nullable=False, comment="User who wrote it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint(
            "difficulty_label in ('easy', 'medium', 'hard')",
            name=op.f("ck_question_versions_difficulty_label"),
        ),
        sa.CheckConstraint(
            "edit_kind in ('cosmetic', 'wording', 'options', 'key')",
            name=op.f("ck_question_versions_edit_kind"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'review', 'approved', 'published', 'retired')",
            name=op.f("ck_question_versions_state"),
        ),
        sa.CheckConstraint("bloom_level between 1 and 6", name=op.f("ck_question_versions_bloom_level")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_question_versions_version")),
        sa.ForeignKeyConstraint(
            ["question_id", "based_on_version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_question_versions_based_on",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_versions_question_id_questions")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_question_versions_topic_id_topics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_versions")),
        sa.UniqueConstraint("question_id", "version", name=op.f("uq_question_versions_question_id_version")),
    )
    op.create_index(op.f("ix_question_versions_state"), "question_versions", ["state"], unique=False)
    op.create_index(
        "ix_question_versions_tags",
        "question_versions",
        ["tags"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"tags": "jsonb_path_ops"},
    )
    op.create_index(op.f("ix_question_versions_tenant_id"), "question_versions", ["tenant_id"], unique=False)
    op.create_index(op.f("ix_question_versions_topic_id"), "question_versions", ["topic_id"], unique=False)
    op.create_table(
        "item_calibration",
        sa.Column("run_id", sa.Uuid(), nullable=True, comment="Run that published the row."),
        sa.Column(
            "serving",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True on the one row of an item that delivery uses.",
        ),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("model", sa.String(), nullable=False, comment="1PL, 2PL or 3PL."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("a", sa.Double(), nullable=True, comment="Discrimination, D = 1.7 metric."),
        sa.Column("b", sa.Double(), nullable=True, comment="Difficulty on the theta scale, D = 1.7 metric."),
        sa.Column("c", sa.Double(), nullable=True, comment="Lower asymptote, 0 to 1; 0 in 1PL and 2PL."),
        sa.Column("se_a", sa.Double(), nullable=True, comment="Standard error of a, D = 1.7 metric."),
        sa.Column("se_b", sa.Double(), nullable=True, comment="Standard error of b, theta scale."),
        sa.Column(
            "se_c", sa.Double(), nullable=True, comment="Standard error of c; null: c at its bound or fixed."
        ),
        sa.Column(
            "n_respondents", sa.Integer(), nullable=True, comment="Usable responses to the item in the fit."
        ),
        sa.Column(
            "fitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was fitted, UTC.",
        ),
        sa.Column(
            "status",
            sa.String(),
            server_default="ok",
            nullable=False,
            comment="ok, c at bound, or set aside.",
        ),
        sa.Column("reason", sa.String(), nullable=True, comment="Why the status is not ok."),
        sa.CheckConstraint("model in ('1PL', '2PL', '3PL')", name=op.f("ck_item_calibration_model")),
        sa.CheckConstraint("c >= 0 and c < 1", name=op.f("ck_item_calibration_c")),
        sa.CheckConstraint(
            "not serving or (a is not null and b is not null and c is not null)",
            name=op.f("ck_item_calibration_serving"),
        ),
        sa.CheckConstraint("se_a >= 0 and se_b >= 0 and se_c >= 0", name=op.f("ck_item_calibration_se")),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_calibration_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_calibration_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", "model", name=op.f("pk_item_calibration")),
    )
    op.create_index(op.f("ix_item_calibration_run_id"), "item_calibration", ["run_id"], unique=False)
    op.create_index(op.f("ix_item_calibration_tenant_id"), "item_calibration", ["tenant_id"], unique=False)
    op.create_index(
        "uq_item_calibration_serving",
        "item_calibration",
        ["question_id", "version"],
        unique=True,
        postgresql_where=sa.text("serving"),
    )
    op.create_table(
        "item_calibration_candidate",
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run that fitted the row."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("model", sa.String(), nullable=False, comment="1PL, 2PL or 3PL."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("a", sa.Double(), nullable=True, comment="Discrimination, D = 1.7 metric."),
        sa.Column("b", sa.Double(), nullable=True, comment="Difficulty on the theta scale, D = 1.7 metric."),
        sa.Column("c", sa.Double(), nullable=True, comment="Lower asymptote, 0 to 1; 0 in 1PL and 2PL."),
        sa.Column("se_a", sa.Double(), nullable=True, comment="Standard error of a, D = 1.7 metric."),
        sa.Column("se_b", sa.Double(), nullable=True, comment="Standard error of b, theta scale."),
        sa.Column(
            "se_c", sa.Double(), nullable=True, comment="Standard error of c; null: c at its bound or fixed."
        ),
        sa.Column(
            "n_respondents", sa.Integer(), nullable=True, comment="Usable responses to the item in the fit."
        ),
        sa.Column(
            "fitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was fitted, UTC.",
        ),
        sa.Column(
            "status",
            sa.String(),
            server_default="ok",
            nullable=False,
            comment="ok, c at bound, or set aside.",
        ),
        sa.Column("reason", sa.String(), nullable=True, comment="Why the status is not ok."),
        sa.CheckConstraint(
            "model in ('1PL', '2PL', '3PL')", name=op.f("ck_item_calibration_candidate_model")
        ),
        sa.CheckConstraint("c >= 0 and c < 1", name=op.f("ck_item_calibration_candidate_c")),
        sa.CheckConstraint(
            "se_a >= 0 and se_b >= 0 and se_c >= 0", name=op.f("ck_item_calibration_candidate_se")
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_calibration_candidate_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["calibration_runs.id"],
            name=op.f("fk_item_calibration_candidate_run_id_calibration_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "question_id", "version", "model", name=op.f("pk_item_calibration_candidate")
        ),
    )
    op.create_index(
        op.f("ix_item_calibration_candidate_tenant_id"),
        "item_calibration_candidate",
        ["tenant_id"],
        unique=False,
    )
    op.create_table(
        "item_calibration_history",
        sa.Column("run_id", sa.Uuid(), nullable=False, comment="Run that published the row."),
        sa.Column(
            "serving",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether delivery used the row.",
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it went live, UTC.",
        ),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("model", sa.String(), nullable=False, comment="1PL, 2PL or 3PL."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("a", sa.Double(), nullable=True, comment="Discrimination, D = 1.7 metric."),
        sa.Column("b", sa.Double(), nullable=True, comment="Difficulty on the theta scale, D = 1.7 metric."),
        sa.Column("c", sa.Double(), nullable=True, comment="Lower asymptote, 0 to 1; 0 in 1PL and 2PL."),
        sa.Column("se_a", sa.Double(), nullable=True, comment="Standard error of a, D = 1.7 metric."),
        sa.Column("se_b", sa.Double(), nullable=True, comment="Standard error of b, theta scale."),
        sa.Column(
            "se_c", sa.Double(), nullable=True, comment="Standard error of c; null: c at its bound or fixed."
        ),
        sa.Column(
            "n_respondents", sa.Integer(), nullable=True, comment="Usable responses to the item in the fit."
        ),
        sa.Column(
            "fitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was fitted, UTC.",
        ),
        sa.Column(
            "status",
            sa.String(),
            server_default="ok",
            nullable=False,
            comment="ok, c at bound, or set aside.",
        ),
        sa.Column("reason", sa.String(), nullable=True, comment="Why the status is not ok."),
        sa.CheckConstraint("model in ('1PL', '2PL', '3PL')", name=op.f("ck_item_calibration_history_model")),
        sa.CheckConstraint("c >= 0 and c < 1", name=op.f("ck_item_calibration_history_c")),
        sa.CheckConstraint(
            "se_a >= 0 and se_b >= 0 and se_c >= 0", name=op.f("ck_item_calibration_history_se")
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_calibration_history_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["calibration_runs.id"],
            name=op.f("fk_item_calibration_history_run_id_calibration_runs"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "question_id", "version", "model", name=op.f("pk_item_calibration_history")
        ),
    )
    op.create_index(
        op.f("ix_item_calibration_history_tenant_id"), "item_calibration_history", ["tenant_id"], unique=False
    )
    op.create_table(
        "item_flags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column("flag", sa.String(), nullable=False, comment="Kind of flag, for instance miskeyed."),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Figures behind it.",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=True, comment="Run that raised it."),
        sa.Column(
            "raised_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.Column(
            "resolved_at", sa.DateTime(timezone=True), nullable=True, comment="When it was dealt with, UTC."
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_flags_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_flags_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_flags")),
    )
    op.create_index(op.f("ix_item_flags_tenant_id"), "item_flags", ["tenant_id"], unique=False)
    op.create_index(
        "uq_item_flags_open",
        "item_flags",
        ["question_id", "version", "flag"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_table(
        "item_stats_ctt",
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("p_value", sa.Double(), nullable=True, comment="Proportion correct, 0 to 1."),
        sa.Column(
            "r_point_biserial",
            sa.Double(),
            nullable=True,
            comment="Corrected point-biserial: correlation with the score on the other items.",
        ),
        sa.Column(
            "median_time_ms",
            sa.Integer(),
            nullable=True,
            comment="Median recorded response time, milliseconds; null where no time was recorded.",
        ),
        sa.Column("n_responses", sa.Integer(), nullable=True, comment="First attempts counted."),
        sa.Column("run_id", sa.Uuid(), nullable=True, comment="Run that published the row."),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_item_stats_ctt_item",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["calibration_runs.id"], name=op.f("fk_item_stats_ctt_run_id_calibration_runs")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", name=op.f("pk_item_stats_ctt")),
    )
    op.create_index(op.f("ix_item_stats_ctt_tenant_id"), "item_stats_ctt", ["tenant_id"], unique=False)
    op.create_table(
        "question_options",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "question_version_id", sa.BigInteger(), nullable=False, comment="The version it belongs to."
        ),
        sa.Column("option_label", sa.CHAR(length=1), nullable=False, comment="Label, one of A-Z, a-z, 0-9."),
        sa.Column(
            "option_text_md", sa.String(), server_default="", nullable=False, comment="Text, Markdown."
        ),
        sa.Column("is_correct", sa.Boolean(), nullable=False, comment="True on the key."),
        sa.CheckConstraint("option_label ~ '^[A-Za-z0-9]$'", name=op.f("ck_question_options_option_label")),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_versions.id"],
            name=op.f("fk_question_options_question_version_id_question_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_options")),
        sa.UniqueConstraint(
            "question_version_id",
            "option_label",
            name=op.f("uq_question_options_question_version_id_option_label"),
        ),
    )
    op.create_index(op.f("ix_question_options_tenant_id"), "question_options", ["tenant_id"], unique=False)
    op.create_table(
        "question_publications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="The question."),
        sa.Column("live_version", sa.Integer(), nullable=False, comment="Version that learners get."),
        sa.Column("exam_code", sa.String(), nullable=False, comment="Exam it is published for."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it went live, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["exam_code"], ["exams.code"], name=op.f("fk_question_publications_exam_code_exams")
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "live_version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_question_publications_live_version",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_publications_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_publications")),
        sa.UniqueConstraint(
            "question_id",
            "tenant_id",
            "exam_code",
            name=op.f("uq_question_publications_question_id_tenant_id_exam_code"),
        ),
    )
    op.create_index(
        op.f("ix_question_publications_tenant_id"), "question_publications", ["tenant_id"], unique=False
    )
    op.create_index(
        "ix_question_publications_tenant_id_exam_code",
        "question_publications",
        ["tenant_id", "exam_code"],
        unique=False,
    )
    op.create_table(
        "question_reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("question_version_id", sa.BigInteger(), nullable=False, comment="The version reviewed."),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False, comment="User who reviewed."),
        sa.Column(
            "status",
            sa.String(),
            server_default="pending",
            nullable=False,
            comment="pending, changes_requested, approved or rejected.",
        ),
        sa.Column("comments_md", sa.String(), nullable=True, comment="Comments, Markdown."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint(
            "status in ('pending', 'changes_requested', 'approved', 'rejected')",
            name=op.f("ck_question_reviews_status"),
        ),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_versions.id"],
            name=op.f("fk_question_reviews_question_version_id_question_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_reviews")),
    )
    op.create_index(
        op.f("ix_question_reviews_question_version_id"),
        "question_reviews",
        ["question_version_id"],
        unique=False,
    )
    op.create_index(op.f("ix_question_reviews_tenant_id"), "question_reviews", ["tenant_id"], unique=False)
    op.create_table(
        "quiz_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("quiz_id", sa.Uuid(), nullable=False, comment="The quiz."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version served."),
        sa.Column("position", sa.Integer(), nullable=False, comment="1 for the first item served."),
        sa.Column(
            "served_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was served, UTC.",
        ),
        sa.Column(
            "skipped_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the learner skipped it, UTC.",
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_quiz_items_position")),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_quiz_items_item",
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            ["quiz_sessions.id"],
            name=op.f("fk_quiz_items_quiz_id_quiz_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_items")),
        sa.UniqueConstraint("quiz_id", "position", name=op.f("uq_quiz_items_quiz_id_position")),
        sa.UniqueConstraint("quiz_id", "question_id", name=op.f("uq_quiz_items_quiz_id_question_id")),
    )
    op.create_index(
        "ix_quiz_items_question_id_version", "quiz_items", ["question_id", "version"], unique=False
    )
    op.create_table(
        "selection_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("quiz_id", sa.Uuid(), nullable=False, comment="The quiz."),
        sa.Column("position", sa.Integer(), nullable=False, comment="Position of the item in the quiz."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item chosen: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item chosen: version."),
        sa.Column("criterion", sa.String(), nullable=False, comment="Name of the selection criterion."),
        sa.Column(
            "value",
            sa.Double(),
            nullable=False,
            comment="Criterion at the chosen item; information per theta squared.",
        ),
        sa.Column("theta", sa.Double(), nullable=False, comment="Ability before the item, EAP."),
        sa.Column("se", sa.Double(), nullable=False, comment="Posterior SD of theta before the item."),
        sa.Column(
            "candidates",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="The best candidates with their values, best first.",
        ),
        sa.Column("calibration_run_id", sa.Uuid(), nullable=True, comment="Run whose parameters were used."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_selection_decisions_item",
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            ["quiz_sessions.id"],
            name=op.f("fk_selection_decisions_quiz_id_quiz_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_decisions")),
        sa.UniqueConstraint("quiz_id", "position", name=op.f("uq_selection_decisions_quiz_id_position")),
    )
    op.create_index(
        op.f("ix_selection_decisions_tenant_id"), "selection_decisions", ["tenant_id"], unique=False
    )
    op.create_table(
        "user_responses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key."),
        sa.Column(
            "tenant_id",
            sa.Uuid(),
            server_default=TENANT,
            nullable=False,
            comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
        ),
        sa.Column("quiz_id", sa.Uuid(), nullable=False, comment="The quiz."),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The learner."),
        sa.Column("question_id", sa.BigInteger(), nullable=False, comment="Item: question."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Item: version answered."),
        sa.Column(
            "option_label",
            sa.CHAR(length=1),
            nullable=True,
            comment="Option chosen; null where the response came in already scored.",
        ),
        sa.Column("is_correct", sa.Boolean(), nullable=False, comment="Whether it is the key."),
        sa.Column(
            "time_taken_ms",
            sa.Integer(),
            nullable=True,
            comment="Time from served to answered, milliseconds.",
        ),
        sa.Column(
            "origin", sa.String(), server_default="delivery", nullable=False, comment="delivery or import."
        ),
        sa.Column(
            "synthetic_at",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True: created_at was made up by an import without a clock.",
        ),
        sa.Column(
            "synthetic_time",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True: time_taken_ms was made up by an import without a clock.",
        ),
        sa.Column(
            "idempotency_key",
            sa.String(),
            nullable=True,
            comment="Idempotency-Key of the request that wrote it; a repeat answers as the first did.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written, UTC.",
        ),
        sa.CheckConstraint("option_label ~ '^[A-Za-z0-9]$'", name=op.f("ck_user_responses_option_label")),
        sa.CheckConstraint("origin in ('delivery', 'import')", name=op.f("ck_user_responses_origin")),
        sa.CheckConstraint("time_taken_ms >= 0", name=op.f("ck_user_responses_time_taken_ms")),
        sa.ForeignKeyConstraint(
            ["question_id", "version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_user_responses_item",
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            ["quiz_sessions.id"],
            name=op.f("fk_user_responses_quiz_id_quiz_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_responses")),
        sa.UniqueConstraint("quiz_id", "question_id", name=op.f("uq_user_responses_quiz_id_question_id")),
    )
    op.create_index(
        "ix_user_responses_question_id_version", "user_responses", ["question_id", "version"], unique=False
    )
    op.create_index("ix_user_responses_user_id", "user_responses", ["user_id"], unique=False)


def _drop_tables() -> None:
    op.drop_index("ix_user_responses_user_id", table_name="user_responses")
    op.drop_index("ix_user_responses_question_id_version", table_name="user_responses")
    op.drop_table("user_responses")
    op.drop_index(op.f("ix_selection_decisions_tenant_id"), table_name="selection_decisions")
    op.drop_table("selection_decisions")
    op.drop_index("ix_quiz_items_question_id_version", table_name="quiz_items")
    op.drop_table("quiz_items")
    op.drop_index(op.f("ix_question_reviews_tenant_id"), table_name="question_reviews")
    op.drop_index(op.f("ix_question_reviews_question_version_id"), table_name="question_reviews")
    op.drop_table("question_reviews")
    op.drop_index("ix_question_publications_tenant_id_exam_code", table_name="question_publications")
    op.drop_index(op.f("ix_question_publications_tenant_id"), table_name="question_publications")
    op.drop_table("question_publications")
    op.drop_index(op.f("ix_question_options_tenant_id"), table_name="question_options")
    op.drop_table("question_options")
    op.drop_index(op.f("ix_item_stats_ctt_tenant_id"), table_name="item_stats_ctt")
    op.drop_table("item_stats_ctt")
    op.drop_index(
        "uq_item_flags_open", table_name="item_flags", postgresql_where=sa.text("resolved_at is null")
    )
    op.drop_index(op.f("ix_item_flags_tenant_id"), table_name="item_flags")
    op.drop_table("item_flags")
    op.drop_index(op.f("ix_item_calibration_history_tenant_id"), table_name="item_calibration_history")
    op.drop_table("item_calibration_history")
    op.drop_index(op.f("ix_item_calibration_candidate_tenant_id"), table_name="item_calibration_candidate")
    op.drop_table("item_calibration_candidate")
    op.drop_index(
        "uq_item_calibration_serving", table_name="item_calibration", postgresql_where=sa.text("serving")
    )
    op.drop_index(op.f("ix_item_calibration_tenant_id"), table_name="item_calibration")
    op.drop_index(op.f("ix_item_calibration_run_id"), table_name="item_calibration")
    op.drop_table("item_calibration")
    op.drop_index(op.f("ix_question_versions_topic_id"), table_name="question_versions")
    op.drop_index(op.f("ix_question_versions_tenant_id"), table_name="question_versions")
    op.drop_index(
        "ix_question_versions_tags",
        table_name="question_versions",
        postgresql_using="gin",
        postgresql_ops={"tags": "jsonb_path_ops"},
    )
    op.drop_index(op.f("ix_question_versions_state"), table_name="question_versions")
    op.drop_table("question_versions")
    op.drop_index(op.f("ix_person_ability_tenant_id"), table_name="person_ability")
    op.drop_index(op.f("ix_person_ability_run_id"), table_name="person_ability")
    op.drop_table("person_ability")
    op.drop_index(op.f("ix_cohort_members_user_id"), table_name="cohort_members")
    op.drop_index(op.f("ix_cohort_members_tenant_id"), table_name="cohort_members")
    op.drop_table("cohort_members")
    op.drop_index(op.f("ix_calibration_decisions_tenant_id"), table_name="calibration_decisions")
    op.drop_table("calibration_decisions")
    op.drop_index("ix_quiz_sessions_user_id", table_name="quiz_sessions")
    op.drop_index(op.f("ix_quiz_sessions_tenant_id"), table_name="quiz_sessions")
    op.drop_index(op.f("ix_quiz_sessions_exam_code"), table_name="quiz_sessions")
    op.drop_table("quiz_sessions")
    op.drop_index(op.f("ix_questions_tenant_id"), table_name="questions")
    op.drop_index(op.f("ix_questions_home_exam_code"), table_name="questions")
    op.drop_table("questions")
    op.drop_index(op.f("ix_cohorts_tenant_id"), table_name="cohorts")
    op.drop_table("cohorts")
    op.drop_index(op.f("ix_calibration_runs_tenant_id"), table_name="calibration_runs")
    op.drop_index("ix_calibration_runs_exam_code_status", table_name="calibration_runs")
    op.drop_table("calibration_runs")
    op.drop_index(op.f("ix_blueprint_quotas_tenant_id"), table_name="blueprint_quotas")
    op.drop_table("blueprint_quotas")
    op.drop_index(op.f("ix_topics_tenant_id"), table_name="topics")
    op.drop_index("ix_topics_path_gist", table_name="topics", postgresql_using="gist")
    op.drop_index(op.f("ix_topics_parent_id"), table_name="topics")
    op.drop_table("topics")
    op.drop_table("source_positions", schema="telemetry")
    op.drop_index("ix_events_user_id_question_id", table_name="events", schema="telemetry")
    op.drop_index(op.f("ix_events_tenant_id"), table_name="events", schema="telemetry")
    op.drop_index("ix_events_quiz_id_occurred_at", table_name="events", schema="telemetry")
    op.drop_table("events", schema="telemetry")
    op.drop_table("dead_letters", schema="telemetry")
    op.drop_index(op.f("ix_institutions_tenant_id"), table_name="institutions")
    op.drop_table("institutions")
    op.drop_index(op.f("ix_exams_tenant_id"), table_name="exams")
    op.drop_table("exams")
    op.drop_index(
        "ix_event_outbox_unpublished",
        table_name="event_outbox",
        postgresql_where=sa.text("published_at is null"),
    )
    op.drop_index(op.f("ix_event_outbox_tenant_id"), table_name="event_outbox")
    op.drop_table("event_outbox")
    op.drop_index(op.f("ix_app_users_tenant_id"), table_name="app_users")
    op.drop_table("app_users")
