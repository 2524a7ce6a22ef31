"""Publishes to a Kafka topic: idempotent, acknowledged by all replicas in sync, partitioned by key."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.errors import BrokerError, MessageTooLargeError
from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import Client, RefusedSizeError, Writer, no_topic

_BATCH_HEADER = 61
_RECORD_FIXED = 4  # attributes, two deltas and the number of headers: a byte each in a batch of one


class KafkaPublisher:
    """One topic. After BrokerError the next call connects anew, so that nothing left over comes later."""

    def __init__(self, client: Client, bootstrap: str, topic: str) -> None:
        self._client, self._bootstrap, self._topic = client, bootstrap, topic
        self._writer: Writer | None = None
        self._limit = 0

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order; when it returns, all are acknowledged. Where it raises, some may be published.

        Raises BrokerError, TransportError where there is no such topic, and MessageTooLargeError.
        """
        if not messages:
            return
        try:
            self._publish(messages)
        except RefusedSizeError:  # the topic's limit was lowered since: look at it again
            self.close()
            try:
                self._publish(messages)
            except RefusedSizeError as refused:
                self.close()
                raise self._too_large(messages[refused.index], refused.index, refused.detail) from refused

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _publish(self, messages: Sequence[Outgoing]) -> None:
        writer = self._writer or self._connect()
        for index, message in enumerate(messages):
            if _size(message) > self._limit:
                raise self._too_large(
                    message, index, f"it takes {self._limit:,} with all that goes around it"
                )
        try:
            writer.publish(messages)
        except BrokerError:
            self.close()
            raise

    def _connect(self) -> Writer:
        reader = self._client.reader(self._bootstrap, self._topic)
        try:
            if reader.describe() is None:
                raise no_topic(self._bootstrap, self._topic)
            self._limit = reader.settings().max_message_bytes
        finally:
            reader.close()
        self._writer = self._client.writer(self._bootstrap, self._topic, self._limit)
        return self._writer

    def _too_large(self, message: Outgoing, index: int, detail: str) -> MessageTooLargeError:
        return MessageTooLargeError(
            f"a message of {len(message.raw):,} bytes is over what the topic {self._topic} takes ({detail}): "
            "raise its max.message.bytes, or leave the message out",
            index,
        )


def _size(message: Outgoing) -> int:
    """Return the bytes of a batch that holds this message alone, which is what the topic's limit is on."""
    key, raw = len(message.key or b""), len(message.raw)
    body = _RECORD_FIXED + _varint(key if message.key is not None else -1) + key + _varint(raw) + raw
    return _BATCH_HEADER + _varint(body) + body


def _varint(number: int) -> int:
    """Return the bytes that a length takes, zigzag and seven bits to a byte."""
    return max(1, -(-(2 * abs(number)).bit_length() // 7))
