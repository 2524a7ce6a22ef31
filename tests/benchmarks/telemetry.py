"""Events from a real topic into Postgres and ClickHouse, beside what consuming and copying alone would take."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from sqlalchemy import Engine, insert
from sqlalchemy.engine import make_url

from database import clickhouse
from database.clickhouse import embedded as embedded_clickhouse
from database.engine import engine_as
from database.queries import attempts
from database.settings import DatabaseSettings
from database.tables import TelemetryEvent
from database.tenancy import Role
from ingestion.drain import BATCH_BYTES, BATCH_MESSAGES, drain_all
from ingestion.events import decode
from ingestion.settings import IngestionSettings
from ingestion.sinks import ClickHouseSink, PostgresSink
from ingestion.sinks.clickhouse import attempt_row
from ingestion.sources import open_publisher, open_source
from ingestion.sources.base import Outgoing, Source
from tests.benchmarks.figure import Figure
from tests.services.broker import Broker, resolve
from tests.services.topics import create_topic

EVENTS, ONE_BY_ONE = 200_000, 400
FEW, MANY = 150_000, 1_500_000
AT = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)
CLIENTS = ("kafka-python", "confluent")
KINDS = ("question_served", "answer_submitted", "answer_submitted", "explanation_viewed")


def measure(url: str, folder: Path) -> Iterator[Figure]:
    """Drain 200,000 events with each client; then memory over ten times the events."""
    broker = Broker(resolve(folder), folder / "kafka")
    home = folder / "clickhouse"
    try:
        broker.start()
        events = [_raw(number) for number in range(EVENTS)]
        create_topic(broker.bootstrap, "bench")
        _publish(broker.bootstrap, "bench", events)
        stores = _Stores(url, DatabaseSettings(home=home))
        with contextlib.closing(stores):
            copied = stores.copy(events)
            naive = stores.one_by_one(events[:ONE_BY_ONE])
            for client in CLIENTS:
                yield from _of_client(client, broker.bootstrap, stores, copied, naive)
        yield from _memory(broker.bootstrap, url, folder)
    finally:
        broker.stop()
        embedded_clickhouse.purge(home)


class _Stores:
    """Postgres and ClickHouse, emptied before each measurement; rates in events a second."""

    def __init__(self, url: str, settings: DatabaseSettings) -> None:
        self.url, self.settings = url, settings
        self.engine: Engine = engine_as(url, Role.PIPELINE)
        self.client = clickhouse.open_client(settings)

    def close(self) -> None:
        self.client.close()
        self.engine.dispose()

    def empty(self) -> None:
        _empty(self.url)
        for table in ("item_attempts", "item_attempts_hourly", "source_positions"):
            self.client.command(f"truncate table {table}")

    def drain(self, source: Source) -> float:
        self.empty()
        sinks = (PostgresSink(self.engine), ClickHouseSink(lambda: clickhouse.open_client(self.settings)))
        began = time.perf_counter()
        first, second = drain_all(source, sinks)
        taken = time.perf_counter() - began
        assert (first.stored, second.lag, first.faults, second.faults) == (EVENTS, first.lag, (), ())
        return EVENTS / taken

    def copy(self, events: Sequence[bytes]) -> float:
        """COPY the same rows, already made text, into the same table past its policies, batch by batch."""
        self.empty()
        with _login(self.url) as connection:
            blocks = [
                _copy_block(events[start : start + BATCH_MESSAGES])
                for start in range(0, len(events), BATCH_MESSAGES)
            ]
            connection.execute("create table bare_events (like telemetry.events including all)")
            connection.commit()
            began = time.perf_counter()
            for block in blocks:
                with connection.cursor().copy(_COPY) as copy:
                    copy.write(block)
                connection.commit()
            taken = time.perf_counter() - began
            connection.execute("drop table bare_events")
        return len(events) / taken

    def one_by_one(self, events: Sequence[bytes]) -> float:
        """Insert an event at a time into both stores, each insert for itself, as a first sketch would."""
        self.empty()
        began = time.perf_counter()
        for raw in events:
            event = decode(raw)
            row = _row(raw)
            with self.engine.begin() as connection:
                connection.execute(insert(TelemetryEvent).values(row))
            if row["event_type"] == "answer_submitted":
                attempts.insert_rows(self.client, [attempt_row(event)])  # type: ignore[arg-type]
        return len(events) / (time.perf_counter() - began)


def _login(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False))


def _empty(url: str) -> None:
    with _login(url) as connection:
        connection.execute("truncate telemetry.events, telemetry.dead_letters, telemetry.source_positions")
        connection.execute("checkpoint")


def _of_client(client: str, bootstrap: str, stores: _Stores, copied: float, naive: float) -> Iterator[Figure]:
    consumed = _bare_kafka_python(bootstrap) if client == "kafka-python" else _bare_confluent(bootstrap)
    settings = IngestionSettings(
        kafka_bootstrap=bootstrap, kafka_topic_events="bench", kafka_client=client, home=stores.settings.home
    )
    with contextlib.closing(open_source(settings)) as source:
        drained = stores.drain(source)
    said = f"{client}: drained {drained:,.0f} events/s, bare consume {consumed:,.0f}, bare COPY {copied:,.0f}"
    yield Figure(f"{said}; an event beside the slower", 1e6 / drained, "us", 1e6 / min(consumed, copied), 0.5)
    yield Figure(
        f"{client}: an event beside one insert an event ({naive:,.0f} events/s)",
        1e6 / drained,
        "us",
        1e6 / naive,
        100,
    )


def _bare_kafka_python(bootstrap: str) -> float:
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=BATCH_BYTES,
        fetch_min_bytes=500_000,
        max_poll_records=20_000,
    )
    partition = TopicPartition("bench", 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    began, count = time.perf_counter(), 0
    while count < EVENTS:
        count += sum(len(records) for records in consumer.poll(timeout_ms=1_000).values())
    taken = time.perf_counter() - began
    consumer.close()
    return EVENTS / taken


def _bare_confluent(bootstrap: str) -> float:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "enable.auto.commit": False,
            "fetch.message.max.bytes": BATCH_BYTES,
        }
    )
    began, count = time.perf_counter(), 0
    consumer.assign([TopicPartition("bench", 0, 0)])
    while count < EVENTS:
        count += len(consumer.consume(10_000, 1.0))
    taken = time.perf_counter() - began
    consumer.close()
    return EVENTS / taken


def _memory(bootstrap: str, url: str, folder: Path) -> Iterator[Figure]:
    """Peak memory of `qbank drain` over many events beside a tenth of them, each in a process of its own."""
    for events in (FEW, MANY):
        create_topic(bootstrap, f"memory-{events}")
        _publish(bootstrap, f"memory-{events}", (_raw(number) for number in range(events)))
    for client in CLIENTS:
        few, many = (
            _peak_of_drain(client, bootstrap, f"memory-{events}", url, folder / f"home-{client}-{events}")
            for events in (FEW, MANY)
        )
        said = f"{many:,.0f} and {few:,.0f} MB"
        yield Figure(
            f"{client}: peak memory of a drain of {MANY:,} events beside {FEW:,} ({said})",
            many / few,
            "x",
            goal=1.25,
            at_most=True,
        )


def _peak_of_drain(client: str, bootstrap: str, topic: str, url: str, home: Path) -> float:
    _empty(url)
    environment = os.environ | {
        "QBANK_HOME": str(home),
        "QBANK_DATABASE_URL": url,
        "QBANK_KAFKA_BOOTSTRAP": bootstrap,
        "QBANK_KAFKA_TOPIC_EVENTS": topic,
        "QBANK_KAFKA_CLIENT": client,
    }
    # Not getrusage: its maximum is, after exec, still that of the process which started this one.
    code = (
        "import re, sys\n"
        "from cli.main import app\n"
        "app(['drain'], standalone_mode=False)\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
    finally:
        embedded_clickhouse.purge(home)
    return int(done.stderr.split()[-1]) / 1024


def _publish(bootstrap: str, topic: str, events: Iterator[bytes] | Sequence[bytes]) -> None:
    settings = IngestionSettings(
        kafka_bootstrap=bootstrap, kafka_topic_events=topic, kafka_client="confluent"
    )
    with contextlib.closing(open_publisher(settings)) as publisher:
        batch: list[Outgoing] = []
        for raw in events:
            batch.append(Outgoing(None, raw))
            if len(batch) == 10_000:
                publisher.append(batch)
                batch.clear()
        publisher.append(batch)


def _raw(number: int) -> bytes:
    """Return the event of that number: a few hundred items over some days, 270 to 330 bytes."""
    chance = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    event = {
        "event_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "event_type": kind,
        "timestamp": (AT + dt.timedelta(seconds=number)).isoformat(),
        "user_id": str(uuid.UUID(int=chance.randrange(5_000))),
        "tenant_id": str(uuid.UUID(int=1)),
        "quiz_id": str(uuid.UUID(int=chance.getrandbits(64) + number // 40)),
        "question_id": chance.randrange(1, 501),
        "version": 1,
    }
    if kind == "answer_submitted":
        right = chance.random() < 0.6
        event |= {"selected": "A", "is_correct": right, "time_taken_ms": chance.randrange(90_000)}
    return json.dumps(event).encode()


_FIELDS = ("event_id", "event_type", "tenant_id", "user_id", "quiz_id", "question_id", "version", "selected")
_COLUMNS = (*_FIELDS, "is_correct", "time_taken_ms", "occurred_at", "payload")
_COPY = f"copy bare_events ({', '.join(_COLUMNS)}) from stdin"


def _row(raw: bytes) -> dict[str, object]:
    event = json.loads(raw)
    kept = {name: event.get(name) for name in (*_FIELDS, "is_correct", "time_taken_ms")}
    return kept | {"occurred_at": event["timestamp"], "payload": event}


def _copy_block(events: Sequence[bytes]) -> bytes:
    lines = []
    for raw in events:
        row = _row(raw) | {"payload": raw.decode()}
        lines.append("\t".join("\\N" if row[name] is None else str(row[name]) for name in _COLUMNS))
    return ("\n".join(lines) + "\n").encode()
