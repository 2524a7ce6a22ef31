"""A quiz while it is taken: its session, the items served, their answers, and the events that tell of it.

Plain functions over a synchronous connection whose transaction acts within the quiz's tenant. Whoever changes
a quiz holds it first (`holding`): two requests for one quiz then come one after the other. Moments come in
as arguments, from the database's clock (`Quiz.now`), so that rows and events of one step bear the same one.
What a learner waits for most, the next item and an answer, is read and written by `database.queries.turns`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from database.tables import EventOutbox, QuizItem, QuizSession


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz session; `now` is the database's clock when it was read.

    What its choices are made by stays as it was when it began: bank, run, rules, seed, what the learner had met,
    and for each theta point what exposure control rules out, or its control parameters (`api_min.control`).
    """

    id: uuid.UUID
    user_id: uuid.UUID
    tenant_id: uuid.UUID
    mode: str
    adaptive: bool
    exam_code: str | None
    filters: Mapping[str, Any]
    num_questions: int | None
    planned_question_ids: list[int] | None
    started_at: dt.datetime
    expires_at: dt.datetime | None
    sealed_at: dt.datetime | None
    now: dt.datetime
    bank_hash: str | None = None
    calibration_run_id: uuid.UUID | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    seen_question_ids: Sequence[int] | None = None
    ruled_out: Sequence[Sequence[int]] | None = None
    control: Mapping[str, Any] | None = None
    stopped_by: str | None = None
    counted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ServedItem:
    """An item served in a quiz, and its answer.

    is_correct is None while it is unanswered; home_exam_code is None where its owner took the item back. `pilot`:
    on trial. `passed_over`: questions that Sympson-Hetter selected before it.
    """

    question_id: int
    version: int
    position: int
    skipped: bool
    option_label: str | None
    is_correct: bool | None
    idempotency_key: str | None
    home_exam_code: str | None
    difficulty_label: str | None
    time_taken_ms: int | None = None
    answered_at: dt.datetime | None = None
    skipped_at: dt.datetime | None = None
    pilot: bool = False
    passed_over: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Why an item was chosen (selection_decisions)."""

    criterion: str
    value: float
    theta: float
    se: float
    candidates: Sequence[Mapping[str, Any]]
    calibration_run_id: uuid.UUID | None
    bank_hash: str | None
    pilot: bool
    why_not: Mapping[str, Sequence[int]]
    shadow: Mapping[str, Any] | None
    elapsed_us: int | None


_COLUMNS = ", ".join(one.name for one in fields(Quiz) if one.name != "now")
#: A quiz, as `Quiz` has it.
QUIZ = f"select {_COLUMNS}, clock_timestamp() as now from quiz_sessions where id = :quiz"
# Outer joins: what is not published to the tenant any more is not readable, but it was served.
#: What was served in it, as `ServedItem` has it.
HISTORY = """
    select i.question_id, i.version, i.position, i.skipped_at is not null as skipped,
        r.option_label, r.is_correct, r.idempotency_key,
        q.home_exam_code, v.difficulty_label, r.time_taken_ms, r.created_at as answered_at,
        i.skipped_at, coalesce(d.pilot, false) as pilot, d.why_not -> 'passed_over' as passed_over
    from quiz_items i
    left join selection_decisions d on d.quiz_id = i.quiz_id and d.position = i.position
    left join questions q on q.id = i.question_id
    left join question_versions v on v.question_id = i.question_id and v.version = i.version
    left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
    where i.quiz_id = :quiz
    order by i.position
    """
_QUIZ, _HISTORY = text(QUIZ), text(HISTORY)


def holding(quiz_id: uuid.UUID) -> str:
    """Return the statement that holds a quiz to the end of the transaction, once it is nobody else's.

    What is read after it is what others left. It has no parameters, as `database.tenancy.entering`.
    """
    return f"select from quiz_sessions where id = '{quiz_id}' for update"


def clock(connection: Connection) -> dt.datetime:
    """Return the database's present time; unlike now() it moves on within a transaction."""
    now: dt.datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


def create_quiz(connection: Connection, quiz: Quiz) -> None:
    """Write a new session, started at `quiz.now`."""
    connection.execute(
        insert(QuizSession).values(
            id=quiz.id,
            user_id=quiz.user_id,
            tenant_id=quiz.tenant_id,
            mode=quiz.mode,
            adaptive=quiz.adaptive,
            exam_code=quiz.exam_code,
            filters=dict(quiz.filters),
            num_questions=quiz.num_questions,
            planned_question_ids=quiz.planned_question_ids,
            started_at=quiz.started_at,
            expires_at=quiz.expires_at,
            bank_hash=quiz.bank_hash,
            calibration_run_id=quiz.calibration_run_id,
            rules=dict(quiz.rules),
            seed=quiz.seed,
            seen_question_ids=quiz.seen_question_ids,
            ruled_out=quiz.ruled_out,
            control=None if quiz.control is None else dict(quiz.control),
        )
    )


def find_quiz(connection: Connection, quiz_id: uuid.UUID) -> Quiz | None:
    """Return the quiz as it stands; None: the transaction sees no such quiz."""
    row = connection.execute(_QUIZ, {"quiz": quiz_id}).one_or_none()
    return None if row is None else Quiz(**row._asdict())


def history(connection: Connection, quiz_id: uuid.UUID) -> list[ServedItem]:
    """Return the items served in the quiz, in the order they were served."""
    return [ServedItem(**row._asdict()) for row in connection.execute(_HISTORY, {"quiz": quiz_id})]


def questions_seen(
    connection: Connection,
    user_id: uuid.UUID,
    since: dt.datetime | None = None,
    but: uuid.UUID | None = None,
) -> list[int]:
    """Return the questions the learner was served, in whatever quiz and version, in order of their ids.

    `since` a moment, else ever; `but`: in other quizzes than this one.
    """
    asked = (
        select(QuizItem.question_id)
        .join(QuizSession, QuizSession.id == QuizItem.quiz_id)
        .where(QuizSession.user_id == user_id)
        .distinct()
        .order_by(QuizItem.question_id)
    )
    if since is not None:
        asked = asked.where(QuizItem.served_at >= since)
    if but is not None:
        asked = asked.where(QuizSession.id != but)
    return list(connection.execute(asked).scalars())


def skip(connection: Connection, quiz: Quiz, question_id: int) -> None:
    """Write that a served item is skipped now: it stays without an answer, and the quiz goes on."""
    connection.execute(
        update(QuizItem)
        .where(QuizItem.quiz_id == quiz.id, QuizItem.question_id == question_id)
        .values(skipped_at=quiz.now)
    )


def write_stop(connection: Connection, quiz: Quiz, reason: str) -> None:
    """Write what ended a quiz before its number of questions; the first reason stands."""
    connection.execute(
        update(QuizSession)
        .where(QuizSession.id == quiz.id, QuizSession.stopped_by.is_(None))
        .values(stopped_by=reason)
    )


def seal(connection: Connection, quiz: Quiz) -> None:
    """Write that the quiz is handed in now."""
    connection.execute(update(QuizSession).where(QuizSession.id == quiz.id).values(sealed_at=quiz.now))


def write_event(connection: Connection, quiz: Quiz, event_id: uuid.UUID, payload: Mapping[str, Any]) -> None:
    """Put an event into the outbox; it is published if, and only if, the transaction commits."""
    connection.execute(
        insert(EventOutbox).values(
            tenant_id=quiz.tenant_id,
            event_id=event_id,
            event_type=payload["event_type"],
            quiz_id=quiz.id,
            payload=dict(payload),
            created_at=quiz.now,
        )
    )
