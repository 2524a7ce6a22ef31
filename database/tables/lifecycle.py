"""What outlives a calibration run: an exam's scale and its anchors, what runs found of items, what people decided."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.analytics import METRIC
from database.tables.base import Base, BigId, TenantId, item_key, one_of

ANCHOR_STATES = ("probation", "anchor", "dropped")
FLAG_STATES = ("open", "accepted", "dismissed")
DECISIONS = ("publish", "block", "hold", "approve", "reject", "rollback")


class CalibrationScale(Base):
    """The scale of an exam: theta ~ N(0, 1) in the population of the run that defined it."""

    __tablename__ = "calibration_scales"
    __table_args__ = (CheckConstraint("prior_sd > 0", name="prior_sd"),)

    exam_code: Mapped[str] = mapped_column(ForeignKey("exams.code"), primary_key=True, comment="Home exam.")
    scale_version: Mapped[int] = mapped_column(
        primary_key=True, comment="1, 2, ...; the highest one is used."
    )
    tenant_id: Mapped[TenantId]
    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Run whose population is N(0, 1)."
    )
    prior_mean: Mapped[float] = mapped_column(
        server_default=text("0"), comment="Mean of the prior of every score on this scale."
    )
    prior_sd: Mapped[float] = mapped_column(
        server_default=text("1"), comment="SD of the prior of every score on this scale."
    )
    defined_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")


class CalibrationAnchor(Base):
    """An item that holds the scale, with the parameters it became an anchor with; they never change."""

    __tablename__ = "calibration_anchors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["exam_code", "scale_version"],
            ["calibration_scales.exam_code", "calibration_scales.scale_version"],
            name="fk_calibration_anchors_scale",
        ),
        item_key("calibration_anchors"),
        CheckConstraint(one_of("state", *ANCHOR_STATES), name="state"),
        CheckConstraint("a > 0 and c >= 0 and c < 1", name="parameters"),
        CheckConstraint("(state = 'dropped') = (reason is not null)", name="reason"),
    )

    exam_code: Mapped[str] = mapped_column(primary_key=True, comment="Home exam.")
    scale_version: Mapped[int] = mapped_column(primary_key=True, comment="The scale that it holds.")
    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    tenant_id: Mapped[TenantId]
    state: Mapped[str] = mapped_column(
        comment="probation (published, not held to yet), anchor (held fixed), dropped (for good)."
    )
    a: Mapped[float] = mapped_column(comment=f"Discrimination that it holds or is to hold, {METRIC}.")
    b: Mapped[float] = mapped_column(comment=f"Difficulty that it holds or is to hold, {METRIC}.")
    c: Mapped[float] = mapped_column(comment="Lower asymptote that it holds or is to hold.")
    se_a: Mapped[float | None] = mapped_column(comment="Standard error of a then.")
    se_b: Mapped[float | None] = mapped_column(comment="Standard error of b then.")
    n_responses: Mapped[int] = mapped_column(comment="Usable responses behind these parameters.")
    first_run: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Run that first published it."
    )
    frozen_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When these parameters were published, UTC."
    )
    runs_passed: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Published runs since in which it did not drift."
    )
    last_run: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Published run that last said something of it."
    )
    reason: Mapped[str | None] = mapped_column(comment="Why it was dropped.")
    changed_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When its state last changed, UTC."
    )


class ItemDiagnostic(Base):
    """One finding of a run about an item: a kind, a figure, its p-value, and whether a person should look."""

    __tablename__ = "item_diagnostics"
    __table_args__ = (item_key("item_diagnostics"),)

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id", ondelete="CASCADE"), primary_key=True, comment="Run that found it."
    )
    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    kind: Mapped[str] = mapped_column(
        primary_key=True, comment="fit, dependence, dif, drift, position or mode."
    )
    contrast: Mapped[str] = mapped_column(
        primary_key=True, server_default="", comment="What is compared, for instance a group or another item."
    )
    tenant_id: Mapped[TenantId]
    effect: Mapped[float | None] = mapped_column(comment="Size, in the unit that `unit` names.")
    unit: Mapped[str] = mapped_column(comment="Unit of the effect.")
    statistic: Mapped[float | None] = mapped_column(comment="Test statistic.")
    p_value: Mapped[float | None] = mapped_column(comment="Its p-value; null: not tested.")
    q_value: Mapped[float | None] = mapped_column(comment="False discovery rate over the items of the run.")
    grade: Mapped[str | None] = mapped_column(comment="Class of the effect, for instance A, B, C of DIF.")
    flagged: Mapped[bool] = mapped_column(comment="Beyond chance and large enough to matter.")
    sentence: Mapped[str] = mapped_column(comment="The finding in words.")


class CalibrationDecision(Base):
    """Who let a run go live, or not, and why. Rows are only added."""

    __tablename__ = "calibration_decisions"
    __table_args__ = (
        CheckConstraint(one_of("decision", *DECISIONS), name="decision"),
        CheckConstraint("decided_by <> '' and reason <> ''", name="said"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), index=True, comment="The run."
    )
    decision: Mapped[str] = mapped_column(
        comment="publish, block, hold (for a person), approve, reject or rollback."
    )
    decided_by: Mapped[str] = mapped_column(comment="Person, or 'pipeline' where checks decide.")
    reason: Mapped[str] = mapped_column(comment="Why.")
    decided_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")


class ItemFlag(Base):
    """Something a person should look at, for instance an item that looks mis-keyed; kept across runs.

    A row stands as long as runs find the same; it is resolved by the first that does not. What a person said
    of it holds for as long as the row stands.
    """

    __tablename__ = "item_flags"
    __table_args__ = (
        Index(
            "uq_item_flags_open",
            "question_id",
            "version",
            "flag",
            unique=True,
            postgresql_where=text("resolved_at is null"),
        ),
        item_key("item_flags"),
        CheckConstraint(one_of("state", *FLAG_STATES), name="state"),
        CheckConstraint(
            "(state = 'open') = (decided_by is null) and (decided_by is null) = (decided_at is null) "
            "and (decided_by is null) = (decision_reason is null)",
            name="decision",
        ),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    question_id: Mapped[int] = mapped_column(BigInteger, comment="Item: question.")
    version: Mapped[int] = mapped_column(comment="Item: version.")
    flag: Mapped[str] = mapped_column(comment="Kind of flag, for instance miskeyed.")
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), comment="Figures behind it.")
    action: Mapped[str | None] = mapped_column(comment="What to do about it, in a sentence.")
    state: Mapped[str] = mapped_column(
        server_default="open", comment="open, accepted (it is so, act) or dismissed (it is not so)."
    )
    decided_by: Mapped[str | None] = mapped_column(comment="Who said so.")
    decided_at: Mapped[dt.datetime | None] = mapped_column(comment="When, UTC.")
    decision_reason: Mapped[str | None] = mapped_column(comment="Why.")
    run_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Run that last found it."
    )
    raised_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
    resolved_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When a run no longer found it, UTC; null: it stands."
    )
