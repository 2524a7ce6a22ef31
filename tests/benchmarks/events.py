"""Events from the local log into Postgres, beside one insert an event."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert

from database.engine import engine_as
from database.tables import TelemetryEvent
from database.tenancy import Role
from ingestion import events
from ingestion.drain import drain
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from tests.benchmarks.figure import Figure, seconds

EVENTS, ONE_BY_ONE = 100_000, 1_000
AT = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)


def measure(url: str, folder: Path) -> Iterator[Figure]:
    """Drain 100,000 answers; the peer writes 1,000 of them a transaction each."""
    log = EventLog(folder / "log", "events.qbank")
    log.append([Outgoing(None, events.encode(events.decode(_answer(number)))) for number in range(EVENTS)])
    engine = engine_as(url, Role.PIPELINE)
    taken = seconds(lambda: drain(log, PostgresSink(engine)))

    def one_by_one() -> None:
        for number in range(ONE_BY_ONE):
            with engine.begin() as connection:
                connection.execute(insert(TelemetryEvent).values(_row(EVENTS + number)))

    naive = seconds(one_by_one)
    engine.dispose()
    per_event, per_row = taken / EVENTS * 1e6, naive / ONE_BY_ONE * 1e6
    yield Figure(
        "drain of an event, local log to Postgres, beside one insert an event", per_event, "us", peer=per_row
    )


def _payload(number: int) -> dict[str, object]:
    return events.answer_submitted(
        event_id=uuid.UUID(int=number),
        timestamp=AT,
        user_id=uuid.UUID(int=number % 997),
        tenant_id=uuid.UUID(int=1),
        quiz_id=uuid.UUID(int=number % 9_973),
        question_id=number % 500 + 1,
        version=1,
        selected="A",
        is_correct=number % 2 == 0,
        time_taken_ms=30_000,
    )


def _answer(number: int) -> bytes:
    import msgspec

    return msgspec.json.encode(_payload(number))


def _row(number: int) -> dict[str, object]:
    payload = _payload(number)
    kept = ("event_id", "event_type", "tenant_id", "user_id", "quiz_id", "question_id", "version", "selected")
    return {name: payload[name] for name in kept} | {"occurred_at": AT, "payload": payload}
