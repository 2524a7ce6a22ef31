"""Cuts what a client fetched into batches: up to a position, a number of messages or of bytes."""

from __future__ import annotations

import time
from collections import deque

from ingestion.sources.base import Message
from ingestion.sources.kafka.client import FETCH_BYTES, Reader

_FETCH_SECONDS = 0.2
_USUAL_BYTES = 1_000


class Reading:
    """Where a reader stands, and what it fetched beyond the last batch."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ahead: deque[Message] = deque()
        self._fetched = 0  # position after what is ahead
        self._size = _USUAL_BYTES  # of the largest message of the last fetch
        self._next: tuple[int, int] | None = None  # partition and position at which the last batch ended

    def take(
        self, partition: int, start: int, until: int, max_messages: int, max_bytes: int, seconds: float
    ) -> tuple[list[Message], int]:
        """Return messages from `start` on and before `until`, and the position after them.

        Ends early, with what there is, where nothing came for `seconds`; raises what the reader raises.
        """
        if self._next != (partition, start):
            self._ahead.clear()
            self._next = None
            self._reader.seek(partition, start)
            self._fetched = start
        messages: list[Message] = []
        size, position = 0, start
        deadline = time.monotonic() + seconds
        while position < until and len(messages) < max_messages and size < max_bytes:
            if self._ahead:
                message = self._ahead[0]
                if message.position >= until:
                    position = until
                    break
                messages.append(self._ahead.popleft())
                size += len(message.raw)
                position = message.position + 1
            elif self._fetched > position:  # positions that hold no message
                position = min(self._fetched, until)
            elif not self._fetch(min(max_messages - len(messages), until - position)):
                if time.monotonic() > deadline:
                    break
            else:
                deadline = time.monotonic() + seconds
        if position >= until and not self._ahead:
            self._reader.rest()
            self._next = None
        else:
            self._next = (partition, position)
        return messages, position

    def forget(self) -> None:
        """Let the next batch be fetched anew."""
        self._next = None

    def _fetch(self, most: int) -> bool:
        """Fetch up to `most` messages, fewer where the last ones were large; say whether anything came."""
        before = self._fetched
        bounded = min(most, 1 + FETCH_BYTES // self._size)
        fetched, self._fetched = self._reader.fetch(bounded, _FETCH_SECONDS)
        if fetched:
            self._ahead.extend(fetched)
            self._size = max(1, *(len(message.raw) for message in fetched))
        return self._fetched > before
