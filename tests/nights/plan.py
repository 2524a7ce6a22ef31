"""What happens to a bank over some nights, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

WINDOW_DAYS = 30


@dataclass(frozen=True)
class Plan:
    """Days count from the first night, 0; learners have come since `-history`.

    A learner answers `first` questions at random on the day they come, and `WINDOW_DAYS` + 2 days later `later` more
    that suit what they then know of themselves. New learners become abler, by `growth` SD until the last night.
    """

    nights: int = 30
    history: int = 45
    learners: int = 80
    first: int = 20
    later: int = 20
    growth: float = 0.5
    items: int = 80
    #: New questions by day; the last of the first day's has a wrong key.
    new: tuple[tuple[int, int], ...] = ((2, 20), (11, 20))
    retired: tuple[int, int] = (9, 4)
    #: Day and kinds of edits; each of another question.
    edited: tuple[int, tuple[str, ...]] = (8, ("cosmetic", "wording", "wording", "options", "key"))
    drift_day: int = 5
    drifting: int = 5
    drift: float = 0.8
    #: The exam's own rules, in place of the usual ones.
    policy: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 7

    @property
    def n_questions(self) -> int:
        """How many questions there ever are."""
        return self.items + sum(number for _, number in self.new)

    def random(self, *stream: int) -> np.random.Generator:
        """Return a generator of its own for each stream."""
        return np.random.default_rng([self.seed, *[one + 1_000 for one in stream]])


#: Eight nights of a smaller bank, in which more changes at once: what the tests run.
SHORT = Plan(
    nights=8, learners=60, items=30, new=((0, 6), (3, 3)), retired=(4, 2),
    edited=(3, ("cosmetic", "wording", "key")), drift_day=1, drift=1.2, policy={"drift_days": 10},
)  # fmt: skip
