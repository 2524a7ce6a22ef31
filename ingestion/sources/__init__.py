"""Where events are read from and published to: chosen here, once, from the settings."""

from __future__ import annotations

from pathlib import Path

from ingestion.errors import EventLogError
from ingestion.settings import IngestionSettings
from ingestion.sources import log_files
from ingestion.sources.base import Batch, Membership, Message, Outgoing, Publisher, Source
from ingestion.sources.event_log import PARTITION, EventLog
from ingestion.sources.kafka.libraries import choose
from ingestion.sources.kafka.membership import KafkaMembership
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from ingestion.sources.sole import SoleMembership

__all__ = [
    "Batch",
    "EventLog",
    "Membership",
    "Message",
    "Outgoing",
    "Publisher",
    "Source",
    "open_archive",
    "open_local_logs",
    "open_membership",
    "open_publisher",
    "open_source",
]


def open_source(settings: IngestionSettings) -> Source:
    """Return the source that the settings name: a Kafka topic, else the local event log.

    Raises BrokerError where the broker is away, and TransportError where the topic is not there.
    """
    if settings.kafka_bootstrap is None:
        return _open_log(settings)
    accept = settings.kafka_compacted == "accept"
    return KafkaSource(
        choose(settings), settings.kafka_bootstrap, settings.kafka_topic_events, accept_compacted=accept
    )


def open_archive(folder: Path, settings: IngestionSettings) -> Source:
    """Return segments of the local log that were moved to `folder`, as the source they were part of.

    Raises EventLogError where none lie there, or not the log's `log.json` beside them.
    """
    if log_files.identity(folder) is None or not log_files.segment_bases(folder):
        raise EventLogError(
            f"{folder} is no archive of the event log: it needs segments (*.segment) and a copy of the log's "
            "log.json beside them"
        )
    return EventLog(folder, settings.kafka_topic_events)


def open_local_logs(settings: IngestionSettings) -> list[EventLog]:
    """Return every event log below the home, also one that was left when a broker took its place."""
    folders = sorted((settings.home / "event_log").glob("*"))
    return [EventLog(one, one.name) for one in folders if log_files.identity(one) is not None]


def open_publisher(settings: IngestionSettings) -> Publisher:
    """Return where the relay and `qbank events append` publish to; a broker is first asked by `append`."""
    if settings.kafka_bootstrap is None:
        return _open_log(settings)
    return KafkaPublisher(choose(settings), settings.kafka_bootstrap, settings.kafka_topic_events)


def open_membership(settings: IngestionSettings) -> Membership:
    """Return what tells this process its share of the partitions; a broker is asked when that is."""
    if settings.kafka_bootstrap is None:
        return SoleMembership((PARTITION,))
    topic = settings.kafka_topic_events
    return KafkaMembership(choose(settings), settings.kafka_bootstrap, topic, settings.kafka_group)


def _open_log(settings: IngestionSettings) -> EventLog:
    topic = settings.kafka_topic_events
    return EventLog(settings.home / "event_log" / topic, topic)
