"""The Redis client on a real server: it answers, or counts as away within its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from database.errors import RedisUnavailableError
from database.redis import Cache
from tests.services.redis import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def cache(redis_server: RedisServer) -> AsyncIterator[Cache]:
    made = Cache(redis_server.url)
    yield made
    await made.close()


async def test_what_was_put_is_there_until_it_is_replaced_or_old(cache: Cache) -> None:
    assert await cache.get("a") is None
    await cache.put("a", b"\x00\xff first", 60)
    await cache.put("b", b"brief", 1)
    assert await cache.get("a") == b"\x00\xff first"
    await cache.put("a", b"second", 60)
    assert await cache.get("a") == b"second"
    await asyncio.sleep(1.1)
    assert await cache.get("b") is None


async def test_a_server_that_was_killed_is_away_at_once_and_comes_back(
    cache: Cache, redis_server: RedisServer
) -> None:
    await cache.ping()
    redis_server.kill()
    began = time.perf_counter()
    with pytest.raises(RedisUnavailableError, match="QBANK_REDIS_URL"):
        await cache.get("a")
    assert time.perf_counter() - began < 0.05
    redis_server.start()
    await cache.put("a", b"new", 60)
    assert await cache.get("a") == b"new"


async def test_connections_of_a_server_that_was_started_again_are_made_anew(
    redis_server: RedisServer,
) -> None:
    """Each that was left over would else cost a call, and the breaker takes one failure for an outage."""
    cache = Cache(redis_server.url, seconds=5)  # that forty at once are slow is not the question here
    keys = [f"key {i}" for i in range(40)]
    await asyncio.gather(*(cache.put(key, key.encode(), 60) for key in keys))
    redis_server.kill()
    redis_server.start()
    for _ in range(2):
        assert await asyncio.gather(*(cache.get(key) for key in keys)) == [None] * 40
    await cache.close()


async def test_a_server_that_hangs_is_away_in_time_and_mixes_up_no_answers(
    cache: Cache, redis_server: RedisServer
) -> None:
    keys = [f"key {i}" for i in range(50)]
    for key in keys:
        await cache.put(key, key.encode(), 60)
    for _ in range(3):
        redis_server.freeze()
        began = time.perf_counter()
        given_up = await asyncio.gather(*(cache.get(key) for key in keys), return_exceptions=True)
        # What is measured is fifty at once, all on one core of a machine that does other things, too.
        assert time.perf_counter() - began < 0.25
        assert {type(one) for one in given_up} == {RedisUnavailableError}
        redis_server.thaw()
        await asyncio.sleep(0.1)
        patient = Cache(redis_server.url, seconds=5)
        assert await asyncio.gather(*(patient.get(key) for key in keys)) == [key.encode() for key in keys]
        await patient.close()
        for key in keys:
            assert await cache.get(key) == key.encode()


async def test_an_address_that_swallows_packets_is_away_in_time() -> None:
    cache = Cache("redis://192.0.2.1:6379/0")  # of a net that is kept for documentation
    took = []
    for _ in range(3):  # of a machine that does other things, too, the least tells
        began = time.perf_counter()
        with pytest.raises(RedisUnavailableError):
            await cache.ping()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
    await cache.close()


async def test_a_refused_password_is_told_without_it(tmp_path: Path, redis_server: RedisServer) -> None:
    guarded = RedisServer(tmp_path / "guarded", password="right-one")
    guarded.start()
    try:
        wrong = Cache(guarded.url.replace("right-one", "wrong-one"))
        with pytest.raises(RedisUnavailableError, match="invalid username-password") as refused:
            await wrong.ping()
        assert "wrong-one" not in str(refused.value)
        await wrong.close()
        right = Cache(guarded.url)
        await right.put("a", b"1", 60)
        assert await right.get("a") == b"1"
        await right.close()
    finally:
        guarded.kill()
