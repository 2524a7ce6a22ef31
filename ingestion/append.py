"""Feeds a file of events by hand: each line as it is, good or bad; the drain says what became of each."""

from __future__ import annotations

from pathlib import Path

from ingestion.errors import EventFileError, MessageTooLargeError
from ingestion.sources.base import Outgoing, Publisher

_BATCH_LINES = 5_000
_BATCH_BYTES = 8 * 2**20


def append_file(path: Path, publisher: Publisher) -> int:
    """Publish the lines of a JSON Lines file, without their line ends, and return how many.

    Raises EventFileError where the file cannot be read or a line is over what the publisher takes; it
    says how many lines were published before. Appending the file again is harmless.
    """
    published = 0
    waiting: list[Outgoing] = []
    size = 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                waiting.append(Outgoing(None, line.removesuffix(b"\n")))
                size += len(line)
                if len(waiting) >= _BATCH_LINES or size >= _BATCH_BYTES:
                    publisher.append(waiting)
                    published, size = published + len(waiting), 0
                    waiting.clear()
        publisher.append(waiting)
    except OSError as fault:
        raise EventFileError(
            f"{path} cannot be read ({fault.strerror}); {published:,} lines of it were appended", published
        ) from fault
    except MessageTooLargeError as fault:
        raise EventFileError(
            f"{path}, line {published + fault.index + 1}: {fault}; {published:,} lines before it were appended",
            published,
        ) from fault
    return published + len(waiting)
