"""Messages taken out of a segment of the event log, each replaced by a gap of its length.

Byte offsets and positions stay, so readers and writers that remember them are not misled. A record cannot be
written over in one step, and who read it half-way would take it for damage: the segment is written anew
beside the old one and takes its name when it is durable. An open reader goes on with the old file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ingestion.sources import log_files
from ingestion.sources.framing import frame, frame_gap, records
from ingestion.sources.log_files import segment_path


def erase_from_segment(folder: Path, base: int, meant: Callable[[bytes], bool]) -> int:
    """Erase the messages of one segment that are `meant` and return how many; the caller is the one writer.

    Raises BrokenRecordError where the segment is damaged.
    """
    path = segment_path(folder, base)
    anew, erased = bytearray(), 0
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        for record in records(file, 0, base, before.st_size):
            if record.raw is not None and not meant(record.raw):
                anew += frame(record.position, record.raw)
                continue
            erased += record.raw is not None
            anew += frame_gap(record.position, record.length)
    if erased:
        _replace(path, anew, before)
    return erased


def _replace(path: Path, content: bytearray, before: os.stat_result) -> None:
    draft = path.with_name(f"{path.name}.new")  # one that a crash left behind is written over
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), before.st_mode & 0o777)
        if os.geteuid() == 0:  # a log of another user stays theirs
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    log_files.sync_folder(path.parent)
