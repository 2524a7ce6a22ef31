"""What happens while a learner takes a quiz: sessions, served items, responses, outbox, decisions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import (
    TENANT_OF_TRANSACTION,
    Base,
    BigId,
    ChangeXid,
    CreatedAt,
    TenantId,
    TenantIdUnindexed,
    item_key,
    one_of,
)


class QuizSession(Base):
    """A quiz of one learner."""

    __tablename__ = "quiz_sessions"
    __table_args__ = (
        CheckConstraint(one_of("mode", "tutor", "exam"), name="mode"),
        CheckConstraint(one_of("origin", "delivery", "import"), name="origin"),
        CheckConstraint("num_questions between 1 and 120 or origin = 'import'", name="num_questions"),
        Index("ix_quiz_sessions_user_id", "user_id"),
        Index(
            "uq_quiz_sessions_idempotency_key",
            "tenant_id",
            "user_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key is not null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True,
        server_default=func.gen_random_uuid(),
        comment="Quiz; imports derive it from their rows.",
    )
    user_id: Mapped[uuid.UUID] = mapped_column(comment="The learner.")
    tenant_id: Mapped[TenantId]
    mode: Mapped[str] = mapped_column(
        server_default="tutor", comment="tutor: answers explained at once; exam: nothing before sealing."
    )
    adaptive: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="True: each item is chosen after the last answer."
    )
    exam_code: Mapped[str | None] = mapped_column(
        ForeignKey("exams.code"), index=True, comment="Exam the quiz practises; null: any."
    )
    origin: Mapped[str] = mapped_column(server_default="delivery", comment="delivery or import.")
    filters: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Filters asked for: topics, difficulty."
    )
    num_questions: Mapped[int | None] = mapped_column(comment="Items asked for, 1-120; null for imports.")
    planned_question_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger),
        comment="Questions of a quiz that is not adaptive, in order; null: chosen as it goes.",
    )
    started_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="Start, UTC.")
    expires_at: Mapped[dt.datetime | None] = mapped_column(
        server_default=text("now() + interval '2 hours'"), comment="End of the time allowed, UTC; null: none."
    )
    sealed_at: Mapped[dt.datetime | None] = mapped_column(comment="When the learner handed in, UTC.")
    bank_hash: Mapped[str | None] = mapped_column(
        comment="Bank (bank_snapshots) that its items are chosen from; null: older than banks are, or imported."
    )
    calibration_run_id: Mapped[uuid.UUID | None] = mapped_column(
        comment="Run whose parameters the bank has; null: nothing in it was calibrated."
    )
    rules: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="Rules of selection and stopping as they were when it began."
    )
    seed: Mapped[int | None] = mapped_column(
        BigInteger, comment="Seed of what is left to chance in it, together with the position."
    )
    seen_question_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger),
        comment="Questions that the learner had met when it began, within the time that the rules name.",
    )
    ruled_out: Mapped[list[Any] | None] = mapped_column(
        JSONB(none_as_null=True),
        comment="For each theta point of exposure control the questions not eligible in it; null: no control.",
    )
    control: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True),
        comment="Sympson-Hetter parameters that it keeps to, and the bank that they were found for; null: none.",
    )
    stopped_by: Mapped[str | None] = mapped_column(
        comment="What ended it before its number of questions: se, classified, time, ...; null: nothing did."
    )
    counted_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When exposure control counted it, UTC; null: not yet, or not at all."
    )
    idempotency_key: Mapped[str | None] = mapped_column(
        comment="Idempotency-Key of the request that began it; a repeat gets this quiz."
    )
    change_xid: Mapped[ChangeXid]


class QuizItem(Base):
    """An item served within a quiz. Served without a response = omitted; no row = not reached."""

    __tablename__ = "quiz_items"
    __table_args__ = (
        UniqueConstraint("quiz_id", "position"),
        UniqueConstraint("quiz_id", "question_id"),
        CheckConstraint("position >= 1", name="position"),
        item_key("quiz_items"),
        Index("ix_quiz_items_question_id_version", "question_id", "version"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantIdUnindexed]
    quiz_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("quiz_sessions.id", ondelete="CASCADE"), comment="The quiz."
    )
    question_id: Mapped[int] = mapped_column(BigInteger, comment="Item: question.")
    version: Mapped[int] = mapped_column(comment="Item: version served.")
    position: Mapped[int] = mapped_column(comment="1 for the first item served.")
    served_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it was served, UTC."
    )
    skipped_at: Mapped[dt.datetime | None] = mapped_column(comment="When the learner skipped it, UTC.")
    change_xid: Mapped[ChangeXid]


class UserResponse(Base):
    """An answer. Written in the transaction of the answer, together with its event in event_outbox."""

    __tablename__ = "user_responses"
    __table_args__ = (
        UniqueConstraint("quiz_id", "question_id"),
        CheckConstraint("option_label ~ '^[A-Za-z0-9]$'", name="option_label"),
        CheckConstraint("time_taken_ms >= 0", name="time_taken_ms"),
        CheckConstraint(one_of("origin", "delivery", "import"), name="origin"),
        item_key("user_responses"),
        Index("ix_user_responses_user_id", "user_id"),
        Index("ix_user_responses_question_id_version", "question_id", "version"),
        Index("ix_user_responses_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantIdUnindexed]
    quiz_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("quiz_sessions.id", ondelete="CASCADE"), comment="The quiz."
    )
    user_id: Mapped[uuid.UUID] = mapped_column(comment="The learner.")
    question_id: Mapped[int] = mapped_column(BigInteger, comment="Item: question.")
    version: Mapped[int] = mapped_column(comment="Item: version answered.")
    option_label: Mapped[str | None] = mapped_column(
        CHAR(1), comment="Option chosen; null where the response came in already scored."
    )
    is_correct: Mapped[bool] = mapped_column(comment="Whether it is the key.")
    time_taken_ms: Mapped[int | None] = mapped_column(comment="Time from served to answered, milliseconds.")
    origin: Mapped[str] = mapped_column(server_default="delivery", comment="delivery or import.")
    synthetic_at: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True: created_at was made up by an import without a clock."
    )
    synthetic_time: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True: time_taken_ms was made up by an import without a clock."
    )
    idempotency_key: Mapped[str | None] = mapped_column(
        comment="Idempotency-Key of the request that wrote it; a repeat answers as the first did."
    )
    created_at: Mapped[CreatedAt]
    change_xid: Mapped[ChangeXid]


class EventOutbox(Base):
    """Events written in the transaction of what they tell; the relay publishes them afterwards."""

    __tablename__ = "event_outbox"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index("ix_event_outbox_unpublished", "id", postgresql_where=text("published_at is null")),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    event_id: Mapped[uuid.UUID] = mapped_column(comment="Identity of the event wherever it goes.")
    event_type: Mapped[str] = mapped_column(comment="One of the six event types.")
    quiz_id: Mapped[uuid.UUID] = mapped_column(comment="Message key: one quiz keeps its order.")
    payload: Mapped[dict[str, Any]] = mapped_column(comment="The event as it is published, JSON.")
    created_at: Mapped[CreatedAt]
    published_at: Mapped[dt.datetime | None] = mapped_column(comment="When the relay published it, UTC.")


class BankSnapshot(Base):
    """A bank as quizzes chose from it: what could be served and its parameters, whole and unchanging."""

    __tablename__ = "bank_snapshots"

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True,
        server_default=TENANT_OF_TRANSACTION,
        comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
    )
    hash: Mapped[str] = mapped_column(primary_key=True, comment="SHA-256 of the content before compression.")
    exam_code: Mapped[str | None] = mapped_column(comment="Exam it was loaded for; null: any.")
    calibration_run_id: Mapped[uuid.UUID | None] = mapped_column(
        comment="Newest run among its parameters; null: nothing is calibrated."
    )
    n_items: Mapped[int] = mapped_column(comment="Items that could be served.")
    content: Mapped[bytes] = mapped_column(comment="Arrays and topics, deflated.")
    created_at: Mapped[CreatedAt]


class ExposureCount(Base):
    """What conditional exposure control remembers of an exam's sessions."""

    __tablename__ = "exposure_counts"

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True,
        server_default=TENANT_OF_TRANSACTION,
        comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
    )
    exam_code: Mapped[str] = mapped_column(
        ForeignKey("exams.code"), primary_key=True, comment="Exam whose sessions are counted."
    )
    counts: Mapped[dict[str, Any]] = mapped_column(
        comment="Sessions by theta point, and by item that any of them met; older ones count less."
    )
    updated_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When a session was counted last, UTC."
    )


