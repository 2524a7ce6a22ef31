"""The environment, and what is chosen by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import settings
from ingestion.errors import TransportError
from ingestion.sources import EventLog, open_publisher, open_source


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QBANK_KAFKA_BOOTSTRAP", "QBANK_KAFKA_TOPIC_EVENTS", "QBANK_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_with_nothing_set_the_log_lies_below_the_working_directory(tmp_path: Path) -> None:
    loaded = settings.load()
    assert (loaded.kafka_bootstrap, loaded.kafka_topic_events) == (None, "events.qbank")
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


@pytest.mark.parametrize("choose", [open_source, open_publisher])
def test_a_broker_is_refused_in_so_many_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, choose: object
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", "broker:9092")
    with pytest.raises(TransportError, match=r"not part of this release: unset it"):
        (open_source if choose is open_source else open_publisher)(settings.load())
    assert not (tmp_path / ".qbank").exists()


@pytest.mark.parametrize("topic", ["..", ".", "a/b", "a b", "é", "x" * 250, "-x", "a\n"])
def test_a_topic_that_cannot_be_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, topic: str) -> None:
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    with pytest.raises(TransportError, match="set QBANK_KAFKA_TOPIC_EVENTS to"):
        settings.load()
