"""Turns over HTTP: how often they go to Postgres, and what a real Redis keeps of them, also while it goes away."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api_min.app import create_app
from api_min.hot import HotState
from api_min.service import Service
from api_min.settings import ApiSettings
from api_min.turn import FORM, State, turn_of
from database.engine import async_engine
from database.redis import Cache
from tests.services.redis import RedisServer

pytestmark = pytest.mark.anyio

ITEMS: list[dict[str, Any]] = [{"a": 1.0, "b": (place - 10) / 5.0} for place in range(20)]
ROUND_TRIPS = 4
COSTS_AT_MOST_S = 0.05
Begin = Callable[..., Awaitable[str]]
Lay = Callable[..., list[int]]


@pytest.fixture
async def app(
    redis_server: RedisServer, settings: ApiSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """An application whose hot state is in Redis."""
    monkeypatch.setenv("QBANK_REDIS_URL", redis_server.url)
    engine = async_engine(settings.database_url)
    made = create_app(settings, engine=engine)
    yield made
    await made.state.service.hot.close()
    await engine.dispose()


@pytest.fixture
async def patient(app: FastAPI, redis_server: RedisServer) -> None:
    """Let the application wait for its Redis: what is kept is asked for, and the machine may be busy."""
    service: Service = app.state.service
    await service.hot.close()
    hot = HotState(Cache(redis_server.url, seconds=5), service.metrics, form=FORM)
    app.state.service = replace(service, hot=hot)


@pytest.fixture
async def hot_api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as client:
        yield client


async def next_of(api: httpx.AsyncClient, quiz: str) -> int:
    response = await api.get(f"/v1/quizzes/{quiz}/next")
    assert response.status_code == 200, response.text
    question: int = response.json()["question_id"]
    return question


async def answer(api: httpx.AsyncClient, quiz: str, question: int, selected: str = "A") -> None:
    body = {"question_id": question, "selected": selected, "time_taken_ms": 1500}
    response = await api.post(
        f"/v1/quizzes/{quiz}/answers", json=body, headers={"Idempotency-Key": f"k{question}"}
    )
    assert response.status_code == 200, response.text


@contextmanager
def messages(engine: AsyncEngine, folder: Path) -> Iterator[Callable[[], int]]:
    """Let libpq tell what it sends; the function returns how often an answer was waited for since it was last asked."""
    told = (folder / "messages").open("wb+")

    def listen(dbapi_connection: Any, *_: object) -> None:
        dbapi_connection.driver_connection.pgconn.trace(told.fileno())

    seen = 0

    def waited() -> int:
        nonlocal seen
        said = (folder / "messages").read_text().splitlines()
        # A Query, and a Sync after the messages of a statement with parameters, ask for an answer.
        n = sum(line.split("\t")[1:2] == ["F"] and line.split("\t")[3] in ("Query", "Sync") for line in said)
        before, seen = seen, n
        return n - before

    event.listen(engine.sync_engine, "connect", listen)
    yield waited
    told.close()


async def test_next_and_answers_go_to_postgres_four_times(
    settings: ApiSettings, lay_exam: Lay, begin: Begin, tmp_path: Path
) -> None:
    lay_exam(ITEMS)
    engine = async_engine(settings.database_url, pool_size=1)
    transport = httpx.ASGITransport(create_app(settings, engine=engine), raise_app_exceptions=False)
    with messages(engine, tmp_path) as waited:
        async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as api:
            quiz = await begin(api)
            for _ in range(8):  # statements are prepared once they have been sent a few times: a message more
                await answer(api, quiz, await next_of(api, quiz))
            waited()
            for _ in range(5):
                question = await next_of(api, quiz)
                assert waited() == ROUND_TRIPS
                assert await next_of(api, quiz) == question
                assert waited() == ROUND_TRIPS - 1  # it waits for its answer: nothing is written
                await answer(api, quiz, question)
                assert waited() == ROUND_TRIPS
        await engine.dispose()


@pytest.mark.usefixtures("patient")
async def test_what_redis_keeps_is_what_postgres_has(
    app: FastAPI, hot_api: httpx.AsyncClient, lay_exam: Lay, begin: Begin
) -> None:
    lay_exam(ITEMS)
    quiz = await begin(hot_api)
    for turn in range(6):
        question = await next_of(hot_api, quiz)
        assert await kept(app, quiz) == await fresh(app, quiz)
        if turn == 3:
            assert (await hot_api.post(f"/v1/quizzes/{quiz}/items/{question}/skip")).status_code == 204
        else:
            await answer(hot_api, quiz, question, "AB"[turn % 2])
            assert await kept(app, quiz) == await fresh(app, quiz)
    state = (await fresh(app, quiz))[1]
    assert [one.is_correct for one in state.history] == [True, False, True, None, True, False]


@pytest.mark.usefixtures("patient")
async def test_redis_keeps_whom_a_quiz_passed_over_and_what_it_holds_back(
    app: FastAPI, hot_api: httpx.AsyncClient, lay_exam: Lay, begin: Begin, server: Connection
) -> None:
    held = {str(question): 1.0 / (7 + question % 5) for question in lay_exam(ITEMS)[4:16]}
    server.execute(text('update exams set selection = \'{"r_max": 0.3, "control": "sympson-hetter"}\''))
    server.execute(
        text(
            "insert into exposure_controls (exam_code, bank_hash, r_max, found_by, parameters, largest, settled)"
            " values ('demo', 'f00', 0.3, '{}', :held, 0.3, true)"
        ),
        {"held": json.dumps(held)},
    )
    quiz = await begin(hot_api)
    for _ in range(6):
        question = await next_of(hot_api, quiz)
        assert await kept(app, quiz) == await fresh(app, quiz)
        await answer(hot_api, quiz, question)
    state = (await kept(app, quiz))[1]
    assert state.quiz.control == {"bank_hash": "f00", "parameters": held}
    passed = [one for item in state.history for one in item.passed_over or ()]
    assert passed
    assert len({*passed, *(item.question_id for item in state.history)}) == len(passed) + 6


async def fresh(app: FastAPI, quiz: str) -> tuple[str, State]:
    """Revision and state as Postgres has them."""
    service: Service = app.state.service
    none = HotState(None, service.metrics)
    async with turn_of(service.transactions, none, uuid.UUID(quiz)) as turn:
        assert turn.leaves is not None
        return turn.leaves[0], timeless(turn.leaves[1])


async def kept(app: FastAPI, quiz: str) -> tuple[str, State]:
    """Revision and state as Redis has them."""
    service: Service = app.state.service
    found = await service.hot.get(uuid.UUID(quiz))
    assert found is not None
    async with turn_of(service.transactions, service.hot, uuid.UUID(quiz)) as turn:
        assert turn.leaves is None
        return found.revision, timeless(State(turn.quiz, turn.history))


def timeless(state: State) -> State:
    """The state without the moment at which it was read."""
    return replace(state, quiz=replace(state.quiz, now=state.quiz.started_at))


@pytest.mark.usefixtures("patient")
async def test_a_copy_that_is_not_of_the_moment_is_not_believed(
    hot_api: httpx.AsyncClient,
    lay_exam: Lay,
    begin: Begin,
    redis_server: RedisServer,
) -> None:
    lay_exam(ITEMS)
    quiz = await begin(hot_api)
    first = await next_of(hot_api, quiz)
    cache = Cache(redis_server.url, seconds=2)
    key = f"qbank:quiz:{FORM}:{quiz}"
    old = await cache.get(key)
    assert old is not None
    await answer(hot_api, quiz, first)
    second = await next_of(hot_api, quiz)
    revision = (await cache.get(key) or b"").split(b"\n")[1]
    for lie in (
        old,
        b"rubbish",
        old.replace(b'"version":1', b'"version":"x"').replace(old.split(b"\n")[1], revision),
    ):
        await cache.put(key, lie, 60)
        assert await next_of(hot_api, quiz) == second
    await cache.close()


@pytest.mark.parametrize("how", ["kill", "freeze"])
async def test_redis_that_vanishes_in_mid_quiz_loses_nothing(
    hot_api: httpx.AsyncClient,
    app: FastAPI,
    lay_exam: Lay,
    begin: Begin,
    redis_server: RedisServer,
    server: Connection,
    how: str,
) -> None:
    lay_exam(ITEMS)
    quiz = await begin(hot_api)
    played = [await play(hot_api, quiz) for _ in range(4)]
    costs = []
    for _ in range(3):
        await comes_back(app, hot_api, quiz)
        calls = calls_of(app.state.service)
        redis_server.kill() if how == "kill" else redis_server.freeze()
        gone = [await play(hot_api, quiz) for _ in range(3)]
        costs.append(gone[0][1] - min(seconds for _, seconds in gone[1:]))
        now_are = calls_of(app.state.service)
        assert (
            now_are["failed"] == calls["failed"] + 1
        )  # one alone waits for it, then the breaker spares the others
        assert now_are["left out"] >= calls["left out"] + 5
        redis_server.start() if how == "kill" else redis_server.thaw()
        played += gone
    rows = server.execute(text("select question_id, is_correct from user_responses order by id")).all()
    assert [row.question_id for row in rows] == [question for question, _ in played]
    assert len({row.question_id for row in rows}) == len(played) == 13
    assert all(row.is_correct for row in rows)
    assert min(costs) < COSTS_AT_MOST_S  # of a machine that does other things, too, the least tells


async def play(api: httpx.AsyncClient, quiz: str) -> tuple[int, float]:
    """Take one item; the question, and how long its two requests took together."""
    began = time.perf_counter()
    question = await next_of(api, quiz)
    await answer(api, quiz, question)
    return question, time.perf_counter() - began


async def comes_back(app: FastAPI, api: httpx.AsyncClient, quiz: str) -> None:
    """Ask for the next item until the copy is used again."""
    before, until = calls_of(app.state.service)["hit"], time.monotonic() + 30
    while calls_of(app.state.service)["hit"] == before:
        assert time.monotonic() < until
        await next_of(api, quiz)
        await asyncio.sleep(0.05)


def calls_of(service: Service) -> dict[str, float]:
    outcomes: Sequence[str] = ("hit", "miss", "failed", "left out")
    name = "qbank_api_cache_requests_total"
    value = service.metrics.registry.get_sample_value
    return {one: value(name, {"call": "get", "outcome": one}) or 0.0 for one in outcomes}
