"""From the outbox to the log: in order, at least once, each event once after the drain."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, insert, text

from database.queries import telemetry
from database.tables.delivery import EventOutbox
from ingestion import dead_letters
from ingestion.drain import drain
from ingestion.errors import LogBusyError, LogWriteError, MessageTooLargeError
from ingestion.relay import relay_forever, relay_once
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog


def put(engine: Engine, events: Sequence[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        for event in events:
            connection.execute(
                insert(EventOutbox).values(
                    event_id=uuid.UUID(event["event_id"]),
                    event_type=event["event_type"],
                    quiz_id=uuid.UUID(event["quiz_id"]),
                    payload=event,
                )
            )


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("select count(*) from event_outbox where published_at is null")) or 0


def published(log: EventLog) -> list[dict[str, Any]]:
    until = log.high_watermark(0)
    return (
        [json.loads(message.raw) for message in log.read(0, 0, until, 10**6, 10**9).messages] if until else []
    )


def test_the_outbox_is_published_in_order_and_once(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    quiz = events.uuid()
    made = [events.one(quiz_id=quiz if n % 3 == 0 else events.uuid(), odd="é\u2028\\") for n in range(25)]
    put(pipeline_engine, made)
    assert relay_once(pipeline_engine, log, batch_rows=4) == 25
    assert published(log) == made
    assert waiting(pipeline_engine) == 0
    assert relay_once(pipeline_engine, log) == 0
    put(pipeline_engine, [events.one()])
    assert relay_once(pipeline_engine, log) == 1
    assert log.high_watermark(0) == 26


def test_messages_carry_the_quiz_as_key(pipeline_engine: Engine, events: Any) -> None:
    event = events.one()
    put(pipeline_engine, [event])
    seen: list[Outgoing] = []

    class Keeps:
        def append(self, messages: Sequence[Outgoing]) -> None:
            seen.extend(messages)

    relay_once(pipeline_engine, Keeps())
    assert [one.key for one in seen] == [event["quiz_id"].encode()]


def test_a_crash_between_append_and_mark_publishes_twice_and_stores_once(
    pipeline_engine: Engine, log: EventLog, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [events.one() for _ in range(10)]
    put(pipeline_engine, made)
    with monkeypatch.context() as killed:
        killed.setattr(telemetry, "mark_published", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            relay_once(pipeline_engine, log, batch_rows=6)
    assert (log.high_watermark(0), waiting(pipeline_engine)) == (6, 10)
    assert relay_once(pipeline_engine, log) == 10
    assert log.high_watermark(0) == 16
    summary = drain(log, PostgresSink(pipeline_engine))
    assert (summary.stored, summary.repeated, summary.dead_letters) == (10, 6, {})


def test_an_event_too_large_for_the_topic_becomes_a_dead_letter_and_holds_up_none(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    made = [events.one(note="x" * (n in (2, 5)) * 3_000) for n in range(8)]
    put(pipeline_engine, made)

    class Narrow:
        def append(self, messages: Sequence[Outgoing]) -> None:
            for index, message in enumerate(messages):
                if len(message.raw) > 3_000:
                    raise MessageTooLargeError("a message of over 3,000 bytes", index)
            log.append(messages)

    assert relay_once(pipeline_engine, Narrow()) == 8
    assert published(log) == [event for n, event in enumerate(made) if n not in (2, 5)]
    assert waiting(pipeline_engine) == 0
    assert dead_letters.count(pipeline_engine) == {"too_large": 2}
    assert dead_letters.replay(pipeline_engine).stored == 2


def test_what_cannot_be_appended_waits(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    put(pipeline_engine, [events.one() for _ in range(3)])

    class Full:
        def append(self, messages: Sequence[Outgoing]) -> None:
            raise LogWriteError("no room")

    with pytest.raises(LogWriteError):
        relay_once(pipeline_engine, Full())
    assert waiting(pipeline_engine) == 3
    assert relay_once(pipeline_engine, log) == 3


def test_two_relays_keep_the_order(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    made = [events.one() for _ in range(60)]
    put(pipeline_engine, made)
    counts: list[int] = []

    def run() -> None:
        counts.append(relay_once(pipeline_engine, open_log(), batch_rows=3))

    relays = [threading.Thread(target=run) for _ in range(3)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    assert sum(counts) == 60
    assert published(open_log()) == made


class StopAfter:
    """Stops after so many polls; before each it lets something happen."""

    def __init__(self, *happenings: Callable[[], None]) -> None:
        self.happenings = list(happenings)

    def wait(self, timeout: float) -> bool:
        if not self.happenings:
            return True
        self.happenings.pop(0)()
        return False


def test_forever_publishes_what_comes_until_told_to_stop(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    def comes(count: int) -> Callable[[], None]:
        return lambda: put(pipeline_engine, [events.one() for _ in range(count)])

    said: list[str] = []
    assert relay_forever(pipeline_engine, log, StopAfter(comes(2), comes(3)), report=said.append) == 5
    assert log.high_watermark(0) == 5
    assert said == []


def test_forever_outlives_an_outage_and_tells_it_once(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    put(pipeline_engine, [events.one()])
    outages = [LogBusyError("busy"), LogWriteError("no room")]

    class Ailing:
        def append(self, messages: Sequence[Outgoing]) -> None:
            if outages:
                raise outages.pop(0)
            log.append(messages)

    said: list[str] = []
    polls = StopAfter(*[lambda: None] * 3)
    assert relay_forever(pipeline_engine, Ailing(), polls, report=said.append) == 1
    assert said == ["cannot publish, trying on: busy", "publishing again"]


def test_forever_outlives_a_database_that_is_away(log: EventLog) -> None:
    engine = create_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 2}
    )
    said: list[str] = []
    assert relay_forever(engine, log, StopAfter(lambda: None), report=said.append) == 0
    assert len(said) == 1
    engine.dispose()
