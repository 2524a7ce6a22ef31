"""Which client library is used."""

from __future__ import annotations

import importlib.util

from ingestion.errors import TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources.kafka.client import Client


def choose(settings: IngestionSettings) -> Client:
    """Return the client that the settings name; of `auto`, the fastest that is installed.

    Raises TransportError where they name one that is not installed.
    """
    has_confluent = importlib.util.find_spec("confluent_kafka") is not None
    if settings.kafka_client == "confluent" and not has_confluent:
        raise TransportError(
            "QBANK_KAFKA_CLIENT is confluent, but the package confluent-kafka is not installed: install "
            "qbank[fast], or unset QBANK_KAFKA_CLIENT"
        )
    if has_confluent and settings.kafka_client != "kafka-python":
        from ingestion.sources.kafka.confluent import Confluent  # noqa: PLC0415  # an extra

        return Confluent()
    from ingestion.sources.kafka.kafka_python import KafkaPython  # noqa: PLC0415  # 0.2 s to import

    return KafkaPython()
