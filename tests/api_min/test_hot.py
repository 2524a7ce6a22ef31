"""The hot state of quizzes on a real Redis that is killed and stopped in mid-use."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator

import pytest

from api_min.breaker import Breaker
from api_min.hot import HotState, Kept
from api_min.metrics import ApiMetrics
from database.redis import Cache
from tests.services.redis import RedisServer

pytestmark = pytest.mark.anyio

QUIZ = uuid.UUID(int=1)
COSTS_AT_MOST_S = 0.05


@pytest.fixture
def metrics() -> ApiMetrics:
    return ApiMetrics()


@pytest.fixture
async def hot(redis_server: RedisServer, metrics: ApiMetrics) -> AsyncIterator[HotState]:
    made = HotState(Cache(redis_server.url), metrics, breaker=Breaker(first_s=0.3))
    yield made
    await made.close()


def count(metrics: ApiMetrics, call: str, outcome: str) -> float:
    labels = {"call": call, "outcome": outcome}
    return metrics.registry.get_sample_value("qbank_api_cache_requests_total", labels) or 0.0


def breaker(metrics: ApiMetrics) -> float | None:
    return metrics.registry.get_sample_value("qbank_api_cache_breaker")


async def test_the_state_put_last_is_there_with_its_revision(hot: HotState, metrics: ApiMetrics) -> None:
    assert await hot.get(QUIZ) is None
    await hot.put(QUIZ, Kept("3/1/0", b"after three"))
    assert await hot.get(QUIZ) == Kept("3/1/0", b"after three")
    assert await hot.get(uuid.UUID(int=2)) is None
    await hot.put(QUIZ, Kept("4/1/1", b"\nlines\n\n"))
    assert await hot.get(QUIZ) == Kept("4/1/1", b"\nlines\n\n")
    assert (count(metrics, "get", "hit"), count(metrics, "get", "miss")) == (2, 2)
    assert (count(metrics, "put", "done"), breaker(metrics)) == (2, 0)


async def test_a_state_under_the_key_of_another_quiz_is_not_taken(
    hot: HotState, redis_server: RedisServer
) -> None:
    await hot.put(QUIZ, Kept("1", b"mine"))
    other, cache = uuid.UUID(int=2), Cache(redis_server.url, seconds=2)
    mine = await cache.get(f"qbank:quiz::{QUIZ}")
    assert mine is not None
    await cache.put(f"qbank:quiz::{other}", mine, 60)
    assert await hot.get(other) is None
    for rubbish in (b"", b"x", mine[:20], b"\n\n"):
        await cache.put(f"qbank:quiz::{QUIZ}", rubbish, 60)
        assert await hot.get(QUIZ) is None
    await cache.close()


async def test_a_state_of_another_form_is_not_seen(redis_server: RedisServer, metrics: ApiMetrics) -> None:
    ours, theirs = (HotState(Cache(redis_server.url), metrics, form=form) for form in ("new", "old"))
    await theirs.put(QUIZ, Kept("1", b"other fields"))
    assert await ours.get(QUIZ) is None
    await ours.close()
    await theirs.close()


async def test_a_state_is_kept_for_its_time(redis_server: RedisServer, metrics: ApiMetrics) -> None:
    brief = HotState(Cache(redis_server.url), metrics, keep_s=1)
    await brief.put(QUIZ, Kept("1", b"brief"))
    assert await brief.get(QUIZ) == Kept("1", b"brief")
    await asyncio.sleep(1.1)
    assert await brief.get(QUIZ) is None
    await brief.close()


async def test_without_a_cache_nothing_is_kept_and_nothing_fails(metrics: ApiMetrics) -> None:
    none = HotState(None, metrics)
    await none.put(QUIZ, Kept("1", b"state"))
    assert await none.get(QUIZ) is None
    await none.ping()
    await none.close()
    assert count(metrics, "get", "miss") == 0


async def test_a_redis_that_was_killed_costs_one_request_little_and_the_next_nothing(
    hot: HotState, redis_server: RedisServer, metrics: ApiMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    await hot.put(QUIZ, Kept("1", b"state"))
    redis_server.kill()
    with caplog.at_level(logging.WARNING, "qbank.api"):
        took = [await seconds_of_a_request(hot) for _ in range(20)]
    assert max(took) < COSTS_AT_MOST_S
    assert sorted(took)[10] < 0.002
    assert (count(metrics, "get", "failed"), count(metrics, "get", "left out"), breaker(metrics)) == (
        1,
        19,
        2,
    )
    redis_server.start()
    await comes_back(hot)
    assert breaker(metrics) == 0
    said = [record.getMessage() for record in caplog.records if record.name == "qbank.api"]
    assert [one.partition(":")[0] for one in said] == [
        "open quizzes are read from Postgres alone for now",
        "Redis answers again",
    ]


async def test_a_redis_that_hangs_costs_nobody_more_than_fifty_milliseconds(
    hot: HotState, redis_server: RedisServer, metrics: ApiMetrics
) -> None:
    await hot.put(QUIZ, Kept("1", b"state"))
    redis_server.freeze()
    until, took = time.monotonic() + 1.5, []
    while time.monotonic() < until:  # probes fall into this time, too: they are requests like any other
        took.append(await seconds_of_a_request(hot))
        await asyncio.sleep(0.005)
    assert max(took) < COSTS_AT_MOST_S
    assert 2 <= count(metrics, "get", "failed") <= 4
    redis_server.thaw()
    await comes_back(hot)
    assert await hot.get(QUIZ) == Kept("1", b"again")


async def test_many_at_once_lose_their_cache_together_and_one_alone_probes(
    hot: HotState, redis_server: RedisServer, metrics: ApiMetrics
) -> None:
    redis_server.freeze()
    assert await asyncio.gather(*(hot.get(QUIZ) for _ in range(30))) == [None] * 30
    failed = count(metrics, "get", "failed")
    await asyncio.sleep(0.3)
    assert await asyncio.gather(*(hot.get(QUIZ) for _ in range(30))) == [None] * 30
    assert count(metrics, "get", "failed") == failed + 1
    assert count(metrics, "get", "left out") == 29


async def test_a_cancelled_request_says_nothing_of_redis(
    hot: HotState, redis_server: RedisServer, metrics: ApiMetrics
) -> None:
    await hot.put(QUIZ, Kept("1", b"state"))
    redis_server.freeze()
    asked = asyncio.create_task(hot.get(QUIZ))
    await asyncio.sleep(0.005)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    redis_server.thaw()
    await asyncio.sleep(0.05)
    assert breaker(metrics) == 0
    assert await hot.get(QUIZ) == Kept("1", b"state")


async def seconds_of_a_request(hot: HotState) -> float:
    """Seconds that a request spends on its cache: it reads a state, finds none, and writes one."""
    began = time.perf_counter()
    if await hot.get(QUIZ) is None:
        await hot.put(QUIZ, Kept("1", b"made from Postgres"))
    return time.perf_counter() - began


async def comes_back(hot: HotState) -> None:
    until = time.monotonic() + 10
    while await hot.get(QUIZ) != Kept("1", b"again"):
        assert time.monotonic() < until
        await hot.put(QUIZ, Kept("1", b"again"))
        await asyncio.sleep(0.05)
