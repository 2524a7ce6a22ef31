"""Reads a source to its high watermark and hands what it holds to a sink, batch by batch.

A drain only reads the source; the sink keeps the positions, so that a drain which is killed anywhere goes
on, run again, with the first batch that is not stored. Several sinks are drained one by one: none holds up
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.errors import PositionError
from ingestion.sinks.base import MovedOnError, Sink, Stored, decode_batch
from ingestion.sources.base import Source

BATCH_MESSAGES = 5_000
BATCH_BYTES = 8 * 2**20


@dataclass(frozen=True)
class DrainSummary:
    """What one drain did: read = stored + repeated + the sum of dead_letters.

    `stored_by_type` counts events by event type, `dead_letters` by reason; `positions` are the sink's next
    ones by partition; `notices` say what a person should know of the source.
    """

    sink: str
    source_id: str
    read: int
    stored: int
    repeated: int
    stored_by_type: Mapping[str, int]
    dead_letters: Mapping[str, int]
    positions: Mapping[int, int]
    notices: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the summary for a person, what became of each kind."""
        dead = sum(self.dead_letters.values())
        head = f"{self.read:,} messages read from {self.source_id}"
        stored = _listed(f"  stored in {self.sink}: {self.stored:,}", self.stored_by_type)
        lines = [head, stored, f"  repeated, already there: {self.repeated:,}"]
        lines.append(_listed(f"  dead letters: {dead:,}", self.dead_letters))
        return lines + [f"  note: {notice}" for notice in self.notices]


@dataclass
class _Tally:
    read: int = 0
    repeated: int = 0
    events: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, messages: int, stored: Stored) -> None:
        self.read += messages
        self.repeated += stored.repeated
        self.events.update(stored.events)
        self.reasons.update(stored.dead_letters)


def drain(
    source: Source, sink: Sink, *, batch_messages: int = BATCH_MESSAGES, batch_bytes: int = BATCH_BYTES
) -> DrainSummary:
    """Store in `sink` what `source` holds beyond the sink's positions, up to the watermarks of now.

    Raises PositionError where the source no longer has, or never had, what the sink would read next;
    SinkError where the sink does not answer; and what the source raises. Batches stored before stay.
    """
    tally = _Tally()
    for partition in source.partitions():
        _drain_partition(source, sink, partition, tally, batch_messages, batch_bytes)
    return DrainSummary(
        sink=sink.name,
        source_id=source.source_id,
        read=tally.read,
        stored=tally.events.total(),
        repeated=tally.repeated,
        stored_by_type=dict(sorted(tally.events.items())),
        dead_letters=dict(tally.reasons.most_common()),
        positions=dict(sink.positions(source.source_id)),
        notices=tuple(source.notices),
    )


def _drain_partition(
    source: Source, sink: Sink, partition: int, tally: _Tally, batch_messages: int, batch_bytes: int
) -> None:
    until = source.high_watermark(partition)
    position = _position(source, sink, partition, until)
    while position < until:
        batch = source.read(partition, position, until, batch_messages, batch_bytes)
        try:
            tally.add(len(batch.messages), sink.store(decode_batch(batch)))
        except MovedOnError:  # by another drain of this sink: go on from where it stands
            position = sink.positions(source.source_id)[partition]
        else:
            position = batch.next


def _position(source: Source, sink: Sink, partition: int, until: int) -> int:
    earliest = source.earliest(partition)
    position = sink.positions(source.source_id).get(partition, earliest)
    if earliest <= position <= until:
        return position
    place = f"partition {partition} of {source.source_id}"
    if position < earliest:
        fault = f"{place} begins at {earliest}: messages {position} to {earliest - 1} were removed before"
        advice = "put them back from a copy"
    else:
        fault = f"{place} ends at {until}, before {position}: it lost messages that were there for"
        advice = "put the source back as it was"
    raise PositionError(
        f"{fault} the sink {sink.name} read them. Nothing was skipped: {advice}, or set the sink's row in "
        f"telemetry.source_positions to {earliest if position < earliest else until} to go on without them"
    )


def _listed(head: str, counts: Mapping[str, int]) -> str:
    return head + (f" ({', '.join(f'{name} {n:,}' for name, n in counts.items())})" if counts else "")
