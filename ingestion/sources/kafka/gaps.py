"""Counts positions that hold no message, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.sources.base import Message


@dataclass(frozen=True)
class _Gaps:
    count: int
    first: int
    last: int


class Gaps:
    """The positions without message that were moved across, by partition."""

    def __init__(self) -> None:
        self._found: dict[int, _Gaps] = {}

    def count(self, partition: int, start: int, end: int, messages: Sequence[Message]) -> None:
        """Take note of those between `start` and before `end` that none of `messages` has."""
        missing = end - start - len(messages)
        if missing == 0:
            return
        held = {message.position for message in messages}
        first = next(position for position in range(start, end) if position not in held)
        last = next(position for position in range(end - 1, start - 1, -1) if position not in held)
        known = self._found.get(partition)
        if known is not None:
            missing, first, last = missing + known.count, min(first, known.first), max(last, known.last)
        self._found[partition] = _Gaps(missing, first, last)

    def notices(self) -> list[str]:
        """Return a sentence for each partition that has some."""
        return [
            f"{gaps.count:,} positions between {gaps.first} and {gaps.last} of partition {partition} hold no "
            "message: compaction removed them, or they are marks and aborted messages of transactions"
            for partition, gaps in sorted(self._found.items())
        ]
