"""Publishes what the API left in event_outbox: append, make durable, then mark.

Killed between append and mark it publishes again, and the drain stores each event once. It is a process
of its own (`qbank relay`), never part of a request. An event that the topic does not take for its size
becomes a dead letter, so that it holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from database.queries import dead_letters, telemetry
from database.queries.dead_letters import LetterRow
from database.queries.telemetry import OutboxRow
from ingestion.errors import BrokerError, LogBusyError, LogWriteError, MessageTooLargeError, TransportError
from ingestion.events import Reason
from ingestion.sources.base import Outgoing, Publisher
from ingestion.stopping import Stop

OUTBOX = "outbox"  # as the source of a dead letter
BATCH_ROWS = 2_000
POLL_SECONDS = 0.5
_AWAY = (OperationalError, InterfaceError, BrokerError, TransportError, LogBusyError, LogWriteError)


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
                _publish(connection, publisher, rows)
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
    observe: Callable[[int, str | None], None] | None = None,
) -> int:
    """Publish whatever comes until `stop` is set, looking every `poll_seconds`; return how many.

    A database or broker that is away, a full disk or another writer is told to `report`, once for each
    outage, and tried again; any other fault ends it. `observe` is shown, each time, how many events were
    published and what went wrong.
    """
    published, ailing = 0, False
    while True:
        count, trouble = 0, None
        try:
            count = relay_once(engine, publisher)
        except _AWAY as fault:
            trouble = str(getattr(fault, "orig", fault)).splitlines()[0]
        if trouble is not None and not ailing:
            report(f"cannot publish, trying on: {trouble}")
        elif trouble is None and ailing:
            report("publishing again")
        ailing = trouble is not None
        published += count
        if observe is not None:
            observe(count, trouble)
        if stop.wait(poll_seconds):
            return published


def _publish(connection: Connection, publisher: Publisher, rows: Sequence[OutboxRow]) -> None:
    waiting = list(rows)
    while waiting:
        try:
            publisher.append([Outgoing(str(row.quiz_id).encode(), row.payload.encode()) for row in waiting])
        except MessageTooLargeError as fault:
            row = waiting.pop(fault.index)
            letter = LetterRow(None, 0, row.id, row.payload.encode(), Reason.TOO_LARGE, str(fault))
            dead_letters.store(connection, OUTBOX, [letter])
        else:
            return
