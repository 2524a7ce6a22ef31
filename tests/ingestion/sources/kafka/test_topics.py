"""Making the topic of events."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.errors import BrokerError, TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources.kafka.topics import TopicMade, create_topic, partitions_of
from tests.services.broker import Broker


def settings(bootstrap: str | None, topic: str) -> IngestionSettings:
    return IngestionSettings(kafka_bootstrap=bootstrap, kafka_topic_events=topic, home=Path("/nowhere"))


def test_a_topic_is_made_once(kafka_broker: Broker, topic: str) -> None:
    asked = settings(kafka_broker.bootstrap, f"{topic}.made")
    assert partitions_of(asked) is None
    assert create_topic(asked, 6) == TopicMade(created=True, partitions=6)
    assert create_topic(asked, 3) == TopicMade(created=False, partitions=6)
    assert partitions_of(asked) == 6


def test_what_the_broker_refuses_is_told(kafka_broker: Broker, topic: str) -> None:
    with pytest.raises(BrokerError, match=r"did not make the topic .*eplication"):
        create_topic(settings(kafka_broker.bootstrap, f"{topic}.made"), 1, replication=3)


def test_without_a_broker_there_is_none_to_make(topic: str) -> None:
    with pytest.raises(TransportError, match="set QBANK_KAFKA_BOOTSTRAP"):
        create_topic(settings(None, topic), 1)
