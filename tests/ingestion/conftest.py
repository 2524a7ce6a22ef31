"""Events to feed: valid ones from a seed, and the log they go through."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog

TENANT = "00000000-0000-0000-0000-000000000001"
START = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
ITEM_TYPES = ("question_served", "answer_submitted", "explanation_viewed", "note_added", "flagged")


class Events:
    """Makes valid events; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made = 0

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def one(self, event_type: str | None = None, **changed: Any) -> dict[str, Any]:
        event_type = event_type or self.random.choice(("quiz_started", *ITEM_TYPES))
        self.made += 1
        event: dict[str, Any] = {
            "event_id": self.uuid(),
            "event_type": event_type,
            "timestamp": (START + dt.timedelta(seconds=self.made)).isoformat(),
            "user_id": self.uuid(),
            "tenant_id": TENANT,
            "quiz_id": self.uuid(),
        }
        if event_type == "quiz_started":
            event |= {"mode": self.random.choice(("tutor", "exam")), "filters": {"topics": ["heart"]}}
        else:
            event |= {"question_id": self.random.randint(1, 2**40), "version": self.random.randint(1, 9)}
        if event_type == "answer_submitted":
            event |= {
                "selected": self.random.choice("ABCDE"),
                "is_correct": self.random.random() < 0.5,
                "time_taken_ms": self.random.randint(0, 90_000),
            }
        return event | changed

    def raw(self, event_type: str | None = None, **changed: Any) -> bytes:
        return json.dumps(self.one(event_type, **changed)).encode()

    def outgoing(self, count: int) -> list[Outgoing]:
        return [Outgoing(None, self.raw()) for _ in range(count)]


@pytest.fixture
def events() -> Events:
    return Events(20261)


@pytest.fixture
def open_log(tmp_path: Path) -> Callable[..., EventLog]:
    """Open the test's log, as a new process would."""

    def opened(**options: Any) -> EventLog:
        return EventLog(tmp_path / "event_log" / "events.qbank", "events.qbank", **options)

    return opened


@pytest.fixture
def log(open_log: Callable[..., EventLog]) -> EventLog:
    return open_log()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB: it is really full when it is full. Mounting takes root."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as fault:
        reason = f"no tmpfs can be mounted: {getattr(fault, 'stderr', None) or fault}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    yield place
    subprocess.run(["umount", str(place)], check=True)
