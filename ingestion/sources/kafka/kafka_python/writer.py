"""Publishes to a topic with kafka-python."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError

from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import DELIVERY_SECONDS, RefusedSizeError
from ingestion.sources.kafka.kafka_python.asking import asking, make

_BATCH_BYTES = 256 * 1024
_CLOSE_SECONDS = 1.0
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class PythonWriter:
    """An idempotent producer to one topic (acks=all and idempotence are the library's defaults)."""

    def __init__(self, bootstrap: str, topic: str, max_message_bytes: int) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        with asking(bootstrap, "take a producer"):
            self._producer: Any = make(
                KafkaProducer,
                bootstrap,
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                max_block_ms=int(DELIVERY_SECONDS * 1000),
                delivery_timeout_ms=int(DELIVERY_SECONDS * 1000),
                batch_size=min(_BATCH_BYTES, max_message_bytes),
                max_request_size=max(_BATCH_BYTES * 16, max_message_bytes),
                linger_ms=5,
                metrics_enabled=False,
            )

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order and wait for every acknowledgement; raises RefusedSizeError."""
        with asking(self._bootstrap, "acknowledge what was published"):
            sent = [self._send(index, message) for index, message in enumerate(messages)]
            deadline = time.monotonic() + DELIVERY_SECONDS + 1
            for index, future in enumerate(sent):
                try:
                    future.get(timeout=max(0.0, deadline - time.monotonic()))
                except _TOO_LARGE as fault:
                    raise RefusedSizeError(index, str(fault)) from fault

    def close(self) -> None:
        """Give up what is not acknowledged, let go of connections; a second time does nothing."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=_CLOSE_SECONDS)
            except KafkaTimeoutError:
                # The library then leaves its thread at work, which would publish the rest after what the
                # next writer publishes.
                producer._sender.force_close()

    def _send(self, index: int, message: Outgoing) -> Any:
        try:
            return self._producer.send(self._topic, key=message.key, value=message.raw)
        except _TOO_LARGE as fault:
            raise RefusedSizeError(index, str(fault)) from fault
