"""The API with three more endpoints, as a process: `python -m tests.benchmarks.delivery.server PORT`.

What they do is what the API's own do, less what makes it adaptive: nothing at all; the next item without a choice; an
answer that is written without reading, checking or holding anything first.
"""

from __future__ import annotations

import os
import sys
import uuid

import uvicorn
from fastapi import APIRouter
from pydantic import BaseModel

from api_min.answer import answered_event
from api_min.app import create_app
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.serve import served_event
from api_min.service import ServiceOfApp
from api_min.shapes import OptionShown, Payload, QuestionResponse
from api_min.turn import turn_of
from database.queries import turns
from database.queries.item_texts import Option
from database.queries.quizzes import Decision
from database.queries.turns import Answer
from tests.api_min import made
from tests.api_min.tokens import TENANT, secured

router = APIRouter(prefix="/bench", dependencies=[allowed(Role.LEARNER)])
#: As long as the one of a choice.
_CANDIDATES = [{"question_id": n, "version": 1, "value": 1.2345678901234567} for n in range(5)]


class Bare(BaseModel):
    """An answer whose quiz and question the client has made sure of."""

    user_id: uuid.UUID
    quiz_id: uuid.UUID
    question_id: int
    position: int


@router.get("/empty")
async def empty() -> dict[str, str]:
    """Return next to nothing."""
    return {}


@router.get("/quizzes/{quiz_id}/fixed")
async def fixed(quiz_id: uuid.UUID, service: ServiceOfApp) -> QuestionResponse:
    """Serve the question whose id is the position."""
    async with turn_of(service.transactions, service.hot, quiz_id) as turn:
        quiz, position = turn.quiz, 1 + len(turn.history)
        decision = Decision(
            "MFI", 1.25, 0.1, 0.3, _CANDIDATES, quiz.calibration_run_id, quiz.bank_hash, False, {}, None, 99
        )
        written = await turn.connection.run_sync(
            turns.write_served,
            quiz,
            (position, 1),
            position,
            decision,
            served_event(quiz, (position, 1), position),
        )
    assert written is not None
    text = written[0]
    options = [OptionShown(label=one.label, text=one.text_md) for one in text.options]
    payload = Payload(stem_md=text.stem_md, lead_in=text.lead_in, options=options)
    return QuestionResponse(question_id=position, version=1, payload=payload)


@router.post("/bare")
async def bare(given: Bare, service: ServiceOfApp) -> dict[str, str]:
    """Write an answer and its event in one transaction."""
    quiz = made.quiz(id=given.quiz_id, user_id=given.user_id, tenant_id=TENANT)
    item = made.served(given.question_id, None, given.position)
    answer = Answer(Option("A", "Option A", True), 1500, uuid.uuid4().hex)
    told = answered_event(quiz, item, answer, None)
    async with service.transactions.within(TENANT, given.user_id) as connection:
        await connection.run_sync(turns.write_answer, quiz, item, answer, told)
    return {}


if __name__ == "__main__":
    settings = secured(os.environ["QBANK_DATABASE_URL"], rate_limit="off")
    app = create_app(settings)
    app.include_router(router)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
