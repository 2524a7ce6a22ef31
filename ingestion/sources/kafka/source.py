"""A Kafka topic as a source.

It is read by position, in no consumer group and without commits: the sinks keep the positions. The topic's
id is part of the source's identity, and is looked at again after each read: what was read before the
broker named the same id belongs to that topic.
"""

from __future__ import annotations

import time
from typing import NoReturn

from ingestion.errors import BrokerError, PositionError, TopicRemadeError, TransportError
from ingestion.sources.base import Batch
from ingestion.sources.kafka.client import Client, OutOfRangeError, Topic, Watermarks, no_topic
from ingestion.sources.kafka.gaps import Gaps
from ingestion.sources.kafka.reading import Reading

STALL_SECONDS = 30.0
_LOOK_SECONDS = 2.0  # without progress, until the broker is asked whether it is there and has the topic


class KafkaSource:
    """One topic, for one thread. BrokerError where the broker is away; once it is back, the same object goes on."""

    def __init__(
        self,
        client: Client,
        bootstrap: str,
        topic: str,
        *,
        accept_compacted: bool = False,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        """Look at the topic; TransportError where it is not there, or is compacted and that is not accepted."""
        self._bootstrap, self._topic = bootstrap, topic
        self._stall_seconds = stall_seconds
        self._reader = client.reader(bootstrap, topic)
        self._reading = Reading(self._reader)
        self._gaps = Gaps()
        try:
            self._topic_id = self._look().topic_id
            if not accept_compacted and self._reader.settings().compacted:
                self._refuse_compacted()
        except BaseException:
            self.close()
            raise

    @property
    def source_id(self) -> str:
        """Identity of the topic: another one after it was deleted and made anew."""
        return f"kafka:{self._topic}:{self._topic_id}"

    @property
    def notices(self) -> tuple[str, ...]:
        """Which positions that were moved across hold no message."""
        return tuple(self._gaps.notices())

    def partitions(self) -> tuple[int, ...]:
        """Ask the broker for the partitions there are now."""
        return self._verify().partitions

    def earliest(self, partition: int) -> int:
        """Return the position of the oldest message still there (the high watermark where there is none)."""
        return self._watermarks(partition).earliest

    def high_watermark(self, partition: int) -> int:
        """Return the position before which every message is committed, on all replicas in sync."""
        return self._watermarks(partition).end

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        """Return messages from `start` on and before `until`, at least one position of them.

        Raises PositionError where `start` is no longer there, TopicRemadeError, and BrokerError where the
        broker is away or nothing comes for 30 s though it is there.
        """
        deadline = time.monotonic() + self._stall_seconds
        try:
            while True:
                messages, end = self._reading.take(
                    partition, start, until, max_messages, max_bytes, min(_LOOK_SECONDS, self._stall_seconds)
                )
                self._verify()
                if end > start or start >= until:
                    break
                if time.monotonic() > deadline:
                    self._reading.forget()
                    raise BrokerError(
                        f"nothing came of partition {partition} of {self._topic} at position {start} for "
                        f"{self._stall_seconds:g} s, though it goes to {until}: see to the broker at "
                        f"{self._bootstrap}, then run again"
                    )
        except OutOfRangeError:
            self._reading.forget()
            self._lost(partition, start)
        except BrokerError:
            self._disconnect()
            raise
        self._gaps.count(partition, start, end, messages)
        return Batch(self.source_id, partition, start, end, tuple(messages))

    def close(self) -> None:
        """Let go of connections; a second time does nothing."""
        self._disconnect()

    def _disconnect(self) -> None:
        self._reading.forget()
        self._reader.close()

    def _watermarks(self, partition: int) -> Watermarks:
        try:
            found = self._reader.watermarks(partition)
        except BrokerError:
            self._disconnect()
            raise
        self._verify()
        return found

    def _look(self) -> Topic:
        found = self._reader.describe()
        if found is None:
            raise no_topic(self._bootstrap, self._topic)
        return found

    def _verify(self) -> Topic:
        try:
            found = self._reader.describe()
        except BrokerError:
            self._disconnect()
            raise
        if found is None or found.topic_id != self._topic_id:
            self._disconnect()
            became = "was deleted" if found is None else f"was made anew (its id is now {found.topic_id})"
            raise TopicRemadeError(
                f"the topic {self._topic} {became} while it was read; what was stored before stays: run again, "
                "and the new one is read from its earliest message"
            )
        return found

    def _lost(self, partition: int, position: int) -> NoReturn:
        found = self._watermarks(partition)
        place = f"partition {partition} of {self.source_id}"
        if position < found.earliest:
            fault = f"{place} begins at {found.earliest}: {position} to {found.earliest - 1} expired, or were deleted"
        else:
            fault = f"{place} ends at {found.end}, before {position}: the broker lost messages"
        raise PositionError(
            f"{fault}. Nothing was skipped: put the topic back as it was, or choose with `qbank positions set "
            f"--sink SINK --partition {partition} --to earliest|latest|NUMBER`, then run again"
        )

    def _refuse_compacted(self) -> NoReturn:
        raise TransportError(
            f"the topic {self._topic} is compacted (cleanup.policy): keys are quiz ids, and of each quiz only "
            "the last event would be kept. Set its cleanup.policy to delete, or accept the loss with "
            "QBANK_KAFKA_COMPACTED=accept"
        )
