"""This process's share of a topic's partitions, so that several consumers divide the work.

It decides who reads what and nothing else: positions are the sinks', each moved together with what it
stores, so that two that read the same partition for a while, as during a rebalance, store nothing twice.
"""

from __future__ import annotations

import time

from ingestion.sources.kafka.client import Client, Member

METADATA_SECONDS = 10.0
_JOINING_SECONDS = 1.0
_SERVING_SECONDS = 0.02


class KafkaMembership:
    """Membership in a consumer group from the first call of `partitions` until `close`."""

    def __init__(
        self,
        client: Client,
        bootstrap: str,
        topic: str,
        group: str,
        *,
        metadata_seconds: float = METADATA_SECONDS,
    ) -> None:
        self._client, self._bootstrap, self._topic = client, bootstrap, topic
        self._group, self._metadata_seconds = group, metadata_seconds
        self._member: Member | None = None

    def partitions(self) -> tuple[int, ...]:
        """Return the partitions that are this process's now; none while the group divides them anew.

        Waits up to a second for some. To be called every few seconds, at the least every five minutes.
        Raises BrokerError.
        """
        if self._member is None:
            self._member = self._client.member(
                self._bootstrap, self._topic, self._group, self._metadata_seconds
            )
        deadline = time.monotonic() + _JOINING_SECONDS
        while True:
            held = self._member.poll(_SERVING_SECONDS)
            if held or time.monotonic() > deadline:
                return held

    def close(self) -> None:
        """Leave the group at once; a second time does nothing."""
        member, self._member = self._member, None
        if member is not None:
            member.close()
