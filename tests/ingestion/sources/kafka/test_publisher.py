"""Publishing: by key, in order, all acknowledged, and each refusal told with which message it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingestion.errors import BrokerError, MessageTooLargeError
from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import Client
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from tests.ingestion.sources.kafka.conftest import CLIENTS
from tests.ingestion.sources.kafka.reading import raws
from tests.services.broker import Broker
from tests.services.topics import alter_topic, create_topic, delete_topic

MEGABYTE = 2**20


def test_nothing_is_published_of_nothing(publisher: KafkaPublisher, source: KafkaSource) -> None:
    publisher.append([])
    assert source.high_watermark(0) == 0


@pytest.mark.parametrize("topic", [5], indirect=True)
def test_a_key_goes_to_the_same_partition_with_every_library(
    topic: str, kafka_broker: Broker, source: KafkaSource
) -> None:
    keys = [b"quiz %d" % number for number in range(200)] + [b"", bytes(16), bytes(range(256))]
    for made in CLIENTS.values():
        publisher = KafkaPublisher(made(), kafka_broker.bootstrap, topic)
        publisher.append([Outgoing(key, b"of " + key) for key in keys])
        publisher.close()
    read = [raw for partition in source.partitions() for raw in set(raws(source, partition))]
    assert sorted(read) == sorted(b"of " + key for key in keys)


def test_the_largest_message_passes_and_a_byte_more_is_refused(
    publisher: KafkaPublisher, source: KafkaSource, kafka_broker: Broker, topic: str
) -> None:
    alter_topic(kafka_broker.bootstrap, topic, {"max.message.bytes": str(MEGABYTE)})
    # The batch; the record's length, own fields, length of the key, the key, length of the message.
    around = 61 + 3 + 4 + 1 + 8 + 3
    largest = MEGABYTE - around
    publisher.append([Outgoing(b"key of 8", b"x" * largest), Outgoing(b"key of 8", b"small")])
    with pytest.raises(MessageTooLargeError, match=r"max\.message\.bytes") as refused:
        publisher.append(
            [Outgoing(None, b"a"), Outgoing(b"key of 8", b"x" * (largest + 1)), Outgoing(None, b"c")]
        )
    assert refused.value.index == 1
    publisher.append([Outgoing(b"key of 8", b"after")])
    assert [len(raw) for raw in raws(source)] == [largest, 5, 5]


def test_messages_far_over_every_limit_are_refused(publisher: KafkaPublisher, source: KafkaSource) -> None:
    with pytest.raises(MessageTooLargeError) as refused:
        publisher.append([Outgoing(None, b"a"), Outgoing(None, bytes(70 * MEGABYTE))])
    assert refused.value.index == 1
    publisher.append([Outgoing(None, b"after")])
    assert raws(source)[-1] == b"after"


def test_a_limit_lowered_while_it_runs_is_seen(
    publisher: KafkaPublisher, source: KafkaSource, kafka_broker: Broker, topic: str
) -> None:
    publisher.append([Outgoing(None, b"x" * 50_000)])
    alter_topic(kafka_broker.bootstrap, topic, {"max.message.bytes": "20000"})
    with pytest.raises(MessageTooLargeError) as refused:
        publisher.append([*[Outgoing(None, b"x" * 1_000)] * 100, Outgoing(None, b"x" * 50_000)])
    assert refused.value.index == 100
    # Each fits, but no longer all in one batch of the size that the publisher began with.
    publisher.append([Outgoing(b"quiz", b"%d" % number * 1_000) for number in range(100)])
    kept = raws(source)[-100:]
    assert kept == [b"%d" % number * 1_000 for number in range(100)]


def test_thousands_arrive_once_and_in_order(
    client: Client, publisher: KafkaPublisher, source: KafkaSource
) -> None:
    for start in range(0, 15_000, 5_000):
        publisher.append([Outgoing(b"quiz", b"%d" % (start + at) * 50) for at in range(5_000)])
    assert raws(source) == [b"%d" % number * 50 for number in range(15_000)]
    publisher.close()
    publisher.close()


def test_a_topic_made_anew_is_published_to(
    publisher: KafkaPublisher, open_source: Callable[..., KafkaSource], kafka_broker: Broker, topic: str
) -> None:
    publisher.append([Outgoing(b"quiz", b"old %d" % number) for number in range(100)])
    delete_topic(kafka_broker.bootstrap, topic)
    create_topic(kafka_broker.bootstrap, topic)
    try:
        publisher.append([Outgoing(b"quiz", b"new")])
    except BrokerError:  # what it knows of the old one may not hold; it connects anew
        publisher.append([Outgoing(b"quiz", b"new")])
    assert set(raws(open_source(topic))) == {b"new"}
