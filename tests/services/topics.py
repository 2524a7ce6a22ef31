"""What tests do to a broker's topics: make, change and remove them, as an operator would."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

_PATIENCE = 30.0


def create_topic(
    bootstrap: str, name: str, partitions: int = 1, settings: Mapping[str, str] | None = None
) -> None:
    """Create a topic, with settings of its own (`segment.bytes`, `cleanup.policy`, ...)."""
    with _admin(bootstrap) as admin:
        options = {"num_partitions": partitions, "replication_factor": 1, "configs": dict(settings or {})}
        admin.create_topics({name: options}, wait_for_metadata=True)


def delete_topic(bootstrap: str, name: str) -> None:
    """Delete a topic, and wait until the broker no longer knows it."""
    with _admin(bootstrap) as admin:
        admin.delete_topics([name])
        deadline = time.monotonic() + _PATIENCE
        while name in admin.list_topics():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is still there")
            time.sleep(0.05)


def add_partitions(bootstrap: str, name: str, total: int) -> None:
    """Give a topic `total` partitions."""
    with _admin(bootstrap) as admin:
        admin.create_partitions({name: total})
        admin.wait_for_topics([name])


def alter_topic(bootstrap: str, name: str, settings: Mapping[str, str]) -> None:
    """Change settings of a topic."""
    with _admin(bootstrap) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(settings))])


def delete_messages(bootstrap: str, name: str, partition: int, before: int) -> None:
    """Remove the messages of a partition before a position, as retention does."""
    with _admin(bootstrap) as admin:
        admin.delete_records({TopicPartition(name, partition): before})


@contextmanager
def _admin(bootstrap: str) -> Iterator[Any]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield admin
    finally:
        admin.close()