class ExposureControl(Base):
    """Sympson-Hetter parameters of a bank, as simulated sessions found them; a search anew is a row of its own."""

    __tablename__ = "exposure_controls"
    __table_args__ = (
        CheckConstraint("r_max > 0 and r_max <= 1", name="rate"),
        Index("ix_exposure_controls_tenant_id", "tenant_id", "exam_code", "id"),
    )

    id: Mapped[BigId]
    tenant_id: Mapped[TenantIdUnindexed]
    exam_code: Mapped[str] = mapped_column(
        ForeignKey("exams.code"), comment="Exam whose quizzes keep to them."
    )
    bank_hash: Mapped[str] = mapped_column(comment="Bank that they were found for.")
    r_max: Mapped[float] = mapped_column(comment="Highest share of sessions that may meet an item.")
    found_by: Mapped[dict[str, Any]] = mapped_column(
        comment="Rules, length, population and seed of the simulated sessions."
    )
    parameters: Mapped[dict[str, Any]] = mapped_column(
        comment="By question id, where it is below 1: probability of being administered when selected."
    )
    largest: Mapped[float] = mapped_column(comment="Highest exposure rate in sessions of other simulees.")
    settled: Mapped[bool] = mapped_column(comment="Whether the search came to r_max within its error.")
    created_at: Mapped[CreatedAt]


