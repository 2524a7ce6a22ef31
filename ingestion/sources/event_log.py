"""The local event log: source and publisher where no broker is configured.

An append-only log in segment files, one partition, positions 0, 1, 2, ... A whole record is never removed
or changed, so a reader may store what it has read: before it says how far the log goes, it makes that
durable itself. A record that an interrupted append left half-written is cut off by the next append, and
its position stays empty: should it be a whole record gone bad, no sink that has passed it misses another.
Only `erase` takes messages out, and leaves a gap of the same length.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import (
    CorruptLogError,
    EventLogError,
    LogWriteError,
    MessageTooLargeError,
    PositionError,
)
from ingestion.sources import log_files
from ingestion.sources.base import Batch, Message, Outgoing
from ingestion.sources.erasing import erase_from_segment
from ingestion.sources.framing import (
    MAX_MESSAGE_BYTES,
    BrokenRecordError,
    Record,
    frame,
    frame_gap,
    is_torn,
    records,
)
from ingestion.sources.log_files import segment_bases, segment_path

PARTITION = 0
SEGMENT_BYTES = 16 * 2**20
LOCK_SECONDS = 30.0


@dataclass(frozen=True)
class _Place:
    """Where a record begins: segment, byte offset in it, and the record's position."""

    base: int
    offset: int
    position: int


