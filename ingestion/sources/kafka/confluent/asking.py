"""How confluent-kafka is told to keep silent and to end in time, and how its errors become ours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from confluent_kafka import KafkaException

from ingestion.errors import BrokerError
from ingestion.sources.kafka.client import PATIENCE_SECONDS, RECONNECT_MS

# Without a logger the library writes to stderr by itself.
_LOGGER = logging.getLogger("confluent_kafka")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.setLevel(logging.CRITICAL)


def connection(bootstrap: str) -> dict[str, Any]:
    """Return the settings that every client of this library shares."""
    return {
        "bootstrap.servers": bootstrap,
        "logger": _LOGGER,
        "log_level": 0,
        "socket.timeout.ms": int(PATIENCE_SECONDS * 1000),
        "reconnect.backoff.max.ms": RECONNECT_MS,
        "allow.auto.create.topics": False,
        "error_cb": _LOGGER.error,  # what matters comes as an exception, too
    }


@contextlib.contextmanager
def asking(bootstrap: str, what: str) -> Iterator[None]:
    """Raise BrokerError for an error of the library, saying what was asked."""
    try:
        yield
    except KafkaException as fault:
        raise BrokerError(f"the broker at {bootstrap} did not {what} ({fault.args[0]})") from fault
    except FutureTimeoutError as fault:
        raise BrokerError(f"the broker at {bootstrap} did not {what} in {PATIENCE_SECONDS:g} s") from fault
