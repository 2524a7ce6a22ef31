"""What a learner does to a served question beside answering it."""

from __future__ import annotations

from fastapi import APIRouter

from api_min import marks
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.errors import AlreadyAnswered, NotRevealed, NotServed, QuizExpired, QuizNotFound, QuizSealed
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import NoteRequest, QuestionIdPath, QuizIdPath

router = APIRouter(prefix="/v1/quizzes/{quiz_id}/items/{question_id}", tags=["items"])

_TAKERS = [allowed(Role.LEARNER, Role.SERVICE)]


@router.post(
    "/skip",
    status_code=204,
    summary="Skip a question",
    dependencies=_TAKERS,
    responses=documented(QuizNotFound, NotServed, AlreadyAnswered, QuizExpired, QuizSealed),
)
async def skip_question(quiz_id: QuizIdPath, question_id: QuestionIdPath, service: ServiceOfApp) -> None:
    """Leave the question without an answer: it takes none any more, and does not come again in this quiz."""
    async with service.transactions.of_quiz(quiz_id) as connection:
        await marks.skip(connection, quiz_id, question_id)


@router.post(
    "/flag",
    status_code=204,
    summary="Flag a question",
    dependencies=_TAKERS,
    responses=documented(QuizNotFound, NotServed),
)
async def flag_question(quiz_id: QuizIdPath, question_id: QuestionIdPath, service: ServiceOfApp) -> None:
    """Tell that something is wrong with the question; once in a quiz, during it or afterwards."""
    async with service.transactions.of_quiz(quiz_id) as connection:
        await marks.flag(connection, quiz_id, question_id)


@router.post(
    "/note",
    status_code=204,
    summary="Note on a question",
    dependencies=_TAKERS,
    responses=documented(QuizNotFound, NotServed),
)
async def note_on_question(
    quiz_id: QuizIdPath, question_id: QuestionIdPath, noted: NoteRequest, service: ServiceOfApp
) -> None:
    """Keep a note of the learner's; the same text on the same question of a quiz is one note."""
    async with service.transactions.of_quiz(quiz_id) as connection:
        await marks.note(connection, quiz_id, question_id, noted.text)


@router.post(
    "/explanation",
    status_code=204,
    summary="Tell that an explanation was opened",
    dependencies=_TAKERS,
    responses=documented(QuizNotFound, NotServed, NotRevealed),
)
async def explanation_opened(quiz_id: QuizIdPath, question_id: QuestionIdPath, service: ServiceOfApp) -> None:
    """Tell that the learner opened the question's explanation; an answer given after it calibrates nothing."""
    async with service.transactions.of_quiz(quiz_id) as connection:
        await marks.explanation(connection, quiz_id, question_id)
