"""One measured figure, and how it compares."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure in `unit`; `peer` is the same by other means in the same run, or None.

    `ratio` is peer / figure: how many times better than the peer. `goal` is a bound on the figure where
    `at_most` is set, else on the ratio from below; None: there is no promise to keep.
    """

    name: str
    figure: float
    unit: str
    peer: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        return None if self.peer is None else self.peer / self.figure

    @property
    def met(self) -> bool | None:
        """Whether the promise was kept; None where there is none."""
        if self.goal is None:
            return None
        if self.at_most:
            return self.figure <= self.goal
        return self.ratio is not None and self.ratio >= self.goal

    def row(self) -> dict[str, float | str | bool | None]:
        """Return the figure as bench.json has it."""
        return {
            "name": self.name,
            "figure": self.figure,
            "unit": self.unit,
            "peer": self.peer,
            "ratio": self.ratio,
            "goal": self.goal,
            "met": self.met,
        }


def seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Return the median of the seconds that `work` takes."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
