"""How large a bank is, over which days, and where its chance comes from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

# Answers that a session of the mix in sessions.py comes to.
ANSWERS_A_SESSION = 18.3
SESSIONS_A_LEARNER = 10
# A learner prepares for this many days and leaves; a long history has many learners, not learners of years.
WINDOW_DAYS = 30


def yesterday() -> dt.date:
    """Return the last day that is over, UTC."""
    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """About `responses` answers to `items` questions on the `days` days up to `last_day`."""

    responses: int
    items: int = 120
    days: int = 60
    last_day: dt.date = field(default_factory=yesterday)
    seed: int = 6

    @property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.last_day - dt.timedelta(days=self.days - 1)

    @property
    def learners(self) -> int:
        """How many learners give so many answers; some came before the first day, or stay after the last."""
        within = self.days / (self.days + WINDOW_DAYS)
        return max(20, round(self.responses / (ANSWERS_A_SESSION * SESSIONS_A_LEARNER * within)))

    def random(self, *stream: int) -> np.random.Generator:
        """Return a generator of its own for each stream, so that parts can be drawn in any order."""
        return np.random.default_rng([self.seed, *stream])


def microseconds(day: dt.date) -> int:
    """Return the beginning of the day, UTC, in microseconds since 1970."""
    return round(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()) * 1_000_000
