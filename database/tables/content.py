"""What learners are asked: exams, topics, questions versions, options, publications."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import Base, BigId, CreatedAt, LTree, TenantId, one_of

DIFFICULTY_LABELS = ("easy", "medium", "hard")
STATES = ("draft", "review", "approved", "published", "retired")


class Exam(Base):
    """A home exam: the scale on which its questions are calibrated, and the partition of the pipeline."""

    __tablename__ = "exams"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'", name="code"),
        CheckConstraint(one_of("approval_mode", "automatic", "manual"), name="approval_mode"),
    )

    code: Mapped[str] = mapped_column(primary_key=True, comment="Code of the exam, unique across tenants.")
    tenant_id: Mapped[TenantId]
    name: Mapped[str | None] = mapped_column(comment="Name shown to people.")
    approval_mode: Mapped[str] = mapped_column(
        server_default="automatic",
        comment="automatic: passing checks publish; manual: a psychometrician decides.",
    )
    model_policy: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="Deviations from the default rules of model choice and sample size.",
    )
    selection: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Deviations from the default rules of choosing items."
    )
    stopping: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Stopping rule of adaptive quizzes; empty: fixed length."
    )
    blueprint: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="Settings of the blueprint; its quotas stand in blueprint_quotas.",
    )
    created_at: Mapped[CreatedAt]


class Topic(Base):
    """A node of the topic tree."""

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("tenant_id", "path"),
        Index("ix_topics_path_gist", "path", postgresql_using="gist"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    parent_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("topics.id"), index=True, comment="Topic above; null at the root."
    )
    name: Mapped[str] = mapped_column(comment="Name shown to people.")
    blueprint_code: Mapped[str | None] = mapped_column(comment="Code of the topic in the exam's blueprint.")
    path: Mapped[str | None] = mapped_column(LTree, comment="ltree path from the root, for roll-ups.")
    created_at: Mapped[CreatedAt]


class Question(Base):
    """A question; its text lives in its versions."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("tenant_id", "external_ref"),)

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    external_ref: Mapped[str | None] = mapped_column(
        comment="Name of the question where it came from; imports write EXAM/item. Unique per tenant."
    )
    home_exam_code: Mapped[str] = mapped_column(
        ForeignKey("exams.code"), index=True, comment="Exam on whose scale the question is calibrated."
    )
    created_by: Mapped[uuid.UUID] = mapped_column(comment="User who created it.")
    created_at: Mapped[CreatedAt]
    is_deleted: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Withdrawn from every use."
    )


class QuestionVersion(Base):
    """One text of a question. Append-only: only state, tags and emb may change (trigger)."""

    __tablename__ = "question_versions"
    __table_args__ = (
        UniqueConstraint("question_id", "version"),
        ForeignKeyConstraint(
            ["question_id", "based_on_version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_question_versions_based_on",
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(one_of("state", *STATES), name="state"),
        CheckConstraint(one_of("difficulty_label", *DIFFICULTY_LABELS), name="difficulty_label"),
        CheckConstraint(one_of("edit_kind", "cosmetic", "wording", "options", "key"), name="edit_kind"),
        CheckConstraint("bloom_level between 1 and 6", name="bloom_level"),
        Index(
            "ix_question_versions_tags",
            "tags",
            postgresql_using="gin",
            postgresql_ops={"tags": "jsonb_path_ops"},
        ),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("questions.id"), comment="The question.")
    version: Mapped[int] = mapped_column(comment="1, 2, ...; (question_id, version) is an item's identity.")
    state: Mapped[str] = mapped_column(
        server_default="draft", index=True, comment="draft, review, approved, published or retired."
    )
    stem_md: Mapped[str] = mapped_column(comment="Stem, Markdown.")
    lead_in: Mapped[str] = mapped_column(server_default="", comment="The question asked after the stem.")
    rationale_md: Mapped[str] = mapped_column(server_default="", comment="Explanation, Markdown.")
    difficulty_label: Mapped[str | None] = mapped_column(
        comment="Editorial difficulty: easy, medium, hard; stands in for b = -1, 0, +1 until calibrated."
    )
    bloom_level: Mapped[int | None] = mapped_column(SmallInteger, comment="Cognitive level, 1 to 6 (Bloom).")
    topic_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("topics.id"), index=True, comment="Topic of the question."
    )
    tags: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), comment="Free labels.")
    assets: Mapped[list[Any]] = mapped_column(
        server_default=text("'[]'"), comment="Images, audio and the like."
    )
    reference_list: Mapped[list[Any]] = mapped_column(
        server_default=text("'[]'"), comment="Literature that the rationale cites."
    )
    emb: Mapped[Any | None] = mapped_column(
        Vector(768), comment="Embedding of the text, for likeness search."
    )
    edit_kind: Mapped[str | None] = mapped_column(
        comment="What changed against based_on_version: cosmetic, wording, options, key; null: first."
    )
    based_on_version: Mapped[int | None] = mapped_column(comment="Version that this one edits.")
    created_by: Mapped[uuid.UUID] = mapped_column(comment="User who wrote it.")
    created_at: Mapped[CreatedAt]


