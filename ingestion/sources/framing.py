"""How the event log writes a message into a segment file, and how damage is told from a torn end.

A record is a header of 20 bytes - magic, position, length, CRC-32 - and the message. The checksum covers
magic, position and length too, so that a record moved or left from elsewhere does not pass for a good one.
A gap is a record of its own kind, in the place of a message that was cut off or erased: it holds none, but
as many zeros as the erased one was long, so that every record after it keeps its place.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

MESSAGE, GAP = b"QBE1", b"QBE0"
_COMMON = b"QBE"
_HEADER = struct.Struct("<4sQII")
_CHECKED = struct.Struct("<4sQI")
MAX_MESSAGE_BYTES = 64 * 2**20


class Record(NamedTuple):
    """A whole record: its position, the message's bytes (None: a gap), their length, and the file offset after it."""

    position: int
    raw: bytes | None
    length: int
    end: int


class BrokenRecordError(Exception):
    """At byte `offset`, where a record should begin, there is no whole one."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(f"no whole record at byte {offset}")


def frame(position: int, raw: bytes) -> bytes:
    """Return the record of the message `raw`."""
    return _HEADER.pack(MESSAGE, position, len(raw), _checksum(MESSAGE, position, raw)) + raw


def frame_gap(position: int, length: int = 0) -> bytes:
    """Return the record that says that `position` holds no message, as long as one of `length` bytes."""
    zeros = bytes(length)
    return _HEADER.pack(GAP, position, length, _checksum(GAP, position, zeros)) + zeros


def records(file: BinaryIO, offset: int, position: int, size: int) -> Iterator[Record]:
    """Yield the records between `offset`, where that of `position` begins, and the file's `size`.

    Raises BrokenRecordError at the first that is not whole.
    """
    file.seek(offset)
    while offset < size:
        record = _read(file, offset, position, size)
        yield record
        offset, position = record.end, position + 1


def is_torn(path: Path, offset: int, size: int) -> bool:
    """Say whether what is broken at `offset` is but an append cut short: no whole record follows.

    `size` is the file's when it was found broken: an append may have gone on since.
    """
    with path.open("rb") as file:
        file.seek(offset)
        rest = file.read(size - offset)
    at = rest.find(_COMMON, 1)
    while at >= 0:
        if _holds_record(rest, at):
            return False
        at = rest.find(_COMMON, at + 1)
    return True


def _read(file: BinaryIO, offset: int, position: int, size: int) -> Record:
    header = file.read(_HEADER.size)
    if len(header) == _HEADER.size:
        magic, written, length, checksum = _HEADER.unpack(header)
        end = offset + _HEADER.size + length
        if magic in (MESSAGE, GAP) and written == position and length <= MAX_MESSAGE_BYTES and end <= size:
            raw = file.read(length)
            if len(raw) == length and checksum == _checksum(magic, position, raw):
                return Record(position, None if magic == GAP else raw, length, end)
    raise BrokenRecordError(offset)


def _holds_record(rest: bytes, at: int) -> bool:
    start = at + _HEADER.size
    if len(rest) < start:
        return False
    magic, position, length, checksum = _HEADER.unpack_from(rest, at)
    message = rest[start : start + length]
    return len(message) == length and bool(checksum == _checksum(magic, position, message))


def _checksum(magic: bytes, position: int, raw: bytes) -> int:
    return zlib.crc32(raw, zlib.crc32(_CHECKED.pack(magic, position, len(raw))))
