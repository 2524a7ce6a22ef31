"""Log, stores, positions and dead letters as a state machine: crashes anywhere, and each event in each store once."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections import Counter
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from database import clickhouse
from database.queries import attempts
from ingestion.drain import Drainer
from ingestion.errors import SinkError
from ingestion.positions import move
from ingestion.replay import replay
from ingestion.sinks import ClickHouseSink, PostgresSink, Sink
from ingestion.sinks.base import Decoded, Stored
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.log_files import segment_bases, segment_path


class Crash(Exception):
    pass


class Ailing:
    """A sink that stores so many batches and then fails: before it stores, or after it and before it could tell."""

    def __init__(self, sink: Sink, batches: int, *, stored: bool, fault: type[Exception]) -> None:
        self.sink, self.left, self.stored, self.fault = sink, batches, stored, fault
        self.name = sink.name

    def positions(self, source_id: str) -> dict[int, int]:
        return dict(self.sink.positions(source_id))

    def store(self, batch: Decoded) -> Stored:
        self.left -= 1
        if self.left < 0:
            if self.stored:
                self.sink.store(batch)
            raise self.fault
        return self.sink.store(batch)

    def add(self, batch: Decoded) -> Stored:
        return self.sink.add(batch)

    def place(self, source_id: str, partition: int, position: int) -> None:
        self.sink.place(source_id, partition, position)

    def caught_up(self, source_id: str, stored: int) -> None:
        self.sink.caught_up(source_id, stored)


class Delivery(RuleBasedStateMachine):
    engine: Engine
    client: Client
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="qbank-log-"))
        self.appended: list[bytes] = []
        with self.engine.begin() as connection:
            for table in ("events", "dead_letters", "source_positions"):
                connection.execute(text(f"delete from telemetry.{table}"))
        for table in ("item_attempts", "item_attempts_hourly", "source_positions"):
            self.client.command(f"truncate table {table}")

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    def log(self) -> EventLog:
        return EventLog(self.home / "log", "t", segment_bytes=700)

    def sinks(self) -> list[Sink]:
        return [PostgresSink(self.engine), ClickHouseSink(lambda: clickhouse.open_url(self.url))]

    @rule(numbers=st.lists(st.integers(0, 25), max_size=6), bad=st.booleans())
    def append(self, numbers: list[int], bad: bool) -> None:
        raws = [event(number) for number in numbers] + [b"{"] * bad
        self.log().append([Outgoing(None, raw) for raw in raws])
        self.appended += raws

    @rule(number=st.integers(0, 25), part=st.floats(0.01, 0.99))
    def append_is_killed(self, number: int, part: float) -> None:
        log = self.log()
        before = log.high_watermark(0)
        log.append([Outgoing(None, event(number))])
        assert log.high_watermark(0) > before
        path = segment_path(log.folder, segment_bases(log.folder)[-1])
        whole = path.read_bytes()
        length = 20 + len(event(number))
        path.write_bytes(whole[: len(whole) - length + max(1, int(part * length))])

    @rule(size=st.integers(1, 7))
    def drain(self, size: int) -> None:
        with Drainer(self.log(), self.sinks(), batch_messages=size) as drainer:
            for summary in drainer.run():
                assert summary.faults == ()
                assert set(summary.lag.values()) <= {0}
            assert all(summary.read == 0 for summary in drainer.run())
        self.check_all_arrived()

    @precondition(lambda self: self.appended)
    @rule(
        size=st.integers(1, 4),
        batches=st.integers(0, 3),
        stored=st.booleans(),
        which=st.integers(0, 1),
        fault=st.sampled_from([Crash, SinkError]),
    )
    def drain_is_broken_off(
        self, size: int, batches: int, stored: bool, which: int, fault: type[Exception]
    ) -> None:
        sinks = self.sinks()
        sinks[which] = Ailing(sinks[which], batches, stored=stored, fault=fault)
        try:
            with Drainer(self.log(), sinks, batch_messages=size) as drainer:
                drainer.run()
        except Crash:
            return
        self.check_arrived(1 - which)  # where one of them fails, the other goes on

    @precondition(lambda self: self.appended)
    @rule(data=st.data())
    def a_person_moves_a_sink_back(self, data: st.DataObject) -> None:
        log = self.log()
        for sink in self.sinks():
            at = dict(sink.positions(log.source_id)).get(0, 0)
            move(log, sink, 0, data.draw(st.integers(0, min(at, log.high_watermark(0)))))

    @precondition(lambda self: self.appended)
    @rule(data=st.data())
    def a_stretch_is_replayed(self, data: st.DataObject) -> None:
        log = self.log()
        end = data.draw(st.integers(0, log.high_watermark(0)))
        replay(log, self.sinks(), start=data.draw(st.integers(0, end)), end=end)

    @invariant()
    def nothing_is_there_that_was_not_appended(self) -> None:
        events, dead = self.in_postgres()
        assert set(events) <= self.expected().keys()
        assert dead <= self.appended.count(b"{")
        assert all(n <= self.expected_answers()[item] for item, n in self.in_clickhouse().items())

    def expected(self) -> Counter[str]:
        return Counter({json.loads(raw)["event_id"]: 1 for raw in self.appended if raw != b"{"})

    def expected_answers(self) -> Counter[tuple[int, int]]:
        made = {raw: json.loads(raw) for raw in set(self.appended) - {b"{"}}.values()
        return Counter(
            (one["question_id"], one["version"]) for one in made if one["event_type"] == "answer_submitted"
        )

    def in_postgres(self) -> tuple[list[str], int]:
        with self.engine.connect() as connection:
            events = list(connection.scalars(text("select event_id::text from telemetry.events")))
            dead = connection.scalar(text("select count(*) from telemetry.dead_letters")) or 0
        return events, dead

    def in_clickhouse(self) -> Counter[tuple[int, int]]:
        return Counter(attempts.count_by_item(self.client))

    def check_all_arrived(self) -> None:
        for which in (0, 1):
            self.check_arrived(which)

    def check_arrived(self, which: int) -> None:
        if which == 0:
            events, dead = self.in_postgres()
            assert Counter(events) == self.expected()
            assert dead == self.appended.count(b"{")
        else:
            assert self.in_clickhouse() == self.expected_answers()
            hours = self.client.query(
                "select question_id, version, sum(attempts) from item_attempts_hourly final group by 1, 2"
            ).result_rows
            assert Counter({(q, v): n for q, v, n in hours}) == self.expected_answers()


def event(number: int) -> bytes:
    return json.dumps(
        {
            "event_id": str(uuid.UUID(int=number)),
            "event_type": "answer_submitted" if number % 3 else "flagged",
            "timestamp": f"2026-03-01T{number % 4:02}:59:59Z",
            "user_id": str(uuid.UUID(int=1)),
            "tenant_id": str(uuid.UUID(int=2)),
            "quiz_id": str(uuid.UUID(int=3)),
            "question_id": number % 5,
            "version": 1,
            "selected": "A",
            "is_correct": True,
            "time_taken_ms": number,
        }
    ).encode()


@pytest.mark.timeout(240)
def test_every_event_arrives_once_whatever_is_killed(
    pipeline_engine: Engine, clickhouse_client: Client, clickhouse_url: str
) -> None:
    here = {"engine": pipeline_engine, "client": clickhouse_client, "url": clickhouse_url}
    run_state_machine_as_test(
        type("DeliveryHere", (Delivery,), here),
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
