"""A full disk, a real one: an error for who appends, and no loss."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from database.tables.delivery import EventOutbox
from ingestion.drain import drain
from ingestion.errors import EventLogError, LogWriteError
from ingestion.relay import relay_once
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog

FILLER = 400 * 1024
SEGMENT = 200 * 1024  # several fill the disk


@pytest.fixture
def filler(small_disk: Path) -> Path:
    """A file that can be deleted to make room."""
    path = small_disk / "filler"
    path.write_bytes(bytes(FILLER))
    return path


def opened(disk: Path) -> EventLog:
    """The log on `disk`, as a new process would open it."""
    return EventLog(disk / "log", "events.qbank", segment_bytes=SEGMENT)


def held(log: EventLog) -> list[bytes]:
    until = log.high_watermark(0)
    return [message.raw for message in log.read(0, 0, until, 10**6, 10**9).messages]


def stored_ids(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(text("select event_id::text from telemetry.events")))


def ids(raws: list[bytes]) -> list[str]:
    return sorted(json.loads(raw)["event_id"] for raw in raws)


def batches(events: Any, size: int) -> Iterator[list[bytes]]:
    for _ in range(1_000):
        yield [events.raw() for _ in range(size)]


def append(log: EventLog, raws: list[bytes]) -> None:
    log.append([Outgoing(None, raw) for raw in raws])


def test_what_was_appended_stands_and_the_rest_comes_once_there_is_room(
    small_disk: Path, filler: Path, pipeline_engine: Engine, events: Any
) -> None:
    log, kept, failed = opened(small_disk), list[bytes](), list[bytes]()
    with pytest.raises(LogWriteError, match="make room"):
        for batch in batches(events, 70):
            failed = batch
            append(log, batch)
            kept += batch
    assert kept
    for reader in (log, opened(small_disk)):
        whole = held(reader)
        assert whole == (kept + failed)[: len(whole)]
        assert len(kept) <= len(whole) < len(kept) + len(failed)
    first = drain(opened(small_disk), PostgresSink(pipeline_engine))
    assert (first.stored, first.repeated, first.dead_letters) == (len(whole), 0, {})
    with pytest.raises(LogWriteError, match="make room"):
        append(log, [events.raw(extra="x" * FILLER)])

    filler.unlink()
    later = [events.raw() for _ in range(100)]
    append(log, failed)  # as a producer does that was told of the error
    append(opened(small_disk), later)
    second = drain(opened(small_disk), PostgresSink(pipeline_engine))
    assert second.repeated == len(whole) - len(kept)
    assert second.dead_letters == {}
    assert stored_ids(pipeline_engine) == ids(kept + failed + later)


def test_the_outbox_waits_for_room(
    small_disk: Path, filler: Path, pipeline_engine: Engine, events: Any
) -> None:
    made = [events.one() for _ in range(2_600)]
    rows = [
        {
            "event_id": uuid.UUID(event["event_id"]),
            "event_type": event["event_type"],
            "quiz_id": uuid.UUID(event["quiz_id"]),
            "payload": event,
        }
        for event in made
    ]
    with pipeline_engine.begin() as connection:
        connection.execute(insert(EventOutbox), rows)
    with pytest.raises(LogWriteError, match="make room"):
        relay_once(pipeline_engine, opened(small_disk), batch_rows=300)
    waiting = unpublished(pipeline_engine)
    assert 0 < len(waiting) < len(made)
    published = [event["event_id"] for event in made][: len(made) - len(waiting)]
    assert [json.loads(raw)["event_id"] for raw in held(opened(small_disk))][: len(published)] == published

    filler.unlink()
    assert relay_once(pipeline_engine, opened(small_disk), batch_rows=300) == len(waiting)
    assert unpublished(pipeline_engine) == []
    summary = drain(opened(small_disk), PostgresSink(pipeline_engine))
    assert (summary.stored, summary.dead_letters) == (len(made), {})
    assert stored_ids(pipeline_engine) == sorted(event["event_id"] for event in made)


def test_a_log_that_cannot_be_made_is_an_error(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"), (small_disk / "filler").open("wb", 0) as file:
        while file.write(bytes(4096)):
            pass
    with pytest.raises(EventLogError, match="No space left"):
        append(opened(small_disk), [b"{}"])
    (small_disk / "filler").unlink()
    append(opened(small_disk), [b"{}"])
    assert held(opened(small_disk)) == [b"{}"]


def unpublished(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.scalars(
            text("select event_id::text from event_outbox where published_at is null order by id")
        )
        return list(rows)
