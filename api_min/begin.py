"""Beginning a quiz: what it may draw from is settled, and told, before anything is written."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import decisions, terms
from api_min.banks import Banks, Kept
from api_min.errors import ExamNeeded, ForgottenUnknown, LearnerForgotten, NothingToServe
from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.queries import bank as bank_queries
from database.queries import bank_snapshots, forgotten, quizzes
from database.queries.forgotten import Learner, Writer
from database.queries.quizzes import Quiz
from ingestion import events

LASTS: Final = dt.timedelta(hours=2)
_EXAMS_NAMED: Final = 10
_logger = logging.getLogger("qbank.api")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a learner asks for; no topics or no difficulty: any."""

    user_id: uuid.UUID
    tenant_id: uuid.UUID
    adaptive: bool
    mode: Literal["tutor", "exam"]
    exam_code: str | None
    topics: Sequence[str]
    difficulty: Sequence[str]
    num_questions: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A quiz that has begun; no questions: they are chosen as it goes."""

    quiz_id: uuid.UUID
    question_ids: Sequence[int]
    expires_at: dt.datetime


async def begin(connection: AsyncConnection, banks: Banks, wish: Wish, key: ForgetKey) -> Begun:
    """Write a new quiz and its event; a quiz that is not adaptive has its questions drawn.

    Fewer items than asked for are fine. Raises NothingToServe where there is none, ExamNeeded, UnknownTopic;
    LearnerForgotten by the hashes made with `key`, and ForgottenUnknown where that is not theirs.
    """
    exam_code = wish.exam_code
    if wish.adaptive and exam_code is None:
        exam_code = await _only_exam(connection, wish.tenant_id)
    kept = await banks.current(connection, wish.tenant_id, exam_code)
    bank = kept.bank
    eligible = bank.where(wish.topics, wish.difficulty)
    if not eligible.any():
        raise NothingToServe(_nothing(wish, exam_code, len(bank)))
    await connection.run_sync(_refuse_forgotten, wish, key)
    quiz_id = uuid.uuid4()
    now = await connection.run_sync(quizzes.clock)
    expires_at = now + LASTS
    planned = None if wish.adaptive else decisions.draw(bank, eligible, wish.num_questions, quiz_id)
    await connection.run_sync(_keep, wish.tenant_id, kept)
    banks.pin(wish.tenant_id, kept, LASTS.total_seconds())
    settled = await connection.run_sync(terms.terms, wish.tenant_id, wish.user_id, exam_code, kept, now)
    quiz = Quiz(
        id=quiz_id,
        user_id=wish.user_id,
        tenant_id=wish.tenant_id,
        mode=wish.mode,
        adaptive=wish.adaptive,
        exam_code=exam_code,
        filters=_filters(wish),
        num_questions=wish.num_questions,
        planned_question_ids=planned,
        started_at=now,
        expires_at=expires_at,
        sealed_at=None,
        now=now,
        bank_hash=kept.hash,
        calibration_run_id=bank.run_id,
        rules=settled.rules.plain(),
        seed=settled.seed,
        seen_question_ids=settled.seen_question_ids,
        ruled_out=settled.ruled_out,
        control=settled.control,
    )
    await connection.run_sync(quizzes.create_quiz, quiz)
    event_id = uuid.uuid4()
    started = events.quiz_started(
        event_id=event_id,
        timestamp=now,
        user_id=quiz.user_id,
        tenant_id=quiz.tenant_id,
        quiz_id=quiz.id,
        mode=wish.mode,
        filters={**quiz.filters, "num_questions": wish.num_questions},
        exam_code=exam_code,
    )
    await connection.run_sync(quizzes.write_event, quiz, event_id, started)
    return Begun(quiz_id, planned or (), expires_at)


def _keep(connection: Connection, tenant_id: uuid.UUID, kept: Kept) -> None:
    """Keep the bank for as long as decisions tell of it. It is large, and nearly always kept already."""
    if not bank_snapshots.is_kept(connection, tenant_id, kept.hash):
        bank_snapshots.keep(connection, tenant_id, kept.snapshot)


def _refuse_forgotten(connection: Connection, wish: Wish, key: ForgetKey) -> None:
    forgotten.share(connection, Writer.QUIZ)
    learner = Learner(wish.tenant_id, wish.user_id)
    try:
        known = forgotten.among(connection, key, [learner])
    except ForgetKeyError as fault:
        _logger.error("no quiz can begin: %s", fault)
        raise ForgottenUnknown(
            "the service has not the key by which it knows who asked to be forgotten, and begins no quiz; its log "
            "says what to set"
        ) from fault
    if known:
        raise LearnerForgotten(
            "this learner asked to be forgotten: nothing of them is stored, and no quiz begins"
        )


async def _only_exam(connection: AsyncConnection, tenant_id: uuid.UUID) -> str:
    exams = await connection.run_sync(bank_queries.published_exams, tenant_id)
    if not exams:
        raise NothingToServe(f"no question is published to tenant {tenant_id}")
    if len(exams) > 1:
        named = ", ".join(exams[:_EXAMS_NAMED]) + (", ..." if len(exams) > _EXAMS_NAMED else "")
        raise ExamNeeded(
            "an adaptive quiz runs on one scale, and questions of several exams are published to the tenant:"
            f" set filters.exam_code to one of {named}"
        )
    return exams[0]


def _filters(wish: Wish) -> Mapping[str, Any]:
    asked = {"topics": list(wish.topics), "difficulty": list(wish.difficulty)}
    return {name: values for name, values in asked.items() if values}


def _nothing(wish: Wish, exam_code: str | None, in_bank: int) -> str:
    searched = "any exam" if exam_code is None else f"exam {exam_code}"
    where = f"tenant {wish.tenant_id}, {searched}"
    if not in_bank:
        return f"no question with answer options is published for {where}"
    asked = [f"topics {', '.join(wish.topics)}"] if wish.topics else []
    asked += [f"difficulty {', '.join(wish.difficulty)}"] if wish.difficulty else []
    return f"none of the {in_bank} questions published for {where} has {' and '.join(asked)}"
