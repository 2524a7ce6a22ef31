"""The seam to a store: what a drain hands it, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from database.queries.forgotten import Learner
from ingestion.errors import InvalidEvent
from ingestion.events import Event, decode
from ingestion.sources.base import Batch, Message


class Accepted(Struct, frozen=True, gc=False):
    """A message that is a valid event."""

    message: Message
    event: Event


class Rejected(Struct, frozen=True):
    """A message that is none, and why."""

    message: Message
    fault: InvalidEvent


@dataclass(frozen=True)
class Decoded:
    """A batch of a source after decoding: positions from `start` to before `next` of one partition."""

    source_id: str
    partition: int
    start: int
    next: int
    accepted: tuple[Accepted, ...]
    rejected: tuple[Rejected, ...]

    @cached_property
    def learners(self) -> frozenset[Learner]:
        """Return whose events these are; found once for all sinks, and only where somebody is forgotten."""
        # By whole numbers: a UUID is hashed by Python, and there are few learners in many events.
        one_of_each = {whose(one.event): one.event for one in self.accepted}.values()
        return frozenset(Learner(event.tenant_id, event.user_id) for event in one_of_each)


@dataclass(frozen=True)
class Stored:
    """What a sink did with a batch: events newly stored by type, repeated ones, dead letters by reason.

    `passed_over` counts messages that this store has no place for, events of other types, say, `forgotten`
    those of forgotten learners, which are kept nowhere. The five sum to the messages of the batch.
    """

    events: Mapping[str, int]
    repeated: int
    dead_letters: Mapping[str, int]
    passed_over: int = 0
    forgotten: int = 0


class MovedOnError(Exception):
    """The sink's position is not where the batch starts: another drain of this sink was at work."""


class Sink(Protocol):
    """A store of events with positions of its own, moved in one step with what it stores."""

    @property
    def name(self) -> str:
        """Name under which its positions are kept."""
        ...

    def positions(self, source_id: str) -> Mapping[int, int]:
        """Return the next position to read, by partition; a partition never read is left out."""
        ...

    def store(self, batch: Decoded) -> Stored:
        """Store a batch and move on to `batch.next`, wholly or not at all.

        Events stored before are counted as repeated. Raises MovedOnError where the batch does not begin
        at the sink's position, and SinkError where the store does not answer.
        """
        ...

    def add(self, batch: Decoded) -> Stored:
        """Store what of a batch is not stored yet, as `store` does, and move no position: for replays."""
        ...

    def place(self, source_id: str, partition: int, position: int) -> None:
        """Set the next position to read: a person's choice where a source lost what a sink had not read."""
        ...

    def caught_up(self, source_id: str, stored: int) -> None:
        """Take note that a drain has just brought it all that the source held; `stored` events were new.

        It is called after every such drain, many times a second perhaps, and shall cost next to nothing.
        """
        ...


def whose(event: Event) -> tuple[int, int]:
    """Return what tells the learner of an event from others, quicker than a Learner does."""
    return event.tenant_id.int, event.user_id.int


def decode_batch(batch: Batch) -> Decoded:
    """Return `batch` with each message decoded or refused on its own."""
    accepted: list[Accepted] = []
    rejected: list[Rejected] = []
    for message in batch.messages:
        try:
            accepted.append(Accepted(message, decode(message.raw)))
        except InvalidEvent as fault:
            rejected.append(Rejected(message, fault))
    return Decoded(
        batch.source_id, batch.partition, batch.start, batch.next, tuple(accepted), tuple(rejected)
    )
