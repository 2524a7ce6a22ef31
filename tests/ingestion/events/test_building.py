"""Payloads for the outbox: made by constructors, valid by the contract they are read with."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

import pytest

from ingestion import events
from ingestion.events import Client, InvalidEvent

COMMON: dict[str, Any] = {
    "event_id": UUID(int=1),
    "timestamp": dt.datetime(2026, 3, 1, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    "user_id": UUID(int=2),
    "tenant_id": UUID(int=3),
    "quiz_id": UUID(int=4),
}
ITEM = COMMON | {"question_id": 5, "version": 1}
ANSWER = ITEM | {"selected": "B", "is_correct": True, "time_taken_ms": 900}


@pytest.mark.parametrize(
    ("make", "fields", "event_type"),
    [
        (events.quiz_started, COMMON | {"mode": "exam", "filters": {"topics": ["heart"]}}, "quiz_started"),
        (events.question_served, ITEM | {"position": 1}, "question_served"),
        (events.answer_submitted, ANSWER, "answer_submitted"),
        (events.explanation_viewed, ITEM, "explanation_viewed"),
        (events.note_added, ITEM, "note_added"),
        (events.note_added, ITEM | {"text": "read again"}, "note_added"),
        (events.flagged, ITEM, "flagged"),
    ],
)
def test_each_constructor_makes_what_decode_reads(make: Any, fields: dict[str, Any], event_type: str) -> None:
    payload = make(**fields)
    assert payload["event_type"] == event_type
    event = events.decode(json.dumps(payload).encode())
    assert type(event) is events.EVENT_TYPES[event_type]
    for name, value in fields.items():
        assert getattr(event, name) == value


def test_an_answer_in_full() -> None:
    client = Client(device="phone", app_version="3.1", latency_ms=12.5)
    payload = events.answer_submitted(**ANSWER, client=client, exam_code="CARD", position=2)
    assert payload == {
        "event_type": "answer_submitted",
        "event_id": "00000000-0000-0000-0000-000000000001",
        "timestamp": "2026-03-01T08:00:00Z",
        "user_id": "00000000-0000-0000-0000-000000000002",
        "tenant_id": "00000000-0000-0000-0000-000000000003",
        "quiz_id": "00000000-0000-0000-0000-000000000004",
        "question_id": 5,
        "version": 1,
        "selected": "B",
        "is_correct": True,
        "time_taken_ms": 900,
        "exam_code": "CARD",
        "position": 2,
        "client": {"device": "phone", "app_version": "3.1", "latency_ms": 12.5},
    }


def test_absent_optional_fields_are_left_out() -> None:
    assert not {"client", "exam_code", "position"} & events.answer_submitted(**ANSWER).keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp": dt.datetime(2026, 3, 1, 10, 0)},
        {"selected": "AB"},
        {"selected": "\ud800"},
        {"selected": "\0"},
        {"question_id": 2**63},
        {"question_id": 2**64},
        {"version": "1"},
        {"time_taken_ms": -1},
        {"time_taken_ms": float("inf")},
        {"is_correct": 1},
        {"user_id": "someone"},
    ],
)
def test_what_the_contract_refuses_is_never_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        events.answer_submitted(**ANSWER | wrong)


@pytest.mark.parametrize("filters", [{"a": object()}, {"a": "x\0"}, {"a": 10**400}, "all"])
def test_filters_must_be_storable(filters: Any) -> None:
    with pytest.raises(InvalidEvent):
        events.quiz_started(**COMMON, mode="tutor", filters=filters)
