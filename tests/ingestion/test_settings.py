"""The environment, and what is chosen by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import settings
from ingestion.errors import TransportError
from ingestion.sources import EventLog, Outgoing, open_membership, open_publisher, open_source
from ingestion.sources.kafka.confluent import Confluent
from ingestion.sources.kafka.kafka_python import KafkaPython
from ingestion.sources.kafka.libraries import choose
from tests.services.broker import Broker


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BOOTSTRAP", "TOPIC_EVENTS", "CLIENT", "GROUP", "COMPACTED"):
        monkeypatch.delenv(f"QBANK_KAFKA_{name}", raising=False)
    monkeypatch.delenv("QBANK_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def test_with_nothing_set_the_log_lies_below_the_working_directory(tmp_path: Path) -> None:
    loaded = settings.load()
    assert (loaded.kafka_bootstrap, loaded.kafka_topic_events) == (None, "events.qbank")
    assert (loaded.kafka_client, loaded.kafka_group, loaded.kafka_compacted) == ("auto", "qbank", "refuse")
    assert loaded.home == tmp_path / ".qbank"
    source = open_source(loaded)
    assert isinstance(source, EventLog)
    assert source.folder == tmp_path / ".qbank" / "event_log" / "events.qbank"
    publisher = open_publisher(loaded)
    assert isinstance(publisher, EventLog)
    assert publisher.source_id == source.source_id


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QBANK_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", "events.test_1")
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", "")
    source = open_source(settings.load())
    assert source.source_id.startswith("log:events.test_1:")
    assert (tmp_path / "elsewhere" / "event_log" / "events.test_1" / "log.json").is_file()


@pytest.mark.parametrize("client", ["auto", "kafka-python", "confluent"])
def test_a_broker_is_used_where_it_is_configured(
    monkeypatch: pytest.MonkeyPatch, kafka_broker: Broker, topic: str, tmp_path: Path, client: str
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    monkeypatch.setenv("QBANK_KAFKA_CLIENT", client)
    loaded = settings.load()
    assert isinstance(choose(loaded), KafkaPython if client == "kafka-python" else Confluent)
    publisher, source, membership = open_publisher(loaded), open_source(loaded), open_membership(loaded)
    publisher.append([Outgoing(b"quiz", b"one")])
    assert source.source_id.startswith(f"kafka:{topic}:")
    assert [message.raw for message in source.read(0, 0, 1, 10, 100).messages] == [b"one"]
    while not membership.partitions():
        pass
    assert tuple(membership.partitions()) == (0,)
    for each in (publisher, source, membership):
        each.close()
    assert not (tmp_path / ".qbank").exists()


def test_without_a_broker_the_one_partition_is_everybodys() -> None:
    loaded = settings.load()
    assert tuple(open_membership(loaded).partitions()) == tuple(open_source(loaded).partitions()) == (0,)


def test_a_client_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("QBANK_KAFKA_CLIENT", "confluent")
    with pytest.raises(TransportError, match=r"install qbank\[fast\], or unset QBANK_KAFKA_CLIENT"):
        choose(settings.load())
    monkeypatch.setenv("QBANK_KAFKA_CLIENT", "auto")
    assert isinstance(choose(settings.load()), KafkaPython)


@pytest.mark.parametrize("brokers", ["broker", ":9092", "a:b", "a:1,", "a:1, b:2", "a:0", "a:65536", "a:²"])
def test_brokers_that_cannot_be_are_told(monkeypatch: pytest.MonkeyPatch, brokers: str) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", brokers)
    with pytest.raises(TransportError, match=r"is not HOST:PORT; set QBANK_KAFKA_BOOTSTRAP to HOST:PORT\["):
        settings.load()
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", "a:1,[::1]:9092,kafka.example.org:65535")
    assert settings.load().kafka_bootstrap == "a:1,[::1]:9092,kafka.example.org:65535"


@pytest.mark.parametrize(
    ("name", "value"), [("CLIENT", "librdkafka"), ("GROUP", "a b"), ("GROUP", ".."), ("COMPACTED", "yes")]
)
def test_what_cannot_be_is_told_with_what_can(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"QBANK_KAFKA_{name}", value)
    with pytest.raises(
        TransportError, match=f"QBANK_KAFKA_{name} is not usable: .*; set QBANK_KAFKA_{name} to"
    ):
        settings.load()


@pytest.mark.parametrize("topic", ["..", ".", "a/b", "a b", "é", "x" * 250, "-x", "a\n"])
def test_a_topic_that_cannot_be_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, topic: str) -> None:
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    with pytest.raises(TransportError, match="set QBANK_KAFKA_TOPIC_EVENTS to"):
        settings.load()
