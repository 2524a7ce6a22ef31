"""This process's share of a topic's partitions, so that several consumers divide the work.

It decides who reads what and nothing else: positions are the sinks', each moved together with what it
stores, so that two that read the same partition for a while, as during a rebalance, store nothing twice.
"""

from __future__ import annotations

import threading
import time

from ingestion.errors import BrokerError
from ingestion.sources.kafka.client import Client, Member

METADATA_SECONDS = 10.0
IDLE_SECONDS = 300.0  # a process that asks for its share no longer hangs: others get it
_WAIT_SECONDS = 1.0
_POLL_SECONDS = 0.25
_RETRY_SECONDS = 0.5


class KafkaMembership:
    """Membership in a consumer group from the first call of `partitions` until `close`.

    A thread of its own serves the group, so that partitions are divided anew at once even while this
    process, or another one, is at work on a batch.
    """

    def __init__(
        self,
        client: Client,
        bootstrap: str,
        topic: str,
        group: str,
        *,
        metadata_seconds: float = METADATA_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._client, self._bootstrap, self._topic = client, bootstrap, topic
        self._group, self._metadata_seconds, self._idle_seconds = group, metadata_seconds, idle_seconds
        self._held: tuple[int, ...] = ()
        self._fault: BrokerError | None = None
        self._changed = threading.Condition()
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked = 0.0

    def partitions(self) -> tuple[int, ...]:
        """Return the partitions that are this process's now; waits up to a second for some.

        To be called every few seconds, at the least every five minutes. Raises BrokerError where the
        group cannot be joined.
        """
        self._asked = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._serve, name="qbank-membership", daemon=True)
            self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._held or self._fault, _WAIT_SECONDS)
            if self._fault is not None:
                raise self._fault
            return self._held

    def close(self) -> None:
        """Leave the group at once; a second time does nothing."""
        if self._thread is not None:
            self._leaving.set()
            self._thread.join()
            self._thread = None
            self._leaving.clear()

    def _serve(self) -> None:
        member: Member | None = None
        while not self._leaving.is_set() and time.monotonic() - self._asked < self._idle_seconds:
            try:
                if member is None:
                    member = self._join()
                self._tell(member.poll(_POLL_SECONDS), None)
            except BrokerError as fault:
                self._tell((), fault)
                if member is not None:
                    member.close()
                    member = None
                self._leaving.wait(_RETRY_SECONDS)
        if member is not None:
            member.close()
        self._tell((), None)

    def _join(self) -> Member:
        return self._client.member(self._bootstrap, self._topic, self._group, self._metadata_seconds)

    def _tell(self, held: tuple[int, ...], fault: BrokerError | None) -> None:
        with self._changed:
            self._held, self._fault = held, fault
            self._changed.notify_all()
