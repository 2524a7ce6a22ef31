"""A member of a consumer group with confluent-kafka."""

from __future__ import annotations

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from ingestion.sources.kafka.client import HEARTBEAT_MS, SESSION_MS
from ingestion.sources.kafka.confluent.asking import asking, connection


class ConfluentMember:
    """A subscribed consumer, all of whose partitions are paused; it connects when first polled."""

    def __init__(self, bootstrap: str, topic: str, group: str, metadata_seconds: float) -> None:
        self._bootstrap, self._topic, self._group = bootstrap, topic, group
        self._metadata_ms = int(metadata_seconds * 1000)
        self._consumer: Consumer | None = None

    def poll(self, seconds: float) -> tuple[int, ...]:
        """Serve the group for up to `seconds`, and return the partitions that are this member's now."""
        with asking(self._bootstrap, "take a member of the consumer group"):
            if self._consumer is None:
                self._consumer = self._join()
            self._consumer.poll(seconds)
            assigned = self._consumer.assignment()
        return tuple(sorted(place.partition for place in assigned))

    def close(self) -> None:
        """Leave the group at once; a second time does nothing."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def _join(self) -> Consumer:
        consumer = Consumer(
            {
                **connection(self._bootstrap),
                "group.id": self._group,
                "enable.auto.commit": False,
                "auto.offset.reset": "latest",  # never used: nothing is fetched
                "session.timeout.ms": SESSION_MS,
                "heartbeat.interval.ms": HEARTBEAT_MS,
                "topic.metadata.refresh.interval.ms": self._metadata_ms,
            }
        )
        consumer.subscribe([self._topic], on_assign=_assign_paused)
        return consumer


def _assign_paused(consumer: Consumer, assigned: list[TopicPartition]) -> None:
    """Take the partitions at their end, so that no committed position is asked for, and pause them."""
    consumer.assign([TopicPartition(each.topic, each.partition, OFFSET_END) for each in assigned])
    consumer.pause(assigned)
