"""What relay and sinks did of late, kept in small files, so that `qbank status` knows without asking them.

One file a worker (`relay`, or a sink's name) below QBANK_HOME/ingestion: messages done by minute for the
last hour, and the last error. Files, and not a table: an error of Postgres is to be seen while Postgres is
away. Several processes of one worker write the same file, one after the other.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = "ingestion"
_HOUR = 60  # minutes
_IDLE_SECONDS = 10.0


@dataclass(frozen=True)
class Entry:
    """What one worker did: messages in the last whole minute and hour, when it last worked and erred."""

    worker: str
    seen_at: dt.datetime
    last_minute: int
    last_hour: int
    total: int
    error: str | None
    error_at: dt.datetime | None


class Journal:
    """Keeps the entries below one home."""

    def __init__(self, home: Path, report: Callable[[str], None] | None = None) -> None:
        self._folder = home / _FOLDER
        self._report = report
        self._written: dict[str, dt.datetime] = {}

    def record(self, worker: str, done: int, error: str | None, now: dt.datetime) -> None:
        """Add `done` messages, and the error if there was one; nothing done is written now and then only.

        A journal that cannot be written stops nobody's work: it is told to `report`, once.
        """
        idle = not done and error is None
        before = self._written.get(worker)
        if idle and before is not None and (now - before).total_seconds() < _IDLE_SECONDS:
            return
        self._written[worker] = now
        try:
            self._add(worker, done, error, now)
        except OSError as fault:
            if self._report is not None:
                self._report(
                    f"{self._folder} cannot be written ({fault.strerror}): `qbank status` will know nothing new"
                )
                self._report = None

    def _add(self, worker: str, done: int, error: str | None, now: dt.datetime) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{worker}.json"
        with _locked(path):
            kept = _load(path)
            minute = int(now.timestamp() // 60)
            minutes = {int(m): n for m, n in kept.get("minutes", {}).items() if int(m) > minute - 2 * _HOUR}
            minutes[minute] = minutes.get(minute, 0) + done
            kept |= {
                "seen_at": now.isoformat(),
                "minutes": {str(m): n for m, n in sorted(minutes.items())},
                "total": kept.get("total", 0) + done,
            }
            if error is not None:
                kept |= {"error": error, "error_at": now.isoformat()}
            _write(path, kept)

    def entries(self, now: dt.datetime) -> list[Entry]:
        """Return what is known of every worker, by name."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            kept = _load(path)
            if kept:
                found.append(_entry(path.stem, kept, int(now.timestamp() // 60)))
        return found


def _entry(worker: str, kept: dict[str, Any], minute: int) -> Entry:
    minutes = {int(m): int(n) for m, n in kept["minutes"].items()}
    error_at = kept.get("error_at")
    return Entry(
        worker=worker,
        seen_at=dt.datetime.fromisoformat(kept["seen_at"]),
        last_minute=minutes.get(minute - 1, 0),
        last_hour=sum(n for m, n in minutes.items() if minute - _HOUR <= m < minute),
        total=int(kept["total"]),
        error=kept.get("error"),
        error_at=None if error_at is None else dt.datetime.fromisoformat(error_at),
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _load(path: Path) -> dict[str, Any]:
    """Return what the file holds; nothing where it is not there or was cut short by a crash of the machine."""
    try:
        kept = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(path: Path, kept: dict[str, Any]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(kept), encoding="utf-8")
    draft.replace(path)
