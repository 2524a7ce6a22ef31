"""A member of a consumer group with kafka-python."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

from ingestion.sources.kafka.client import HEARTBEAT_MS, SESSION_MS
from ingestion.sources.kafka.kafka_python.asking import asking, make


class _Pausing(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Pauses what is assigned before anything of it is fetched, and keeps a rejoin from being forgotten."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Insist on joining anew.

        A leader that rejoins because partitions were added takes its reason for gone once it has divided
        them; where a poll ended just before, it would never take up its share, nor send heartbeats again.
        """
        if revoked:
            self._consumer._coordinator.request_rejoin()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Pause them."""
        self._consumer.pause(*assigned)


class PythonMember:
    """A subscribed consumer, all of whose partitions are paused; it connects when first polled."""

    def __init__(self, bootstrap: str, topic: str, group: str, metadata_seconds: float) -> None:
        self._bootstrap, self._topic, self._group = bootstrap, topic, group
        self._metadata_ms = int(metadata_seconds * 1000)
        self._consumer: Any = None

    def poll(self, seconds: float) -> tuple[int, ...]:
        """Serve the group for up to `seconds`, and return the partitions that are this member's now."""
        with asking(self._bootstrap, "take a member of the consumer group"):
            if self._consumer is None:
                self._consumer = self._join()
            self._consumer.poll(timeout_ms=int(seconds * 1000))
            assigned = self._consumer.assignment() or ()
        return tuple(sorted(place.partition for place in assigned))

    def close(self) -> None:
        """Leave the group at once; a second time does nothing."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=2_000)

    def _join(self) -> Any:
        consumer = make(
            KafkaConsumer,
            self._bootstrap,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="latest",  # never used: nothing is fetched
            allow_auto_create_topics=False,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            metadata_max_age_ms=self._metadata_ms,
            metrics_enabled=False,
        )
        consumer.subscribe([self._topic], listener=_Pausing(consumer))
        return consumer
