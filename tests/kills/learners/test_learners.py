"""Fifty learners and a fixed seed; `make learners` plays with others."""

from __future__ import annotations

from pathlib import Path

from tests.kills.learners.run import REPLAYS, run
from tests.services.redis import RedisServer

LEARNERS, LENGTH, KILLS = 50, 40, 9


def test_every_acknowledged_answer_counts_once_and_every_quiz_goes_on(
    database_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    outcome = run(
        database_url, tmp_path, redis_server, learners=LEARNERS, length=LENGTH, kills=KILLS, seed=20261
    )
    print(f"\n{outcome.summary}")
    assert outcome.wrong == []
    assert outcome.found.answers == LEARNERS * LENGTH
    assert outcome.kills == {"service killed": KILLS, "service told to end": 1, "Redis killed": 1}
    assert outcome.retried.total() >= KILLS
    assert outcome.found.replayed == REPLAYS * LENGTH
    assert outcome.cached > 0
