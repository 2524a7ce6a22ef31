"""What a drain did, sink by sink, in plain values and in lines for a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.errors import IngestionError
from ingestion.sinks.base import Decoded, Stored
from ingestion.sources.base import Source


@dataclass(frozen=True)
class DrainSummary:
    """What one drain did for one sink.

    read = stored + repeated + passed_over + forgotten + the sum of `dead_letters`. `stored_by_type` counts
    events by event type, `dead_letters` by reason; `passed_over` are messages that this store has no place
    for, `forgotten` those of forgotten learners, which were dropped.
    `positions` are the sink's next ones by partition and `lag` the messages between them and the
    watermarks of the drain's beginning; a sink that does not answer has neither. `oldest` and `newest` are
    timestamps of events read, UTC; `seconds` is the time from the drain's beginning to its end.
    `notices` say what a person should know of the source, `faults` what the sink could not do.
    """

    sink: str
    source_id: str
    read: int
    stored: int
    repeated: int
    passed_over: int
    forgotten: int
    stored_by_type: Mapping[str, int]
    dead_letters: Mapping[str, int]
    positions: Mapping[int, int]
    lag: Mapping[int, int]
    oldest: dt.datetime | None
    newest: dt.datetime | None
    seconds: float
    notices: tuple[str, ...]
    faults: tuple[IngestionError, ...]

    @property
    def events_per_second(self) -> float:
        """Messages read per second of the whole drain."""
        return self.read / self.seconds if self.seconds > 0 else 0.0

    def lines(self) -> list[str]:
        """Return the summary for a person, what became of each kind."""
        dead = sum(self.dead_letters.values())
        rate = f", {self.events_per_second:,.0f} a second" if self.read else ""
        lines = [
            f"{self.read:,} messages read from {self.source_id}{rate}",
            _listed(f"  stored in {self.sink}: {self.stored:,}", self.stored_by_type),
            f"  repeated, already there: {self.repeated:,}",
        ]
        if self.passed_over:
            lines.append(f"  passed over, nothing for {self.sink}: {self.passed_over:,}")
        if self.forgotten:
            lines.append(f"  of forgotten learners, dropped: {self.forgotten:,}")
        if dead or not self.passed_over:
            lines.append(_listed(f"  dead letters: {dead:,}", self.dead_letters))
        if any(self.lag.values()):
            lines.append(f"  left to read: {sum(self.lag.values()):,}")
        return lines + [f"  note: {notice}" for notice in self.notices]


def _listed(head: str, counts: Mapping[str, int]) -> str:
    """Return `head` with its counts by name behind it."""
    return head + (f" ({', '.join(f'{name} {n:,}' for name, n in counts.items())})" if counts else "")


@dataclass
class Tally:
    """Counts what a sink stored, batch by batch."""

    read: int = 0
    repeated: int = 0
    passed_over: int = 0
    forgotten: int = 0
    events: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    oldest: dt.datetime | None = None
    newest: dt.datetime | None = None

    def add(self, batch: Decoded, stored: Stored) -> None:
        """Count a batch that was stored."""
        self.read += len(batch.accepted) + len(batch.rejected)
        self.repeated += stored.repeated
        self.passed_over += stored.passed_over
        self.forgotten += stored.forgotten
        self.events.update(stored.events)
        self.reasons.update(stored.dead_letters)
        times = [item.event.timestamp for item in batch.accepted]
        if times:
            self.oldest = min(times) if self.oldest is None else min(self.oldest, *times)
            self.newest = max(times) if self.newest is None else max(self.newest, *times)

    def summary(
        self,
        sink: str,
        source: Source,
        seconds: float,
        *,
        positions: Mapping[int, int],
        lag: Mapping[int, int],
        faults: tuple[IngestionError, ...],
    ) -> DrainSummary:
        """Return what was counted, with what else is to be told."""
        return DrainSummary(
            sink=sink,
            source_id=source.source_id,
            read=self.read,
            stored=self.events.total(),
            repeated=self.repeated,
            passed_over=self.passed_over,
            forgotten=self.forgotten,
            stored_by_type=dict(sorted(self.events.items())),
            dead_letters=dict(self.reasons.most_common()),
            positions=positions,
            lag=lag,
            oldest=self.oldest,
            newest=self.newest,
            seconds=seconds,
            notices=tuple(source.notices),
            faults=faults,
        )
