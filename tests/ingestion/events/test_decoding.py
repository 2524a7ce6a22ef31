"""Bytes to events: what passes, and the reason of what does not."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

import pytest

from ingestion.events import AnswerSubmitted, InvalidEvent, decode, encode
from ingestion.events.contract import MAX_ID, MAX_INT

ANSWER = {
    "event_id": "5f0f7d3e-0000-4000-8000-000000000001",
    "event_type": "answer_submitted",
    "timestamp": "2026-03-01T09:30:00.25+01:00",
    "user_id": "5f0f7d3e-0000-4000-8000-000000000002",
    "tenant_id": "00000000-0000-0000-0000-000000000001",
    "quiz_id": "5f0f7d3e-0000-4000-8000-000000000003",
    "question_id": 7,
    "version": 2,
    "selected": "C",
    "is_correct": False,
    "time_taken_ms": 1234.5,
    "exam_code": "CARD-1",
    "position": 4,
    "client": {"device": "phone", "app_version": "3.1", "latency_ms": 12, "os": "kept"},
    "of_the_future": [1, {"a": None}],
}


def written(**changed: Any) -> bytes:
    return json.dumps(ANSWER | changed).encode()


def with_literal(field: str, literal: str) -> bytes:
    """The answer with `field` as this very text."""
    return json.dumps(ANSWER | {field: "@"}).replace('"@"', literal).encode()


def refusal(raw: bytes) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as refused:
        decode(raw)
    return refused.value


def test_an_answer_comes_typed_and_in_utc() -> None:
    event = decode(written())
    assert isinstance(event, AnswerSubmitted)
    assert event.event_id == UUID("5f0f7d3e-0000-4000-8000-000000000001")
    assert event.timestamp == dt.datetime(2026, 3, 1, 8, 30, 0, 250_000, tzinfo=dt.UTC)
    assert event.timestamp.utcoffset() == dt.timedelta(0)
    assert (event.question_id, event.version, event.position) == (7, 2, 4)
    assert (event.selected, event.is_correct, event.time_taken_ms) == ("C", False, 1234.5)
    assert event.client is not None
    assert (event.client.device, event.client.app_version, event.client.latency_ms) == ("phone", "3.1", 12)


def test_encode_is_the_reverse_of_decode() -> None:
    event = decode(written())
    assert decode(encode(event)) == event


@pytest.mark.parametrize("literal", ["7.0", "7e0", "0.7e1", "70E-1"])
def test_a_whole_number_may_be_written_as_a_float(literal: str) -> None:
    event = decode(with_literal("question_id", literal))
    assert event.question_id == 7
    assert type(event.question_id) is int


@pytest.mark.parametrize("literal", ["1", "1.0", "10e-1", "null"])
def test_the_known_version_may_be_named(literal: str) -> None:
    assert decode(with_literal("schema_version", literal)).event_id == decode(written()).event_id


@pytest.mark.parametrize("literal", ["0", "2", "2.0", "-1", "1e30", "9" * 300])
def test_another_version_is_told_before_anything_else_of_the_event(literal: str) -> None:
    raw = with_literal("schema_version", literal).replace(b"answer_submitted", b"answer_withdrawn")
    fault = refusal(raw)
    assert fault.reason == "unknown_version"
    assert str(fault.tenant_id) == ANSWER["tenant_id"]


@pytest.mark.parametrize("literal", ["1.5", "true", '"1"', "[1]", "{}"])
def test_a_version_that_is_no_whole_number_is_an_invalid_field(literal: str) -> None:
    fault = refusal(with_literal("schema_version", literal))
    assert (fault.reason, "$.schema_version" in fault.detail) == ("invalid_field", True)


@pytest.mark.parametrize(
    ("field", "largest"), [("question_id", MAX_ID), ("version", MAX_INT), ("time_taken_ms", MAX_INT)]
)
def test_bounds_are_those_of_the_columns(field: str, largest: int) -> None:
    assert getattr(decode(written(**{field: largest})), field) == largest
    assert refusal(written(**{field: largest + 1})).reason == "invalid_field"
    assert refusal(written(**{field: -1})).reason == "invalid_field"


@pytest.mark.parametrize("field", ["exam_code", "position", "client"])
def test_null_counts_as_absent_where_a_field_is_optional(field: str) -> None:
    assert getattr(decode(written(**{field: None})), field) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "malformed"),
        (b"\n", "malformed"),
        (written()[:-1], "malformed"),
        (written() + b"{}", "malformed"),
        (b"\xef\xbb\xbf" + written(), "malformed"),
        (with_literal("extra", "NaN"), "malformed"),
        (with_literal("extra", "-Infinity"), "malformed"),
        (with_literal("extra", '"\\ud800"'), "malformed"),
        (with_literal("extra", '"\\udc00 lone"'), "malformed"),
        (with_literal("extra", '"a\nb"'), "malformed"),
        (with_literal("extra", "01"), "malformed"),
        (written().replace(b"phone", b"\xff"), "encoding"),
        (written().replace(b"kept", b"\xed\xa0\x80"), "encoding"),
        (written().replace(b"kept", b"\xc0\x80"), "encoding"),
        (b"null", "not_an_object"),
        (b"[" + written() + b"]", "not_an_object"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 900 + b"]" * 900, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (with_literal("extra", "[" * 32 + "]" * 32), "too_deep"),
        (with_literal("extra", '"\\u0000"'), "nul_character"),
        (with_literal("extra", '{"\\u0000": 1}'), "nul_character"),
        (with_literal("exam_code", '"a\\u0000b"'), "nul_character"),
        (b'{"exam_code": "\\u0000", ' + written()[1:], "nul_character"),  # jsonb reads what is replaced too
        (b'{"exam_code": 1e-400, ' + written()[1:], "number_out_of_range"),
        (with_literal("extra", '"\\\\\\u0000"'), "nul_character"),
        (with_literal("extra", "1e400"), "number_out_of_range"),
        (with_literal("extra", "-1e309"), "number_out_of_range"),
        (with_literal("extra", "1e200000"), "number_out_of_range"),
        (with_literal("extra", "1e-5000"), "number_out_of_range"),
        (with_literal("extra", "0e10000"), "number_out_of_range"),
        (with_literal("extra", "-0E-10000"), "number_out_of_range"),
        (with_literal("extra", "1" * 400), "number_out_of_range"),
        (with_literal("extra", "1" * 100_000), "number_out_of_range"),
        (with_literal("extra", "1." + "0" * 20_000), "number_out_of_range"),
        (with_literal("extra", "0." + "0" * 400 + "1"), "number_out_of_range"),
        (written(event_type="quiz_paused"), "unknown_type"),
        (written(event_type=5), "invalid_field"),
        (written(event_type="quiz_started"), "missing_field"),
        (written(question_id=True), "invalid_field"),
        (written(question_id="7"), "invalid_field"),
        (written(question_id=7.5), "invalid_field"),
        (written(question_id=None), "invalid_field"),
        (written(is_correct=1), "invalid_field"),
        (written(selected=""), "invalid_field"),
        (written(selected="AB"), "invalid_field"),
        (written(user_id="learner-1"), "invalid_field"),
        (written(user_id="5f0f7d3e000040008000000000000002"), "invalid_field"),
        (written(timestamp="2026-03-01T09:30:00"), "invalid_field"),
        (written(timestamp="2026-02-29T09:30:00Z"), "invalid_field"),
        (written(timestamp="2026-03-01 09:30:00Z"), "invalid_field"),
        (written(timestamp=1772357400), "invalid_field"),
        (written(client="phone"), "invalid_field"),
        (written(client={"latency_ms": -1}), "invalid_field"),
    ],
)
def test_what_is_no_event_has_a_reason(raw: bytes, reason: str) -> None:
    fault = refusal(raw)
    assert fault.reason == reason
    assert fault.detail
    assert len(fault.detail) <= 500
    assert "\0" not in fault.detail


@pytest.mark.parametrize(
    "literal",
    [
        "1.7976931348623157e308", "5e-324", "1e+300", "-0.0", "0e9999", "-0E-9999", "1" * 300,
        '"1e400,"', '"\\\\u0000"',
        '"' + "9" * 5000 + '"', '"\\ud83d\\ude00"', "[" * 31 + "]" * 31, '"' + "x" * 1_000_000 + '"',
        '"' + "[" * 5_000 + '"', "1." + "0" * 900,
    ],
)  # fmt: skip
def test_unusual_values_that_stores_hold_pass(literal: str) -> None:
    assert decode(with_literal("extra", literal)).question_id == 7


def test_the_last_of_duplicate_keys_counts() -> None:
    raw = b'{"question_id": "first", ' + written()[1:]
    assert decode(raw).question_id == 7


def test_the_tenant_is_told_where_the_message_tells_it() -> None:
    assert refusal(written(version="x")).tenant_id == UUID("00000000-0000-0000-0000-000000000001")
    assert refusal(written(version="x", tenant_id="nobody")).tenant_id is None
    assert refusal(b"{").tenant_id is None
