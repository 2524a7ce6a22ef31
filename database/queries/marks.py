"""What a learner does to an item that was served beside answering it, and the events of that, told once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from database.queries.quizzes import Quiz
from database.tables import EventOutbox


@dataclass(frozen=True, slots=True)
class Place:
    """An item's place in a quiz."""

    question_id: int
    version: int
    position: int
    skipped: bool
    answered: bool


_PLACE = text(
    """
    select i.question_id, i.version, i.position, i.skipped_at is not null as skipped,
        r.id is not null as answered
    from quiz_items i
    left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
    where i.quiz_id = :quiz and i.question_id = :question
    """
)


def place(connection: Connection, quiz_id: uuid.UUID, question_id: int) -> Place | None:
    """Return where an item stands in a quiz; None: it was not served there."""
    row = connection.execute(_PLACE, {"quiz": quiz_id, "question": question_id}).one_or_none()
    return None if row is None else Place(**row._asdict())


def tell_once(connection: Connection, quiz: Quiz, event_id: uuid.UUID, payload: Mapping[str, Any]) -> None:
    """Put an event into the outbox unless one of that id was put there before."""
    connection.execute(
        insert(EventOutbox)
        .values(
            tenant_id=quiz.tenant_id,
            event_id=event_id,
            event_type=payload["event_type"],
            quiz_id=quiz.id,
            payload=dict(payload),
            created_at=quiz.now,
        )
        .on_conflict_do_nothing(index_elements=[EventOutbox.event_id])
    )
