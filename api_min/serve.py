"""Serving the next item of a quiz: the one that waits for its answer, else the next choice."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import blueprints, decisions, watch
from api_min.bank import Bank
from api_min.banks import Banks
from api_min.decisions import Aside, Choice, Sitting
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


@dataclass(frozen=True, slots=True)
class Over:
    """A quiz that its rules have ended, and why."""

    why: str


#: What ended a quiz, by `irt.selection.Reason`.
_WHY = {
    "se": "ability is known as well as was asked for",
    "classified": "it is known on which side of the cut score ability lies",
    "length": "it has the length that was asked for",
    "all": "all that was asked for is met",
    "max_length": "it has the length that it may have",
    "time": "its time for further questions is over",
}


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


async def bank_of(connection: AsyncConnection, banks: Banks, quiz: Quiz) -> Bank:
    """Return the bank that a quiz is pinned to, from memory or its snapshot."""
    if quiz.bank_hash is None:  # begun before banks were kept
        return (await banks.current(connection, quiz.tenant_id, quiz.exam_code)).bank
    lasts = 0.0 if quiz.expires_at is None else (quiz.expires_at - quiz.now).total_seconds()
    return await banks.pinned(connection, quiz.tenant_id, quiz.bank_hash, lasts)


async def next_item(connection: AsyncConnection, banks: Banks, quiz_id: uuid.UUID) -> Served | Over:
    """Return the item to answer now; a new one is written, with its decision and event, before it is shown.

    Where the rules of the quiz end it, that is written, and the caller says so once it is committed.

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
                watch.at(item.position)
                return Served(item.question_id, item.version, text)
            # Withdrawn by the tenant that lent it: nobody can read it any more.
            await connection.run_sync(quizzes.skip, quiz, item.question_id)
    sitting = await _sitting(connection, banks, quiz, history)
    if quiz.num_questions is not None and len(sitting.scored) >= quiz.num_questions:
        raise NoMoreQuestions(f"quiz {quiz.id} has served all of its {quiz.num_questions} questions")
    served = await (
        _planned(connection, sitting) if quiz.planned_question_ids else _chosen(connection, sitting)
    )
    if served is None:
        raise NoMoreQuestions(
            f"quiz {quiz.id} has served every question there is for it, {len(history)} in all"
        )
    return served


async def _sitting(
    connection: AsyncConnection, banks: Banks, quiz: Quiz, history: Sequence[ServedItem]
) -> Sitting:
    bank = await bank_of(connection, banks, quiz)
    rules = decisions.rules_of(quiz)
    rows = None
    if quiz.adaptive and not quiz.filters and quiz.num_questions is not None:
        rows = await asyncio.to_thread(blueprints.rows_of, bank, rules, quiz.num_questions)
    return Sitting(bank, rules, quiz, history, rows)


async def _planned(connection: AsyncConnection, sitting: Sitting) -> Served | None:
    """The next question of a quiz whose questions were drawn when it began, which nobody has withdrawn."""
    quiz, bank = sitting.quiz, sitting.bank
    gone = {item.question_id for item in sitting.history}
    for place in bank.places([one for one in quiz.planned_question_ids or () if one not in gone]).tolist():
        served = await _live(connection, quiz, int(bank.question_id[place]), int(bank.version[place]))
        if served is not None:
            watch.at(sitting.position)
            await _write(connection, quiz, served, sitting.position, None)
            return served
    return None


async def _chosen(connection: AsyncConnection, sitting: Sitting) -> Served | Over | None:
    """The item that the quiz's rules choose, which nobody has withdrawn; or why they end the quiz."""
    quiz = sitting.quiz
    reason = decisions.stopped_by(sitting)
    if reason is not None:
        await connection.run_sync(quizzes.write_stop, quiz, reason)
        return Over(f"quiz {quiz.id} is over after {len(sitting.scored)} questions: {_WHY[reason]}")
    elsewhere = await connection.run_sync(quizzes.questions_seen, quiz.user_id, quiz.started_at, quiz.id)
    aside = Aside(elsewhere=tuple(elsewhere))
    while (choice := await _choice(sitting, aside)) is not None:
        # The bank may be older than a withdrawal: what is served is checked against the tables.
        served = await _live(connection, quiz, choice.question_id, choice.version)
        if served is not None:
            watch.at(sitting.position)
            watch.decided(choice.decision)
            await _write(connection, quiz, served, sitting.position, choice.decision)
            return served
        aside = replace(aside, withdrawn=(*aside.withdrawn, choice.question_id))
    return None


async def _choice(sitting: Sitting, aside: Aside) -> Choice | None:
    """A choice by maximum information takes microseconds; a shadow test must not hold up other requests."""
    budget = sitting.rules.budget_ms / 1000.0
    if sitting.rows is None:
        return decisions.choose(sitting, aside, budget=budget)
    return await asyncio.to_thread(decisions.choose, sitting, aside, budget=budget)


async def _live(connection: AsyncConnection, quiz: Quiz, question_id: int, version: int) -> Served | None:
    text = await _text(connection, quiz, question_id, version)
    return None if text is None or not text.live else Served(question_id, version, text)


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
