"""Advisory locks on files: who may set a server up, and whether a process of it is alive.

flock belongs to the open file, not to a process id: it passes to children with the descriptor and is
gone with the last process that has it open, however that ended.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from database.errors import EmbeddedServerError


@contextmanager
def exclusive(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock at `path` (made where it is missing) for the block; wait up to `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        with _opened(path) as descriptor:
            # A lock taken on a file that purge deleted meanwhile keeps nobody out.
            if _take(descriptor, fcntl.LOCK_EX) and _is_still(path, descriptor):
                yield
                return
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"another process has been setting up the embedded server for {patience:.0f} s; "
                f"end whoever holds {path} and try again"
            )
        time.sleep(0.02)


@contextmanager
def inheritable(path: Path) -> Iterator[int | None]:
    """Take the lock at `path` and yield its descriptor to pass on to children; None: someone has it."""
    with _opened(path) as descriptor:
        yield descriptor if _take(descriptor, fcntl.LOCK_EX) else None


def is_held(path: Path) -> bool:
    """Return whether any process holds the lock at `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _take(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return True
    return False


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
