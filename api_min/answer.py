"""Taking an answer: scored, written and told of in one transaction, and counted once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import watch
from api_min.bank import stand_in_difficulty
from api_min.errors import AlreadyAnswered, AlreadySkipped, KeyReused, NotServed, UnknownOption
from api_min.serve import locked_quiz, require_open
from database.queries import bank as bank_queries
from database.queries import quizzes
from database.queries.bank import ItemText, Option
from database.queries.quizzes import Quiz, ServedItem
from ingestion import events


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it came in; times in milliseconds."""

    question_id: int
    selected: str
    time_taken_ms: int
    client_latency_ms: float | None
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a learner may know after an answer; `difficulty`: the item's b or its stand-in, D = 1.7 metric."""

    correct: bool
    correct_option: str | None
    rationale_md: str
    difficulty: float


async def answer(connection: AsyncConnection, quiz_id: uuid.UUID, given: Given) -> Outcome | None:
    """Write an answer and return its outcome; None: the mode reveals nothing before the quiz is sealed.

    An answer that comes again with its Idempotency-Key is not written again: it gets the outcome of the
    first, whatever became of the quiz since. Raises QuizNotFound, QuizSealed, QuizExpired, NotServed,
    AlreadyAnswered, AlreadySkipped, UnknownOption, KeyReused.
    """
    quiz = await locked_quiz(connection, quiz_id)
    history = await connection.run_sync(quizzes.history, quiz_id)
    first = _first(history, given.idempotency_key)
    if first is not None:
        watch.at(first.position)
        text = await _text(connection, quiz, first)
        option = _option(text, given.selected)
        if given.question_id != first.question_id or option is None or option.label != first.option_label:
            raise KeyReused(
                f"this Idempotency-Key came with another answer to question {first.question_id}; give each"
                " answer a key of its own, and repeat a request as it was"
            )
        return _told(quiz, first, text, option)
    require_open(quiz)
    item = next((one for one in history if one.question_id == given.question_id), None)
    if item is None:
        raise NotServed(f"question {given.question_id} was not served in quiz {quiz.id}; GET its next one")
    watch.at(item.position)
    if item.is_correct is not None:
        raise AlreadyAnswered(f"question {item.question_id} has its answer in quiz {quiz.id}, and it stands")
    text = await _text(connection, quiz, item)
    if item.skipped:  # what was chosen since was chosen without this answer
        raise AlreadySkipped(f"question {item.question_id} was skipped in quiz {quiz.id}; GET its next one")
    option = _option(text, given.selected)
    if option is None:
        labels = ", ".join(one.label for one in text.options)
        raise UnknownOption(f"question {item.question_id} has the options {labels}, not {given.selected}")
    await _write(connection, quiz, item, option, given)
    return _told(quiz, item, text, option)


def _first(history: Sequence[ServedItem], key: str | None) -> ServedItem | None:
    return None if key is None else next((one for one in history if one.idempotency_key == key), None)


def _option(text: ItemText, selected: str) -> Option | None:
    """Return the option of that label; case decides only where labels differ in nothing else."""
    alike = [option for option in text.options if option.label.lower() == selected.lower()]
    return next((option for option in alike if option.label == selected), alike[0] if alike else None)


def _told(quiz: Quiz, item: ServedItem, text: ItemText, option: Option) -> Outcome | None:
    if quiz.mode == "exam" and quiz.sealed_at is None:
        return None
    key = next((one.label for one in text.options if one.is_correct), None)
    difficulty = stand_in_difficulty(item.difficulty_label) if item.b is None else item.b
    return Outcome(option.is_correct, key, text.rationale_md, difficulty)


async def _text(connection: AsyncConnection, quiz: Quiz, item: ServedItem) -> ItemText:
    text = await connection.run_sync(
        bank_queries.item_text, quiz.tenant_id, quiz.exam_code, item.question_id, item.version
    )
    if text is None:
        raise NotServed(f"question {item.question_id} was withdrawn since it was served; GET the next one")
    return text


async def _write(
    connection: AsyncConnection, quiz: Quiz, item: ServedItem, option: Option, given: Given
) -> None:
    await connection.run_sync(
        quizzes.write_response,
        quiz,
        item,
        option,
        time_taken_ms=given.time_taken_ms,
        idempotency_key=given.idempotency_key,
    )
    event_id = uuid.uuid4()
    latency = given.client_latency_ms
    event = events.answer_submitted(
        event_id=event_id,
        timestamp=quiz.now,
        user_id=quiz.user_id,
        tenant_id=quiz.tenant_id,
        quiz_id=quiz.id,
        question_id=item.question_id,
        version=item.version,
        selected=option.label,
        is_correct=option.is_correct,
        time_taken_ms=given.time_taken_ms,
        client=None if latency is None else events.Client(latency_ms=latency),
        exam_code=quiz.exam_code,
        position=item.position,
    )
    await connection.run_sync(quizzes.write_event, quiz, event_id, event)
