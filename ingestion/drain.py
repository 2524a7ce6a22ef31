"""Reads a source to its high watermarks and hands what it holds to the sinks, batch by batch.

A drain only reads the source; each sink keeps positions of its own, so that a drain which is killed anywhere
goes on, run again, with the first batch that is not stored. A batch is read and decoded once for all sinks
that stand at the same position; while they store it, each in its own thread, the next one is read. A sink
that fails is out until the next drain, one that hangs is left to itself: the others go on, and it catches
up later, from where it stands.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Self

from ingestion.errors import IngestionError, PositionError
from ingestion.lanes import Lane
from ingestion.sinks.base import Decoded, Sink, decode_batch
from ingestion.sources.base import Source
from ingestion.summary import DrainSummary

# Large, since much of what a batch costs is the same for few events and many: transactions, statements.
BATCH_MESSAGES = 40_000
BATCH_BYTES = 16 * 2**20
GRACE_SECONDS = 5.0


def drain(
    source: Source, sink: Sink, *, batch_messages: int = BATCH_MESSAGES, batch_bytes: int = BATCH_BYTES
) -> DrainSummary:
    """Store in one sink what `source` holds beyond the sink's positions, up to the watermarks of now.

    Raises PositionError where the source no longer has, or never had, what the sink would read next;
    SinkError where the sink does not answer; and what the source raises. Batches stored before stay.
    """
    with Drainer(source, [sink], batch_messages=batch_messages, batch_bytes=batch_bytes) as drainer:
        (summary,) = drainer.run()
    for fault in summary.faults:
        raise fault
    return summary


def drain_all(source: Source, sinks: Sequence[Sink]) -> tuple[DrainSummary, ...]:
    """Do the same for several sinks; what one of them could not do stands in its summary's `faults`."""
    with Drainer(source, sinks) as drainer:
        return drainer.run()


