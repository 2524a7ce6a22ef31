"""A short adaptive session played against the API in this process, in a transaction that is rolled back."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import settings
from api_min.app import create_app
from api_min.decisions import current_ability
from database.engine import async_engine
from database.queries import calibrations
from database.queries.decisions import last_value
from irt.models import D

LENGTH, TRUE_THETA, SEED = 10, 0.8, 20220101
# How the learner answers an item that has no parameters yet.
STAND_IN = {"a": 1.0, "b": 0.0, "c": 0.2}


@dataclass(frozen=True)
class Turn:
    """One item of the session: its information where it was chosen, the answer, and the ability after it."""

    item: str
    information: float
    correct: bool
    theta: float
    se: float


@dataclass(frozen=True)
class Bank:
    """What the simulated learner knows: live rows of item_calibration, names of questions, keys of items."""

    exam: str
    tenant: uuid.UUID
    live: list[calibrations.Row]
    names: dict[int, str]
    keys: dict[str, str]


def play(bank: Bank, url: str) -> list[dict[str, Any]]:
    """Play a simulated learner of known ability against the API; nothing of it stays in the database.

    The learner answers by the serving curve of each item, rightly where a seeded uniform number lies below it.
    """
    return [asdict(turn) for turn in asyncio.run(_play(bank, url))]


async def _play(bank: Bank, url: str) -> list[Turn]:
    engine = async_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            outer = await connection.begin()
            try:
                return await _turns(bank, connection)
            finally:
                await outer.rollback()
    finally:
        await engine.dispose()


async def _turns(bank: Bank, connection: AsyncConnection) -> list[Turn]:
    serving = {row["question_id"]: row for row in bank.live if row["serving"]}
    length = min(LENGTH, sum(name in bank.keys for name in bank.names.values()))
    uniform = np.random.default_rng(SEED)
    transport = httpx.ASGITransport(app=create_app(settings.in_process(), connection=connection))
    turns: list[Turn] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as client:
        filters = {"num_questions": length, "exam_code": bank.exam}
        asked = {"user_id": str(uuid.uuid4()), "tenant_id": str(bank.tenant), "filters": filters}
        quiz = uuid.UUID(_read(await client.post("/v1/quizzes", json=asked))["quiz_id"])
        for _ in range(length):
            served = _read(await client.get(f"/v1/quizzes/{quiz}/next"))
            name = bank.names[served["question_id"]]
            right = bool(uniform.random() < _probability(serving.get(served["question_id"], STAND_IN)))
            body = {
                "question_id": served["question_id"],
                "selected": _selected(served, bank.keys[name], right),
                "time_taken_ms": 30_000,
            }
            said = _read(await client.post(f"/v1/quizzes/{quiz}/answers", json=body))
            information = await connection.run_sync(last_value, quiz)
            ability = await connection.run_sync(current_ability, quiz)
            turns.append(Turn(name, information, bool(said["correct"]), ability.theta, ability.se))
    return turns


def _probability(item: Mapping[str, Any]) -> float:
    slope = D * item["a"] * (TRUE_THETA - item["b"])
    return float(item["c"] + (1.0 - item["c"]) / (1.0 + np.exp(-slope)))


def _selected(served: dict[str, Any], key: str, right: bool) -> str:
    labels = [str(option["label"]) for option in served["payload"]["options"]]
    return key if right else next(label for label in labels if label != key)


def _read(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    body: dict[str, Any] = response.json()
    return body
