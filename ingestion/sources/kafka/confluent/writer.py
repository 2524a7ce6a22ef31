"""Publishes to a topic with confluent-kafka."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Received

from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import DELIVERY_SECONDS, PATIENCE_SECONDS, RefusedSizeError
from ingestion.sources.kafka.confluent.asking import asking, connection

_BATCH_BYTES = 256 * 1024


class ConfluentWriter:
    """An idempotent producer to one topic, which partitions by key as Java and kafka-python do."""

    def __init__(self, bootstrap: str, topic: str, max_message_bytes: int) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._faults: dict[int, KafkaError] = {}
        with asking(bootstrap, "take a producer"):
            self._producer: Producer | None = Producer(
                {
                    **connection(bootstrap),
                    "acks": "all",
                    "enable.idempotence": True,
                    "partitioner": "murmur2_random",
                    "delivery.report.only.error": True,
                    "message.timeout.ms": int(DELIVERY_SECONDS * 1000),
                    "request.timeout.ms": int(PATIENCE_SECONDS * 1000),
                    "message.max.bytes": max(_BATCH_BYTES * 16, max_message_bytes),
                    "batch.size": min(_BATCH_BYTES, max_message_bytes),
                    "linger.ms": 5,
                }
            )

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order and wait for every acknowledgement; raises RefusedSizeError."""
        assert self._producer is not None
        with asking(self._bootstrap, "acknowledge what was published"):
            for index, message in enumerate(messages):
                self._produce(self._producer, index, message)
            left = self._producer.flush(DELIVERY_SECONDS + 1)
            if self._faults:
                index = min(self._faults)
                self._raise(index, self._faults[index])
            if left:
                raise KafkaException(
                    KafkaError(KafkaError._TIMED_OUT, f"no answer in {DELIVERY_SECONDS:g} s")
                )

    def close(self) -> None:
        """Give up what is not acknowledged, let go of connections; a second time does nothing."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.flush(0)

    def _produce(self, producer: Producer, index: int, message: Outgoing) -> None:
        deadline = time.monotonic() + DELIVERY_SECONDS
        while True:
            try:
                producer.produce(
                    self._topic, message.raw, message.key, on_delivery=partial(self._report, index)
                )
            except BufferError:  # its queue is full: wait until some of it is published
                producer.poll(0.1)
                if time.monotonic() > deadline:
                    raise KafkaException(KafkaError(KafkaError._QUEUE_FULL)) from None
            except KafkaException as fault:
                self._raise(index, fault.args[0])
            else:
                return

    def _report(self, index: int, fault: KafkaError | None, _message: Received) -> None:
        if fault is not None:
            self._faults[index] = fault

    def _raise(self, index: int, fault: KafkaError) -> None:
        if fault.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            raise RefusedSizeError(index, fault.str())
        raise KafkaException(fault)