class EventLog:
    """The log of one topic in `folder`, made when first used."""

    def __init__(
        self,
        folder: Path,
        topic: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self.folder = folder
        self._topic = topic
        self._segment_bytes = segment_bytes
        self._lock_seconds = lock_seconds
        self._notices: list[str] = []
        self._log_id = self._open()
        self._end: _Place | None = None  # after the last whole record seen
        self._cursor: _Place | None = None  # where the last read ended

    @property
    def source_id(self) -> str:
        """Identity of this log: another one after the folder was removed and made anew."""
        return f"log:{self._topic}:{self._log_id}"

    @property
    def notices(self) -> tuple[str, ...]:
        """What was found torn at the end, and what was cut off."""
        return tuple(self._notices)

    def partitions(self) -> tuple[int]:
        """Return the one partition."""
        return (PARTITION,)

    def earliest(self, partition: int) -> int:
        """Return the position of the oldest record still there."""
        with self._reading():
            bases = self._bases(partition)
            return bases[0] if bases else 0

    def high_watermark(self, partition: int) -> int:
        """Return the position after the last whole record; all before it are made durable first."""
        with self._reading():
            return self._durable_end(partition)

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        """Return messages from `start` on and before `until`; CorruptLogError where a record is damaged."""
        messages: list[Message] = []
        size, position = 0, start
        with self._reading():
            bases = self._bases(partition)
            while position < until and len(messages) < max_messages and size < max_bytes:
                for record in self._records_from(bases, position):
                    if record.raw is not None:
                        messages.append(Message(record.position, record.raw))
                        size += len(record.raw)
                    position = record.position + 1
                    if position >= until or len(messages) >= max_messages or size >= max_bytes:
                        break
        return Batch(self.source_id, partition, start, position, tuple(messages))

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Write `messages` and make them durable; one writer at a time, over all processes.

        Raises LogBusyError, LogWriteError (a full disk, say), MessageTooLargeError and CorruptLogError.
        What was written whole before a failure stays.
        """
        for index, message in enumerate(messages):
            if len(message.raw) > MAX_MESSAGE_BYTES:
                size = f"{len(message.raw):,} bytes is over the event log's {MAX_MESSAGE_BYTES:,}"
                raise MessageTooLargeError(f"a message of {size}", index)
        with self._writing():
            self._cut_torn_end()
            self._write(messages)

    def erase(self, meant: Callable[[bytes], bool]) -> int:
        """Take every message out that is `meant`, and return how many; all positions stay what they are.

        Killed at any point, each segment is as it was or without them. Who reads meanwhile gets what was or
        what is. Raises LogBusyError, LogWriteError and CorruptLogError.
        """
        with self._writing():
            self._cut_torn_end()
            erased = 0
            for base in self._bases(PARTITION):
                try:
                    erased += erase_from_segment(self.folder, base, meant)
                except BrokenRecordError as broken:
                    raise self._corrupt(segment_path(self.folder, base), broken.offset) from None
            return erased

    def close(self) -> None:
        """Do nothing: files are open only while they are read or written."""

    def _open(self) -> str:
        try:
            known = log_files.identity(self.folder)
            if known is not None:
                return known
            self.folder.mkdir(parents=True, exist_ok=True)
            with log_files.writer_lock(self.folder, self._lock_seconds):
                return log_files.make_identity(self.folder)
        except OSError as fault:
            raise EventLogError(
                f"the event log {self.folder} cannot be opened ({fault.strerror}): "
                "give this user the right to read and write there, or set QBANK_HOME to another folder"
            ) from fault

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with log_files.writer_lock(self.folder, self._lock_seconds):
                yield
        except OSError as fault:
            raise LogWriteError(
                f"the event log {self.folder} could not be written ({fault.strerror}): make room or mend "
                "the permissions, then run the command again; what it held before stands"
            ) from fault

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise EventLogError(
                f"the event log {self.folder} could not be read ({fault.strerror}): see to the disk and the "
                "permissions, then run the command again"
            ) from fault

    def _bases(self, partition: int) -> list[int]:
        if partition != PARTITION:
            raise EventLogError(
                f"the event log {self.folder} has the one partition {PARTITION}, not {partition}"
            )
        if log_files.identity(self.folder) != self._log_id:
            raise EventLogError(
                f"the event log {self.folder} was removed or replaced while in use: run again"
            )
        return segment_bases(self.folder)

    def _durable_end(self, partition: int) -> int:
        bases = self._bases(partition)
        if not bases:
            return 0
        path = segment_path(self.folder, bases[-1])
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
        end = self._find_end(bases[-1], size)
        in_progress = log_files.is_being_written(self.folder) or path.stat().st_size != size
        if end.offset < size and not in_progress:
            self._note(
                f"{path}: {size - end.offset} bytes from byte {end.offset} on are a record that was never "
                "written to its end; it is not read, and the next append cuts it off"
            )
        return end.position

    def _records_from(self, bases: list[int], position: int) -> Iterator[Record]:
        """Yield the records from `position` to the end of its segment, at least one."""
        index = bisect_right(bases, position) - 1
        if index < 0:
            raise PositionError(f"the event log {self.folder} no longer has the record {position}")
        base, path = bases[index], segment_path(self.folder, bases[index])
        place = self._cursor
        if place is None or place.base != base or place.position != position:
            place = _Place(base, 0, base)
        found = False
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            try:
                for record in records(file, place.offset, place.position, size):
                    if record.position >= position:
                        found = True
                        self._cursor = _Place(base, record.end, record.position + 1)
                        yield record
            except BrokenRecordError as broken:
                raise self._corrupt(path, broken.offset) from None
        if not found:
            raise CorruptLogError(
                f"the event log {self.folder} has no record {position}: a segment is missing or was cut. Put it "
                "back from a copy, or move the folder away and let a new log begin"
            )

    def _find_end(self, base: int, size: int) -> _Place:
        """Return the place after the last whole record in the first `size` bytes of the newest segment."""
        path = segment_path(self.folder, base)
        end = self._end
        if end is None or end.base != base or end.offset > size:
            end = _Place(base, 0, base)
        with path.open("rb") as file:
            try:
                for record in records(file, end.offset, end.position, size):
                    end = _Place(base, record.end, record.position + 1)
            except BrokenRecordError as broken:
                if not is_torn(path, broken.offset, size):
                    raise self._corrupt(path, broken.offset) from None
        self._end = end
        return end

    def _cut_torn_end(self) -> None:
        bases = self._bases(PARTITION)
        if not bases:
            self._end = None
            return
        path = segment_path(self.folder, bases[-1])
        size = path.stat().st_size
        end = self._find_end(bases[-1], size)
        if end.offset < size:
            gap = frame_gap(end.position)
            with path.open("r+b") as file:
                file.seek(end.offset)
                file.write(gap)  # before the cut: killed in between, the position is taken all the same
                file.flush()
                file.truncate(end.offset + len(gap))
                os.fsync(file.fileno())
            self._end = _Place(end.base, end.offset + len(gap), end.position + 1)
            self._note(
                f"{path}: cut off {size - end.offset} bytes at byte {end.offset}, "
                "a record that was never written to its end"
            )

    def _write(self, messages: Sequence[Outgoing]) -> None:
        waiting = list(reversed(messages))
        while waiting:
            place = self._end or _Place(0, 0, 0)
            if place.offset >= self._segment_bytes:
                place = _Place(place.position, 0, place.position)
            block, count = bytearray(), 0
            while waiting and place.offset + len(block) < self._segment_bytes:
                block += frame(place.position + count, waiting.pop().raw)
                count += 1
            self._flush(place, block)
            self._end = _Place(place.base, place.offset + len(block), place.position + count)

    def _flush(self, place: _Place, block: bytearray) -> None:
        path = segment_path(self.folder, place.base)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            written = 0
            while written < len(block):
                written += os.write(descriptor, memoryview(block)[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            log_files.sync_folder(self.folder)

    def _note(self, notice: str) -> None:
        if notice not in self._notices:
            self._notices.append(notice)

    def _corrupt(self, path: Path, offset: int) -> CorruptLogError:
        return CorruptLogError(
            f"{path} is damaged at byte {offset}, and this is no append that was cut short: more was written "
            "after it. Put the file back from a copy, or move the folder away and let a new log begin; events "
            "that were already drained stay in the database"
        )
