"""Taking an answer: scored, written and told of in one transaction, and counted once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api_min import watch
from api_min.bank import stand_in_difficulty
from api_min.errors import AlreadyAnswered, AlreadySkipped, KeyReused, NotServed, UnknownOption
from api_min.serve import require_open
from api_min.turn import Turn
from database.queries import turns
from database.queries.item_texts import ItemText, Option
from database.queries.quizzes import Quiz, ServedItem
from database.queries.turns import Answer, Event
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


async def answer(turn: Turn, given: Given) -> Outcome | None:
    """Write an answer and return its outcome; None: the mode reveals nothing before the quiz is sealed.

    `turn` is the one of that question. An answer that comes again with its Idempotency-Key is not written again: it
    gets the outcome of the first, whatever became of the quiz since. Raises QuizSealed, QuizExpired, NotServed,
    AlreadyAnswered, AlreadySkipped, UnknownOption, KeyReused.
    """
    quiz = turn.quiz
    first = _first(turn.history, given.idempotency_key)
    if first is not None:
        watch.at(first.position)
        return _again(turn, first, given)
    require_open(quiz)
    item = next((one for one in turn.history if one.question_id == given.question_id), None)
    if item is None:
        raise NotServed(f"question {given.question_id} was not served in quiz {quiz.id}; GET its next one")
    watch.at(item.position)
    if item.is_correct is not None:
        raise AlreadyAnswered(f"question {item.question_id} has its answer in quiz {quiz.id}, and it stands")
    text = _text(turn, item)
    if item.skipped:  # what was chosen since was chosen without this answer
        raise AlreadySkipped(f"question {item.question_id} was skipped in quiz {quiz.id}; GET its next one")
    option = _option(text, given.selected)
    if option is None:
        labels = ", ".join(one.label for one in text.options)
        raise UnknownOption(f"question {item.question_id} has the options {labels}, not {given.selected}")
    await _write(turn, item, option, given)
    return _told(quiz, text, option)


def _again(turn: Turn, first: ServedItem, given: Given) -> Outcome | None:
    """The outcome of an answer that was written before, under the same key."""
    option = None
    if given.question_id == first.question_id:
        text = _text(turn, first)
        option = _option(text, given.selected)
        if option is not None and option.label == first.option_label:
            return _told(turn.quiz, text, option)
    raise KeyReused(
        f"this Idempotency-Key came with another answer to question {first.question_id}; give each"
        " answer a key of its own, and repeat a request as it was"
    )


def _first(history: Sequence[ServedItem], key: str | None) -> ServedItem | None:
    return None if key is None else next((one for one in history if one.idempotency_key == key), None)


def _option(text: ItemText, selected: str) -> Option | None:
    """Return the option of that label; case decides only where labels differ in nothing else."""
    alike = [option for option in text.options if option.label.lower() == selected.lower()]
    return next((option for option in alike if option.label == selected), alike[0] if alike else None)


def _told(quiz: Quiz, text: ItemText, option: Option) -> Outcome | None:
    if quiz.mode == "exam" and quiz.sealed_at is None:
        return None
    key = next((one.label for one in text.options if one.is_correct), None)
    difficulty = stand_in_difficulty(text.difficulty_label) if text.b is None else text.b
    return Outcome(option.is_correct, key, text.rationale_md, difficulty)


def _text(turn: Turn, item: ServedItem) -> ItemText:
    if turn.text is None:
        raise NotServed(f"question {item.question_id} was withdrawn since it was served; GET the next one")
    return turn.text


async def _write(turn: Turn, item: ServedItem, option: Option, given: Given) -> None:
    quiz = turn.quiz
    answered = Answer(option, given.time_taken_ms, given.idempotency_key)
    told = answered_event(quiz, item, answered, given.client_latency_ms)
    xid = await turn.connection.run_sync(turns.write_answer, quiz, item, answered, told)
    now_is = replace(
        item,
        option_label=option.label,
        is_correct=option.is_correct,
        idempotency_key=given.idempotency_key,
        time_taken_ms=given.time_taken_ms,
        answered_at=quiz.now,
    )
    turn.becomes([now_is if one is item else one for one in turn.history], xid)


def answered_event(quiz: Quiz, item: ServedItem, answer: Answer, latency_ms: float | None) -> Event:
    """Return the event of an answer that is given now; the latency is what the client measured."""
    event_id = uuid.uuid4()
    told = events.answer_submitted(
        event_id=event_id,
        timestamp=quiz.now,
        user_id=quiz.user_id,
        tenant_id=quiz.tenant_id,
        quiz_id=quiz.id,
        question_id=item.question_id,
        version=item.version,
        selected=answer.option.label,
        is_correct=answer.option.is_correct,
        time_taken_ms=answer.time_taken_ms,
        client=None if latency_ms is None else events.Client(latency_ms=latency_ms),
        exam_code=quiz.exam_code,
        position=item.position,
    )
    return Event(event_id, told)
