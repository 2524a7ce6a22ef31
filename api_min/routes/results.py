"""The end of a quiz: sealing it, and its results."""

from __future__ import annotations

from fastapi import APIRouter

from api_min import finish
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.errors import NotRevealed, QuizNotFound
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import QuizIdPath, ResultsResponse, SealResponse, TopicOutcome

router = APIRouter(prefix="/v1/quizzes/{quiz_id}", tags=["quizzes"])

_TAKERS = [allowed(Role.LEARNER, Role.SERVICE)]


@router.post("/seal", summary="Hand the quiz in", dependencies=_TAKERS, responses=documented(QuizNotFound))
async def seal_quiz(quiz_id: QuizIdPath, service: ServiceOfApp) -> SealResponse:
    """End the quiz, also one whose time is over; it takes no more answers. Again: the first time stands."""
    async with service.transactions.of_quiz(quiz_id) as connection:
        return SealResponse(sealed_at=await finish.seal(connection, quiz_id))


@router.get(
    "/results",
    summary="What the quiz came to",
    dependencies=_TAKERS,
    responses=documented(QuizNotFound, NotRevealed),
)
async def quiz_results(quiz_id: QuizIdPath, service: ServiceOfApp) -> ResultsResponse:
    """Return ability and score: in tutor mode at any time, of an exam once it is sealed or expired."""
    async with service.transactions.of_quiz(quiz_id, hold=False) as connection:
        found = await finish.results(connection, service.banks, quiz_id)
    return ResultsResponse(
        theta=found.theta,
        se=found.se,
        score=found.score,
        n_items=found.n_items,
        topics=[TopicOutcome(topic=one.topic, n=one.n, accuracy=one.accuracy) for one in found.topics],
    )
