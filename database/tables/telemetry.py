"""What arrived from the topic or the event log (schema telemetry): events, dead letters, positions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CHAR, BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import Base, BigId, ChangeXid, one_of

SCHEMA = "telemetry"


class TelemetryEvent(Base):
    """A valid event, exactly once: event_id is the key."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_quiz_id_occurred_at", "quiz_id", "occurred_at", "event_id"),
        Index("ix_events_user_id_question_id", "user_id", "question_id"),
        Index("ix_events_ingested_at", "ingested_at", postgresql_using="brin"),
        Index("ix_events_occurred_at", "occurred_at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="Identity of the event.")
    event_type: Mapped[str] = mapped_column(comment="One of the six event types.")
    occurred_at: Mapped[dt.datetime] = mapped_column(comment="The event's own timestamp, UTC.")
    tenant_id: Mapped[uuid.UUID] = mapped_column(index=True, comment="Tenant of the learner.")
    user_id: Mapped[uuid.UUID] = mapped_column(comment="The learner.")
    quiz_id: Mapped[uuid.UUID] = mapped_column(comment="The quiz.")
    question_id: Mapped[int | None] = mapped_column(BigInteger, comment="Item: question.")
    version: Mapped[int | None] = mapped_column(comment="Item: version.")
    selected: Mapped[str | None] = mapped_column(CHAR(1), comment="Option chosen.")
    is_correct: Mapped[bool | None] = mapped_column(comment="Whether it is the key.")
    time_taken_ms: Mapped[int | None] = mapped_column(comment="Response time, milliseconds.")
    payload: Mapped[dict[str, Any]] = mapped_column(comment="The event as it came, unknown fields kept.")
    ingested_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When drained, UTC.")
    change_xid: Mapped[ChangeXid]


class DeadLetter(Base):
    """A message that is not a valid event, with the reason; kept raw so that it can be replayed."""

    __tablename__ = "dead_letters"
    __table_args__ = (UniqueConstraint("source_id", "partition", "position"), {"schema": SCHEMA})

    id: Mapped[BigId]
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(comment="Tenant, where the message still tells it.")
    source_id: Mapped[str] = mapped_column(comment="Topic or log it came from, by identity.")
    partition: Mapped[int] = mapped_column(comment="Partition of the source.")
    position: Mapped[int] = mapped_column(BigInteger, comment="Offset within the partition.")
    raw: Mapped[bytes] = mapped_column(LargeBinary, comment="The message's bytes.")
    reason: Mapped[str] = mapped_column(comment="Kind of fault, for counting.")
    detail: Mapped[str] = mapped_column(comment="What was wrong, where.")
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When drained, UTC.")
    replayed_at: Mapped[dt.datetime | None] = mapped_column(comment="When a replay ingested it, UTC.")


class SourcePosition(Base):
    """How far each sink has read each partition; committed in the transaction of the rows."""

    __tablename__ = "source_positions"
    __table_args__ = ({"schema": SCHEMA},)

    sink: Mapped[str] = mapped_column(primary_key=True, comment="Sink, for instance postgres.")
    source_id: Mapped[str] = mapped_column(primary_key=True, comment="Topic or log, by identity.")
    partition: Mapped[int] = mapped_column(primary_key=True, comment="Partition of the source.")
    position: Mapped[int] = mapped_column(BigInteger, comment="Next offset to read.")
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")


class SourceLoad(Base):
    """When a drain or an import last went well, also one that found nothing new: how fresh what we hold is."""

    __tablename__ = "source_loads"
    __table_args__ = (CheckConstraint(one_of("loader", "drain", "import"), name="loader"), {"schema": SCHEMA})

    loader: Mapped[str] = mapped_column(primary_key=True, comment="drain or import.")
    name: Mapped[str] = mapped_column(
        primary_key=True, comment="Topic or log by identity, or the exam that was imported."
    )
    loaded_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), comment="When it last went well, UTC."
    )
    n_rows: Mapped[int] = mapped_column(BigInteger, comment="Rows that it added then.")
