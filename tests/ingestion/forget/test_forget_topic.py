"""A learner whose messages lie in a Kafka topic, which no one but its owner can empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from ingestion.drain import drain_all
from ingestion.forget import forget
from ingestion.positions import move
from ingestion.replay import replay
from ingestion.settings import IngestionSettings
from ingestion.sources import Outgoing, Source, open_publisher, open_source
from tests.ingestion.forget.world import BOB, BOB_ID, TENANT, World
from tests.services.broker import Broker


@pytest.fixture
def settings(kafka_broker: Broker, topic: str) -> IngestionSettings:
    return IngestionSettings(kafka_bootstrap=kafka_broker.bootstrap, kafka_topic_events=topic)


@pytest.fixture
def source(settings: IngestionSettings) -> Iterator[Source]:
    with closing(open_source(settings)) as opened:
        yield opened


@pytest.mark.parametrize("ahead", ["both", "clickhouse", "postgres"])
@pytest.mark.parametrize("topic", [3], indirect=True)
def test_the_topic_keeps_its_messages_and_no_store_takes_them_again(
    world: World,
    settings: IngestionSettings,
    source: Source,
    client: Client,
    stores: Any,
    sinks: Any,
    ahead: str,
) -> None:
    with closing(open_publisher(settings)) as publisher:
        publisher.append([Outgoing(b"%d" % n, raw) for n, raw in enumerate(world.messages())])
    drained = [sink for sink in sinks() if ahead in (sink.name, "both")]
    assert all(summary.faults == () for summary in drain_all(source, drained))
    answers = 0 if ahead == "postgres" else 4
    summary = forget(stores({"topic": source}), TENANT, BOB)
    assert (summary.messages, summary.in_topic, summary.answers) == ({"topic": 11}, {"topic"}, answers)
    assert any("topic: 11 messages stay until the topic's retention" in line for line in summary.lines())
    needles = [str(BOB_ID), BOB_ID.hex, BOB, str(world.quizzes[BOB_ID])]
    assert world.traces(client, needles) == []

    for partition in source.partitions():
        for sink in sinks():
            move(source, sink, partition, "earliest")
    drained = {one.sink: one for one in drain_all(source, sinks())}
    assert {name: one.forgotten for name, one in drained.items()} == {"postgres": 11, "clickhouse": 6}
    assert {name: sum(one.lag.values()) for name, one in drained.items()} == {"postgres": 0, "clickhouse": 0}
    for partition in source.partitions():
        replay(source, sinks(), partition=partition)
    assert world.traces(client, needles) == []
    assert client.command("select count() from item_attempts final") == 6
    assert client.command("select sum(attempts) from item_attempts_hourly final") == 6
