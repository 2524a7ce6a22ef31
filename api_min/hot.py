"""The hot state of open quizzes, in Redis where it is configured; Postgres remains the truth.

A state is bytes made at a revision of its quiz; asked for at another revision, it is not there. So whoever
reads the quiz's revision under its lock gets the state of that very moment or none. Nothing here raises into
a request or keeps it: a call takes `database.redis.SECONDS` at most, and after one that failed the breaker
spares the next ones even that.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

from api_min.breaker import Breaker
from api_min.metrics import ApiMetrics
from database.errors import RedisUnavailableError
from database.redis import Cache

KEEP_S: Final = 7200  # as long as a quiz is open
_HEAD: Final = 24  # quiz and revision before the state
_logger = logging.getLogger("qbank.api")

Call = Literal["get", "put", "drop"]
_T = TypeVar("_T")


class HotState:
    """States of quizzes by id and revision. Without a cache all is forgotten at once."""

    def __init__(
        self,
        cache: Cache | None,
        metrics: ApiMetrics,
        *,
        breaker: Breaker | None = None,
        keep_s: int = KEEP_S,
    ) -> None:
        self._cache = cache
        self._metrics = metrics
        self._breaker = Breaker() if breaker is None else breaker
        self._keep_s = keep_s

    async def get(self, quiz_id: uuid.UUID, revision: int) -> bytes | None:
        """Return the state that was put at this revision; None: it must be made from Postgres."""
        cache = self._cache
        if cache is None:
            return None

        async def read() -> bytes | None:
            found = await cache.get(_key(quiz_id))
            # The quiz stands in the value, too: an answer that belongs to another key must never be taken.
            return found[_HEAD:] if found is not None and found[:_HEAD] == _head(quiz_id, revision) else None

        return await self._try("get", read)

    async def put(self, quiz_id: uuid.UUID, revision: int, state: bytes) -> None:
        """Keep the state of this revision, in the place of any other of the quiz."""
        cache = self._cache
        if cache is not None:
            value = _head(quiz_id, revision) + state
            await self._try("put", lambda: cache.put(_key(quiz_id), value, self._keep_s))

    async def drop(self, quiz_id: uuid.UUID) -> None:
        """Forget the quiz."""
        cache = self._cache
        if cache is not None:
            await self._try("drop", lambda: cache.drop(_key(quiz_id)))

    async def ping(self) -> None:
        """Ask Redis whether it answers, whatever the breaker says. Raises RedisUnavailableError."""
        if self._cache is not None:
            await self._cache.ping()

    @property
    def configured(self) -> bool:
        """Whether there is a cache at all."""
        return self._cache is not None

    async def close(self) -> None:
        """Close the connections."""
        if self._cache is not None:
            await self._cache.close()

    async def _try(self, call: Call, act: Callable[[], Awaitable[_T]]) -> _T | None:
        """Do it unless the breaker is open; None: it was not done, or found nothing."""
        ticket = self._breaker.enter()
        self._metrics.breaker_is(self._breaker.state)
        if ticket is None:
            self._metrics.cache_called(call, "left out")
            return None
        began = time.perf_counter()
        try:
            found = await act()
        except RedisUnavailableError as fault:
            self._metrics.cache_called(call, "failed", time.perf_counter() - began)
            if self._breaker.failed(ticket):
                _logger.warning("open quizzes are read from Postgres alone for now: %s", fault)
            return None
        except BaseException:  # the request was cancelled: that says nothing of Redis
            self._breaker.abandoned(ticket)
            raise
        else:
            self._metrics.cache_called(call, _outcome(call, found), time.perf_counter() - began)
            if self._breaker.succeeded(ticket):
                _logger.warning("Redis answers again: open quizzes are kept there")
            return found
        finally:
            self._metrics.breaker_is(self._breaker.state)


def _outcome(call: Call, found: object) -> str:
    if call != "get":
        return "done"
    return "miss" if found is None else "hit"


def _key(quiz_id: uuid.UUID) -> str:
    return f"qbank:quiz:{quiz_id}"


def _head(quiz_id: uuid.UUID, revision: int) -> bytes:
    return quiz_id.bytes + revision.to_bytes(8)
