"""From the log into Postgres: each event once, whatever is killed in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.drain import drain
from ingestion.errors import PositionError
from ingestion.sinks.base import Decoded, Stored
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Batch, Message, Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.log_files import segment_bases, segment_path


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(text("select event_id::text from telemetry.events")))


def ids(raws: Sequence[bytes]) -> list[str]:
    return sorted(json.loads(raw)["event_id"] for raw in raws)


def test_everything_is_read_once(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    raws = [events.raw() for _ in range(50)]
    log.append([Outgoing(None, raw) for raw in [*raws[:30], b"not json", *raws[10:20], b"", *raws[30:]]])
    sink = PostgresSink(pipeline_engine)
    summary = drain(log, sink, batch_messages=7)
    assert (summary.read, summary.stored, summary.repeated) == (62, 50, 10)
    assert summary.dead_letters == {"malformed": 2}
    assert sum(summary.stored_by_type.values()) == 50
    assert summary.positions == {0: 62}
    assert stored(pipeline_engine) == ids(raws)
    again = drain(log, sink)
    assert (again.read, again.stored, again.repeated, again.dead_letters) == (0, 0, 0, {})
    assert again.positions == {0: 62}


def test_the_summary_says_what_became_of_each_kind(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    raws = [events.raw("flagged"), events.raw("note_added"), b"{"]
    log.append([Outgoing(None, raw) for raw in [*raws, raws[0]]])
    text_ = "\n".join(drain(log, PostgresSink(pipeline_engine)).lines())
    for said in (
        "4 messages read",
        "stored in postgres: 2 (flagged 1, note_added 1)",
        "repeated, already there: 1",
    ):
        assert said in text_
    assert "dead letters: 1 (malformed 1)" in text_


def test_a_torn_end_is_told(pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any) -> None:
    log = open_log()
    log.append(events.outgoing(2))
    path = segment_path(log.folder, 0)
    path.write_bytes(path.read_bytes()[:-3])
    summary = drain(open_log(), PostgresSink(pipeline_engine))
    assert summary.stored == 1
    assert "never written to its end" in "\n".join(summary.lines())


def test_a_sink_that_fails_in_mid_drain_goes_on_where_it_stopped(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    raws = [events.raw() for _ in range(40)]
    log.append([Outgoing(None, raw) for raw in raws])

    class FailsOnThird(PostgresSink):
        calls = 0

        def store(self, batch: Decoded) -> Stored:
            self.calls += 1
            if self.calls == 3:
                raise ConnectionError
            return super().store(batch)

    with pytest.raises(ConnectionError):
        drain(log, FailsOnThird(pipeline_engine), batch_messages=10)
    assert stored(pipeline_engine) == ids(raws[:20])
    summary = drain(log, PostgresSink(pipeline_engine), batch_messages=10)
    assert (summary.read, summary.stored, summary.repeated) == (20, 20, 0)
    assert stored(pipeline_engine) == ids(raws)


def test_two_drains_at_once_share_the_work(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    raws = [events.raw() for _ in range(30)] + [b"{"] * 5
    log.append([Outgoing(None, raw) for raw in raws])
    rival = PostgresSink(pipeline_engine)

    class Overtaken(PostgresSink):
        calls = 0

        def store(self, batch: Decoded) -> Stored:
            self.calls += 1
            if self.calls == 2:
                drain(log, rival, batch_messages=4)
            return super().store(batch)

    summary = drain(log, Overtaken(pipeline_engine), batch_messages=10)
    assert (summary.read, summary.positions) == (10, {0: 35})
    assert stored(pipeline_engine) == ids(raws[:30])
    with pipeline_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from telemetry.dead_letters")) == 5


def test_each_sink_keeps_its_own_position(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    log.append(events.outgoing(10))
    drain(log, PostgresSink(pipeline_engine))

    class Other(PostgresSink):
        name = "other"

    summary = drain(log, Other(pipeline_engine))
    assert (summary.read, summary.repeated) == (10, 10)
    assert drain(log, PostgresSink(pipeline_engine)).read == 0


def test_a_log_made_anew_is_read_from_its_beginning(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    log = open_log()
    log.append(events.outgoing(5))
    drain(log, PostgresSink(pipeline_engine))
    log.folder.rename(log.folder.with_name("moved away"))
    anew = open_log()
    anew.append(events.outgoing(3))
    assert drain(anew, PostgresSink(pipeline_engine)).stored == 3


def test_messages_removed_before_they_were_read_are_an_error(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    log, sink = open_log(segment_bytes=100), PostgresSink(pipeline_engine)
    log.append(events.outgoing(2))
    drain(log, sink)
    log.append(events.outgoing(4))
    for base in segment_bases(log.folder)[:-1]:
        segment_path(log.folder, base).unlink()
    with pytest.raises(PositionError, match="messages 2 to 4 were removed"):
        drain(open_log(), sink)


def test_a_source_that_lost_what_was_read_is_an_error(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    log, sink = open_log(), PostgresSink(pipeline_engine)
    log.append(events.outgoing(2))
    copy = segment_path(log.folder, 0).read_bytes()
    log.append(events.outgoing(2))
    drain(log, sink)
    segment_path(log.folder, 0).write_bytes(copy)
    with pytest.raises(PositionError, match="ends at 2, before 4"):
        drain(open_log(), sink)


class Partitioned:
    """A source as a broker offers it: several partitions that do not begin at 0, with gaps in between."""

    source_id = "topic:x:1"
    notices = ()

    def __init__(self, partitions: dict[int, list[Message]]) -> None:
        self.held = partitions

    def partitions(self) -> Sequence[int]:
        return sorted(self.held)

    def earliest(self, partition: int) -> int:
        return self.held[partition][0].position

    def high_watermark(self, partition: int) -> int:
        return self.held[partition][-1].position + 3

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        rest = [one for one in self.held[partition] if start <= one.position < until]
        taken = rest[:max_messages]
        end = until if len(taken) == len(rest) else taken[-1].position + 1
        return Batch(self.source_id, partition, start, end, tuple(taken))


def test_partitions_gaps_and_partitions_that_come_later(pipeline_engine: Engine, events: Any) -> None:
    raws = [events.raw() for _ in range(30)]
    held = {n: [Message(100 * n + 7 * k, raws[10 * n + k]) for k in range(10)] for n in range(3)}
    source = Partitioned({n: held[n] for n in range(2)})
    sink = PostgresSink(pipeline_engine)
    first = drain(source, sink, batch_messages=4)
    assert (first.read, first.positions) == (20, {0: 66, 1: 166})
    source.held[2] = held[2]
    second = drain(source, sink, batch_messages=4)
    assert (second.read, second.positions) == (10, {0: 66, 1: 166, 2: 266})
    assert stored(pipeline_engine) == ids(raws)
