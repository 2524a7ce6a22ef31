"""Events by hand: appended as they are, drained once, dead letters looked at, replayed and removed."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from tests.cli.conftest import Qbank
from tests.services.broker import Broker

pytestmark = pytest.mark.usefixtures("attempts")

EVENT = {
    "event_id": str(uuid.UUID(int=1)),
    "event_type": "explanation_viewed",
    "timestamp": "2026-01-05T10:00:00Z",
    "user_id": str(uuid.UUID(int=2)),
    "tenant_id": str(uuid.UUID(int=3)),
    "quiz_id": str(uuid.UUID(int=4)),
    "question_id": 7,
    "version": 1,
}


def test_a_file_of_events_good_and_bad(qbank: Qbank, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(
        json.dumps(EVENT).encode() + b'\n{"event_type": "\x1b[2Jcleared"\n' + json.dumps(EVENT).encode()
    )
    assert "3 lines appended" in qbank("events", "append", file).said
    drained = qbank("drain").said
    assert "3" in drained
    assert "explanation_viewed 1" in drained
    listed = qbank("dead-letters", "list")
    assert listed.code == 0
    assert "1 " in listed.said
    shown = qbank("dead-letters", "show", "1")
    assert "\\x1b[2J" in shown.out
    assert "\x1b" not in shown.out
    assert "1 dead letters tried" in qbank("dead-letters", "replay").said
    refused = qbank("dead-letters", "purge")
    assert refused.code == 2
    assert "1 dead letters deleted" in qbank("dead-letters", "purge", "--all").said
    assert "no dead letters" in qbank("dead-letters", "list").said
    assert "no dead letter 99" in qbank("dead-letters", "show", "99").said


def test_draining_again_finds_nothing_new(qbank: Qbank, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(json.dumps(EVENT))
    qbank("events", "append", tmp_path / "one.jsonl")
    assert "explanation_viewed 1" in qbank("drain").said
    assert "explanation_viewed" not in qbank("drain").said


def test_relay_once_with_an_empty_outbox(qbank: Qbank) -> None:
    assert "0 events published" in qbank("relay", "--once").said


def test_events_go_over_the_topic_where_a_broker_is_configured(
    qbank: Qbank, tmp_path: Path, kafka_broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_KAFKA_BOOTSTRAP", kafka_broker.bootstrap)
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", topic)
    (tmp_path / "one.jsonl").write_text(json.dumps(EVENT))
    assert "1 lines appended" in qbank("events", "append", tmp_path / "one.jsonl").said
    drained = qbank("drain").said
    assert "explanation_viewed 1" in drained
    assert f"kafka:{topic}:" in drained
    monkeypatch.setenv("QBANK_KAFKA_TOPIC_EVENTS", f"{topic}.none")
    ended = qbank("drain")
    assert ended.code == 1
    assert "qbank events create-topic" in ended.said