class Drainer:
    """Drains one source into its sinks, as often as `run` is called. A context manager."""

    def __init__(
        self,
        source: Source,
        sinks: Sequence[Sink],
        *,
        batch_messages: int = BATCH_MESSAGES,
        batch_bytes: int = BATCH_BYTES,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._source = source
        self._lanes = [Lane(sink) for sink in sinks]
        self._batch_messages, self._batch_bytes = batch_messages, batch_bytes
        self._grace = grace_seconds
        self._earliest: dict[int, int] = {}
        self._watermarks: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the sinks' threads; the source stays open."""
        for lane in self._lanes:
            lane.close()

    def run(
        self,
        partitions: Sequence[int] | None = None,
        *,
        max_batches: int | None = None,
        resting: Collection[str] = (),
    ) -> tuple[DrainSummary, ...]:
        """Drain `partitions` (all there are now, unless given) and return one summary a sink.

        With `max_batches` each sink takes at most so many of a partition, and a sink that hangs is not
        waited for. Sinks named in `resting` are left out. Raises what the source raises.
        """
        began = time.monotonic()
        for lane in self._lanes:
            lane.start_over()
        awake = [lane for lane in self._lanes if lane.sink.name not in resting]
        self._earliest, self._watermarks = {}, {}
        with _collecting_seldom():
            for partition in self._source.partitions() if partitions is None else partitions:
                self._drain_partition(awake, partition, max_batches)
        self._note_caught_up(awake)
        seconds = time.monotonic() - began
        return tuple(self._summary(lane, seconds) for lane in awake)

    def _drain_partition(self, awake: Sequence[Lane], partition: int, max_batches: int | None) -> None:
        self._earliest[partition] = self._source.earliest(partition)
        until = self._watermarks[partition] = self._source.high_watermark(partition)
        left = dict.fromkeys(awake, max_batches)
        while True:
            self._ask(awake)
            behind = [lane for lane in awake if self._is_behind(lane, partition, until) and left[lane] != 0]
            if behind:
                # Those that are ahead first: a sink that catches up does not hold up one that is up to date.
                front = max(self._position(lane, partition) for lane in behind)
                group = [lane for lane in behind if self._position(lane, partition) == front]
                most = min((rest for lane in group if (rest := left[lane]) is not None), default=None)
                done = self._advance(group, partition, until, most)
                left |= {lane: rest - done for lane in group if (rest := left[lane]) is not None}
                continue
            hanging = [lane for lane in awake if lane.busy]
            if not hanging or max_batches is not None:
                return
            hanging[0].settle(None)

    def _ask(self, awake: Sequence[Lane]) -> None:
        """Learn where the lanes stand whose positions are not known; look after those left to themselves."""
        for lane in awake:
            lane.settle(0)
        asked = [lane for lane in awake if not lane.busy and lane.known is None and lane.away is None]
        for lane in asked:
            lane.ask(self._source.source_id)
        for lane in asked:
            lane.settle(self._grace)

    def _is_behind(self, lane: Lane, partition: int, until: int) -> bool:
        """Say whether a lane could take more; where its position is not to be had, keep that as its fault."""
        if lane.busy or lane.away is not None or lane.known is None or partition in lane.lost:
            return False
        position, earliest = self._position(lane, partition), self._earliest[partition]
        if earliest <= position <= until:
            return position < until
        lane.lost[partition] = _lost(self._source, lane.sink, partition, position, earliest, until)
        return False

    def _position(self, lane: Lane, partition: int) -> int:
        assert lane.known is not None
        if partition not in lane.known:
            lane.known[partition] = self._earliest[partition]
        return lane.known[partition]

    def _advance(self, group: list[Lane], partition: int, until: int, max_batches: int | None) -> int:
        """Take lanes that stand at one position on, together; return how many batches they were given."""
        batch, given = self._decoded(partition, self._position(group[0], partition), until), 0
        while True:
            for lane in group:
                lane.give(batch)
            given += 1
            following, fault = None, None
            if batch.next < until and given != max_batches:
                try:
                    following = self._decoded(partition, batch.next, until)
                except IngestionError as broken:
                    fault = broken
            group = [lane for lane in group if self._has_stored(lane, partition, batch.next)]
            if fault is not None:
                raise fault
            if following is None or not group:
                return given
            batch = following

    def _has_stored(self, lane: Lane, partition: int, position: int) -> bool:
        settled = lane.settle(self._grace)
        return settled and lane.known is not None and lane.known[partition] == position

    def _note_caught_up(self, awake: Sequence[Lane]) -> None:
        """Let those note it that have all there was when this drain began."""
        done = [lane for lane in awake if self._is_caught_up(lane)]
        for lane in done:
            lane.note_caught_up(self._source.source_id)
        for lane in done:
            lane.settle(self._grace)

    def _is_caught_up(self, lane: Lane) -> bool:
        if lane.busy or lane.faults or lane.known is None or not self._watermarks:
            return False
        return all(lane.known.get(partition, -1) >= until for partition, until in self._watermarks.items())

    def _decoded(self, partition: int, start: int, until: int) -> Decoded:
        return decode_batch(
            self._source.read(partition, start, until, self._batch_messages, self._batch_bytes)
        )

    def _summary(self, lane: Lane, seconds: float) -> DrainSummary:
        known = lane.known or {}
        at = {partition: known[partition] for partition in sorted(known)}
        lag = {p: until - at[p] for p, until in sorted(self._watermarks.items()) if p in at}
        return lane.tally.summary(
            lane.sink.name, self._source, seconds, positions=at, lag=lag, faults=lane.faults
        )


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Search for garbage seldom: batches are many objects without cycles, and the search took a quarter of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 100_000), max(before[1], 20), max(before[2], 50))
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _lost(
    source: Source, sink: Sink, partition: int, position: int, earliest: int, until: int
) -> PositionError:
    place = f"partition {partition} of {source.source_id}"
    if position < earliest:
        fault = f"{place} begins at {earliest}: messages {position} to {earliest - 1} were removed before"
        advice, to = "put them back from a copy", "earliest"
    else:
        fault = f"{place} ends at {until}, before {position}: it lost messages that were there for"
        advice, to = "put the source back as it was", "latest"
    return PositionError(
        f"{fault} the sink {sink.name} read them. Nothing was skipped: {advice}, or go on without them by "
        f"`qbank positions set --sink {sink.name} --partition {partition} --to {to}`"
    )