class QuestionOption(Base):
    """An answer option; closed to change once its version leaves draft, exactly one correct (triggers)."""

    __tablename__ = "question_options"
    __table_args__ = (
        UniqueConstraint("question_version_id", "option_label"),
        CheckConstraint("option_label ~ '^[A-Za-z0-9]$'", name="option_label"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    question_version_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("question_versions.id", ondelete="CASCADE"),
        comment="The version it belongs to.",
    )
    option_label: Mapped[str] = mapped_column(CHAR(1), comment="Label, one of A-Z, a-z, 0-9.")
    option_text_md: Mapped[str] = mapped_column(server_default="", comment="Text, Markdown.")
    is_correct: Mapped[bool] = mapped_column(comment="True on the key.")


class QuestionPublication(Base):
    """Where a question is live, and in which version. Publishing again moves live_version."""

    __tablename__ = "question_publications"
    __table_args__ = (
        UniqueConstraint("question_id", "tenant_id", "exam_code"),
        ForeignKeyConstraint(
            ["question_id", "live_version"],
            ["question_versions.question_id", "question_versions.version"],
            name="fk_question_publications_live_version",
        ),
        Index("ix_question_publications_tenant_id_exam_code", "tenant_id", "exam_code"),
    )

    id: Mapped[BigId]
    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("questions.id"), comment="The question.")
    live_version: Mapped[int] = mapped_column(comment="Version that learners get.")
    exam_code: Mapped[str] = mapped_column(ForeignKey("exams.code"), comment="Exam it is published for.")
    tenant_id: Mapped[TenantId]
    published_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it went live, UTC."
    )


class QuestionReview(Base):
    """A reviewer's verdict on a version."""

    __tablename__ = "question_reviews"
    __table_args__ = (
        CheckConstraint(
            one_of("status", "pending", "changes_requested", "approved", "rejected"), name="status"
        ),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    question_version_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("question_versions.id"), index=True, comment="The version reviewed."
    )
    reviewer_id: Mapped[uuid.UUID] = mapped_column(comment="User who reviewed.")
    status: Mapped[str] = mapped_column(
        server_default="pending", comment="pending, changes_requested, approved or rejected."
    )
    comments_md: Mapped[str | None] = mapped_column(comment="Comments, Markdown.")
    created_at: Mapped[CreatedAt]


class BlueprintQuota(Base):
    """How many items of a topic and difficulty an exam asks for."""

    __tablename__ = "blueprint_quotas"
    __table_args__ = (
        UniqueConstraint("exam_code", "topic_id", "difficulty_label", postgresql_nulls_not_distinct=True),
        CheckConstraint("quota >= 0", name="quota"),
        CheckConstraint(one_of("difficulty_label", *DIFFICULTY_LABELS), name="difficulty_label"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    exam_code: Mapped[str] = mapped_column(ForeignKey("exams.code"), comment="The exam.")
    topic_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("topics.id"), comment="Topic subtree; null: any topic."
    )
    difficulty_label: Mapped[str | None] = mapped_column(comment="easy, medium, hard; null: any difficulty.")
    quota: Mapped[int] = mapped_column(comment="Published items asked for.")
    created_at: Mapped[CreatedAt]
