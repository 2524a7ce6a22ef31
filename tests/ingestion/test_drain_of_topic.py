"""From a real topic into both stores, with either client library: what a topic does, and what is made of it."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, text

from database import clickhouse
from database.clickhouse import embedded
from database.queries import attempts
from ingestion import dead_letters
from ingestion.consume import Transport, consume
from ingestion.drain import Drainer, drain_all
from ingestion.errors import PositionError, SinkError
from ingestion.positions import move
from ingestion.settings import IngestionSettings
from ingestion.sinks import ClickHouseSink, PostgresSink, Sink, base
from ingestion.sources import Outgoing, Source, open_membership, open_publisher, open_source
from ingestion.summary import DrainSummary
from tests.services.broker import Broker
from tests.services.topics import add_partitions, create_topic, delete_messages, delete_topic

LIBRARIES = ("kafka-python", "confluent")


@pytest.fixture(params=LIBRARIES)
def settings(request: pytest.FixtureRequest, kafka_broker: Broker, topic: str) -> IngestionSettings:
    return IngestionSettings(
        kafka_bootstrap=kafka_broker.bootstrap, kafka_topic_events=topic, kafka_client=request.param
    )


@pytest.fixture
def source(settings: IngestionSettings) -> Iterator[Source]:
    with closing(open_source(settings)) as opened:
        yield opened


@pytest.fixture
def publish(settings: IngestionSettings) -> Iterator[Callable[..., None]]:
    with closing(open_publisher(settings)) as publisher:

        def published(*raws: bytes, key: bytes | None = None) -> None:
            publisher.append([Outgoing(key, raw) for raw in raws])

        yield published


@pytest.fixture
def sinks(pipeline_engine: Engine, clickhouse_url: str) -> tuple[Sink, ...]:
    return PostgresSink(pipeline_engine), ClickHouseSink(lambda: clickhouse.open_url(clickhouse_url))


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(text("select event_id::text from telemetry.events")))


def ids(raws: list[bytes]) -> list[str]:
    return sorted(json.loads(raw)["event_id"] for raw in raws)


def answers(client: Client) -> int:
    return sum(attempts.count_by_item(client).values())


@pytest.mark.parametrize("topic", [3], indirect=True)
def test_everything_is_in_both_stores_once(
    source: Source,
    publish: Callable[..., None],
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    clickhouse_client: Client,
    events: Any,
) -> None:
    raws = [events.raw("answer_submitted") for _ in range(30)] + [events.raw("flagged") for _ in range(10)]
    for n, raw in enumerate(raws):
        publish(raw, *([raw] if n % 5 == 0 else []), key=b"%d" % (n % 7))
    publish(b"{", b"", events.raw("unheard_of"), events.raw("flagged", note="x" * 900_000))
    with Drainer(source, sinks, batch_messages=7) as drainer:
        first, second = drainer.run()
        assert (first.read, first.stored, first.repeated) == (52, 41, 8)
        assert first.dead_letters == {"malformed": 2, "unknown_type": 1}
        assert second.read == 52
        assert second.stored + second.repeated + second.passed_over == 52
        assert set(first.positions) == set(second.positions) == {0, 1, 2}
        assert all(summary.read == 0 for summary in drainer.run())
    assert len(stored(pipeline_engine)) == 41
    assert answers(clickhouse_client) == 30


def test_clocks_that_are_wrong_and_events_that_are_late_are_stored(
    source: Source,
    publish: Callable[..., None],
    sinks: tuple[Sink, ...],
    clickhouse_client: Client,
    events: Any,
) -> None:
    years = (1970, 1999, 2026, 2100, 2199)
    times = [dt.datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC) for year in years]
    publish(*[events.raw("answer_submitted", timestamp=at.isoformat()) for at in times])
    first, second = drain_all(source, sinks)
    assert (first.stored, second.stored) == (5, 5)
    assert (first.oldest, first.newest) == (times[0], times[-1])
    hours = clickhouse_client.query("select hour from item_attempts_hourly final order by hour").result_rows
    assert [hour.year for (hour,) in hours] == list(years)


def test_partitions_added_while_it_drains_begin_at_their_earliest_message(
    source: Source,
    settings: IngestionSettings,
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    kafka_broker: Broker,
    topic: str,
    events: Any,
) -> None:
    raws = [events.raw() for _ in range(60)]
    with Drainer(source, sinks) as drainer:
        with closing(open_publisher(settings)) as publisher:
            publisher.append([Outgoing(b"%d" % n, raw) for n, raw in enumerate(raws[:20])])
        assert drainer.run()[0].stored == 20
        add_partitions(kafka_broker.bootstrap, topic, 4)
        with closing(open_publisher(settings)) as publisher:
            publisher.append([Outgoing(b"%d" % n, raw) for n, raw in enumerate(raws[20:])])
        first, second = drainer.run()
    assert (first.read, second.read) == (40, 40)
    assert set(first.positions) == {0, 1, 2, 3}
    assert stored(pipeline_engine) == ids(raws)


def test_a_topic_made_anew_is_read_from_its_beginning(
    settings: IngestionSettings,
    publish: Callable[..., None],
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    kafka_broker: Broker,
    topic: str,
    events: Any,
) -> None:
    raws = [events.raw() for _ in range(9)]
    publish(*raws[:6])
    with closing(open_source(settings)) as before:
        drain_all(before, sinks)
    delete_topic(kafka_broker.bootstrap, topic)
    create_topic(kafka_broker.bootstrap, topic)
    with closing(open_publisher(settings)) as publisher:
        publisher.append([Outgoing(None, raw) for raw in raws[4:]])
    with closing(open_source(settings)) as anew:
        first, second = drain_all(anew, sinks)
    assert anew.source_id != before.source_id
    assert (first.read, first.stored, first.repeated, second.read) == (5, 3, 2, 5)
    assert stored(pipeline_engine) == ids(raws)


@pytest.mark.parametrize("topic", [2], indirect=True)
def test_expired_messages_stop_their_partition_until_a_person_chooses(
    source: Source,
    settings: IngestionSettings,
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    kafka_broker: Broker,
    topic: str,
    events: Any,
) -> None:
    with closing(open_publisher(settings)) as publisher:
        for _ in range(40):
            publisher.append([Outgoing(events.uuid().encode(), events.raw())])
    ends = {partition: source.high_watermark(partition) for partition in (0, 1)}
    for sink in sinks:
        sink.place(source.source_id, 0, 0)
    delete_messages(kafka_broker.bootstrap, topic, 0, 3)
    first, second = drain_all(source, sinks)
    for summary in (first, second):
        (fault,) = summary.faults
        assert isinstance(fault, PositionError)
        assert f"qbank positions set --sink {summary.sink} --partition 0 --to earliest" in str(fault)
        assert summary.read == ends[1], "the other partition goes on"
    for sink in sinks:
        assert move(source, sink, 0, "earliest") == 3
    first, second = drain_all(source, sinks)
    assert (first.read, second.read, first.faults, second.faults) == (ends[0] - 3, ends[0] - 3, (), ())
    assert len(stored(pipeline_engine)) == 37


def test_a_clickhouse_that_is_gone_for_a_while_catches_up(
    source: Source,
    publish: Callable[..., None],
    pipeline_engine: Engine,
    events: Any,
) -> None:
    with tempfile.TemporaryDirectory(prefix="qbank-tests-", dir="/tmp") as name:
        home = Path(name)
        url = embedded.ensure_running(home)
        sinks = (PostgresSink(pipeline_engine), ClickHouseSink(lambda: clickhouse.open_url(url)))
        try:
            with Drainer(source, sinks, batch_messages=4) as drainer:
                publish(*[events.raw("answer_submitted") for _ in range(10)])
                assert [summary.stored for summary in drainer.run()] == [10, 10]
                embedded.stop(home)
                publish(*[events.raw("answer_submitted") for _ in range(10)])
                for _ in range(2):
                    first, second = drainer.run()
                    (fault,) = second.faults
                    assert isinstance(fault, SinkError)
                    assert "ClickHouse" in str(fault)
                assert (first.lag, first.faults) == ({0: 0}, ())
                url = embedded.ensure_running(home)
                first, second = drainer.run()
                assert (first.read, second.stored, second.lag) == (0, 10, {0: 0})
            with closing(clickhouse.open_url(url)) as client:
                assert answers(client) == 20
        finally:
            embedded.purge(home)


def test_a_replay_of_dead_letters_reaches_both_stores(
    source: Source,
    publish: Callable[..., None],
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    clickhouse_client: Client,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raws = [events.raw("answer_submitted") for _ in range(6)]
    publish(*raws, b"{")
    with monkeypatch.context() as older:  # a contract that did not know answers
        decode = base.decode

        def narrower(raw: bytes) -> Any:
            event = decode(raw)
            raise base.InvalidEvent("unknown_type", f"{event.event_id}")

        older.setattr(base, "decode", narrower)
        first, second = drain_all(source, sinks)
    assert first.dead_letters == {"unknown_type": 6, "malformed": 1}
    assert (second.passed_over, answers(clickhouse_client)) == (7, 0)
    replayed = dead_letters.replay(pipeline_engine, also=sinks[1:])
    assert (replayed.tried, replayed.stored, replayed.still_invalid) == (7, 6, {"malformed": 1})
    assert stored(pipeline_engine) == ids(raws)
    assert answers(clickhouse_client) == 6
    assert dead_letters.replay(pipeline_engine, also=sinks[1:]).tried == 1


@pytest.mark.parametrize("topic", [4], indirect=True)
def test_consumers_share_the_work_and_take_over_from_each_other(
    settings: IngestionSettings,
    sinks: tuple[Sink, ...],
    pipeline_engine: Engine,
    clickhouse_client: Client,
    topic: str,
    events: Any,
) -> None:
    grouped = settings.model_copy(update={"kafka_group": topic})
    raws = [events.raw("answer_submitted") for _ in range(400)]
    seen: dict[str, list[DrainSummary]] = {"one": [], "two": []}
    stops = {name: threading.Event() for name in seen}

    def running(name: str) -> threading.Thread:
        transport = Transport(lambda: open_source(grouped), lambda: open_membership(grouped))
        return threading.Thread(
            target=consume,
            args=(transport, sinks, stops[name]),
            kwargs={"report": lambda said: None, "observe": seen[name].append, "poll_seconds": 0.05},
        )

    def read(name: str) -> int:
        return sum(summary.read for summary in seen[name] if summary.sink == "postgres")

    threads = {name: running(name) for name in seen}
    threads["one"].start()
    with closing(open_publisher(grouped)) as publisher:
        at = iter(raws[:-50])  # the rest is for the second alone

        def send_until(done: Callable[[], bool]) -> None:
            for raw in at:
                publisher.append([Outgoing(events.uuid().encode(), raw)])
                if done():
                    return
                threading.Event().wait(0.02)

        send_until(lambda: read("one") > 0)
        threads["two"].start()
        send_until(lambda: read("two") > 0)
        stops["one"].set()
        threads["one"].join()
        for raw in [*at, *raws[-50:]]:
            publisher.append([Outgoing(events.uuid().encode(), raw)])
    pause = threading.Event()
    for _ in range(400):
        if len(stored(pipeline_engine)) == len(raws) and answers(clickhouse_client) == len(raws):
            break
        pause.wait(0.1)
    stops["two"].set()
    threads["two"].join()
    assert stored(pipeline_engine) == ids(raws)
    assert answers(clickhouse_client) == len(raws)
    assert read("two") > 0
