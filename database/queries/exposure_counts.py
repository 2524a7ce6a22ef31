"""What conditional exposure control remembers of an exam's sessions, and which quizzes it has counted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from database.tables import ExposureCount, QuizSession


def read(connection: Connection, tenant_id: uuid.UUID, exam_code: str) -> dict[str, Any] | None:
    """Return what is remembered; None: nothing yet."""
    asked = select(ExposureCount.counts).where(
        ExposureCount.tenant_id == tenant_id, ExposureCount.exam_code == exam_code
    )
    found: dict[str, Any] | None = connection.scalar(asked)
    return found


def hold(connection: Connection, tenant_id: uuid.UUID, exam_code: str) -> None:
    """Let nobody else count sessions of the exam until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"exposure/{tenant_id}/{exam_code}"))))


def write(connection: Connection, tenant_id: uuid.UUID, exam_code: str, counts: Mapping[str, Any]) -> None:
    """Remember these counts in place of what was."""
    put = insert(ExposureCount).values(tenant_id=tenant_id, exam_code=exam_code, counts=dict(counts))
    connection.execute(
        put.on_conflict_do_update(
            index_elements=[ExposureCount.tenant_id, ExposureCount.exam_code],
            set_={"counts": put.excluded.counts, "updated_at": func.now()},
        )
    )


def mark_counted(connection: Connection, quiz_id: uuid.UUID) -> bool:
    """Note that a quiz is counted now; False: it was already."""
    marked = connection.execute(
        update(QuizSession)
        .where(QuizSession.id == quiz_id, QuizSession.counted_at.is_(None))
        .values(counted_at=func.now())
    )
    return marked.rowcount == 1


def to_count(
    connection: Connection, tenant_id: uuid.UUID, exam_code: str, now: dt.datetime, most: int
) -> list[uuid.UUID]:
    """Return quizzes under exposure control that are over and not counted, the oldest first."""
    over = (QuizSession.sealed_at.is_not(None)) | (QuizSession.expires_at <= now)
    return list(
        connection.scalars(
            select(QuizSession.id)
            .where(
                QuizSession.tenant_id == tenant_id,
                QuizSession.exam_code == exam_code,
                QuizSession.ruled_out.is_not(None),
                QuizSession.counted_at.is_(None),
                over,
            )
            .order_by(QuizSession.started_at)
            .limit(most)
        )
    )
