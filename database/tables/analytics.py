"""What calibration says of items and learners. Parameters are in the D = 1.7 metric everywhere.

P(theta) = c + (1 - c) / (1 + exp(-1.7 a (theta - b))).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import Base, CreatedAt, TenantId, item_key, one_of

#: "mixed": a row of the joint fit in which each item has the model that suits it (`item_model`).
MODELS = ("1PL", "2PL", "3PL", "mixed")
METRIC = "D = 1.7 metric"
#: Fitted; held back by a check or the gate; waiting for a person; live; live once; refused by a person.
RUN_STATUS = ("candidate", "blocked", "waiting", "published", "superseded", "rejected")


class _Parameters:
    """Columns that a calibrated item has wherever it stands: candidate, live, history."""

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    model: Mapped[str] = mapped_column(
        primary_key=True, comment="Fit that the row is of: 1PL, 2PL or 3PL of the whole exam, or mixed."
    )
    item_model: Mapped[str | None] = mapped_column(
        comment="The item's own model, for instance 3PL with c fixed at 0.2; null: as the fit's."
    )
    tenant_id: Mapped[TenantId]
    a: Mapped[float | None] = mapped_column(comment=f"Discrimination, {METRIC}.")
    b: Mapped[float | None] = mapped_column(comment=f"Difficulty on the theta scale, {METRIC}.")
    c: Mapped[float | None] = mapped_column(comment="Lower asymptote, 0 to 1; 0 in 1PL and 2PL.")
    se_a: Mapped[float | None] = mapped_column(comment=f"Standard error of a, {METRIC}.")
    se_b: Mapped[float | None] = mapped_column(comment="Standard error of b, theta scale.")
    se_c: Mapped[float | None] = mapped_column(comment="Standard error of c; null: c at its bound or fixed.")
    n_respondents: Mapped[int | None] = mapped_column(comment="Usable responses to the item in the fit.")
    fitted_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it was fitted, UTC."
    )
    status: Mapped[str] = mapped_column(
        server_default="ok", comment="ok, c at bound, a at bound, anchor, carried over, or set aside."
    )
    reason: Mapped[str | None] = mapped_column(comment="Why the status is not ok; or why this model.")
    fit_p: Mapped[float | None] = mapped_column(comment="p-value of the item's fit; null: not tested.")
    fit_rmsd: Mapped[float | None] = mapped_column(
        comment="Root mean square difference of curve and answers, in probability; null: not tested."
    )
    metric: Mapped[str] = mapped_column(
        server_default="D=1.7", comment="Metric of a and b: 1.7 a (theta - b) is the logit."
    )
    code_version: Mapped[str | None] = mapped_column(comment="Version of qbank that fitted.")
    snapshot_hash: Mapped[str | None] = mapped_column(comment="SHA-256 of the responses that were fitted.")


def _rules(table: str) -> tuple[CheckConstraint | ForeignKeyConstraint, ...]:
    return (
        CheckConstraint(one_of("model", *MODELS), name="model"),
        CheckConstraint("c >= 0 and c < 1", name="c"),
        CheckConstraint("se_a >= 0 and se_b >= 0 and se_c >= 0", name="se"),
        CheckConstraint("metric = 'D=1.7'", name="metric"),
        item_key(table),
    )


class CalibrationRun(Base):
    """One fit of one exam. Its id derives from data, code and settings: the same three give the same run."""

    __tablename__ = "calibration_runs"
    __table_args__ = (
        CheckConstraint(one_of("status", *RUN_STATUS), name="status"),
        Index("ix_calibration_runs_exam_code_status", "exam_code", "status"),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, comment="Derived from snapshot, code and settings."
    )
    tenant_id: Mapped[TenantId]
    exam_code: Mapped[str] = mapped_column(ForeignKey("exams.code"), comment="Home exam, the partition.")
    status: Mapped[str] = mapped_column(
        server_default="candidate",
        comment="candidate, blocked (by a check), waiting (for a person), published (live), superseded, rejected.",
    )
    snapshot_hash: Mapped[str] = mapped_column(comment="SHA-256 of the responses that were fitted.")
    code_version: Mapped[str] = mapped_column(comment="Version of qbank that fitted.")
    settings: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Models, priors, quadrature."
    )
    fits: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Per model: log_likelihood, converged, reason, passes."
    )
    policy: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="What the response policy removed, and how the parameters would differ without it.",
    )
    scale_version: Mapped[int | None] = mapped_column(comment="Scale it lies on; null: it fitted nothing.")
    as_of: Mapped[dt.date | None] = mapped_column(
        comment="It read what had been answered by the end of this day, UTC; null: everything."
    )
    first_response_at: Mapped[dt.datetime | None] = mapped_column(comment="First usable response, UTC.")
    last_response_at: Mapped[dt.datetime | None] = mapped_column(comment="Last usable response, UTC.")
    dispositions: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="First attempts by what the response policy made of them."
    )
    serving_model: Mapped[str | None] = mapped_column(
        comment="Fit whose rows are to be served: 2PL, 3PL or mixed; null: none."
    )
    lifecycle: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="How models were chosen, versions carried over, anchors held and dropped.",
    )
    diagnostics: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="Figures of the whole run: reliability, dependence, groups, link.",
    )
    gate: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="What simulated sessions said of it beside what was live."
    )
    n_persons: Mapped[int] = mapped_column(comment="Persons in the fit.")
    n_items: Mapped[int] = mapped_column(comment="Items in the fit.")
    n_responses: Mapped[int] = mapped_column(comment="Usable responses in the fit.")
    created_at: Mapped[CreatedAt]
    fitted_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it was last fitted, UTC: the same data may be fitted again."
    )
    published_at: Mapped[dt.datetime | None] = mapped_column(comment="When it went live, UTC.")


class ItemCalibration(_Parameters, Base):
    """The live parameters: what delivery reads. Exactly one row of an item is serving."""

    __tablename__ = "item_calibration"
    __table_args__ = (
        *_rules("item_calibration"),
        Index(
            "uq_item_calibration_serving",
            "question_id",
            "version",
            unique=True,
            postgresql_where=text("serving"),
        ),
        CheckConstraint("not serving or (a is not null and b is not null and c is not null)", name="serving"),
    )

    run_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("calibration_runs.id"), index=True, comment="Run that published the row."
    )
    serving: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True on the one row of an item that delivery uses."
    )


class ItemCalibrationCandidate(_Parameters, Base):
    """What a fit produced, before its checks passed."""

    __tablename__ = "item_calibration_candidate"
    __table_args__ = _rules("item_calibration_candidate")

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id", ondelete="CASCADE"),
        primary_key=True,
        comment="Run that fitted the row.",
    )


class ItemCalibrationHistory(_Parameters, Base):
    """Every row that ever was live, by run."""

    __tablename__ = "item_calibration_history"
    __table_args__ = _rules("item_calibration_history")

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), primary_key=True, comment="Run that published the row."
    )
    serving: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether delivery used the row."
    )
    published_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it went live, UTC."
    )


class ItemStatsCtt(Base):
    """Classical statistics of an item over first attempts."""

    __tablename__ = "item_stats_ctt"
    __table_args__ = (item_key("item_stats_ctt"),)

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    tenant_id: Mapped[TenantId]
    p_value: Mapped[float | None] = mapped_column(comment="Proportion correct, 0 to 1.")
    r_point_biserial: Mapped[float | None] = mapped_column(
        comment="Corrected point-biserial: correlation with the score on the other items."
    )
    median_time_ms: Mapped[int | None] = mapped_column(
        comment="Median recorded response time, milliseconds; null where no time was recorded."
    )
    n_responses: Mapped[int | None] = mapped_column(comment="First attempts counted.")
    run_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Run that published the row."
    )
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")


class PersonAbility(Base):
    """A learner's ability on an exam's scale."""

    __tablename__ = "person_ability"

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="The learner.")
    exam_code: Mapped[str] = mapped_column(
        ForeignKey("exams.code"), primary_key=True, comment="Exam whose scale it is."
    )
    tenant_id: Mapped[TenantId]
    theta: Mapped[float] = mapped_column(
        comment="Ability, EAP under the prior that is fixed with the scale; scale of the exam."
    )
    se: Mapped[float] = mapped_column(comment="Posterior SD of theta.")
    theta_latent: Mapped[float | None] = mapped_column(
        comment="Ability, EAP under the distribution that the run found for the person's group."
    )
    se_latent: Mapped[float | None] = mapped_column(comment="Posterior SD of theta_latent.")
    n_responses: Mapped[int] = mapped_column(comment="Usable responses behind it.")
    method: Mapped[str] = mapped_column(server_default="EAP", comment="Estimator.")
    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), index=True, comment="Run whose parameters scored it."
    )
    estimated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")


class PersonAbilityWindow(Base):
    """Ability of a calibration person: a learner on an exam, in one window of time and one mode."""

    __tablename__ = "person_ability_windows"
    __table_args__ = (CheckConstraint(one_of("mode", "tutor", "exam"), name="mode"),)

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="The learner.")
    exam_code: Mapped[str] = mapped_column(
        ForeignKey("exams.code"), primary_key=True, comment="Exam whose scale it is."
    )
    window_start: Mapped[dt.date] = mapped_column(primary_key=True, comment="First day of the window, UTC.")
    mode: Mapped[str] = mapped_column(primary_key=True, comment="tutor or exam.")
    tenant_id: Mapped[TenantId]
    theta: Mapped[float] = mapped_column(
        comment="Ability, EAP under the prior that is fixed with the scale; scale of the exam."
    )
    se: Mapped[float] = mapped_column(comment="Posterior SD of theta.")
    theta_latent: Mapped[float | None] = mapped_column(
        comment="Ability, EAP under the distribution that the run found for the person's group."
    )
    se_latent: Mapped[float | None] = mapped_column(comment="Posterior SD of theta_latent.")
    n_responses: Mapped[int] = mapped_column(comment="Usable responses behind it.")
    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), index=True, comment="Run whose parameters scored it."
    )


class ItemCurvePoint(Base):
    """Proportion right in a band of ability, beside what the item's curve expects there."""

    __tablename__ = "item_curve_points"
    __table_args__ = (CheckConstraint(one_of("model", *MODELS), name="model"), item_key("item_curve_points"))

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    model: Mapped[str] = mapped_column(primary_key=True, comment="1PL, 2PL, 3PL or mixed.")
    band: Mapped[int] = mapped_column(primary_key=True, comment="Band of theta, from 1, ascending.")
    tenant_id: Mapped[TenantId]
    theta: Mapped[float] = mapped_column(comment="Middle of the band's abilities, scale of the exam.")
    n: Mapped[float] = mapped_column(comment="Expected number of answers in the band.")
    observed: Mapped[float | None] = mapped_column(comment="Proportion right, 0 to 1; null: too few answers.")
    expected: Mapped[float] = mapped_column(comment="Proportion right that the curve expects, 0 to 1.")
    se: Mapped[float | None] = mapped_column(comment="Standard error of observed minus expected.")
    residual: Mapped[float | None] = mapped_column(
        comment="Observed minus expected, over its standard error."
    )
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("calibration_runs.id"), comment="Run of the curve.")


