"""Where events are read from and published to: chosen here, once, from the settings."""

from __future__ import annotations

from ingestion.errors import TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources.base import Batch, Message, Outgoing, Publisher, Source
from ingestion.sources.event_log import EventLog

__all__ = ["Batch", "EventLog", "Message", "Outgoing", "Publisher", "Source", "open_publisher", "open_source"]


def open_source(settings: IngestionSettings) -> Source:
    """Return the source that the settings name: the local event log.

    Raises TransportError where they name a broker, which this release cannot use.
    """
    return _open_log(settings)


def open_publisher(settings: IngestionSettings) -> Publisher:
    """Return where the relay and `qbank events append` publish to; raises as `open_source` does."""
    return _open_log(settings)


def _open_log(settings: IngestionSettings) -> EventLog:
    if settings.kafka_bootstrap is not None:
        raise TransportError(
            f"QBANK_KAFKA_BOOTSTRAP is set ({settings.kafka_bootstrap}), but the Kafka transport is not part "
            "of this release: unset it, and events go through the local event log below QBANK_HOME"
        )
    topic = settings.kafka_topic_events
    return EventLog(settings.home / "event_log" / topic, topic)
