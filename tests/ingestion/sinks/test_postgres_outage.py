"""A Postgres that is ended in mid-transaction, and comes back: a batch is wholly there or not at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database import embedded, migrate
from database.embedded import layout, locks
from database.engine import engine_as
from database.queries import dead_letters, telemetry
from database.tenancy import Role
from ingestion.drain import drain
from ingestion.errors import SinkError
from ingestion.sinks.base import decode_batch
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog

BATCH = 400


class Server:
    """A durable server that tests may end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.engine = self.begin()

    def begin(self) -> Engine:
        """Start the server; the engine of before would do, were the port not free to be another."""
        url = embedded.ensure_running(self._home)
        migrate.upgrade(url)
        self.engine = engine_as(url, Role.PIPELINE)
        return self.engine

    def end(self, how: signal.Signals) -> None:
        """End it as `how` does; but for a SIGKILL, wait until no process of it is left to commit anything."""
        cluster = layout.find(self._home)
        os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), how)
        while how != signal.SIGKILL and locks.is_held(cluster.alive):
            time.sleep(0.005)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="qbank-outage-", dir="/tmp"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    try:
        made = Server(home)
        yield made
        made.engine.dispose()
    finally:
        embedded.purge(home)
        shutil.rmtree(home)


def counts(engine: Engine, log: EventLog, raws: list[bytes]) -> tuple[int, int, int]:
    """Events of this test stored, its dead letters, and the sink's position."""
    with engine.connect() as connection:
        events = connection.scalar(
            text("select count(*) from telemetry.events where payload ->> 'exam_code' = :log"),
            {"log": log.source_id},
        )
        letters = connection.scalar(
            text("select count(*) from telemetry.dead_letters where source_id = :log"), {"log": log.source_id}
        )
    assert (events or 0) + (letters or 0) <= len(raws)
    return events or 0, letters or 0, PostgresSink(engine).positions(log.source_id).get(0, 0)


def filled(log: EventLog, events: Any, size: int) -> list[bytes]:
    """Append `size` messages, every tenth of them no event."""
    ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{log.source_id}:{n}")) for n in range(size)]
    raws = [
        b"{" if n % 10 == 0 else events.raw(event_id=event_id, exam_code=log.source_id)
        for n, event_id in enumerate(ids)
    ]
    log.append([Outgoing(None, raw) for raw in raws])
    return raws


def store_all(sink: PostgresSink, log: EventLog) -> None:
    """Store batch by batch what the sink has not read."""
    until = log.high_watermark(0)
    position = sink.positions(log.source_id).get(0, 0)
    while position < until:
        batch = log.read(0, position, until, BATCH, 10**9)
        sink.store(decode_batch(batch))
        position = batch.next


def after_move(ends: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    move = telemetry.move_position

    def moving(*given: Any, **named: Any) -> bool:
        moved = move(*given, **named)
        ends()
        return moved

    patch.setattr(telemetry, "move_position", moving)


def amid_copy(ends: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    insert_events = telemetry.insert_events

    def inserting(connection: Connection, rows: Iterable[Any]) -> Any:
        def ended_half_way() -> Iterator[Any]:
            for n, row in enumerate(rows):
                if n == BATCH // 2:
                    ends()
                yield row

        return insert_events(connection, ended_half_way())

    patch.setattr(telemetry, "insert_events", inserting)


def after_insert(ends: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    insert_events = telemetry.insert_events

    def inserting(connection: Connection, rows: Iterable[Any]) -> Any:
        inserted = insert_events(connection, rows)
        ends()
        return inserted

    patch.setattr(telemetry, "insert_events", inserting)


def before_commit(ends: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    insert_letters = dead_letters.store

    def inserting(*given: Any) -> None:
        insert_letters(*given)
        ends()

    patch.setattr(dead_letters, "store", inserting)


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT], ids=["immediately", "fast"])
@pytest.mark.parametrize("point", [after_move, amid_copy, after_insert, before_commit])
def test_a_restart_within_the_transaction_leaves_nothing_of_it(
    server: Server,
    log: EventLog,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
    point: Callable[[Callable[[], None], pytest.MonkeyPatch], None],
    how: signal.Signals,
) -> None:
    raws = filled(log, events, BATCH)
    with monkeypatch.context() as ended:
        point(lambda: server.end(how), ended)
        with pytest.raises(SinkError, match="or neither"):
            store_all(PostgresSink(server.engine), log)
    with pytest.raises(SinkError):
        PostgresSink(server.engine).positions(log.source_id)
    server.engine.dispose()

    server.begin()
    assert counts(server.engine, log, raws) == (0, 0, 0)
    summary = drain(log, PostgresSink(server.engine))
    assert (summary.stored, summary.repeated, summary.dead_letters) == (
        BATCH * 9 // 10,
        0,
        {"malformed": BATCH // 10},
    )
    assert counts(server.engine, log, raws) == (BATCH * 9 // 10, BATCH // 10, BATCH)


def test_killed_at_any_instant_each_event_is_there_once(server: Server, log: EventLog, events: Any) -> None:
    chance = random.Random(3)
    raws = filled(log, events, 30 * BATCH)
    ended = 0
    for _ in range(6):
        failures: list[SinkError] = []

        def storing(failures: list[SinkError] = failures) -> None:
            try:
                store_all(PostgresSink(server.engine), log)
            except SinkError as fault:
                failures.append(fault)

        at_work = threading.Thread(target=storing)
        at_work.start()
        time.sleep(chance.uniform(0.005, 0.12))
        server.end(signal.SIGKILL)
        at_work.join()
        server.engine.dispose()
        ended += len(failures)

        server.begin()
        stored, letters, position = counts(server.engine, log, raws)
        assert position % BATCH == 0, "a part of a batch was kept"
        assert (stored, letters) == (position * 9 // 10, position // 10)
    assert ended, "it was never at work when the server was killed"
    drain(log, PostgresSink(server.engine))
    assert counts(server.engine, log, raws) == (len(raws) * 9 // 10, len(raws) // 10, len(raws))
