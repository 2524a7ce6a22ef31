"""Whether requests can be served: part by part, each within a time of its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from sqlalchemy.exc import SQLAlchemyError

from api_min.service import Service
from database import migrate
from database.errors import RedisUnavailableError
from database.queries import bank

SECONDS: Final = 2.0
_NOBODY: Final = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Part:
    """A thing that requests need. away: it does not do, and `detail` says why; off: it is not configured."""

    name: Literal["database", "migrations", "banks", "redis"]
    state: Literal["ok", "away", "off"]
    detail: str

    @property
    def missing(self) -> bool:
        """Whether requests fail for want of it. Without Redis they are answered, only slower."""
        return self.state == "away" and self.name != "redis"


async def look(service: Service) -> Sequence[Part]:
    """Look at every part; what depends on a part that is away is not asked for."""
    parts = [await _part("database", _database(service))]
    if parts[0].state == "ok":
        parts.append(await _part("migrations", _migrations(service)))
        parts.append(await _part("banks", _banks(service)))
    return [*parts, await _redis(service)]


async def _part(name: Literal["database", "migrations", "banks"], asked: Awaitable[str]) -> Part:
    """Ask for one part; what it raises is told by its kind alone, since its text may hold an address."""
    try:
        async with asyncio.timeout(SECONDS):
            return Part(name, "ok", await asked)
    except TimeoutError:
        return Part(name, "away", f"no answer within {SECONDS:.0f} s")
    except _Behind as fault:
        return Part(name, "away", str(fault))
    except (SQLAlchemyError, OSError) as fault:
        return Part(name, "away", f"{type(fault).__name__}; see `qbank doctor`")


class _Behind(Exception):
    """The database is not at this code's revision."""


async def _database(service: Service) -> str:
    async with service.transactions.as_login():
        return "answers"


async def _migrations(service: Service) -> str:
    async with service.transactions.as_login() as connection:
        found = await connection.run_sync(migrate.revision_of)
    if found != _head():
        raise _Behind(
            f"the database is at {found or 'no revision'}, this code at {_head()}; run `qbank migrate`"
        )
    return f"at {found}"


@cache
def _head() -> str | None:
    return migrate.head()


async def _banks(service: Service) -> str:
    """Read as the API's role, of a tenant that is nobody, what every bank begins with."""
    async with service.transactions.within(_NOBODY) as connection:
        await connection.run_sync(bank.published_exams, _NOBODY)
    current, pinned = service.banks.sizes()
    heard = "heard" if service.banks.listening else "asked for"
    return f"can be read; {current} current and {pinned} pinned in memory; changes are {heard}"


async def _redis(service: Service) -> Part:
    if not service.hot.configured:
        return Part("redis", "off", "QBANK_REDIS_URL is not set; quizzes are read from Postgres")
    try:
        await service.hot.ping()
    except RedisUnavailableError as fault:
        return Part("redis", "away", f"quizzes are read from Postgres meanwhile: {fault}")
    return Part("redis", "ok", "answers")
