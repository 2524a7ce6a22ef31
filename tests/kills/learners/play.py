"""What is done to the service while learners take their quizzes: who is killed when, and what must be gone with it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
from redis import Redis
from sqlalchemy import create_engine, text

from tests.api_min.tokens import SECRET
from tests.kills.learners.learner import Learner, Progress
from tests.kills.learners.service import Launcher, Service
from tests.services.redis import RedisServer

SERVICES = ("api-1", "api-2")
#: So long a backend may take to notice that its client is dead, whatever it is at.
LINGER_S = 10.0
#: Where in the load Redis is killed, and where it is back.
REDIS_AWAY = (0.3, 0.6)
#: And after which part of it nobody is killed any more.
LAST = 0.95
_BACKENDS = """
select pid from pg_stat_activity where datname = current_database() and application_name = any(:names)
"""
_Act = Callable[[], Awaitable[None]]


class Play:
    """A run while it is under way; made and played in one thread, with which its servers end."""

    def __init__(self, url: str, folder: Path, redis: RedisServer, chance: random.Random) -> None:
        environment = {
            "QBANK_DATABASE_URL": url, "QBANK_HOME": str(folder / "home"), "QBANK_REDIS_URL": redis.url,
            "QBANK_AUTH": "jwt", "QBANK_JWT_ALGORITHM": "HS256", "QBANK_JWT_KEY": SECRET,
            "QBANK_LOG_LEVEL": "warning",
        }  # fmt: skip
        self._launcher = Launcher(environment)
        self.services = [Service(name, folder, self._launcher) for name in SERVICES]
        self.progress = Progress()
        self.kills: Counter[str] = Counter()
        self.lingered_s = 0.0
        self.cached = 0
        self._watcher = create_engine(url, isolation_level="AUTOCOMMIT")
        self._redis = redis
        self._chance = chance

    async def play(self, sitting: list[Learner], length: int, kills: int) -> list[str]:
        """Play to the end; return what went wrong meanwhile."""
        try:
            await self._launcher.open()
            await asyncio.gather(*(service.start() for service in self.services))
            learners = asyncio.gather(*(one.take(length) for one in sitting), return_exceptions=True)
            for step, act in self._plan(len(sitting), length, kills):
                while self.progress.steps < step and not learners.done():
                    await asyncio.sleep(0.005)
                if not learners.done():
                    await asyncio.sleep(self._chance.uniform(0.0, 0.1))
                    await act()
            ended = await learners
            wrong = [f"{type(one).__name__}: {one}" for one in ended if one is not None]
            wrong += [said for service in self.services for said in await self._readiness(service)]
            self.cached = self._keys()
            its = self._backends(*SERVICES)
            await asyncio.gather(*(service.end_well() for service in self.services))
            await self._gone(its)
        finally:
            await self._launcher.close()
            self._watcher.dispose()
        return wrong

    def _plan(self, learners: int, length: int, kills: int) -> list[tuple[float, _Act]]:
        """What is done after so many steps: kills spread over the load, the first among the beginnings."""
        total, chance = learners * (length + 1), self._chance
        moments = [chance.uniform(1, learners / 4)]
        moments += [LAST * total * (n + chance.random()) / (kills - 1) for n in range(1, kills - 1)]
        plan: list[tuple[float, _Act]] = [
            (moment, partial(self._kill, [chance.choice(self.services)])) for moment in moments
        ]
        # Once nobody is there to go on with.
        plan[kills // 2] = (moments[kills // 2], partial(self._kill, self.services))
        plan.append((total * chance.uniform(0.4, 0.6), self._end_well))
        plan += [(total * REDIS_AWAY[0], self._lose_redis), (total * REDIS_AWAY[1], self._regain_redis)]
        return sorted(plan, key=lambda one: one[0])

    async def _kill(self, services: list[Service]) -> None:
        its = self._backends(*(service.name for service in services))
        await asyncio.gather(*(service.kill() for service in services), self._gone(its))
        self.kills["service killed"] += len(services)

    async def _end_well(self) -> None:
        service = self._chance.choice(self.services)
        its = self._backends(service.name)
        await service.end_well()
        await asyncio.gather(service.start(), self._gone(its))
        self.kills["service told to end"] += 1

    def _backends(self, *names: str) -> set[int]:
        with self._watcher.connect() as connection:
            return set(connection.scalars(text(_BACKENDS), {"names": list(names)}))

    async def _gone(self, its: set[int]) -> None:
        """Wait for backends to end, with the locks they hold: those of dead processes must not stay."""
        began = time.monotonic()
        while left := its & self._backends(*SERVICES):
            waited = time.monotonic() - began
            assert waited < LINGER_S, f"{len(left)} backends of a dead process are there after {waited:.0f} s"
            await asyncio.sleep(0.02)
        self.lingered_s = max(self.lingered_s, time.monotonic() - began)

    async def _lose_redis(self) -> None:
        self._redis.kill()
        self.kills["Redis killed"] += 1

    async def _regain_redis(self) -> None:
        self._redis.start()

    def _keys(self) -> int:
        with Redis.from_url(self._redis.url) as cache:
            return int(cache.dbsize())

    async def _readiness(self, service: Service) -> list[str]:
        """Everything is there again at the end, Redis included."""
        async with httpx.AsyncClient() as client:
            ready = (await client.get(f"{service.url}/ready")).json()
        parts = {one["name"]: one["state"] for one in ready.get("parts", [])}
        return [] if parts.get("redis") == "ok" and ready["status"] == "ready" else [f"at the end: {ready}"]
