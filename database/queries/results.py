"""What the results of a quiz need beside its history."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, text

_TOPICS = text(
    """
    select i.question_id, coalesce(cast(t.path as text), t.name) as topic
    from quiz_items i
    join question_versions v on v.question_id = i.question_id and v.version = i.version
    join topics t on t.id = v.topic_id
    where i.quiz_id = :quiz
    """
)


def topics_of_items(connection: Connection, quiz_id: uuid.UUID) -> dict[int, str]:
    """Return the topic of each question served in a quiz, in the version served: its path, else its name.

    Questions without a topic, or not readable any more, are left out.
    """
    return {row.question_id: row.topic for row in connection.execute(_TOPICS, {"quiz": quiz_id})}
