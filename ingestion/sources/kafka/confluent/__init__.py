"""confluent-kafka as client library: librdkafka, several times as fast; installed by the extra [fast]."""

from __future__ import annotations

from ingestion.sources.kafka.confluent.member import ConfluentMember
from ingestion.sources.kafka.confluent.reader import ConfluentReader
from ingestion.sources.kafka.confluent.writer import ConfluentWriter


class Confluent:
    """The library's three parts."""

    def reader(self, bootstrap: str, topic: str) -> ConfluentReader:
        """Return a reader; it connects when first asked."""
        return ConfluentReader(bootstrap, topic)

    def writer(self, bootstrap: str, topic: str, max_message_bytes: int) -> ConfluentWriter:
        """Return a connected writer."""
        return ConfluentWriter(bootstrap, topic, max_message_bytes)

    def member(self, bootstrap: str, topic: str, group: str, metadata_seconds: float) -> ConfluentMember:
        """Return a member of `group`."""
        return ConfluentMember(bootstrap, topic, group, metadata_seconds)
