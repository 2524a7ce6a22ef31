"""The broker killed under sources, publishers and members that live on."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingestion.errors import BrokerError
from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.membership import KafkaMembership
from ingestion.sources.kafka.publisher import KafkaPublisher
from ingestion.sources.kafka.source import KafkaSource
from tests.ingestion.sources.kafka.conftest import CLIENTS
from tests.ingestion.sources.kafka.reading import raws
from tests.services.broker import Broker
from tests.services.topics import create_topic


class Ends:
    """Source, publisher and member of one library on a topic of their own."""

    def __init__(self, library: str, bootstrap: str) -> None:
        self.topic = f"test.{uuid.uuid4().hex[:12]}"
        create_topic(bootstrap, self.topic)
        client = CLIENTS[library]()
        self.source = KafkaSource(client, bootstrap, self.topic)
        self.publisher = KafkaPublisher(client, bootstrap, self.topic)
        self.member = KafkaMembership(client, bootstrap, self.topic, self.topic)
        self.acknowledged: list[bytes] = []

    def publish(self, count: int) -> None:
        start = len(self.acknowledged)
        batch = [b"%d" % number for number in range(start, start + count)]
        self.publisher.append([Outgoing(b"quiz", raw) for raw in batch])
        self.acknowledged += batch

    def close(self) -> None:
        for each in (self.source, self.publisher, self.member):
            each.close()


@pytest.fixture
def ends(kafka_broker: Broker) -> object:
    made = [Ends(library, kafka_broker.bootstrap) for library in CLIENTS]
    yield made
    if not kafka_broker.running:
        kafka_broker.start()
    for each in made:
        each.close()


def told(ask: Callable[[], object]) -> float:
    """Return the seconds until BrokerError."""
    began = time.monotonic()
    with pytest.raises(BrokerError, match="the broker at 127"):
        ask()
    return time.monotonic() - began


def test_away_is_told_soon_and_back_all_goes_on(
    ends: list[Ends], kafka_broker: Broker, capfd: pytest.CaptureFixture[str]
) -> None:
    for each in ends:
        each.publish(100)
        assert raws(each.source) == each.acknowledged
        while not each.member.partitions():
            pass
    threads = threading.active_count()
    kafka_broker.kill()

    def reading(each: Ends) -> list[float]:
        return [
            told(lambda: each.source.read(0, 0, 100, 10, 2**20)),
            told(lambda: each.source.high_watermark(0)),
        ]

    def publishing(each: Ends) -> list[float]:
        return [told(lambda: each.publisher.append([Outgoing(b"quiz", b"lost or late")])) for _ in range(2)]

    with ThreadPoolExecutor(2 * len(ends)) as pool:
        asked = [pool.submit(ask, each) for each in ends for ask in (reading, publishing)]
        seconds = [spent for told_in in asked for spent in told_in.result()]
    assert max(seconds) < 30  # each waits 5 to 8 s; this is no measurement
    assert threading.active_count() <= threads, "threads of connections that failed are left"
    kafka_broker.start()
    for each in ends:
        each.publish(100)
        read = [raw for raw in raws(each.source) if raw != b"lost or late"]
        assert read == each.acknowledged
        assert each.source.source_id.startswith(f"kafka:{each.topic}:")
        deadline = time.monotonic() + 60
        while each.member.partitions() != (0,):
            assert time.monotonic() < deadline
    assert capfd.readouterr().err == ""


def test_killed_in_the_midst_nothing_acknowledged_is_lost_or_out_of_order(
    ends: list[Ends], kafka_broker: Broker
) -> None:
    done = threading.Event()

    def publish(each: Ends) -> None:
        while not done.is_set():
            try:
                each.publish(50)
            except BrokerError:
                continue

    def read(each: Ends) -> None:
        position = 0
        while not done.is_set():
            try:
                until = each.source.high_watermark(0)
                if position < until:
                    position = each.source.read(0, position, until, 100, 2**20).next
            except BrokerError:
                continue

    with ThreadPoolExecutor(2 * len(ends)) as pool:
        work = [pool.submit(task, each) for each in ends for task in (publish, read)]
        try:
            time.sleep(0.5)
            kafka_broker.restart()
            counts = [len(each.acknowledged) for each in ends]
            deadline = time.monotonic() + 60
            while any(
                len(each.acknowledged) <= count + 200 for each, count in zip(ends, counts, strict=True)
            ):
                assert time.monotonic() < deadline, "publishing does not go on"
                time.sleep(0.05)
        finally:
            done.set()
        for task in work:
            task.result()
    for each in ends:
        numbers = [int(raw) for raw in raws(each.source)]
        first_seen = list(dict.fromkeys(numbers))
        assert first_seen[: len(each.acknowledged)] == list(range(len(each.acknowledged)))
