"""The flow of events by commands: status, positions, replays, and the processes that run for good."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from database.engine import engine_as
from database.tables.delivery import EventOutbox
from database.tenancy import Role
from tests.cli.conftest import Qbank
from tests.services.broker import Broker

pytestmark = pytest.mark.usefixtures("attempts")


def event(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.UUID(int=number)),
        "event_type": "answer_submitted",
        "timestamp": "2026-01-05T10:00:00Z",
        "user_id": str(uuid.UUID(int=2)),
        "tenant_id": str(uuid.UUID(int=3)),
        "quiz_id": str(uuid.UUID(int=number)),
        "question_id": 7,
        "version": 1,
        "selected": "A",
        "is_correct": True,
        "time_taken_ms": 900,
    } | changed


@pytest.fixture
def append(qbank: Qbank, tmp_path: Path) -> Callable[..., None]:
    def appended(*lines: str) -> None:
        file = tmp_path / "events.jsonl"
        file.write_text("\n".join(lines))
        assert f"{len(lines)} lines appended" in qbank("events", "append", file).said

    return appended


@pytest.fixture
def topic_configured(kafka_broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    return topic


def test_the_drain_tells_what_became_of_each_kind_in_each_store(
    qbank: Qbank, append: Callable[..., None]
) -> None:
    append(json.dumps(event(1)), json.dumps(event(2, event_type="flagged")), "{")
    said = qbank("drain").out
    assert "stored in postgres: 2 (answer_submitted 1, flagged 1)" in said
    assert "stored in clickhouse: 1 (answer_submitted 1)" in said
    assert "passed over, nothing for clickhouse: 2" in said
    assert "dead letters: 1 (malformed 1)" in said


def test_one_store_alone_is_drained_where_it_is_named(qbank: Qbank, append: Callable[..., None]) -> None:
    append(json.dumps(event(1)))
    said = qbank("drain", "--sink", "clickhouse").out
    assert "stored in clickhouse: 1" in said
    assert "postgres" not in said
    assert json.loads(qbank("status", "--json").out)["sinks"]["postgres"]["lag"] == 1
    assert "there is postgres and clickhouse" in qbank("drain", "--sink", "oracle").said


def test_status_tells_lag_rates_outbox_and_dead_letters(
    qbank: Qbank, append: Callable[..., None], database_url: str
) -> None:
    fresh = json.loads(qbank("status", "--json").out)
    assert fresh["sinks"]["postgres"]["lag"] == fresh["sinks"]["clickhouse"]["lag"] == 0
    append(*[json.dumps(event(n)) for n in range(4)], "{")
    qbank("drain")
    append(json.dumps(event(9)))
    engine = engine_as(database_url, Role.PIPELINE)
    with engine.begin() as connection:
        waiting = event(20)
        connection.execute(
            insert(EventOutbox).values(
                event_id=uuid.UUID(waiting["event_id"]),
                event_type=waiting["event_type"],
                quiz_id=uuid.UUID(waiting["quiz_id"]),
                payload=waiting,
            )
        )
    engine.dispose()
    ended = qbank("status", "--json")
    said = json.loads(ended.out)
    assert ended.code == 0
    assert said["source"].startswith("log:events.qbank:")
    assert said["sinks"]["clickhouse"] == {
        "lag": 1,
        "partitions": {"0": {"position": 5, "earliest": 0, "until": 6}},
    }
    assert said["workers"]["postgres"]["total"] == 5
    assert said["outbox"]["waiting"] == 1
    assert said["dead_letters"] == {"malformed": 1}
    assert said["faults"] == []
    shown = qbank("status").said
    for part in ("postgres lag 1", "next 5 of 6", "1 waiting", "malformed 1"):
        assert part in shown


def test_status_tells_who_does_not_answer_and_what_the_others_say(
    qbank: Qbank, append: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    append(json.dumps(event(1)))
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", "http://nobody:secret@127.0.0.1:9/qbank")
    drained = qbank("drain")
    assert drained.code == 1
    assert "stored in postgres: 1" in drained.said
    ended = qbank("status", "--json")
    said = json.loads(ended.out)
    assert ended.code == 1
    assert (said["sinks"]["postgres"]["lag"], said["sinks"]["clickhouse"]["lag"]) == (0, None)
    assert "ClickHouse" in said["workers"]["clickhouse"]["error"]
    assert "secret" not in ended.said
    assert "last error" in qbank("status").said
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    assert json.loads(qbank("status", "--json").out)["source"] is None


def test_positions_are_listed_and_moved(qbank: Qbank, append: Callable[..., None]) -> None:
    append(*[json.dumps(event(n)) for n in range(3)])
    qbank("drain")
    assert "clickhouse" in qbank("positions", "list").out
    moved = qbank("positions", "set", "--sink", "clickhouse", "--partition", "0", "--to", "1")
    assert "clickhouse reads partition 0 from 1 on" in moved.said
    assert "repeated, already there: 2" in qbank("drain").said
    for arguments, fault in (
        (("--sink", "oracle", "--partition", "0", "--to", "latest"), "postgres and clickhouse"),
        (("--sink", "postgres", "--partition", "0", "--to", "soon"), "a whole number is needed"),
        (("--sink", "postgres", "--partition", "0", "--to", "9"), "9 is outside"),
        (("--sink", "postgres", "--partition", "5", "--to", "latest"), "no partition 5"),
    ):
        ended = qbank("positions", "set", *arguments)
        assert ended.code == 1
        assert fault in ended.said


def test_a_replay_adds_what_is_missing(
    qbank: Qbank, append: Callable[..., None], database_url: str, home: Path, tmp_path: Path
) -> None:
    append(*[json.dumps(event(n)) for n in range(5)])
    qbank("drain")
    engine = engine_as(database_url, Role.PIPELINE)
    with engine.begin() as connection:
        connection.execute(text("delete from telemetry.events"))
    engine.dispose()
    assert "stored in postgres: 2" in qbank("replay", "--from", "1", "--to", "3").said
    assert qbank("replay", "--from", "9").code == 1
    log, archive = home / "event_log" / "events.qbank", tmp_path / "archive"
    assert "no archive" in qbank("replay", "--archive", log.parent).said
    log.rename(archive)
    assert "stored in postgres: 3" in qbank("replay", "--archive", archive).said
    assert "no archive" in qbank("replay", "--archive", tmp_path / "none").said


def test_a_topic_is_made_once(
    qbank: Qbank, kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch, append: Callable[..., None]
) -> None:
    assert "QBANK_KAFKA_BOOTSTRAP" in qbank("events", "create-topic").said
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", f"made.{uuid.uuid4().hex[:8]}")
    assert "made; it has 3 partitions" in qbank("events", "create-topic", "--partitions", "3").said
    assert "was there already; it has 3 partitions" in qbank("events", "create-topic").said
    append(json.dumps(event(1)))
    assert "stored in postgres: 1" in qbank("drain").said
    assert json.loads(qbank("status", "--json").out)["sinks"]["postgres"]["lag"] == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], Path]]]:
    """Start `qbank ...` as a process of its own in this test's environment, ended after it."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = tmp_path / f"{arguments[0]}.out"
        with log.open("wb") as out:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "cli.main", *arguments], stdout=out, stderr=out, env=os.environ
                )
            )
        return processes[-1], log

    yield start
    for process in processes:
        process.kill()
        process.wait()


