"""Where each sink stands in a source, and how a person moves it where nothing else can go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ingestion.errors import PositionError, SinkError
from ingestion.sinks.base import Sink
from ingestion.sources.base import Source


class Standing(NamedTuple):
    """One sink in one partition: `position` is the next to read, None where the sink does not answer."""

    sink: str
    partition: int
    position: int | None
    earliest: int
    until: int

    @property
    def lag(self) -> int | None:
        """Messages left to read."""
        return None if self.position is None else self.until - self.position


def standings(source: Source, sinks: Sequence[Sink]) -> tuple[list[Standing], dict[str, SinkError]]:
    """Return where every sink stands in every partition, and the sinks that did not answer.

    A partition that a sink never read counts from its earliest message. Raises what the source raises.
    """
    known: dict[str, dict[int, int]] = {}
    away: dict[str, SinkError] = {}
    for sink in sinks:
        try:
            known[sink.name] = dict(sink.positions(source.source_id))
        except SinkError as fault:
            away[sink.name] = fault
    found = []
    for partition in source.partitions():
        earliest, until = source.earliest(partition), source.high_watermark(partition)
        for sink in sinks:
            at = known.get(sink.name)
            position = None if at is None else at.get(partition, earliest)
            found.append(Standing(sink.name, partition, position, earliest, until))
    return found, away


def move(source: Source, sink: Sink, partition: int, to: int | Literal["earliest", "latest"]) -> int:
    """Set the next position that `sink` reads of `partition`, and return it.

    Raises PositionError where the source holds no such place, SinkError where the sink does not answer.
    """
    if partition not in source.partitions():
        raise PositionError(f"{source.source_id} has no partition {partition}")
    earliest, until = source.earliest(partition), source.high_watermark(partition)
    position = {"earliest": earliest, "latest": until}[to] if isinstance(to, str) else to
    if not earliest <= position <= until:
        raise PositionError(
            f"partition {partition} of {source.source_id} holds positions {earliest} to {until}: "
            f"{position} is outside"
        )
    sink.place(source.source_id, partition, position)
    return position
