"""A Kafka topic as a source: what was published is read, and what cannot be read is said."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from kafka import KafkaProducer

from ingestion.errors import BrokerError, PositionError, TopicRemadeError, TransportError
from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import Client
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from tests.ingestion.sources.kafka.reading import everything, raws
from tests.services.broker import Broker
from tests.services.topics import add_partitions, create_topic, delete_messages, delete_topic


def test_what_is_published_is_read_byte_for_byte(source: KafkaSource, publisher: KafkaPublisher) -> None:
    assert (source.partitions(), source.earliest(0), source.high_watermark(0)) == ((0,), 0, 0)
    chance = random.Random(1)
    sent = [chance.randbytes(chance.randint(0, 400)) for _ in range(2_000)]
    sent += [b"", b"\x00", chance.randbytes(900_000), b"last"]
    publisher.append([Outgoing(b"quiz", raw) for raw in sent])
    read = everything(source)
    assert [message.raw for message in read] == sent
    assert [message.position for message in read] == list(range(len(sent)))
    assert source.notices == ()


def test_a_batch_ends_as_it_is_told(source: KafkaSource, publisher: KafkaPublisher) -> None:
    publisher.append([Outgoing(None, b"x" * 100) for _ in range(1_000)])
    assert source.read(0, 0, 1_000, 7, 2**20).next == 7
    assert source.read(0, 7, 1_000, 500, 250).next == 10
    assert source.read(0, 10, 12, 500, 2**20).next == 12
    assert source.read(0, 12, 1_000, 5_000, 2**20).next == 1_000
    assert [message.position for message in source.read(0, 3, 6, 500, 2**20).messages] == [3, 4, 5]
    assert source.read(0, 5, 5, 500, 2**20).next == 5


@pytest.mark.parametrize("topic", [4], indirect=True)
def test_messages_of_a_key_keep_their_order(source: KafkaSource, publisher: KafkaPublisher) -> None:
    keys = [b"quiz %d" % (number % 40) for number in range(4_000)]
    for start in range(0, 4_000, 1_000):
        publisher.append([Outgoing(keys[at], keys[at] + b":%d" % at) for at in range(start, start + 1_000)])
    assert source.partitions() == (0, 1, 2, 3)
    by_key: dict[bytes, list[int]] = {}
    for partition in source.partitions():
        seen = raws(source, partition)
        assert seen
        for raw in seen:
            key, number = raw.split(b":")
            by_key.setdefault(key, []).append(int(number))
    assert sum(len(numbers) for numbers in by_key.values()) == 4_000
    for numbers in by_key.values():
        assert numbers == sorted(numbers)


def test_a_message_without_value_is_read_as_empty(
    source: KafkaSource, kafka_broker: Broker, topic: str
) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap)
    producer.send(topic, key=b"quiz", value=None).get(timeout=10)
    producer.send(topic, key=b"quiz", value=b"after").get(timeout=10)
    producer.close()
    assert raws(source) == [b"", b"after"]


def test_partitions_added_while_it_runs_begin_at_their_earliest_message(
    source: KafkaSource, publisher: KafkaPublisher, kafka_broker: Broker, topic: str
) -> None:
    publisher.append([Outgoing(b"quiz", b"before")])
    assert raws(source) == [b"before"]
    add_partitions(kafka_broker.bootstrap, topic, 3)
    publisher.close()  # it learns of new partitions within minutes, or when it connects
    publisher.append([Outgoing(b"quiz %d" % number, b"%d" % number) for number in range(30)])
    assert source.partitions() == (0, 1, 2)
    assert [source.earliest(partition) for partition in (1, 2)] == [0, 0]
    read = [raw for partition in (0, 1, 2) for raw in raws(source, partition)]
    assert sorted(read) == sorted([b"before", *(b"%d" % number for number in range(30))])
    assert raws(source, 1)
    assert raws(source, 2)


def test_a_topic_made_anew_is_another_source(
    source: KafkaSource,
    publisher: KafkaPublisher,
    open_source: Callable[..., KafkaSource],
    kafka_broker: Broker,
    topic: str,
) -> None:
    publisher.append([Outgoing(None, b"%d" % number) for number in range(100)])
    assert source.read(0, 0, 100, 10, 2**20).next == 10
    delete_topic(kafka_broker.bootstrap, topic)
    with pytest.raises(TopicRemadeError, match="was deleted while it was read"):
        source.read(0, 10, 100, 10, 2**20)
    create_topic(kafka_broker.bootstrap, topic)
    publisher.close()
    publisher.append([Outgoing(None, b"new")])
    asked: list[Callable[[], object]] = [
        source.partitions,
        lambda: source.high_watermark(0),
        lambda: source.earliest(0),
        lambda: source.read(0, 0, 1, 10, 2**20),
    ]
    for ask in asked:
        with pytest.raises(TopicRemadeError, match=r"made anew .* run again"):
            ask()
    anew = open_source(topic)
    assert anew.source_id != source.source_id
    assert raws(anew) == [b"new"]


def test_expired_messages_are_an_error_with_a_choice(
    source: KafkaSource, publisher: KafkaPublisher, kafka_broker: Broker, topic: str
) -> None:
    publisher.append([Outgoing(None, b"%d" % number) for number in range(100)])
    assert source.read(0, 0, 100, 10, 2**20).next == 10
    delete_messages(kafka_broker.bootstrap, topic, 0, 60)
    assert source.earliest(0) == 60
    for start in (0, 20):
        with pytest.raises(
            PositionError, match=rf"begins at 60: {start} to 59 expired.* `qbank positions set"
        ):
            source.read(0, start, 100, 10, 2**20)
    assert [message.raw for message in everything(source)] == [b"%d" % number for number in range(60, 100)]


def test_a_position_beyond_the_end_is_an_error_with_a_choice(
    source: KafkaSource, publisher: KafkaPublisher
) -> None:
    publisher.append([Outgoing(None, b"one")])
    with pytest.raises(PositionError, match=r"ends at 1, before 50: .*--to earliest\|latest\|NUMBER"):
        source.read(0, 50, 60, 10, 2**20)
    assert raws(source) == [b"one"]


def test_where_nothing_comes_it_ends(source: KafkaSource, open_source: Callable[..., KafkaSource]) -> None:
    topic = source.source_id.split(":")[1]
    with pytest.raises(BrokerError, match="nothing came of partition 0"):
        open_source(topic, stall_seconds=0.5).read(0, 0, 5, 10, 2**20)


def test_a_topic_that_is_not_there(client: Client, kafka_broker: Broker) -> None:
    with pytest.raises(
        TransportError, match=r"no topic test\.none: make it with `qbank events create-topic`"
    ):
        KafkaSource(client, kafka_broker.bootstrap, "test.none")
    with pytest.raises(TransportError, match=r"no topic test\.none"):
        KafkaPublisher(client, kafka_broker.bootstrap, "test.none").append([Outgoing(None, b"x")])
