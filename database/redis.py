"""The Redis client: a cache that answers at once or counts as away.

A cache is worth no waiting: each call has SECONDS in all, for a connection, its handshake and the answer.
Whoever calls decides what to do without it (`api_min.hot` stops asking for a while).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from database.errors import RedisUnavailableError

SECONDS: Final = 0.02
_CONNECTIONS: Final = 64
_T = TypeVar("_T")


class Cache:
    """Bytes under keys, each for a time; every call raises RedisUnavailableError within SECONDS."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        # The client's own defaults try ten times and wait five seconds for each answer.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=None,  # the time that a call has is ours to watch
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,  # telling it would be a round trip more for each new connection
        )
        self._client = Redis.from_pool(pool)
        self._seconds = seconds

    async def get(self, key: str) -> bytes | None:
        """Return what lies under the key; None: nothing does, or no longer."""
        value = await self._at_once(lambda: self._client.get(key))
        assert not isinstance(value, str)  # the client decodes nothing unless told to
        return value

    async def put(self, key: str, value: bytes, keep_s: int) -> None:
        """Put the value under the key for so many seconds, over whatever lay there."""
        await self._at_once(lambda: self._client.set(key, value, ex=keep_s))

    async def ping(self) -> None:
        """Ask whether it answers."""
        await self._at_once(lambda: self._client.echo("here"))

    async def close(self) -> None:
        """Close the connections; a server that is away is no hindrance."""
        await self._client.aclose()

    async def _at_once(self, act: Callable[[], Awaitable[_T]]) -> _T:
        try:
            async with _within(self._seconds):
                return await self._anew_where_closed(act)
        except TimeoutError:
            raise RedisUnavailableError(
                f"Redis did not answer within {self._seconds * 1000:.0f} ms; {_ADVICE}"
            ) from None
        except (RedisError, OSError) as fault:
            raise RedisUnavailableError(f"Redis cannot be used ({fault}); {_ADVICE}") from fault

    async def _anew_where_closed(self, act: Callable[[], Awaitable[_T]]) -> _T:
        """Do it, on a new connection where the one that waited was closed: a server started again is no outage."""
        try:
            return await act()
        except RedisConnectionError:
            await self._client.connection_pool.disconnect(inuse_connections=False)
            return await act()


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """End with TimeoutError what takes longer, unless its answer is there and only this process was too busy to look.

    After a pass of the event loop that took long, what came meanwhile is found together with that the time is over:
    the end is put behind it, and so the answer is first.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = loop.call_later(seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            timer.cancel()


_ADVICE: Final = "see to the server that QBANK_REDIS_URL names, or unset it"
