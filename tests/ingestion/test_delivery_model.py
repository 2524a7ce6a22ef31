"""Log, positions and dead letters as a state machine: crashes anywhere, and each event there once."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
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

from ingestion.drain import drain
from ingestion.sinks.base import Decoded, Stored
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.log_files import segment_bases, segment_path


class Crash(Exception):
    pass


class CrashesAfter(PostgresSink):
    """Stores so many batches, then dies: before its transaction, or after it and before it could tell."""

    def __init__(self, engine: Engine, batches: int, *, committed: bool) -> None:
        super().__init__(engine)
        self.left, self.committed = batches, committed

    def store(self, batch: Decoded) -> Stored:
        self.left -= 1
        if self.left < 0:
            if self.committed:
                super().store(batch)
            raise Crash
        return super().store(batch)


class Delivery(RuleBasedStateMachine):
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="qbank-log-"))
        self.appended: list[bytes] = []
        with self.engine.begin() as connection:
            for table in ("events", "dead_letters", "source_positions"):
                connection.execute(text(f"delete from telemetry.{table}"))

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    def log(self) -> EventLog:
        return EventLog(self.home / "log", "t", segment_bytes=700)

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
        summary = drain(self.log(), PostgresSink(self.engine), batch_messages=size)
        assert summary.read == summary.stored + summary.repeated + sum(summary.dead_letters.values())
        self.check_all_arrived()
        assert drain(self.log(), PostgresSink(self.engine)).read == 0

    @precondition(lambda self: self.appended)
    @rule(size=st.integers(1, 4), batches=st.integers(0, 3), committed=st.booleans())
    def drain_is_killed(self, size: int, batches: int, committed: bool) -> None:
        sink = CrashesAfter(self.engine, batches, committed=committed)
        try:
            drain(self.log(), sink, batch_messages=size)
        except Crash:
            return
        self.check_all_arrived()

    @invariant()
    def nothing_is_there_that_was_not_appended(self) -> None:
        with self.engine.connect() as connection:
            events = set(connection.scalars(text("select event_id::text from telemetry.events")))
            dead = connection.scalar(text("select count(*) from telemetry.dead_letters"))
        assert events <= {json.loads(raw)["event_id"] for raw in self.appended if raw != b"{"}
        assert dead is not None
        assert dead <= self.appended.count(b"{")

    def check_all_arrived(self) -> None:
        with self.engine.connect() as connection:
            events = list(connection.scalars(text("select event_id::text from telemetry.events")))
            dead = connection.scalar(text("select count(*) from telemetry.dead_letters"))
        assert sorted(events) == sorted({json.loads(raw)["event_id"] for raw in self.appended if raw != b"{"})
        assert dead == self.appended.count(b"{")


def event(number: int) -> bytes:
    return json.dumps(
        {
            "event_id": str(uuid.UUID(int=number)),
            "event_type": "flagged",
            "timestamp": "2026-03-01T08:00:00Z",
            "user_id": str(uuid.UUID(int=1)),
            "tenant_id": str(uuid.UUID(int=2)),
            "quiz_id": str(uuid.UUID(int=3)),
            "question_id": number,
            "version": 1,
        }
    ).encode()


@pytest.mark.timeout(120)
def test_every_event_arrives_once_whatever_is_killed(pipeline_engine: Engine) -> None:
    machine = type("DeliveryHere", (Delivery,), {"engine": pipeline_engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