class ItemOptionStat(Base):
    """How often each option of an item was chosen, and by whom, over usable first attempts."""

    __tablename__ = "item_option_stats"
    __table_args__ = (item_key("item_option_stats"),)

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    option_label: Mapped[str] = mapped_column(CHAR(1), primary_key=True, comment="The option.")
    tenant_id: Mapped[TenantId]
    is_key: Mapped[bool] = mapped_column(comment="True on the key.")
    n: Mapped[int] = mapped_column(comment="How often it was chosen.")
    proportion: Mapped[float] = mapped_column(comment="Of the item's answers, 0 to 1.")
    rest_correlation: Mapped[float | None] = mapped_column(
        comment="Of choosing it with the score on the other items (point-biserial); null: undefined."
    )
    proportion_low: Mapped[float | None] = mapped_column(
        comment="Proportion in the lowest third of rest scores."
    )
    proportion_middle: Mapped[float | None] = mapped_column(comment="Proportion in the middle third.")
    proportion_high: Mapped[float | None] = mapped_column(comment="Proportion in the highest third.")
    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calibration_runs.id"), comment="Run that published it."
    )


class ItemDriftWeek(Base):
    """An item in one week: proportion right beside what its live curve expects of the learners who met it."""

    __tablename__ = "item_drift_weeks"
    __table_args__ = (item_key("item_drift_weeks"),)

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Item: question.")
    version: Mapped[int] = mapped_column(primary_key=True, comment="Item: version.")
    week: Mapped[dt.date] = mapped_column(primary_key=True, comment="Monday of the week, UTC.")
    tenant_id: Mapped[TenantId]
    n: Mapped[int] = mapped_column(comment="Usable responses of the week.")
    observed: Mapped[float] = mapped_column(comment="Proportion right, 0 to 1.")
    expected: Mapped[float] = mapped_column(comment="Proportion right expected of these learners, 0 to 1.")
    se: Mapped[float | None] = mapped_column(comment="Standard error of observed minus expected.")
    z: Mapped[float | None] = mapped_column(
        comment="Observed minus expected, over se; null: too few responses."
    )
    drifted: Mapped[bool] = mapped_column(
        comment="Beyond chance over all items and weeks, and large enough to matter."
    )
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("calibration_runs.id"), comment="Run of the curve.")
