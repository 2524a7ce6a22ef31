"""The hot state of open quizzes, in Redis where it is configured; Postgres remains the truth.

A state is bytes and the revision of its quiz that they are of: whoever reads the quiz's revision under its lock
knows whether they still hold. Nothing here raises into a request or keeps it: a call takes `database.redis.SECONDS`
at most, and after one that failed the breaker spares the next ones even that.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from api_min.breaker import Breaker
from api_min.metrics import ApiMetrics
from database.errors import RedisUnavailableError
from database.redis import Cache

KEEP_S: Final = 7200  # as long as a quiz is open
_logger = logging.getLogger("qbank.api")

Call = Literal["get", "put"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Kept:
    """A state as it was at a revision of its quiz."""

    revision: str
    state: bytes


class HotState:
    """States of quizzes by id. Without a cache all is forgotten at once.

    `form` names what the bytes of a state look like: those of another form are not seen.
    """

    def __init__(
        self,
        cache: Cache | None,
        metrics: ApiMetrics,
        *,
        breaker: Breaker | None = None,
        keep_s: int = KEEP_S,
        form: str = "",
    ) -> None:
        self._cache = cache
        self._metrics = metrics
        self._breaker = Breaker() if breaker is None else breaker
        self._keep_s = keep_s
        self._form = form

    async def get(self, quiz_id: uuid.UUID) -> Kept | None:
        """Return the state that was put last; None: it must be made from Postgres."""
        cache = self._cache
        if cache is None:
            return None

        async def read() -> Kept | None:
            found = await cache.get(self._key(quiz_id))
            return None if found is None else _unpacked(quiz_id, found)

        return await self._try("get", read)

    async def put(self, quiz_id: uuid.UUID, kept: Kept) -> None:
        """Keep this state, in the place of any other of the quiz."""
        cache = self._cache
        if cache is not None:
            value = _packed(quiz_id, kept)
            await self._try("put", lambda: cache.put(self._key(quiz_id), value, self._keep_s))

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

    def _key(self, quiz_id: uuid.UUID) -> str:
        return f"qbank:quiz:{self._form}:{quiz_id}"

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


def _packed(quiz_id: uuid.UUID, kept: Kept) -> bytes:
    return b"\n".join((quiz_id.hex.encode(), kept.revision.encode(), kept.state))


def _unpacked(quiz_id: uuid.UUID, value: bytes) -> Kept | None:
    """Read a value; the quiz stands in it, too: an answer that belongs to another key must never be taken."""
    match value.split(b"\n", 2):
        case [whose, revision, state] if whose == quiz_id.hex.encode():
            return Kept(revision.decode(errors="replace"), state)
    return None
