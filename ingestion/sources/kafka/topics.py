"""Makes the topic of events, and looks whether it is there."""

from __future__ import annotations

from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from ingestion.errors import TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources.kafka.kafka_python.asking import asking, make
from ingestion.sources.kafka.libraries import choose


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


def partitions_of(settings: IngestionSettings) -> int | None:
    """Return how many partitions the topic has that the settings name; None where it is not there.

    Raises TransportError and BrokerError as `create_topic` does.
    """
    if settings.kafka_bootstrap is None:
        raise TransportError("set QBANK_KAFKA_BOOTSTRAP to the broker that has the topic")
    reader = choose(settings).reader(settings.kafka_bootstrap, settings.kafka_topic_events)
    try:
        found = reader.describe()
    finally:
        reader.close()
    return None if found is None else len(found.partitions)


def _create(admin: KafkaAdminClient, topic: str, partitions: int, replication: int) -> bool:
    wanted = {"num_partitions": partitions, "replication_factor": replication}
    try:
        admin.create_topics({topic: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return False
    return True
