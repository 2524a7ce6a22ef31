"""A quiz taken against the application in this process."""

from __future__ import annotations

import asyncio
import uuid

import httpx

from api_min import settings
from api_min.app import create_app
from database.engine import async_engine
from tests.api_min.conftest import TENANT


def take(number: int) -> str:
    """Answer so many questions of exam demo, and return the quiz's id."""
    return asyncio.run(_take(number))


async def _take(number: int) -> str:
    known = settings.load()
    engine = async_engine(known.database_url)
    transport = httpx.ASGITransport(create_app(known, engine=engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as api:
        filters = {"num_questions": number, "exam_code": "demo"}
        body = {"user_id": str(uuid.UUID(int=1)), "tenant_id": str(TENANT), "filters": filters}
        quiz: str = (await api.post("/v1/quizzes", json=body)).json()["quiz_id"]
        for position in range(number):
            question = (await api.get(f"/v1/quizzes/{quiz}/next")).json()["question_id"]
            answer = {"question_id": question, "selected": "AB"[position % 2], "time_taken_ms": 2000}
            await api.post(f"/v1/quizzes/{quiz}/answers", json=answer)
    await engine.dispose()
    return quiz