class SelectionDecision(Base):
    """Why an item was served: what was known and what was weighed, enough to make the decision again."""

    __tablename__ = "selection_decisions"
    __table_args__ = (UniqueConstraint("quiz_id", "position"), item_key("selection_decisions"))

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    quiz_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("quiz_sessions.id", ondelete="CASCADE"), comment="The quiz."
    )
    position: Mapped[int] = mapped_column(comment="Position of the item in the quiz.")
    question_id: Mapped[int] = mapped_column(BigInteger, comment="Item chosen: question.")
    version: Mapped[int] = mapped_column(comment="Item chosen: version.")
    criterion: Mapped[str] = mapped_column(comment="Name of the selection criterion.")
    value: Mapped[float] = mapped_column(
        comment="Criterion at the chosen item; information per theta squared. NaN: on trial, whatever theta is."
    )
    theta: Mapped[float] = mapped_column(comment="Ability before the item, by the quiz's rules.")
    se: Mapped[float] = mapped_column(comment="Standard error of theta before the item.")
    candidates: Mapped[list[Any]] = mapped_column(
        server_default=text("'[]'"), comment="The best candidates with their values, best first."
    )
    calibration_run_id: Mapped[uuid.UUID | None] = mapped_column(comment="Run whose parameters were used.")
    bank_hash: Mapped[str | None] = mapped_column(
        comment="Bank it was chosen from (bank_snapshots); null: before there were any, it cannot be made again."
    )
    pilot: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="On trial: chosen by chance alone, and counts for nothing."
    )
    why_not: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"),
        comment="Questions set aside: withdrawn, met in another quiz, passed over by Sympson-Hetter.",
    )
    shadow: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True),
        comment="The shadow test: solver, solves, objective, bound, binding demands, violations; null: no blueprint.",
    )
    elapsed_us: Mapped[int | None] = mapped_column(comment="Time that the choice took, microseconds.")
    created_at: Mapped[CreatedAt]
