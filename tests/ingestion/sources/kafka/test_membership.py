"""Several consumers divide a topic's partitions, whichever library each uses."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from ingestion.sources.base import Outgoing
from ingestion.sources.kafka.client import Client
from ingestion.sources.kafka.membership import KafkaMembership
from ingestion.sources.kafka.publisher import KafkaPublisher
from tests.ingestion.sources.kafka.conftest import CLIENTS
from tests.services.broker import Broker
from tests.services.topics import add_partitions

Join = Callable[[Client], KafkaMembership]


@pytest.fixture
def join(kafka_broker: Broker, topic: str) -> Iterator[Join]:
    """Make a member of the test's own group; all leave after the test."""
    group, made = uuid.uuid4().hex, []

    def member(client: Client) -> KafkaMembership:
        made.append(KafkaMembership(client, kafka_broker.bootstrap, topic, group, metadata_seconds=0.5))
        return made[-1]

    yield member
    for each in made:
        each.close()


def settled(members: list[KafkaMembership], wanted: list[int]) -> list[tuple[int, ...]]:
    """Wait until the members share the wanted partitions, each having some and none two owners."""
    deadline = time.monotonic() + 60
    while True:
        shares = [tuple(member.partitions()) for member in members]
        if sorted(itertools.chain(*shares)) == wanted and all(shares):
            return shares
        assert time.monotonic() < deadline, shares


@pytest.mark.parametrize("topic", [4], indirect=True)
@pytest.mark.parametrize("other", CLIENTS)
def test_two_divide_the_partitions_and_take_over(
    client: Client, other: str, join: Join, kafka_broker: Broker, topic: str
) -> None:
    first = join(client)
    assert settled([first], [0, 1, 2, 3]) == [(0, 1, 2, 3)]
    second = join(CLIENTS[other]())
    assert sorted(map(len, settled([first, second], [0, 1, 2, 3]))) == [2, 2]
    add_partitions(kafka_broker.bootstrap, topic, 6)
    settled([first, second], [0, 1, 2, 3, 4, 5])
    first.close()
    first.close()
    settled([second], [0, 1, 2, 3, 4, 5])


def test_with_more_members_than_partitions_one_has_none(client: Client, join: Join) -> None:
    first, second = join(client), join(client)
    deadline = time.monotonic() + 60
    while sorted([first.partitions(), second.partitions()]) != [(), (0,)]:
        assert time.monotonic() < deadline


def test_a_member_reads_and_commits_nothing(
    client: Client, join: Join, publisher: KafkaPublisher, kafka_broker: Broker
) -> None:
    from kafka import KafkaAdminClient

    member = join(client)
    settled([member], [0])
    publisher.append([Outgoing(None, b"%d" % number) for number in range(100)])
    for _ in range(5):
        assert member.partitions() == (0,)
    group = member._group
    member.close()
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    committed = admin.list_group_offsets({group: None})
    admin.close()
    assert not any(committed.values())


def test_who_asks_no_longer_gives_its_share_up(
    client: Client, kafka_broker: Broker, topic: str, join: Join
) -> None:
    hanging = KafkaMembership(client, kafka_broker.bootstrap, topic, "hanging", idle_seconds=0.5)
    settled([hanging], [0])
    other = KafkaMembership(client, kafka_broker.bootstrap, topic, "hanging")
    settled([other], [0])
    other.close()
    settled([hanging], [0])
    hanging.close()
