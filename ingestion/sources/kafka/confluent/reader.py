"""Reads a topic with confluent-kafka."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition, admin

from ingestion.errors import BrokerError
from ingestion.sources.base import Message
from ingestion.sources.kafka.client import (
    FETCH_BYTES,
    FETCH_WAIT_MS,
    PATIENCE_SECONDS,
    OutOfRangeError,
    Topic,
    TopicSettings,
    Watermarks,
)
from ingestion.sources.kafka.confluent.asking import asking, connection

_OUT_OF_RANGE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
_CONSUMER = {
    "group.id": "qbank.reader",  # the library wants one; without commits and subscription it is never used
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,  # tells how far the log goes where the last positions hold no message
    "max.partition.fetch.bytes": FETCH_BYTES,
    "fetch.wait.max.ms": FETCH_WAIT_MS,
    "fetch.queue.backoff.ms": FETCH_WAIT_MS,
    "queued.max.messages.kbytes": 4 * FETCH_BYTES // 1024,
}
# A call returns when it has as many messages as asked for, so that few are asked for at a time where they
# may be large.
_MOST_MESSAGES = 1_000


class ConfluentReader:
    """A reader of one topic: a consumer for messages, an admin client for what the topic is."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._admin_client: admin.AdminClient | None = None
        self._consumer_client: Consumer | None = None
        self._position: int | None = None
        self._partitions: tuple[int, ...] = ()

    def describe(self) -> Topic | None:
        """Ask the broker what the topic is now; None where there is none of that name."""
        with self._asking("describe its topics"):
            asked = self._admin().describe_topics(
                TopicCollection([self._topic]), request_timeout=PATIENCE_SECONDS
            )
            try:
                found = asked[self._topic].result(PATIENCE_SECONDS + 1)
            except KafkaException as fault:
                if fault.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    return None
                raise
        topic_id = UUID(bytes=base64.b64decode(f"{found.topic_id}==", altchars=b"-_"))
        topic = Topic(topic_id, tuple(sorted(each.id for each in found.partitions)))
        self._tell_consumer(topic)
        return topic

    def settings(self) -> TopicSettings:
        """Ask the broker for the topic's settings."""
        resource = admin.ConfigResource(admin.RESOURCE_TOPIC, self._topic)
        with self._asking("tell the topic's settings"):
            asked = self._admin().describe_configs([resource], request_timeout=PATIENCE_SECONDS)
            found = asked[resource].result(PATIENCE_SECONDS + 1)
        policies = found["cleanup.policy"].value.split(",")
        return TopicSettings("compact" in policies, int(found["max.message.bytes"].value))

    def watermarks(self, partition: int) -> Watermarks:
        """Ask the broker from where to where a partition can be read."""
        place = TopicPartition(self._topic, partition)
        with self._asking("tell where its partitions begin and end"):
            found = self._consumer().get_watermark_offsets(place, timeout=PATIENCE_SECONDS)
        return Watermarks(*found)

    def seek(self, partition: int, position: int) -> None:
        """Let `fetch` go on with this position of this partition."""
        with self._asking("take a reader"):
            self._consumer().assign([TopicPartition(self._topic, partition, position)])
        self._position = position

    def fetch(self, most: int, seconds: float) -> tuple[list[Message], int]:
        """Return up to `most` messages, and the position after them and after what holds no message."""
        if self._consumer_client is None or self._position is None:
            raise BrokerError(f"the connection to {self._bootstrap} was lost: read again")
        messages: list[Message] = []
        with self._asking("send messages"):
            for received in self._consumer_client.consume(min(most, _MOST_MESSAGES), seconds):
                fault, offset = received.error(), received.offset()
                if fault is not None:
                    self._pass(fault, offset)
                elif offset is not None:  # as it is wherever there is no error
                    messages.append(Message(offset, received.value() or b""))
                    self._position = offset + 1
        return messages, self._position

    def rest(self) -> None:
        """Fetch nothing until the next `seek`: by itself the library goes on for ever."""
        if self._consumer_client is not None:
            self._consumer_client.unassign()
        self._position = None

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        consumer, self._consumer_client = self._consumer_client, None
        self._admin_client = self._position = None
        if consumer is not None:
            consumer.close()

    def _tell_consumer(self, topic: Topic) -> None:
        """Let the consumer, too, know of partitions that were added: it looks only every few minutes."""
        if topic.partitions != self._partitions and self._consumer_client is not None:
            with self._asking("tell its partitions"):
                self._consumer_client.list_topics(self._topic, timeout=PATIENCE_SECONDS)
        self._partitions = topic.partitions

    def _pass(self, fault: KafkaError, offset: int | None) -> None:
        """Take note of what is no message: the log's end, or what went wrong."""
        if fault.code() == KafkaError._PARTITION_EOF:
            self._position = offset
        elif fault.code() in _OUT_OF_RANGE:
            raise OutOfRangeError
        elif not fault.retriable() and fault.code() not in (
            KafkaError._ALL_BROKERS_DOWN,
            KafkaError._TRANSPORT,
        ):
            raise KafkaException(fault)

    def _admin(self) -> admin.AdminClient:
        if self._admin_client is None:
            self._admin_client = admin.AdminClient(connection(self._bootstrap))
        return self._admin_client

    def _consumer(self) -> Consumer:
        if self._consumer_client is None:
            self._consumer_client = Consumer({**connection(self._bootstrap), **_CONSUMER})
        return self._consumer_client

    def _asking(self, what: str) -> Any:
        return asking(self._bootstrap, what)
