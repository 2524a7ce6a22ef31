"""Beginning a quiz once: a request that is retried with its Idempotency-Key gets the quiz of the first."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.banks import Banks
from api_min.begin import Begun, Wish, begin
from api_min.errors import KeyReused
from database.forgetting import ForgetKey
from database.queries import beginnings
from database.queries.beginnings import Beginning


async def begin_once(
    connection: AsyncConnection, banks: Banks, wish: Wish, key: ForgetKey, idempotency_key: str | None
) -> Begun:
    """Begin a quiz as `begin` does, or return the learner's quiz that began with the key before.

    Two requests at once begin one quiz: the second waits for the first. Raises what `begin` does, and KeyReused
    where the key came with another wish.
    """
    if idempotency_key is None:
        return await begin(connection, banks, wish, key)
    first = await connection.run_sync(beginnings.hold, wish.tenant_id, wish.user_id, idempotency_key)
    if first is None:
        begun = await begin(connection, banks, wish, key)
        await connection.run_sync(beginnings.remember, begun.quiz_id, idempotency_key)
        return begun
    if not _as_wished(first, wish):
        raise KeyReused(
            f"this Idempotency-Key came with another request, which began quiz {first.id}; give each quiz a key"
            " of its own, and repeat a request as it was"
        )
    return Begun(first.id, first.planned_question_ids or (), first.expires_at)


def _as_wished(first: Beginning, wish: Wish) -> bool:
    """Tell whether the same was asked for. Without an exam, whichever was found then is the one."""
    asked = (wish.mode, wish.adaptive, wish.num_questions, list(wish.topics), list(wish.difficulty))
    filters = first.filters
    was = (
        first.mode,
        first.adaptive,
        first.num_questions,
        list(filters.get("topics", ())),
        list(filters.get("difficulty", ())),
    )
    return asked == was and wish.exam_code in {None, first.exam_code}
