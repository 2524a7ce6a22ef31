"""How large a bank is, over which days, and where its chance comes from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

# Answers that a session of the mix in sessions.py comes to; fewer where an exam has few items.
ANSWERS_A_SESSION = 18.3
# A learner prepares for this many days and leaves; a long history has many learners, not learners of years.
WINDOW_DAYS = 30


def last_midnight() -> dt.datetime:
    """Return the end of the last day that is over, UTC."""
    return dt.datetime.combine(dt.datetime.now(dt.UTC).date(), dt.time(), dt.UTC)


@dataclass(frozen=True)
class Plan:
    """About `responses` answers to `items` questions on the `days` days of 24 hours that end at `ends_at`.

    A learner has `sessions` of them, spread over the days they are there.
    """

    responses: int
    items: int = 120
    days: int = 60
    sessions: int = 10
    ends_at: dt.datetime = field(default_factory=last_midnight)
    seed: int = 6

    @property
    def begins_at(self) -> dt.datetime:
        """The beginning of the first day."""
        return self.ends_at - dt.timedelta(days=self.days)

    @property
    def learners(self) -> int:
        """How many learners give so many answers; some came before the first day, or stay after the last."""
        within = self.days / (self.days + WINDOW_DAYS)
        return max(20, round(self.responses / (ANSWERS_A_SESSION * self.sessions * within)))

    def random(self, *stream: int) -> np.random.Generator:
        """Return a generator of its own for each stream, so that parts can be drawn in any order."""
        return np.random.default_rng([self.seed, *stream])


def microseconds(at: dt.datetime) -> int:
    """Return the instant in microseconds since 1970."""
    return round(at.timestamp()) * 1_000_000
