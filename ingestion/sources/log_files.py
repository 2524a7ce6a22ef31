"""Files of an event log: its folder, its identity, its segments, and the lock of its one writer."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ingestion.errors import CorruptLogError, EventLogError, LogBusyError

FORMAT = 1
_IDENTITY = "log.json"
_LOCK = "lock"
_SUFFIX = ".segment"
_RETRY_SECONDS = 0.02


def segment_path(folder: Path, base: int) -> Path:
    """Return the file whose first message has position `base`."""
    return folder / f"{base:020d}{_SUFFIX}"


def segment_bases(folder: Path) -> list[int]:
    """Return the positions at which the segments begin, ascending."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdecimal())


def identity(folder: Path) -> str | None:
    """Return the log's id; None where no log has been made here."""
    path = folder / _IDENTITY
    try:
        described = json.loads(path.read_bytes())
        written, log_id = described["format"], str(uuid.UUID(described["log_id"]))
    except FileNotFoundError:
        if not (folder.is_dir() and segment_bases(folder)):
            return None
        if (
            path.exists()
        ):  # another process has begun the log meanwhile: its id comes before its first segment
            return identity(folder)
        raise CorruptLogError(
            f"{path} is missing, though segments of the log lie beside it: put it back, "
            f"or move {folder} away and let a new log begin"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise CorruptLogError(
            f"{path} does not say which log this is: put it back, or move {folder} away "
            "and let a new log begin"
        ) from None
    if written != FORMAT:
        raise EventLogError(f"{path} is of format {written}; this version of qbank reads format {FORMAT}")
    return log_id


def make_identity(folder: Path) -> str:
    """Give the log an id, if it has none; the caller holds the lock."""
    known = identity(folder)
    if known is not None:
        return known
    log_id = str(uuid.uuid4())
    described = {"format": FORMAT, "log_id": log_id, "created_at": dt.datetime.now(dt.UTC).isoformat()}
    draft = folder / f"{_IDENTITY}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(described, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _IDENTITY)
    sync_folder(folder)
    return log_id


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def writer_lock(folder: Path, timeout: float) -> Iterator[None]:
    """Be the one writer; LogBusyError after `timeout` seconds. The lock ends with the process, however."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + timeout
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                raise LogBusyError(
                    f"another process has been writing to the event log {folder} for {timeout:g} s: "
                    "try again later"
                )
            time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


def is_being_written(folder: Path) -> bool:
    """Say whether a writer is at work in `folder` at this moment."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
