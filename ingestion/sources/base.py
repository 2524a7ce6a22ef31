"""The seam between what carries events and what stores them.

A source is known by an id that changes when the topic or log is made anew, and has partitions, in each of
which a message has a position (a whole number that grows; gaps are allowed). A sink keeps its own
positions, so a source has none to commit. Each transport is one file beside this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    """A message as it lies in a partition; one of so many that the garbage collector is spared them."""

    position: int
    raw: bytes


@dataclass(frozen=True)
class Batch:
    """Messages of one partition, read from position `start` on; `next` is where the next batch begins."""

    source_id: str
    partition: int
    start: int
    next: int
    messages: tuple[Message, ...]


class Outgoing(NamedTuple):
    """A message to be published; messages of one key keep their order."""

    key: bytes | None
    raw: bytes


class Source(Protocol):
    """Where messages are read from."""

    @property
    def source_id(self) -> str:
        """Identity of the topic or log: made anew, it is another source."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """What a person should know of the source's state; each thing once."""
        ...

    def partitions(self) -> Sequence[int]:
        """Return the partitions there are now."""
        ...

    def earliest(self, partition: int) -> int:
        """Return the position of the oldest message still there (the high watermark where there is none)."""
        ...

    def high_watermark(self, partition: int) -> int:
        """Return the position after the newest message that is safely there."""
        ...

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        """Return messages from `start` on and before `until`.

        Where start < until the batch moves on (next > start), though it may hold no message; it ends
        after `max_messages`, or with the message that reaches `max_bytes`.
        """
        ...

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        ...


class Publisher(Protocol):
    """Where messages are published to."""

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order; when it returns, all are durable. Where it raises, some may be published.

        Raises MessageTooLargeError, its `index` telling which one, where a message is over what the
        transport takes: what was published of the others is then undefined, and may be published again.
        """
        ...

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        ...


class Membership(Protocol):
    """This process's share of a source's partitions, where several consumers divide them."""

    def partitions(self) -> Sequence[int]:
        """Return the partitions that are this process's now; to be asked every few seconds."""
        ...

    def close(self) -> None:
        """Leave the others to it at once; a second time does nothing."""
        ...
