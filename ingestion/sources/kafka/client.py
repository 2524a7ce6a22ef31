"""What a Kafka client library must do for us. Each library is one folder beside this file.

Every call ends within a few seconds, and raises BrokerError where the broker is away or refuses. After
that the same object is asked again later, and connects anew by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from ingestion.errors import TransportError
from ingestion.sources.base import Message, Outgoing

PATIENCE_SECONDS = 5.0  # for one answer
DELIVERY_SECONDS = 8.0  # for the acknowledgement of what was published
FETCH_BYTES = 8 * 2**20
# How long the broker holds back its answer where a partition has nothing new. Short, because what is asked
# next, of another partition, waits behind it; what is there already comes at once.
FETCH_WAIT_MS = 10
RECONNECT_MS = 500  # at most, between two attempts to reach a broker that is away
SESSION_MS = 10_000  # after which a member that died is given up
HEARTBEAT_MS = 1_000  # in whose answer a member learns that the partitions are divided anew


@dataclass(frozen=True)
class Topic:
    """A topic as the broker describes it."""

    topic_id: UUID
    partitions: tuple[int, ...]


@dataclass(frozen=True)
class TopicSettings:
    """The settings of a topic that matter here."""

    compacted: bool
    max_message_bytes: int


class Watermarks(NamedTuple):
    """First position still there, and the position after the last one that no transaction holds open."""

    earliest: int
    end: int


class OutOfRangeError(Exception):
    """The partition no longer has, or never had, the position that was to be read."""


class RefusedSizeError(Exception):
    """Library or broker found a message too large; `index` tells which of those given."""

    def __init__(self, index: int, detail: str) -> None:
        self.index, self.detail = index, detail
        super().__init__(detail)


class Reader(Protocol):
    """Looks at one topic and reads it; belongs to no group and commits nothing."""

    def describe(self) -> Topic | None:
        """Ask the broker what the topic is now; None where there is none of that name."""
        ...

    def settings(self) -> TopicSettings:
        """Ask the broker for the topic's settings."""
        ...

    def watermarks(self, partition: int) -> Watermarks:
        """Ask the broker from where to where a partition can be read."""
        ...

    def seek(self, partition: int, position: int) -> None:
        """Let `fetch` go on with this position of this partition."""
        ...

    def fetch(self, most: int, seconds: float) -> tuple[list[Message], int]:
        """Return up to `most` messages, and the position after them and after what holds no message.

        Empty, with an unchanged position, where nothing came within `seconds`. Raises OutOfRangeError.
        """
        ...

    def rest(self) -> None:
        """Fetch nothing until the next `seek`."""
        ...

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        ...


class Writer(Protocol):
    """Publishes to one topic, idempotently; after an exception it is closed and thrown away."""

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order and wait for every acknowledgement; raises RefusedSizeError."""
        ...

    def close(self) -> None:
        """Give up what is not acknowledged, let go of connections; a second time does nothing."""
        ...


class Member(Protocol):
    """A member of a consumer group, for its share of the partitions alone: it fetches and commits nothing."""

    def poll(self, seconds: float) -> tuple[int, ...]:
        """Serve the group for up to `seconds`, and return the partitions that are this member's now."""
        ...

    def close(self) -> None:
        """Leave the group at once; a second time does nothing."""
        ...


class Client(Protocol):
    """A client library."""

    def reader(self, bootstrap: str, topic: str) -> Reader:
        """Return a reader of `topic`; it connects when first asked."""
        ...

    def writer(self, bootstrap: str, topic: str, max_message_bytes: int) -> Writer:
        """Return a connected writer to `topic`, which takes up to `max_message_bytes`."""
        ...

    def member(self, bootstrap: str, topic: str, group: str, metadata_seconds: float) -> Member:
        """Return a member that looks for new partitions every `metadata_seconds`."""
        ...


def no_topic(bootstrap: str, topic: str) -> TransportError:
    """Return the error of a broker that has no such topic."""
    return TransportError(
        f"the broker at {bootstrap} has no topic {topic}: make it with `qbank events create-topic`, or set "
        "QBANK_KAFKA_TOPIC_EVENTS to one that is there"
    )
