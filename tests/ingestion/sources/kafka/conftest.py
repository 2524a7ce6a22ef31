"""Each test of this folder runs on the real broker, with each of the two client libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ingestion.sources.kafka.client import Client
from ingestion.sources.kafka.confluent import Confluent
from ingestion.sources.kafka.kafka_python import KafkaPython
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from tests.services.broker import Broker

CLIENTS: dict[str, type[Client]] = {"kafka-python": KafkaPython, "confluent": Confluent}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    return CLIENTS[request.param]()


@pytest.fixture
def open_source(client: Client, kafka_broker: Broker) -> Iterator[Callable[..., KafkaSource]]:
    """Open a source on a topic; all are closed after the test."""
    opened: list[KafkaSource] = []

    def source(topic: str, **options: bool | float) -> KafkaSource:
        opened.append(KafkaSource(client, kafka_broker.bootstrap, topic, **options))
        return opened[-1]

    yield source
    for each in opened:
        each.close()


@pytest.fixture
def source(open_source: Callable[..., KafkaSource], topic: str) -> KafkaSource:
    return open_source(topic)


@pytest.fixture
def publisher(client: Client, kafka_broker: Broker, topic: str) -> Iterator[KafkaPublisher]:
    made = KafkaPublisher(client, kafka_broker.bootstrap, topic)
    yield made
    made.close()
