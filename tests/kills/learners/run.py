"""One run: learners take quizzes while the service is killed and Redis goes away; then the database is asked."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from database.engine import engine_as
from database.tenancy import Role
from tests.kills.learners.exam import lay
from tests.kills.learners.learner import Learner, Progress, Taken
from tests.kills.learners.play import Play
from tests.kills.learners.verdict import Found, look
from tests.services.redis import RedisServer

ITEMS = 240
REPLAYS = 6


@dataclass(frozen=True)
class Outcome:
    """What a run did and found; `wrong` is empty where every answer counts once and every quiz went to its end.

    `lingered_s`: the longest that backends of a process outlived it; `cached`: keys in Redis at the end.
    """

    found: Found
    kills: Counter[str]
    retried: Counter[str]
    repeated: int
    down_s: list[float]
    lingered_s: float
    cached: int
    seconds: float
    wrong: list[str]

    @property
    def summary(self) -> str:
        """The figures, in a line."""
        retried = ", ".join(f"{why} {n}" for why, n in self.retried.most_common())
        killed = ", ".join(f"{what} {n}" for what, n in sorted(self.kills.items()))
        return (
            f"{self.found.answers:,} answers in {self.seconds:.1f} s; ended: {killed}; "
            f"up again after {min(self.down_s, default=0.0):.1f}-{max(self.down_s, default=0.0):.1f} s; "
            f"{self.retried.total()} retries ({retried}), {self.repeated} requests sent twice; "
            f"{self.found.unheard} answers were written and their acknowledgement lost; dead processes' backends "
            f"gone after {self.lingered_s:.2f} s; {self.found.replayed} decisions made again; "
            f"{self.cached} keys in Redis; {len(self.wrong)} faults"
        )


def run(
    url: str, folder: Path, redis: RedisServer, *, learners: int, length: int, kills: int, seed: int
) -> Outcome:
    """Let so many learners take a quiz of that length while the service is killed so often, then look."""
    began = time.monotonic()
    engine = engine_as(url, Role.PIPELINE)
    try:
        items = lay(engine, ITEMS, seed)
        engine.dispose()
        play = Play(url, folder, redis, random.Random(seed))
        urls = [service.url for service in play.services]
        sitting = [Learner(number, seed, urls, items, play.progress) for number in range(learners)]
        wrong = asyncio.run(play.play(sitting, length, kills))
        taken = [one.taken for one in sitting]
        found = look(engine, taken, REPLAYS)
    finally:
        engine.dispose()
    return Outcome(
        found=found,
        kills=play.kills,
        retried=play.progress.retried,
        repeated=play.progress.repeated,
        down_s=[seconds for service in play.services for seconds in service.down_s],
        lingered_s=play.lingered_s,
        cached=play.cached,
        seconds=time.monotonic() - began,
        wrong=[*wrong, *_unfinished(taken), *_faults(play.progress), *found.wrong],
    )


def _unfinished(taken: list[Taken]) -> list[str]:
    return [f"quiz {one.quiz_id} stopped after {len(one.answers)} answers" for one in taken if not one.over]


def _faults(progress: Progress) -> list[str]:
    """Nothing but the service and its cache went away: it has no reason to tell of a fault of its own."""
    return [f"{n} requests were answered {why}" for why, n in progress.retried.items() if why.isdigit()]
