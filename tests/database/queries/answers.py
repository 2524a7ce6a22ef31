"""Rows of answers from a seed."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from database.queries.attempts import AttemptRow

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


class Answers:
    """Makes answers within the two hours from noon on; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, **changed: Any) -> AttemptRow:
        row = AttemptRow(
            NOON + dt.timedelta(microseconds=self.random.randrange(7_200_000_000)),
            self.random.randint(1, 4),
            self.random.randint(1, 2),
            self.random.random() < 0.5,
            self.random.randint(0, 90_000),
            uuid.UUID(int=self.random.getrandbits(128), version=4),
            self.random.choice("ABCDE"),
            uuid.UUID(int=1),
            self.random.choice((None, "CARDIO")),
        )
        return row._replace(**changed)

    def many(self, count: int, **changed: Any) -> list[AttemptRow]:
        return [self.one(**changed) for _ in range(count)]
