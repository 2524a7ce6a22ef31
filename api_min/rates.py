"""How many requests one caller may make: a token bucket each, in the memory of this process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "20:100"
_MOST_CALLERS: Final = 100_000
_MOST_A_SECOND: Final = 1e6


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, and so many at once."""

    a_second: float
    at_once: int

    @classmethod
    def read(cls, text: str) -> Rate:
        """Return the rate of `A_SECOND:AT_ONCE`, such as 20:100. Raises ValueError."""
        average, separator, burst = text.partition(":")
        try:
            rate = cls(float(average), int(burst))
        except ValueError:
            rate = cls(0.0, 0)
        if (
            not separator
            or not 0.0 < rate.a_second <= _MOST_A_SECOND
            or not 1 <= rate.at_once <= _MOST_A_SECOND
        ):
            raise ValueError("it is not A_SECOND:AT_ONCE, both above 0")
        return rate


class Buckets:
    """The buckets of the callers seen last; one that has long not been seen is full again."""

    def __init__(
        self, rate: Rate, clock: Callable[[], float] = time.monotonic, most: int = _MOST_CALLERS
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, whose: Hashable) -> float:
        """Take one request from the caller's bucket; 0: granted, else how many seconds until the next one is."""
        now = self._clock()
        left, since = self._left.pop(whose, (float(self._rate.at_once), now))
        left = min(float(self._rate.at_once), left + (now - since) * self._rate.a_second)
        granted = left >= 1.0
        self._left[whose] = (left - 1.0 if granted else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return 0.0 if granted else (1.0 - left) / self._rate.a_second
