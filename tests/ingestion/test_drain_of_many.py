"""Several sinks in one drain: read once for those that stand together, none held up by another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.drain import Drainer, drain, drain_all
from ingestion.errors import PositionError, SinkError
from ingestion.sinks.base import Decoded, Stored
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Batch
from ingestion.sources.event_log import EventLog


class Second(PostgresSink):
    """A sink with positions of its own; its rows are the first's, so that it finds them repeated."""

    name = "second"


class Away(Second):
    """A sink that fails while `away`."""

    away = True

    def store(self, batch: Decoded) -> Stored:
        if self.away:
            raise SinkError("the second store is away")
        return super().store(batch)


class Hangs(Second):
    """A sink that hangs until it is let go."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.go = threading.Event()

    def store(self, batch: Decoded) -> Stored:
        assert self.go.wait(60)
        return super().store(batch)


class Reads(EventLog):
    """A log that counts how often it was read."""

    reads = 0

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        self.reads += 1
        return super().read(partition, start, until, max_messages, max_bytes)


@pytest.fixture
def log(log: EventLog) -> Reads:
    return Reads(log.folder, "events.qbank")


@pytest.fixture
def hangs(pipeline_engine: Engine) -> Iterator[Hangs]:
    sink = Hangs(pipeline_engine)
    yield sink
    sink.go.set()


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("select count(*) from telemetry.events")) or 0


def test_each_batch_is_read_once_for_sinks_that_stand_together(
    pipeline_engine: Engine, log: Reads, events: Any
) -> None:
    log.append(events.outgoing(50))
    with Drainer(log, [PostgresSink(pipeline_engine), Second(pipeline_engine)], batch_messages=10) as drainer:
        first, second = drainer.run()
    assert (first.sink, first.read, second.sink, second.read) == ("postgres", 50, "second", 50)
    assert first.stored + second.stored == 50
    assert (first.positions, second.positions) == ({0: 50}, {0: 50})
    assert log.reads == 5


def test_a_sink_that_is_away_holds_up_none_and_catches_up(
    pipeline_engine: Engine, log: Reads, events: Any
) -> None:
    log.append(events.outgoing(30))
    second = Away(pipeline_engine)
    with Drainer(log, [PostgresSink(pipeline_engine), second], batch_messages=10) as drainer:
        one, other = drainer.run()
        assert (one.stored, one.faults) == (30, ())
        assert [str(fault) for fault in other.faults] == ["the second store is away"]
        assert (other.read, other.lag) == (0, {0: 30})
        second.away = False
        log.append(events.outgoing(5))
        one, other = drainer.run()
    assert (one.read, one.lag) == (5, {0: 0})
    assert (other.read, other.lag, other.faults) == (35, {0: 0}, ())


def test_a_sink_that_hangs_is_left_to_itself(
    pipeline_engine: Engine, log: Reads, events: Any, hangs: Hangs
) -> None:
    sinks = [PostgresSink(pipeline_engine), hangs]
    with Drainer(log, sinks, batch_messages=10, grace_seconds=0.05) as drainer:
        log.append(events.outgoing(30))
        one, other = drainer.run(max_batches=10)
        assert (one.stored, other.read) == (30, 0)
        log.append(events.outgoing(5))
        one, other = drainer.run(max_batches=10)
        assert (one.stored, other.read) == (5, 0)
        hangs.go.set()
        while (other := drainer.run(max_batches=10)[1]).lag != {0: 0}:
            pass
    assert other.positions == {0: 35}
    assert count(pipeline_engine) == 35


def test_a_drain_to_the_end_waits_for_a_sink_that_hangs(
    pipeline_engine: Engine, log: Reads, events: Any, hangs: Hangs
) -> None:
    log.append(events.outgoing(30))
    later = threading.Timer(0.3, hangs.go.set)
    later.start()
    sinks = [PostgresSink(pipeline_engine), hangs]
    with Drainer(log, sinks, batch_messages=10, grace_seconds=0.05) as drainer:
        one, other = drainer.run()
    later.join()
    assert (one.read, other.read) == (30, 30)


def test_a_turn_of_few_batches_leaves_the_rest_for_the_next(
    pipeline_engine: Engine, log: Reads, events: Any
) -> None:
    log.append(events.outgoing(50))
    drain(log, PostgresSink(pipeline_engine))
    with Drainer(log, [PostgresSink(pipeline_engine), Second(pipeline_engine)], batch_messages=10) as drainer:
        turns = [drainer.run(max_batches=2)[1] for _ in range(4)]
    assert [turn.read for turn in turns] == [20, 20, 10, 0]
    assert [turn.lag for turn in turns] == [{0: 30}, {0: 10}, {0: 0}, {0: 0}]


def test_a_turn_is_few_batches_also_where_another_drain_is_always_faster(
    pipeline_engine: Engine, log: Reads, events: Any
) -> None:
    rival = PostgresSink(pipeline_engine)

    class Overtaken(PostgresSink):
        given = 0

        def store(self, batch: Decoded) -> Stored:
            self.given += 1
            rival.store(batch)
            return super().store(batch)

    log.append(events.outgoing(50))
    sink = Overtaken(pipeline_engine)
    with Drainer(log, [sink], batch_messages=10) as drainer:
        (turn,) = drainer.run(max_batches=2)
        assert (sink.given, turn.read, turn.lag) == (2, 0, {0: 30})
        (rest,) = drainer.run()
    assert (sink.given, rest.lag) == (5, {0: 0})
    assert count(pipeline_engine) == 50


def test_a_sink_that_rests_is_not_asked(pipeline_engine: Engine, log: Reads, events: Any) -> None:
    log.append(events.outgoing(5))
    with Drainer(log, [PostgresSink(pipeline_engine), Away(pipeline_engine)]) as drainer:
        (only,) = drainer.run(resting={"second"})
    assert (only.sink, only.read) == ("postgres", 5)


def test_a_position_that_is_no_more_stops_its_sink_alone(
    pipeline_engine: Engine, log: Reads, events: Any
) -> None:
    log.append(events.outgoing(5))
    second = Second(pipeline_engine)
    second.place(log.source_id, 0, 9)
    one, other = drain_all(log, [PostgresSink(pipeline_engine), second])
    assert (one.read, one.faults) == (5, ())
    (fault,) = other.faults
    assert isinstance(fault, PositionError)
    assert "qbank positions set --sink second --partition 0 --to latest" in str(fault)
    second.place(log.source_id, 0, 5)
    assert drain_all(log, [second])[0].faults == ()


def test_oldest_and_newest_timestamp_are_told(pipeline_engine: Engine, log: Reads, events: Any) -> None:
    log.append(events.outgoing(7))
    with Drainer(log, [PostgresSink(pipeline_engine)], batch_messages=3) as drainer:
        (summary,) = drainer.run()
    assert summary.oldest is not None
    assert summary.newest is not None
    assert (summary.newest - summary.oldest).total_seconds() == 6
    assert summary.events_per_second > 0


def test_a_fault_of_ours_is_not_swallowed(pipeline_engine: Engine, log: Reads, events: Any) -> None:
    class Broken(Second):
        def store(self, batch: Decoded) -> Stored:
            raise ZeroDivisionError

    log.append(events.outgoing(5))
    with pytest.raises(ZeroDivisionError):
        drain_all(log, [PostgresSink(pipeline_engine), Broken(pipeline_engine)])
