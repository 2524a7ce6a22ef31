"""Reads a stretch of a topic, log or archive once more and adds what a store does not hold yet.

For a store that was restored from a copy or made anew, and for segments that were archived. No position
moves: what the ordinary drain has still to read, it reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ingestion.drain import BATCH_BYTES, BATCH_MESSAGES
from ingestion.errors import PositionError
from ingestion.sinks.base import Sink, decode_batch
from ingestion.sources.base import Source
from ingestion.summary import DrainSummary, Tally


def replay(
    source: Source,
    sinks: Sequence[Sink],
    *,
    partition: int = 0,
    start: int | None = None,
    end: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[DrainSummary, ...]:
    """Add the messages from position `start` on and before `end` of one partition to every sink.

    `start` and `end` default to the earliest and the high watermark. `progress` is called with messages
    done and in all. Raises PositionError where the source does not hold that stretch, SinkError where a
    sink does not answer (what was added stays; replaying it again is harmless) and what the source raises.
    """
    first, last = _stretch(source, partition, start, end)
    tallies = {sink.name: Tally() for sink in sinks}
    began, position = time.monotonic(), first
    while position < last:
        batch = decode_batch(source.read(partition, position, last, BATCH_MESSAGES, BATCH_BYTES))
        for sink in sinks:
            tallies[sink.name].add(batch, sink.add(batch))
        position = batch.next
        if progress is not None:
            progress(position - first, last - first)
    seconds = time.monotonic() - began
    return tuple(
        tallies[sink.name].summary(sink.name, source, seconds, positions={}, lag={}, faults=())
        for sink in sinks
    )


def _stretch(source: Source, partition: int, start: int | None, end: int | None) -> tuple[int, int]:
    if partition not in source.partitions():
        raise PositionError(f"{source.source_id} has no partition {partition}: {_listed(source)}")
    earliest, until = source.earliest(partition), source.high_watermark(partition)
    first, last = earliest if start is None else start, until if end is None else end
    if not earliest <= first <= last <= until:
        raise PositionError(
            f"partition {partition} of {source.source_id} holds positions {earliest} to {until}, the last not "
            f"included; {first} to {last} is no stretch of it. Choose --from and --to within, or name the "
            "folder of an archive that holds it"
        )
    return first, last


def _listed(source: Source) -> str:
    return f"it has {', '.join(map(str, source.partitions()))}"
