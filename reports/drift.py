"""What the page says of items that drifted in single weeks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reports.page import Plot


@dataclass(frozen=True)
class DriftedWeek:
    """A week in which an item's proportion right lies off what its curve expects; z is the gap over `se`."""

    item: str
    week: dt.date
    n: int
    observed: float
    expected: float
    se: float
    z: float


@dataclass(frozen=True)
class DriftByWeek:
    """How many weeks of items there are, how many of them could be tested, and those that drifted."""

    n_weeks: int
    n_tested: int
    drifted: tuple[DriftedWeek, ...] = ()
    plot: Plot | None = None

    @property
    def items(self) -> list[str]:
        """Items that drifted in some week, the one farthest off first."""
        ordered = sorted(self.drifted, key=lambda each: -abs(each.observed - each.expected))
        return list(dict.fromkeys(each.item for each in ordered))
