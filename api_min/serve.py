"""Serving the next item of a quiz: the one that waits for its answer, else the next choice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import decisions
from api_min.bank import Bank, Banks
from api_min.errors import NoMoreQuestions, QuizExpired, QuizNotFound, QuizSealed
from database.queries import bank as bank_queries
from database.queries import quizzes
from database.queries.bank import ItemText
from database.queries.quizzes import Decision, Quiz, ServedItem
from ingestion import events


@dataclass(frozen=True, slots=True)
class Served:
    """An item as the learner gets it."""

    question_id: int
    version: int
    text: ItemText


async def locked_quiz(connection: AsyncConnection, quiz_id: uuid.UUID) -> Quiz:
    """Return the quiz, held to the end of the transaction. Raises QuizNotFound."""
    quiz = await connection.run_sync(quizzes.lock_quiz, quiz_id)
    if quiz is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}; POST /v1/quizzes begins one")
    return quiz


def require_open(quiz: Quiz) -> None:
    """Raise QuizSealed or QuizExpired where the quiz takes no more answers."""
    if quiz.sealed_at is not None:
        raise QuizSealed(f"quiz {quiz.id} was handed in at {quiz.sealed_at.isoformat()}; begin another")
    if quiz.expires_at is not None and quiz.expires_at <= quiz.now:
        raise QuizExpired(f"quiz {quiz.id} expired at {quiz.expires_at.isoformat()}; begin another")


async def next_item(connection: AsyncConnection, banks: Banks, quiz_id: uuid.UUID) -> Served:
    """Return the item to answer now; a new one is written, with its decision and event, before it is shown.

    Two requests at once get the same item: the second waits for the quiz, and then finds it served.
    Raises QuizNotFound, QuizSealed, QuizExpired, NoMoreQuestions.
    """
    quiz = await locked_quiz(connection, quiz_id)
    require_open(quiz)
    history = await connection.run_sync(quizzes.history, quiz_id)
    for item in history:
        if item.is_correct is None and not item.skipped:
            text = await _text(connection, quiz, item.question_id, item.version)
            if text is not None:
                return Served(item.question_id, item.version, text)
            # Withdrawn by the tenant that lent it: nobody can read it any more.
            await connection.run_sync(quizzes.skip, quiz, item.question_id)
    if quiz.num_questions is not None and len(history) >= quiz.num_questions:
        raise NoMoreQuestions(f"quiz {quiz.id} has served all of its {quiz.num_questions} questions")
    bank = await banks.current(connection, quiz.tenant_id, quiz.exam_code)
    seen = await connection.run_sync(quizzes.questions_seen, quiz.user_id) if quiz.adaptive else ()
    for place, decision in _choices(quiz, bank, history, seen):
        question_id, version = int(bank.question_id[place]), int(bank.version[place])
        text = await _text(connection, quiz, question_id, version)
        # The bank may be older than a withdrawal: what is served is checked against the tables.
        if text is not None and text.live:
            served = Served(question_id, version, text)
            await _write(connection, quiz, served, _position(history), decision)
            return served
    raise NoMoreQuestions(f"quiz {quiz.id} has served every question there is for it, {len(history)} in all")


def _choices(
    quiz: Quiz, bank: Bank, history: Sequence[ServedItem], seen: Sequence[int]
) -> Iterator[tuple[int, Decision | None]]:
    """Yield the places in the bank to try, best first, each with its decision; planned ones have none."""
    served = [item.question_id for item in history]
    if quiz.planned_question_ids is not None:
        places = {int(question): place for place, question in enumerate(bank.question_id)}
        planned = [one for one in quiz.planned_question_ids if one in places and one not in served]
        yield from ((places[one], None) for one in planned)
        return
    learner = decisions.ability(history, bank)
    eligible = bank.where(quiz.filters.get("topics", ()), quiz.filters.get("difficulty", ()))
    eligible &= ~bank.among(served)
    while (choice := decisions.choose(bank, learner, decisions.tiers(bank, eligible, seen))) is not None:
        yield choice
        eligible[choice[0]] = False


def _position(history: Sequence[ServedItem]) -> int:
    return 1 + max((item.position for item in history), default=0)


async def _text(connection: AsyncConnection, quiz: Quiz, question_id: int, version: int) -> ItemText | None:
    return await connection.run_sync(
        bank_queries.item_text, quiz.tenant_id, quiz.exam_code, question_id, version
    )


async def _write(
    connection: AsyncConnection, quiz: Quiz, served: Served, position: int, decision: Decision | None
) -> None:
    item = (served.question_id, served.version)
    await connection.run_sync(quizzes.write_served, quiz, item, position, decision)
    event_id = uuid.uuid4()
    event = events.question_served(
        event_id=event_id,
        timestamp=quiz.now,
        user_id=quiz.user_id,
        tenant_id=quiz.tenant_id,
        quiz_id=quiz.id,
        question_id=served.question_id,
        version=served.version,
        exam_code=quiz.exam_code,
        position=position,
    )
    await connection.run_sync(quizzes.write_event, quiz, event_id, event)
