"""Reads a topic with kafka-python."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import OffsetOutOfRangeError, RetriableError, for_code

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
from ingestion.sources.kafka.kafka_python.asking import asking, make

_UNKNOWN = 3  # the protocol's code of UNKNOWN_TOPIC_OR_PARTITION
_MOST_RECORDS = 20_000
_CONSUMER = {
    "group_id": None,
    "metrics_enabled": False,
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "max_poll_records": _MOST_RECORDS,
    "max_partition_fetch_bytes": FETCH_BYTES,
    "fetch_max_wait_ms": FETCH_WAIT_MS,
}


class PythonReader:
    """A reader of one topic: a consumer for messages, an admin client for what the topic is."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._admin_client: Any = None
        self._consumer_client: Any = None
        self._partition: TopicPartition | None = None

    def describe(self) -> Topic | None:
        """Ask the broker what the topic is now; None where there is none of that name."""
        with self._asking("describe its topics"):
            try:
                (found,) = self._admin().describe_topics([self._topic])
            except RetriableError:  # its connection ended, by idleness for instance, and it opens no other
                if self._admin_client is None:
                    raise
                self._admin_client.close()
                self._admin_client = None
                (found,) = self._admin().describe_topics([self._topic])
            if found["error_code"] == _UNKNOWN:
                return None
            if found["error_code"]:
                raise for_code(found["error_code"])(self._topic)
        partitions = sorted(each["partition_index"] for each in found["partitions"])
        return Topic(UUID(str(found["topic_id"])), tuple(partitions))

    def settings(self) -> TopicSettings:
        """Ask the broker for the topic's settings."""
        wanted = {"cleanup.policy": None, "max.message.bytes": None}
        with self._asking("tell the topic's settings"):
            resource = ConfigResource(ConfigResourceType.TOPIC, self._topic, configs=wanted)
            found = self._admin().describe_configs([resource], config_filter="all")["topic"][self._topic]
        policies = str(found["cleanup.policy"]["value"]).split(",")
        return TopicSettings("compact" in policies, int(found["max.message.bytes"]["value"]))

    def watermarks(self, partition: int) -> Watermarks:
        """Ask the broker from where to where a partition can be read."""
        place, patience = TopicPartition(self._topic, partition), int(PATIENCE_SECONDS * 1000)
        with self._asking("tell where its partitions begin and end"):
            consumer = self._consumer()
            begin = consumer.beginning_offsets([place], timeout_ms=patience)
            end = consumer.end_offsets([place], timeout_ms=patience)
        return Watermarks(begin[place], end[place])

    def seek(self, partition: int, position: int) -> None:
        """Let `fetch` go on with this position of this partition."""
        place = TopicPartition(self._topic, partition)
        with self._asking("take a reader"):
            consumer = self._consumer()
            if place != self._partition:
                consumer.assign([place])
            consumer.seek(place, position)
        self._partition = place

    def fetch(self, most: int, seconds: float) -> tuple[list[Message], int]:
        """Return up to `most` messages, and the position after them and after what holds no message."""
        if self._partition is None:
            raise BrokerError(f"the connection to {self._bootstrap} was lost: read again")
        with self._asking("send messages"):
            try:
                fetched = self._consumer_client.poll(
                    timeout_ms=int(seconds * 1000), max_records=min(most, _MOST_RECORDS)
                )
                records = fetched.get(self._partition, ())
                position = self._consumer_client.position(self._partition, timeout_ms=0)
            except OffsetOutOfRangeError as fault:
                raise OutOfRangeError from fault
        return [Message(record.offset, record.value or b"") for record in records], position

    def rest(self) -> None:
        """Do nothing: it fetches only while it is asked to."""

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        consumer, self._consumer_client = self._consumer_client, None
        admin, self._admin_client = self._admin_client, None
        self._partition = None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=0)
        if admin is not None:
            admin.close()

    def _admin(self) -> Any:
        if self._admin_client is None:
            self._admin_client = make(KafkaAdminClient, self._bootstrap)
        return self._admin_client

    def _consumer(self) -> Any:
        if self._consumer_client is None:
            self._consumer_client = make(KafkaConsumer, self._bootstrap, **_CONSUMER)
        return self._consumer_client

    def _asking(self, what: str) -> Any:
        return asking(self._bootstrap, what)
