"""Producers that go on whatever happens, and know at the end what must be there."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from ingestion.errors import BrokerError, TransportError
from ingestion.settings import IngestionSettings
from ingestion.sources import open_publisher
from ingestion.sources.base import Outgoing
from tests.chaos.world import TOPIC

TENANT = str(uuid.UUID(int=1))
TYPES = ("quiz_started", "question_served", "answer_submitted", "explanation_viewed", "note_added", "flagged")
WEIGHTS = (1, 6, 6, 3, 1, 1)
ITEMS = 60
START = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
_BATCH = 100
_RETRY_SECONDS = 0.2


class Sent:
    """What was sent: event ids, counts by type, answers by item. One lock for all producers."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.by_type: Counter[str] = Counter()
        self.answers: Counter[tuple[int, int]] = Counter()
        self.bad: set[bytes] = set()
        self._lock = threading.Lock()

    def add(self, events: list[dict[str, Any]], bad: list[bytes]) -> None:
        with self._lock:
            for event in events:
                self.ids.add(event["event_id"])
                self.by_type[event["event_type"]] += 1
                if event["event_type"] == "answer_submitted":
                    self.answers[event["question_id"], event["version"]] += 1
            self.bad.update(bad)


def event(chance: random.Random) -> dict[str, Any]:
    """Return a valid event of a random type, within some days of START."""
    kind = chance.choices(TYPES, WEIGHTS)[0]
    made: dict[str, Any] = {
        "event_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "event_type": kind,
        "timestamp": (START + dt.timedelta(seconds=chance.random() * 200_000)).isoformat(),
        "user_id": str(uuid.UUID(int=chance.randrange(500))),
        "tenant_id": TENANT,
        "quiz_id": str(uuid.UUID(int=chance.randrange(2_000))),
    }
    if kind == "quiz_started":
        return made | {"mode": "tutor", "filters": {}}
    made |= {"question_id": chance.randrange(1, ITEMS + 1), "version": chance.randint(1, 2)}
    if kind == "answer_submitted":
        right = chance.random() < 0.6
        made |= {
            "selected": "A" if right else "B",
            "is_correct": right,
            "time_taken_ms": chance.randrange(90_000),
        }
    return made


def to_outbox(
    url: Callable[[], str], sent: Sent, chance: random.Random, count: int, stop: threading.Event, pause: float
) -> None:
    """Write events to event_outbox as the API does, until `stop`, and at least `count`."""
    done = 0
    while done < count or not stop.is_set():
        events = [event(chance) for _ in range(_BATCH)]
        _until_committed(url, events)
        sent.add(events, [])
        done += len(events)
        time.sleep(pause)


def to_topic(
    bootstrap: str, sent: Sent, chance: random.Random, count: int, stop: threading.Event, pause: float
) -> None:
    """Publish events directly, some of them twice, and now and then what is none."""
    publisher = open_publisher(IngestionSettings(kafka_bootstrap=bootstrap, kafka_topic_events=TOPIC))
    done = 0
    try:
        while done < count or not stop.is_set():
            events = [event(chance) for _ in range(_BATCH)]
            bad = [b'{"event_type": "%d' % chance.getrandbits(64)]
            raws = [json.dumps(one).encode() for one in [*events, *events[:5]]] + bad
            chance.shuffle(raws)
            while True:
                try:
                    publisher.append([Outgoing(None, raw) for raw in raws])
                    break
                except (BrokerError, TransportError):  # some may be there: all again
                    time.sleep(_RETRY_SECONDS)
            sent.add(events, bad)
            done += len(events)
            time.sleep(pause)
    finally:
        publisher.close()


def _until_committed(url: Callable[[], str], events: list[dict[str, Any]]) -> None:
    """Insert until it is certain: a commit whose answer was lost is found by its event ids."""
    rows = [(one["event_id"], one["event_type"], one["quiz_id"], TENANT, json.dumps(one)) for one in events]
    while True:
        try:
            with psycopg.connect(url(), connect_timeout=5) as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "insert into event_outbox (event_id, event_type, quiz_id, tenant_id, payload) "
                    "values (%s, %s, %s, %s, %s) on conflict (event_id) do nothing",
                    rows,
                )
            return
        except psycopg.OperationalError:
            time.sleep(_RETRY_SECONDS)
