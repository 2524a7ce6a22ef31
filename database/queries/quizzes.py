"""A quiz while it is taken: its session, the items served, their answers, and the events that tell of it.

Plain functions over a synchronous connection whose transaction acts within the quiz's tenant. Whoever changes
a quiz locks it first (`lock_quiz`): two requests for one quiz then come one after the other. Moments come in
as arguments, from the database's clock (`Quiz.now`), so that rows and events of one step bear the same one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from database.queries.bank import Option
from database.tables import EventOutbox, QuizItem, QuizSession, SelectionDecision, UserResponse
from database.tenancy import Role, enter_tenant


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz session; `now` is the database's clock when it was read.

    What its choices are made by stays as it was when it began: bank, run, rules, seed, what the learner had met,
    and for each theta point what exposure control rules out.
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
    stopped_by: str | None = None
    counted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ServedItem:
    """An item served in a quiz, its answer and its serving parameters.

    is_correct is None while it is unanswered; a, b, c (D = 1.7 metric, scale of `home_exam_code`) are None
    where it has none. `pilot`: on trial.
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
    a: float | None
    b: float | None
    c: float | None
    time_taken_ms: int | None = None
    answered_at: dt.datetime | None = None
    skipped_at: dt.datetime | None = None
    pilot: bool = False


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


# Outer joins: what is not published to the tenant any more is not readable, but it was served.
_HISTORY = text(
    """
    select i.question_id, i.version, i.position, i.skipped_at is not null as skipped,
        r.option_label, r.is_correct, r.idempotency_key,
        q.home_exam_code, v.difficulty_label, k.a, k.b, k.c, r.time_taken_ms, r.created_at as answered_at,
        i.skipped_at, coalesce(d.pilot, false) as pilot
    from quiz_items i
    left join selection_decisions d on d.quiz_id = i.quiz_id and d.position = i.position
    left join questions q on q.id = i.question_id
    left join question_versions v on v.question_id = i.question_id and v.version = i.version
    left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
    left join item_calibration k on k.question_id = i.question_id and k.version = i.version and k.serving
    where i.quiz_id = :quiz
    order by i.position
    """
)


def enter_tenant_of_quiz(connection: Connection, quiz_id: uuid.UUID) -> uuid.UUID | None:
    """Make the transaction act as the API for the tenant that owns the quiz; None: there is no such quiz."""
    connection.execute(select(func.set_config("role", Role.API.value, True)))
    tenant: uuid.UUID | None = connection.execute(
        text("select tenant_of_quiz(:quiz)"), {"quiz": quiz_id}
    ).scalar_one()
    if tenant is not None:
        enter_tenant(connection, tenant)
    return tenant


def is_visible(connection: Connection, quiz_id: uuid.UUID) -> bool:
    """Return whether the quiz is among the rows that the transaction may see."""
    found = connection.execute(select(QuizSession.id).where(QuizSession.id == quiz_id))
    return found.scalar_one_or_none() is not None


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
        )
    )


def lock_quiz(connection: Connection, quiz_id: uuid.UUID) -> Quiz | None:
    """Return the quiz and hold it to the end of the transaction; None: the tenant has no such quiz."""
    return _quiz(connection, quiz_id, for_update=True)


def find_quiz(connection: Connection, quiz_id: uuid.UUID) -> Quiz | None:
    """Return the quiz without holding it; None: the tenant has no such quiz."""
    return _quiz(connection, quiz_id, for_update=False)


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


def write_served(
    connection: Connection,
    quiz: Quiz,
    item: tuple[int, int],
    position: int,
    decision: Decision | None,
) -> None:
    """Write that `item` (question_id, version) is served at `position` now, and why (None: as planned)."""
    question_id, version = item
    place = {
        "tenant_id": quiz.tenant_id,
        "quiz_id": quiz.id,
        "question_id": question_id,
        "version": version,
        "position": position,
    }
    connection.execute(insert(QuizItem).values(**place, served_at=quiz.now))
    if decision is None:
        return
    connection.execute(
        insert(SelectionDecision).values(
            **place,
            criterion=decision.criterion,
            value=decision.value,
            theta=decision.theta,
            se=decision.se,
            candidates=list(decision.candidates),
            calibration_run_id=decision.calibration_run_id,
            bank_hash=decision.bank_hash,
            pilot=decision.pilot,
            why_not=dict(decision.why_not),
            shadow=decision.shadow,
            elapsed_us=decision.elapsed_us,
            created_at=quiz.now,
        )
    )


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


def write_response(
    connection: Connection,
    quiz: Quiz,
    item: ServedItem,
    option: Option,
    *,
    time_taken_ms: int,
    idempotency_key: str | None,
) -> None:
    """Write the learner's answer to a served item."""
    connection.execute(
        insert(UserResponse).values(
            tenant_id=quiz.tenant_id,
            quiz_id=quiz.id,
            user_id=quiz.user_id,
            question_id=item.question_id,
            version=item.version,
            option_label=option.label,
            is_correct=option.is_correct,
            time_taken_ms=time_taken_ms,
            idempotency_key=idempotency_key,
            created_at=quiz.now,
        )
    )


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


def _quiz(connection: Connection, quiz_id: uuid.UUID, *, for_update: bool) -> Quiz | None:
    asked = select(
        QuizSession.id,
        QuizSession.user_id,
        QuizSession.tenant_id,
        QuizSession.mode,
        QuizSession.adaptive,
        QuizSession.exam_code,
        QuizSession.filters,
        QuizSession.num_questions,
        QuizSession.planned_question_ids,
        QuizSession.started_at,
        QuizSession.expires_at,
        QuizSession.sealed_at,
        QuizSession.bank_hash,
        QuizSession.calibration_run_id,
        QuizSession.rules,
        QuizSession.seed,
        QuizSession.seen_question_ids,
        QuizSession.ruled_out,
        QuizSession.stopped_by,
        QuizSession.counted_at,
    ).where(QuizSession.id == quiz_id)
    row = connection.execute(asked.with_for_update() if for_update else asked).one_or_none()
    # The clock is read after the wait for the lock, during which the quiz may have expired.
    return None if row is None else Quiz(**row._asdict(), now=clock(connection))
