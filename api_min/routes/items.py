"""The items of a quiz: the next one, and its answer."""

from __future__ import annotations

from fastapi import APIRouter

from api_min import answer, serve
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.errors import (
    AlreadyAnswered,
    AlreadySkipped,
    KeyReused,
    NoMoreQuestions,
    NotServed,
    QuizExpired,
    QuizNotFound,
    QuizSealed,
    UnknownOption,
)
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import (
    AnswerRequest,
    AnswerResponse,
    Explanation,
    IdempotencyKey,
    OptionShown,
    Payload,
    QuestionResponse,
    QuizIdPath,
)
from api_min.turn import turn_of

router = APIRouter(prefix="/v1/quizzes/{quiz_id}", tags=["items"])


@router.get(
    "/next",
    summary="The question to answer now",
    dependencies=[allowed(Role.LEARNER, Role.SERVICE)],
    responses=documented(QuizNotFound, NoMoreQuestions, QuizExpired, QuizSealed),
)
async def next_question(quiz_id: QuizIdPath, service: ServiceOfApp) -> QuestionResponse:
    """Return the same question until it is answered or skipped, then the next one."""
    async with turn_of(service.transactions, service.hot, quiz_id) as turn:
        served = await serve.next_item(turn, service.banks)
    if isinstance(served, serve.Over):
        raise NoMoreQuestions(served.why)
    text = served.text
    return QuestionResponse(
        question_id=served.question_id,
        version=served.version,
        payload=Payload(
            stem_md=text.stem_md,
            lead_in=text.lead_in,
            options=[OptionShown(label=one.label, text=one.text_md) for one in text.options],
        ),
    )


@router.post(
    "/answers",
    summary="Answer a question",
    dependencies=[allowed(Role.LEARNER, Role.SERVICE)],
    responses=documented(
        QuizNotFound,
        QuizExpired,
        QuizSealed,
        NotServed,
        AlreadyAnswered,
        AlreadySkipped,
        UnknownOption,
        KeyReused,
    ),
)
async def answer_question(
    quiz_id: QuizIdPath, given: AnswerRequest, service: ServiceOfApp, idempotency_key: IdempotencyKey = None
) -> AnswerResponse:
    """Write the answer to a question that was served, once; it cannot be changed afterwards."""
    async with turn_of(service.transactions, service.hot, quiz_id, given.question_id) as turn:
        outcome = await answer.answer(
            turn,
            answer.Given(
                question_id=given.question_id,
                selected=given.selected,
                time_taken_ms=given.time_taken_ms,
                client_latency_ms=given.client_latency_ms,
                idempotency_key=idempotency_key,
            ),
        )
    if outcome is None:
        return AnswerResponse(correct=None, correct_option=None, explanation=None, difficulty=None)
    return AnswerResponse(
        correct=outcome.correct,
        correct_option=outcome.correct_option,
        explanation=Explanation(rationale_md=outcome.rationale_md),
        difficulty=outcome.difficulty,
    )
