"""Quizzes by the Idempotency-Key of the request that began them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from database.tables import QuizSession


@dataclass(frozen=True, slots=True)
class Beginning:
    """A quiz as it was asked for; `exam_code` is the exam that it runs on, asked for or found."""

    id: uuid.UUID
    mode: str
    adaptive: bool
    exam_code: str | None
    filters: Mapping[str, Any]
    num_questions: int | None
    planned_question_ids: list[int] | None
    expires_at: dt.datetime


def hold(connection: Connection, tenant_id: uuid.UUID, user_id: uuid.UUID, key: str) -> Beginning | None:
    """Return the learner's quiz that began with the key, or None.

    Nobody else begins one with the key until the transaction ends.
    """
    lock = func.hashtextextended(f"quiz of {tenant_id}/{user_id}/{key}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(lock)))
    columns = [getattr(QuizSession, name) for name in Beginning.__dataclass_fields__]
    row = connection.execute(
        select(*columns).where(
            QuizSession.tenant_id == tenant_id,
            QuizSession.user_id == user_id,
            QuizSession.idempotency_key == key,
        )
    ).one_or_none()
    return None if row is None else Beginning(**row._asdict())


def remember(connection: Connection, quiz_id: uuid.UUID, key: str) -> None:
    """Write the key to the quiz that began with it."""
    connection.execute(update(QuizSession).where(QuizSession.id == quiz_id).values(idempotency_key=key))
