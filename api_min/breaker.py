"""A circuit breaker: what has just failed is left alone for a while, then tried by one alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "half-open", "open"]


class Breaker:
    """Opens at the first failure, for `first_s` seconds, and twice as long each time that a probe fails.

    Each attempt has a ticket of the state it began in: of a hundred that were under way when the server went
    away one opens the breaker, and an answer that comes late closes nothing.
    """

    def __init__(
        self, *, first_s: float = 1.0, longest_s: float = 16.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._clock = clock
        self._pause_s = first_s
        self._until = 0.0
        self._state: State = "closed"
        self._turn = 0

    @property
    def state(self) -> State:
        """closed: all may try; open: nobody; half-open: one tries, the others wait for what comes of it."""
        return self._state

    def enter(self) -> int | None:
        """Return the ticket of an attempt, to be given back by one of the three below; None: do without."""
        if self._state == "closed":
            return self._turn
        if self._state == "open" and self._clock() >= self._until:
            self._move("half-open")
            return self._turn
        return None

    def succeeded(self, ticket: int) -> bool:
        """Take back a ticket whose attempt went well; return whether that closed the breaker."""
        if ticket != self._turn or self._state == "closed":
            return False
        self._pause_s = self._first_s
        self._move("closed")
        return True

    def failed(self, ticket: int) -> bool:
        """Take back a ticket whose attempt failed; return whether that opened the breaker."""
        if ticket != self._turn:
            return False
        if self._state == "half-open":
            self._pause_s = min(2 * self._pause_s, self._longest_s)
        self._until = self._clock() + self._pause_s
        self._move("open")
        return True

    def abandoned(self, ticket: int) -> None:
        """Take back a ticket whose attempt told nothing: its request was cancelled; the next may probe."""
        if ticket == self._turn and self._state == "half-open":
            self._move("open")

    def _move(self, state: State) -> None:
        self._state = state
        self._turn += 1
