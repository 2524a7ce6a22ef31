"""The end of a quiz: it is handed in, and tells what it came to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import decisions
from api_min.banks import Banks
from api_min.errors import NotRevealed
from api_min.serve import bank_of, held_quiz
from database.queries import quizzes
from database.queries import results as result_queries
from database.queries.quizzes import Quiz, ServedItem


@dataclass(frozen=True, slots=True)
class TopicResult:
    """Of the `n` questions of a topic that count, the share answered right; topic None: they have none."""

    topic: str | None
    n: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Results:
    """theta (D = 1.7 metric) and its standard error; `score` questions right of the `n_items` that count."""

    theta: float
    se: float
    score: int
    n_items: int
    topics: Sequence[TopicResult]


async def seal(connection: AsyncConnection, quiz_id: uuid.UUID) -> dt.datetime:
    """Hand a quiz in, and return when that was: the first time, where it comes again.

    A quiz whose time is over may still be handed in: that is how a learner gets at what it explains. It
    changes nothing that was answered. Raises QuizNotFound.
    """
    quiz = await held_quiz(connection, quiz_id)
    if quiz.sealed_at is not None:
        return quiz.sealed_at
    await connection.run_sync(quizzes.seal, quiz)
    return quiz.now


async def results(connection: AsyncConnection, banks: Banks, quiz_id: uuid.UUID) -> Results:
    """Return what a quiz came to; in tutor mode what it has come to so far.

    Raises QuizNotFound, and NotRevealed for an exam that is neither sealed nor expired.
    """
    quiz = await held_quiz(connection, quiz_id)
    if quiz.mode == "exam" and not _is_over(quiz):
        raise NotRevealed(f"quiz {quiz.id} is an exam and tells nothing before it is over; POST its seal")
    history = await connection.run_sync(quizzes.history, quiz_id)
    topics = await connection.run_sync(result_queries.topics_of_items, quiz_id)
    bank = await bank_of(connection, banks, quiz)
    ability = decisions.ability(history, bank, decisions.rules_of(quiz))
    counted = [item for item in history if _counts(quiz, item)]
    return Results(
        theta=ability.theta,
        se=ability.se,
        score=sum(item.is_correct is True for item in counted),
        n_items=len(counted),
        topics=_by_topic(counted, topics),
    )


def _is_over(quiz: Quiz) -> bool:
    return quiz.sealed_at is not None or (quiz.expires_at is not None and quiz.expires_at <= quiz.now)


def _counts(quiz: Quiz, item: ServedItem) -> bool:
    """Tell whether an item counts: answered; or left without an answer, which is not right.

    An item on trial does not, nor one that still waits for its answer or was withdrawn before it had one.
    """
    if item.pilot:
        return False
    if item.is_correct is not None:
        return True
    withdrawn = item.home_exam_code is None
    return not withdrawn and (item.skipped or _is_over(quiz))


def _by_topic(counted: Sequence[ServedItem], topics: Mapping[int, str]) -> list[TopicResult]:
    right: dict[str | None, list[bool]] = {}
    for item in counted:
        right.setdefault(topics.get(item.question_id), []).append(item.is_correct is True)
    ordered = sorted(right.items(), key=lambda one: (one[0] is None, one[0] or ""))
    return [TopicResult(topic, len(each), sum(each) / len(each)) for topic, each in ordered]
