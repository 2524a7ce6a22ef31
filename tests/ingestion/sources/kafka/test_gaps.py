"""Positions that hold no message: of transactions and of compaction, crossed, counted and told."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka import KafkaProducer

from ingestion.errors import TransportError
from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from tests.ingestion.sources.kafka.reading import everything, raws
from tests.services.broker import Broker
from tests.services.topics import create_topic

COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "100",
}


def transactional(bootstrap: str) -> Producer:
    silent = {"log_level": 0, "error_cb": lambda _: None}
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": uuid.uuid4().hex, **silent})
    producer.init_transactions()
    return producer


def in_transaction(producer: Producer, topic: str, values: list[bytes], *, commit: bool) -> None:
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value, partition=0)
    producer.flush()
    (producer.commit_transaction if commit else producer.abort_transaction)()


def test_aborted_messages_are_never_read_and_open_ones_not_yet(
    source: KafkaSource, kafka_broker: Broker, topic: str
) -> None:
    producer = transactional(kafka_broker.bootstrap)
    in_transaction(producer, topic, [b"kept"], commit=True)
    in_transaction(producer, topic, [b"aborted", b"aborted"], commit=False)
    assert raws(source) == [b"kept"]
    assert source.high_watermark(0) == 5  # two marks and two aborted messages; none of them is waited for
    assert source.notices == (
        "4 positions between 1 and 4 of partition 0 hold no message: compaction removed them, or they are "
        "marks and aborted messages of transactions",
    )
    producer.begin_transaction()
    producer.produce(topic, b"open", partition=0)
    producer.flush()
    assert source.high_watermark(0) == 5
    producer.commit_transaction()
    deadline = time.monotonic() + 30
    while source.high_watermark(0) == 5:  # the mark follows the commit
        assert time.monotonic() < deadline
    assert [message.raw for message in source.read(0, 5, source.high_watermark(0), 10, 2**20).messages] == [
        b"open"
    ]
    assert source.notices[0].startswith("5 positions between 1 and 6 of partition 0")


def test_batches_cut_anywhere_hold_each_message_once(
    source: KafkaSource, kafka_broker: Broker, topic: str
) -> None:
    producer = transactional(kafka_broker.bootstrap)
    for number in range(12):
        values = [b"%d.%d" % (number, at) * (number + 1) for at in range(number % 4 + 1)]
        in_transaction(producer, topic, values, commit=number % 3 != 1)
    whole, end = everything(source), source.high_watermark(0)
    assert whole

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, end - 1), st.integers(1, end), st.integers(1, 12), st.integers(1, 80))
    def cut(start: int, length: int, max_messages: int, max_bytes: int) -> None:
        until = min(start + length, end)
        batch = source.read(0, start, until, max_messages, max_bytes)
        assert start < batch.next <= until
        assert list(batch.messages) == [each for each in whole if start <= each.position < batch.next]
        assert len(batch.messages) <= max_messages
        assert sum(len(each.raw) for each in batch.messages[:-1]) < max_bytes
        is_full = len(batch.messages) == max_messages or sum(len(m.raw) for m in batch.messages) >= max_bytes
        assert is_full or batch.next == until

    cut()


def test_a_compacted_topic_is_refused_unless_accepted(
    open_source: Callable[..., KafkaSource], kafka_broker: Broker
) -> None:
    topic = f"test.{uuid.uuid4().hex[:12]}"
    create_topic(kafka_broker.bootstrap, topic, settings=COMPACTED)
    with pytest.raises(TransportError, match=r"compacted .* QBANK_KAFKA_COMPACTED=accept"):
        open_source(topic)
    source = open_source(topic, accept_compacted=True)
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap)
    deadline = time.monotonic() + 60
    sent = 0
    while not source.notices:
        assert time.monotonic() < deadline, "the broker compacted nothing"
        producer.send(topic, key=b"quiz", value=b"%d" % sent).get(timeout=10)
        sent += 1
        time.sleep(0.15)
        everything(source)
    producer.close()
    assert "of partition 0 hold no message: compaction removed them" in source.notices[0]
    assert raws(source)[-1] == b"%d" % (sent - 1)


def test_a_topic_with_every_position_is_told_nothing_of(
    source: KafkaSource, publisher: KafkaPublisher
) -> None:
    publisher.append([Outgoing(None, b"%d" % number) for number in range(10)])
    assert len(everything(source, max_messages=3)) == 10
    assert source.notices == ()