def until(said: Callable[[], bool], log: Path) -> None:
    for _ in range(600):
        if said():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def test_relay_and_consumer_run_until_they_are_ended(
    qbank: Qbank,
    topic_configured: str,
    database_url: str,
    started: Callable[..., tuple[subprocess.Popen[bytes], Path]],
) -> None:
    ports = free_port(), free_port()
    relay, relayed = started("relay", "--metrics-port", str(ports[0]))
    consumer, consumed = started("consume", "--metrics-port", str(ports[1]))
    engine = engine_as(database_url, Role.PIPELINE)
    with engine.begin() as connection:
        for number in range(12):
            made = event(number)
            connection.execute(
                insert(EventOutbox).values(
                    event_id=uuid.UUID(made["event_id"]),
                    event_type=made["event_type"],
                    quiz_id=uuid.UUID(made["quiz_id"]),
                    payload=made,
                )
            )
    engine.dispose()
    counted = 'qbank_events_stored_total{event_type="answer_submitted",sink="clickhouse"} 12.0'
    until(lambda: counted in metrics(ports[1]), consumed)
    until(lambda: "qbank_events_published_total 12.0" in metrics(ports[0]), relayed)
    assert 'qbank_sink_up{sink="postgres"} 1.0' in metrics(ports[1])
    for process in (relay, consumer):
        process.send_signal(signal.SIGTERM)
    assert (relay.wait(30), consumer.wait(30)) == (0, 0)
    assert "12 events published" in relayed.read_text()
    assert "12 events stored in clickhouse" in consumed.read_text()
    said = json.loads(qbank("status", "--json").out)
    assert said["workers"]["relay"]["total"] == 12
    assert said["workers"]["clickhouse"]["total"] == 12
