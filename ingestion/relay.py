"""Publishes what the API left in event_outbox: append, make durable, then mark.

Killed between append and mark it publishes again, and the drain stores each event once. It is a process
of its own (`qbank relay`), never part of a request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from database.queries import telemetry
from ingestion.errors import LogBusyError, LogWriteError
from ingestion.sources.base import Outgoing, Publisher

BATCH_ROWS = 1_000
POLL_SECONDS = 1.0


class Stop(Protocol):
    """What threading.Event offers: waits, and says whether to stop."""

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; True once it is time to stop."""
        ...


def relay_once(engine: Engine, publisher: Publisher, *, batch_rows: int = BATCH_ROWS) -> int:
    """Publish every event that waits in the outbox, in the order of its ids; return how many.

    `engine` acts as qbank_pipeline. Each batch is a transaction; what is published is marked at its end.
    Raises what the publisher raises; rows of that batch then wait for the next call.
    """
    published = 0
    while True:
        with engine.begin() as connection:
            telemetry.lock_relay(connection)
            rows = telemetry.unpublished(connection, batch_rows)
            if rows:
                publisher.append([Outgoing(row.quiz_id.bytes, row.payload.encode("utf-8")) for row in rows])
                telemetry.mark_published(connection, [row.id for row in rows])
        published += len(rows)
        if len(rows) < batch_rows:
            return published


def relay_forever(
    engine: Engine,
    publisher: Publisher,
    stop: Stop,
    *,
    poll_seconds: float = POLL_SECONDS,
    report: Callable[[str], None],
) -> int:
    """Publish whatever comes until `stop` is set, looking every `poll_seconds`; return how many.

    A database that is away, a full disk or another writer is told to `report`, once for each outage, and
    tried again; any other fault ends it.
    """
    published, ailing = 0, False
    while True:
        try:
            published += relay_once(engine, publisher)
        except (OperationalError, LogBusyError, LogWriteError) as fault:
            if not ailing:
                report(f"cannot publish, trying on: {str(getattr(fault, 'orig', fault)).splitlines()[0]}")
            ailing = True
        else:
            if ailing:
                report("publishing again")
            ailing = False
        if stop.wait(poll_seconds):
            return published
