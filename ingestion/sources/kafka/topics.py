"""Makes the topic of events."""

from __future__ import annotations

from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from ingestion.errors import TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources.kafka.kafka_python.asking import asking, make


class TopicMade(NamedTuple):
    """Whether the topic was made now, and its partitions."""

    created: bool
    partitions: int


def create_topic(settings: IngestionSettings, partitions: int, replication: int = 1) -> TopicMade:
    """Make the topic that the settings name, unless it is there; one that is there is left as it is.

    Raises TransportError where no broker is configured, and BrokerError.
    """
    bootstrap, topic = settings.kafka_bootstrap, settings.kafka_topic_events
    if bootstrap is None:
        raise TransportError("set QBANK_KAFKA_BOOTSTRAP to the broker on which the topic is to be made")
    with asking(bootstrap, f"make the topic {topic}"):
        admin = make(KafkaAdminClient, bootstrap)
        try:
            created = _create(admin, topic, partitions, replication)
            (found,) = admin.describe_topics([topic])
        finally:
            admin.close()
    return TopicMade(created, len(found["partitions"]))


def _create(admin: KafkaAdminClient, topic: str, partitions: int, replication: int) -> bool:
    wanted = {"num_partitions": partitions, "replication_factor": replication}
    try:
        admin.create_topics({topic: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return False
    return True
