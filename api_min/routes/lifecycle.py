"""The life of a quiz: it begins."""

from __future__ import annotations

from fastapi import APIRouter

from api_min import begin
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.errors import (
    ExamNeeded,
    ForgottenUnknown,
    KeyReused,
    LearnerForgotten,
    NothingToServe,
    NotYours,
    UnknownTopic,
)
from api_min.once import begin_once
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import IdempotencyKey, QuizRequest, QuizResponse

router = APIRouter(prefix="/v1/quizzes", tags=["quizzes"])


@router.post(
    "",
    status_code=201,
    summary="Begin a quiz",
    dependencies=[allowed(Role.LEARNER, Role.SERVICE)],
    responses=documented(
        LearnerForgotten, NothingToServe, ExamNeeded, UnknownTopic, KeyReused, ForgottenUnknown, NotYours
    ),
)
async def begin_quiz(
    asked: QuizRequest, service: ServiceOfApp, idempotency_key: IdempotencyKey = None
) -> QuizResponse:
    """Begin a quiz of up to num_questions questions, open for two hours.

    An adaptive quiz chooses each question after the last answer; any other draws its questions now. Tenant and
    user must be those of the token; a service begins quizzes for any user of its tenant.
    """
    filters = asked.filters
    wish = begin.Wish(
        user_id=asked.user_id,
        tenant_id=asked.tenant_id,
        adaptive=asked.adaptive,
        mode=filters.mode,
        exam_code=filters.exam_code,
        topics=filters.topics or (),
        difficulty=filters.difficulty or (),
        num_questions=filters.num_questions,
    )
    async with service.transactions.within(asked.tenant_id, asked.user_id) as connection:
        begun = await begin_once(connection, service.banks, wish, service.forget_key, idempotency_key)
    return QuizResponse(
        quiz_id=begun.quiz_id,
        question_ids=list(begun.question_ids),
        expires_at=begun.expires_at,
        mode=filters.mode,
    )
