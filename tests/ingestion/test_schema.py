"""The JSON Schema: current, and of one mind with the decoder."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ingestion import schema
from ingestion.events import EVENT_TYPES, Client, InvalidEvent, Reason, decode

FORMATS = FormatChecker()


RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})t(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.IGNORECASE,
)


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """RFC 3339, section 5.6: jsonschema checks this format only with a further package."""
    if not isinstance(value, str):
        return True
    written = RFC_3339.fullmatch(value)
    return written is not None and dt.date.fromisoformat(written[1]) is not None


VALIDATOR = Draft202012Validator(schema.generate(), format_checker=FORMATS)
TENANT = "00000000-0000-0000-0000-000000000001"
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.0, 1.5, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**40, 10**308,
    10**309, -(10**309), 1e308, 3e0, 1e19, 9.2e18, -0.0, 0.1, "", "A", "AB", "é", "🂡", "\u0301", "a\0b", "\0",
    "tutor", "exam", "1", "true", "\u2028", [], [1], {}, {"a": {"b": [1]}}, {"a\0": 1}, ["x\0"],
    "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-00000000000G", "{" + TENANT + "}",
    TENANT.replace("-", ""), TENANT + "\n", TENANT.upper(), "0000000-00000-0000-0000-000000000001",
    "urn:uuid:" + TENANT,
    "２0000000-0000-0000-0000-000000000001",
    "2026-03-01T08:00:00Z", "2026-03-01t08:00:00.5z", "2026-03-01 08:00:00Z", "2026-03-01T08:00:00",
    "2026-02-30T08:00:00Z", "2024-02-29T08:00:00Z", "2023-02-29T08:00:00Z", "2026-03-01T24:00:00Z",
    "2026-03-01T08:00:60Z", "2026-03-01T08:00:00+14:00", "2026-03-01T08:00:00-23:59", "2026-03-01T08:00:00+24:00",
    "2026-03-01T08:00:00.123456789Z", "2026-03-01T08:00:00.1234567890Z", "2026-03-01T08:00:00.Z", "2026-3-1T8:00:00Z",
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+14:00", "2199-12-31T23:59:59.9999999-12:00", "2200-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T08:00:00Z\n", "２026-03-01T08:00:00Z", "2026-03-01",
    "quiz_started", "answer_submitted", "unknown", "Flagged", 2, 2.0, -1.0, "2",
)  # fmt: skip
FIELDS = (
    "event_id", "event_type", "timestamp", "user_id", "tenant_id", "quiz_id", "question_id", "version", "selected",
    "is_correct", "time_taken_ms", "exam_code", "position", "client", "mode", "filters", "text", "schema_version",
    "extra",
)  # fmt: skip


def nested(depth: int, chance: random.Random) -> Any:
    value: Any = chance.choice((1, "x", [], {}))
    for _ in range(depth):
        value = [value] if chance.random() < 0.5 else {"k": value}
    return value


def mutate(event: dict[str, Any], chance: random.Random) -> None:
    field, act = chance.choice(FIELDS), chance.random()
    if act < 0.15:
        event.pop(field, None)
    elif act < 0.25:
        event[field] = nested(chance.randint(26, 36), chance)
    elif act < 0.35:
        keys = ("device", "app_version", "latency_ms", "other")
        event["client"] = {key: chance.choice(HOSTILE) for key in chance.sample(keys, chance.randint(0, 4))}
    elif act < 0.45 and type(event.get(field)) is int and abs(event[field]) <= 10**308:
        event[field] = float(event[field])
    else:
        event[field] = chance.choice(HOSTILE)


def test_the_file_is_what_the_structs_generate() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), "run python -m ingestion.schema"
    Draft202012Validator.check_schema(json.loads(schema.PATH.read_bytes()))


def agreed(event: dict[str, Any], *, ascii_only: bool) -> bool:
    """Whether schema and decoder both hold `event` valid; they must not differ."""
    text = json.dumps(event, ensure_ascii=ascii_only)
    by_schema = VALIDATOR.is_valid(json.loads(text))
    try:
        decode(text.encode())
        refusal = None
    except InvalidEvent as fault:
        refusal = fault
    assert (refusal is None) == by_schema, f"schema {by_schema}, decoder {refusal}: {text}"
    return by_schema


def test_schema_and_decoder_agree_on_ten_thousand_events(events: Any) -> None:
    chance = random.Random(8)
    verdicts = {True: 0, False: 0}
    by_type = dict.fromkeys(EVENT_TYPES, 0)
    for n in range(10_000):
        event = events.one()
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            mutate(event, chance)
        is_valid = agreed(event, ascii_only=n % 2 == 0)
        verdicts[is_valid] += 1
        if is_valid:
            by_type[event["event_type"]] += 1
    assert min(verdicts.values()) > 2_000, verdicts
    assert min(by_type.values()) > 200, by_type


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_schema_and_decoder_agree_on_each_value_of_each_field(events: Any, event_type: str) -> None:
    event = events.one(event_type)
    for field in FIELDS:
        verdicts = {agreed(event | {field: value}, ascii_only=True) for value in (event_type, *HOSTILE)}
        assert verdicts == {True, False}, f"{field}: no value told the two apart"
    for field in Client.__struct_fields__:
        verdicts = {agreed(event | {"client": {field: value}}, ascii_only=True) for value in HOSTILE}
        assert verdicts == {True, False}, f"client.{field}: no value told the two apart"


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_each_required_field_is_required_by_both(events: Any, event_type: str) -> None:
    event = events.one(event_type)
    jsonschema.validate(event, schema.generate(), format_checker=FORMATS)
    for field in event:
        lacking = {name: value for name, value in event.items() if name != field}
        assert not VALIDATOR.is_valid(lacking), field
        with pytest.raises(InvalidEvent) as refused:
            decode(json.dumps(lacking).encode())
        assert refused.value.reason == "missing_field"
        assert field in refused.value.detail


def test_every_type_field_and_reason_is_documented() -> None:
    page = (schema.PATH.parents[2] / "docs" / "data_contracts.md").read_text(encoding="utf-8")
    section = page.partition("\n## Events\n")[2].partition("\n## ")[0]
    fields = {name for event_class in EVENT_TYPES.values() for name in event_class.__struct_fields__}
    for word in {*EVENT_TYPES, *fields, *(reason.value for reason in Reason)}:
        assert f"`{word}`" in section, word
