"""How kafka-python is told to end in time, and how its errors become ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from ingestion.errors import BrokerError
from ingestion.sources.kafka.client import PATIENCE_SECONDS, RECONNECT_MS


def make(kind: Any, bootstrap: str, **settings: Any) -> Any:
    """Return a client of this `kind`, connected; raises KafkaTimeoutError where the broker is away.

    The library's constructors then leave a thread behind that tries to connect for ever: it is ended here.
    """
    made: list[KafkaNetClient] = []

    def remembered(**config: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**config))
        return made[-1]

    patience_ms = int(PATIENCE_SECONDS * 1000)
    try:
        return kind(
            bootstrap_servers=bootstrap.split(","),
            bootstrap_timeout_ms=patience_ms,
            request_timeout_ms=patience_ms,
            reconnect_backoff_max_ms=RECONNECT_MS,
            kafka_client=remembered,
            **settings,
        )
    except BaseException:
        for client in made:
            client.close()
        raise


@contextlib.contextmanager
def asking(bootstrap: str, what: str) -> Iterator[None]:
    """Raise BrokerError for an error of the library, saying what was asked."""
    try:
        yield
    except (KafkaError, OSError) as fault:
        raise BrokerError(f"the broker at {bootstrap} did not {what} ({fault})") from fault
