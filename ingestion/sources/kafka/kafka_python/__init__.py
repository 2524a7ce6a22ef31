"""kafka-python as client library: pure Python, always installed."""

from __future__ import annotations

import logging

from ingestion.sources.kafka.kafka_python.member import PythonMember
from ingestion.sources.kafka.kafka_python.reader import PythonReader
from ingestion.sources.kafka.kafka_python.writer import PythonWriter

# It warns of each attempt to reach a broker that is away; what matters comes as BrokerError. A program
# that configures logging still gets its errors.
logging.getLogger("kafka").addHandler(logging.NullHandler())
logging.getLogger("kafka").setLevel(logging.CRITICAL)


class KafkaPython:
    """The library's three parts."""

    def reader(self, bootstrap: str, topic: str) -> PythonReader:
        """Return a reader; it connects when first asked."""
        return PythonReader(bootstrap, topic)

    def writer(self, bootstrap: str, topic: str, max_message_bytes: int) -> PythonWriter:
        """Return a connected writer."""
        return PythonWriter(bootstrap, topic, max_message_bytes)

    def member(self, bootstrap: str, topic: str, group: str, metadata_seconds: float) -> PythonMember:
        """Return a member of `group`."""
        return PythonMember(bootstrap, topic, group, metadata_seconds)
