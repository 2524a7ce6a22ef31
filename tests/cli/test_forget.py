"""`qbank forget` as a person runs it."""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cli.conftest import Qbank
from tests.cli.test_telemetry import event
from tests.services.broker import Broker

TENANT, USER = str(uuid.UUID(int=3)), str(uuid.UUID(int=2))


@pytest.fixture
def drained(qbank: Qbank, attempts: str, tmp_path: Path) -> None:
    lines = [event(11), event(12, user_id=str(uuid.UUID(int=9))), event(13, event_type="flagged")]
    (tmp_path / "e.jsonl").write_text("\n".join(json.dumps(one) for one in lines))
    qbank("events", "append", tmp_path / "e.jsonl")
    qbank("drain")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the person type something."""

    def typed(said: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(said))

    return typed


def rows(url: str, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(f"select count(*) from {table}"))
    engine.dispose()
    return int(found or 0)


@pytest.mark.usefixtures("drained")
def test_it_shows_what_goes_asks_and_says_what_went(
    qbank: Qbank, database_url: str, home: Path, answer: Callable[[str], None]
) -> None:
    answer("n\n")
    refused = qbank("forget", USER, "--tenant", TENANT)
    assert refused.code == 1
    assert "Postgres: 2 rows would be removed (telemetry.events 2)" in refused.said
    assert (rows(database_url, "telemetry.events"), rows(database_url, "forgotten_learners")) == (3, 0)

    answer("y\n")
    done = qbank("forget", USER, "--tenant", TENANT)
    assert done.code == 0
    log = home / "event_log" / "events.qbank"
    for line in (
        "Postgres: 2 rows removed (telemetry.events 2)",
        "ClickHouse: 1 answers removed",
        f"event log {log}: 2 messages removed",
    ):
        assert line in done.said
    assert rows(database_url, "telemetry.events") == 1
    assert (home / "forget.key").exists()
    again = qbank("forget", USER, "--tenant", TENANT, "--yes").said
    assert "forgotten before; once more:" in again
    assert "Postgres: 0 rows removed" in again


@pytest.mark.usefixtures("drained")
def test_what_was_forgotten_is_dropped_by_drain_and_replay_and_counted(
    qbank: Qbank, tmp_path: Path, database_url: str
) -> None:
    qbank("forget", USER, "--tenant", TENANT, "--yes")
    qbank("events", "append", tmp_path / "e.jsonl")
    said = qbank("drain").out
    assert said.count("of forgotten learners, dropped: 2") == 2
    assert qbank("replay").out.count("of forgotten learners, dropped: 2") == 2
    assert rows(database_url, "telemetry.events") == 1


@pytest.mark.usefixtures("drained")
def test_a_dry_run_counts_and_somebody_unknown_is_an_error(qbank: Qbank, database_url: str) -> None:
    ended = qbank("forget", USER, "--tenant", TENANT, "--dry-run")
    assert (ended.code, "would be removed" in ended.said) == (0, True)
    assert rows(database_url, "telemetry.events") == 3
    for arguments in ((USER, "--yes"), ("nobody", "--tenant", TENANT, "--yes")):
        ended = qbank("forget", *arguments)
        assert (ended.code, "nothing is known of a learner" in ended.said) == (1, True)


@pytest.mark.usefixtures("drained")
def test_the_key_of_the_environment_is_used_and_another_one_is_noticed(
    qbank: Qbank, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_FORGET_KEY", "k" * 32)
    assert qbank("forget", USER, "--tenant", TENANT, "--yes").code == 0
    assert not (home / "forget.key").exists()
    monkeypatch.setenv("QBANK_FORGET_KEY", "x" * 32)
    qbank("events", "append", tmp_path / "e.jsonl")
    for command in (("forget", USER, "--tenant", TENANT, "--yes"), ("drain",)):
        ended = qbank(*command)
        assert (ended.code, "is not the key" in ended.said) == (1, True), ended.said


@pytest.mark.usefixtures("drained")
def test_an_archive_is_erased_from_where_it_lies(qbank: Qbank, home: Path, tmp_path: Path) -> None:
    log, archive = home / "event_log" / "events.qbank", tmp_path / "archive"
    archive.mkdir()
    for name in ("log.json", f"{0:020d}.segment"):
        (archive / name).write_bytes((log / name).read_bytes())
    said = qbank("forget", USER, "--tenant", TENANT, "--yes", "--archive", archive).said
    assert f"archive {archive}: 2 messages removed" in said
    assert USER.encode() not in (archive / f"{0:020d}.segment").read_bytes()


@pytest.mark.usefixtures("drained")
def test_with_a_broker_the_local_log_of_before_is_erased_too(
    qbank: Qbank, kafka_broker: Broker, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    qbank("events", "append", tmp_path / "e.jsonl")
    said = qbank("forget", USER, "--tenant", TENANT, "--yes").said
    assert "event_log/events.qbank: 2 messages removed" in said
    assert f"topic {topic}: 2 messages stay until the topic's retention" in said
