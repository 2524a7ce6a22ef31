"""Sections and sessions of assessment platforms that leave the choice of items to us (the CAT API of 1EdTech)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.analytics import METRIC
from database.tables.base import Base, BigId, CreatedAt, TenantId, TenantIdUnindexed


class CatSection(Base):
    """An adaptive section of somebody else's test: its items and its rules, as the platform defined them."""

    __tablename__ = "cat_sections"
    __table_args__ = (
        CheckConstraint("cardinality(items) > 0", name="items"),
        CheckConstraint("(exam_code is null) = (question_ids is null)", name="live"),
        CheckConstraint("cardinality(question_ids) = cardinality(items)", name="question_ids"),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=func.gen_random_uuid(), comment="The section."
    )
    tenant_id: Mapped[TenantId]
    definition: Mapped[dict[str, Any]] = mapped_column(comment="The section as the platform sent it.")
    configuration: Mapped[dict[str, Any]] = mapped_column(
        comment="What its configuration says of choosing and stopping, defaults filled in."
    )
    items: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Identifiers of the items it chooses from.")
    exam_code: Mapped[str | None] = mapped_column(
        ForeignKey("exams.code"),
        index=True,
        comment="Exam whose live parameters count; null: it brought its own.",
    )
    question_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="Questions that the identifiers name, in their order; null: none of ours."
    )
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="When the platform ended it, UTC.")


class CatBank(Base):
    """Parameters that sessions of a section choose by: a snapshot, which never changes."""

    __tablename__ = "cat_banks"
    __table_args__ = (
        UniqueConstraint("section_id", "hash"),
        CheckConstraint(
            "cardinality(items) > 0 and cardinality(a) = cardinality(items) "
            "and cardinality(b) = cardinality(items) and cardinality(c) = cardinality(items)",
            name="lengths",
        ),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantIdUnindexed]
    section_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("cat_sections.id", ondelete="CASCADE"), comment="The section."
    )
    hash: Mapped[str] = mapped_column(comment="SHA-256 of identifiers and parameters.")
    items: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Identifiers, in the order of the bank.")
    a: Mapped[list[float]] = mapped_column(ARRAY(Double), comment=f"Discriminations, {METRIC}.")
    b: Mapped[list[float]] = mapped_column(ARRAY(Double), comment=f"Difficulties, {METRIC}.")
    c: Mapped[list[float]] = mapped_column(ARRAY(Double), comment="Lower asymptotes.")
    created_at: Mapped[CreatedAt]
    checked_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When these were last seen to be the live parameters, UTC."
    )


class CatSession(Base):
    """A session of one examinee in a section. Who it is, the platform knows and we do not."""

    __tablename__ = "cat_sessions"
    __table_args__ = (
        CheckConstraint("prior_sd > 0", name="prior_sd"),
        Index("ix_cat_sessions_section_id", "section_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=func.gen_random_uuid(), comment="The session."
    )
    tenant_id: Mapped[TenantIdUnindexed]
    section_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("cat_sections.id", ondelete="CASCADE"), comment="The section."
    )
    bank_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("cat_banks.id"), index=True, comment="Parameters it is pinned to."
    )
    seed: Mapped[int] = mapped_column(BigInteger, comment="Chance of its decisions.")
    prior_mean: Mapped[float] = mapped_column(comment="Mean of the prior of theta.")
    prior_sd: Mapped[float] = mapped_column(comment="Standard deviation of the prior of theta.")
    started_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="Start, UTC.")
    expires_at: Mapped[dt.datetime] = mapped_column(comment="When it is given up, UTC.")
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="When the platform ended it, UTC.")


class CatItem(Base):
    """An item chosen within a session: why it was, and what became of it."""

    __tablename__ = "cat_items"
    __table_args__ = (
        ForeignKeyConstraint(["session_id"], ["cat_sessions.id"], ondelete="CASCADE"),
        UniqueConstraint("session_id", "item"),
        CheckConstraint("position >= 1 and stage >= 1 and place >= 0", name="numbers"),
        CheckConstraint("correct is null or resulted_at is not null", name="result"),
    )

    session_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="The session.")
    position: Mapped[int] = mapped_column(primary_key=True, comment="1 for the first item chosen.")
    tenant_id: Mapped[TenantIdUnindexed]
    stage: Mapped[int] = mapped_column(comment="1 for the items chosen before any result.")
    item: Mapped[str] = mapped_column(comment="Identifier of the item.")
    place: Mapped[int] = mapped_column(comment="Its place in the bank.")
    criterion: Mapped[str] = mapped_column(comment="Name of the selection criterion.")
    value: Mapped[float] = mapped_column(comment="Criterion at the item.")
    theta: Mapped[float] = mapped_column(comment="Ability before the item.")
    se: Mapped[float] = mapped_column(comment="Standard error of theta before the item.")
    candidates: Mapped[list[Any]] = mapped_column(
        comment="The best candidates with their values, best first."
    )
    chosen_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
    correct: Mapped[bool | None] = mapped_column(comment="Right or wrong; null: omitted, or no result yet.")
    resulted_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When its final result came, UTC; null: it did not yet."
    )
