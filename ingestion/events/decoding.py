"""Bytes to events and back; what is not an event gets a reason by which dead letters are counted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

import msgspec

from ingestion.errors import InvalidEvent
from ingestion.events.contract import (
    EVENT_TYPES,
    FIRST_YEAR,
    LAST_YEAR,
    SCHEMA_VERSION,
    TIMESTAMP_PATTERN,
    UUID_PATTERN,
    Event,
)
from ingestion.events.reasons import Reason
from ingestion.events.storable import (
    MAX_DEPTH,
    DoubtfulNumberError,
    has_long_number,
    has_nul,
    is_too_deep,
    number_fault,
    plain_real,
)

_UUID_FIELDS = ("event_id", "user_id", "tenant_id", "quiz_id")
_WHOLE_FIELDS = ("question_id", "version", "position", "schema_version")
_UUID = re.compile(UUID_PATTERN)
_TIMESTAMP = re.compile(TIMESTAMP_PATTERN)
_UUID_LENGTH = 36
_UUID_LENGTHS = (_UUID_LENGTH,) * len(_UUID_FIELDS)
_MISSING = "Object missing required field"
_DETAIL_LENGTH = 500
_decode_plain = msgspec.json.Decoder(float_hook=plain_real).decode
_decode_json = msgspec.json.Decoder().decode
_encode_json = msgspec.json.Encoder().encode


def decode(raw: bytes) -> Event:
    """Return the event that `raw` holds, its timestamp in UTC.

    Raises InvalidEvent (reason, detail, and the tenant where the message still tells it) where `raw` is
    not UTF-8 JSON, where a store could not hold it, or where it breaks the contract. Unknown fields pass.
    """
    value, doubtful = _parse(raw)
    _require_storable(raw, value, doubtful)
    if type(value) is not dict:
        raise _invalid(Reason.NOT_AN_OBJECT, f"an event is a JSON object, not {_kind(value)}", value)
    if "schema_version" in value:
        _require_known_version(value)
    event_class = _class_of(value)
    try:
        event = msgspec.convert(value, type=event_class)
        if _has_written_forms(value):
            return in_utc(event)
    except msgspec.ValidationError:
        pass
    _require_written_forms(value)
    return in_utc(_convert(_with_whole_numbers(value), event_class))


def in_utc(event: Event) -> Event:
    """Return `event` with its timestamp, which must know its offset, in UTC."""
    if event.timestamp.tzinfo is dt.UTC:
        return event
    return msgspec.structs.replace(event, timestamp=event.timestamp.astimezone(dt.UTC))


def encode(event: Event) -> bytes:
    """Return `event` as JSON; fields at their default are left out."""
    return _encode_json(event)


def _parse(raw: bytes) -> tuple[Any, bool]:
    """Return what `raw` holds, and whether a number of it must be looked at."""
    try:
        raw.decode("utf-8")  # beforehand: the decoder of JSON names no place
        try:
            return _decode_plain(raw), has_long_number(raw)
        except DoubtfulNumberError:
            return _decode_json(raw), True
    except UnicodeDecodeError as fault:
        reason, detail = Reason.ENCODING, f"not UTF-8: {fault.reason} at byte {fault.start}"
    except msgspec.ValidationError as fault:  # the one thing that an untyped value can break
        reason, detail = Reason.NUMBER_OUT_OF_RANGE, str(fault)
    except msgspec.DecodeError as fault:
        reason, detail = Reason.MALFORMED, f"not JSON: {fault}"
    except RecursionError:
        reason, detail = Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}"
    raise InvalidEvent(reason, detail)


def _require_storable(raw: bytes, value: Any, doubtful: bool) -> None:
    if is_too_deep(raw, value):
        raise _invalid(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}", value)
    if has_nul(raw):
        raise _invalid(Reason.NUL_CHARACTER, "a text holds the character U+0000, which no store keeps", value)
    fault = number_fault(raw) if doubtful else None
    if fault is not None:
        raise _invalid(Reason.NUMBER_OUT_OF_RANGE, fault, value)


def _require_known_version(value: dict[str, Any]) -> None:
    """Refuse an event of another version of the contract, whatever else it has: its types may be new."""
    version = value["schema_version"]
    is_whole = type(version) is int or (type(version) is float and version.is_integer())
    if is_whole and version != SCHEMA_VERSION:
        raise _invalid(Reason.UNKNOWN_VERSION, f"schema_version {version!r} is not {SCHEMA_VERSION}", value)


def _class_of(value: dict[str, Any]) -> type[Event]:
    if "event_type" not in value:
        raise _invalid(Reason.MISSING_FIELD, f"{_MISSING} `event_type`", value)
    name = value["event_type"]
    if type(name) is not str:
        raise _invalid(Reason.INVALID_FIELD, f"Expected `str`, got {_kind(name)} - at `$.event_type`", value)
    found = EVENT_TYPES.get(name)
    if found is None:
        raise _invalid(Reason.UNKNOWN_TYPE, f"{name!r} is none of {', '.join(EVENT_TYPES)}", value)
    return found


def _has_written_forms(value: dict[str, Any]) -> bool:
    """Say whether the uuids and the timestamp of a valid event have the written form that is demanded."""
    ids = len(value["event_id"]), len(value["user_id"]), len(value["tenant_id"]), len(value["quiz_id"])
    return ids == _UUID_LENGTHS and _TIMESTAMP.fullmatch(value["timestamp"]) is not None


def _require_written_forms(value: dict[str, Any]) -> None:
    """Narrow uuids and timestamps to the one written form that JSON Schema's pattern allows."""
    for field in _UUID_FIELDS:
        text = value.get(field)
        if type(text) is str and len(text) != _UUID_LENGTH:
            raise _invalid(Reason.INVALID_FIELD, f"Expected a UUID of 36 characters - at `$.{field}`", value)
    text = value.get("timestamp")
    if type(text) is str and not _TIMESTAMP.fullmatch(text):
        expected = f"an RFC 3339 date-time with offset, of {FIRST_YEAR} to {LAST_YEAR}"
        raise _invalid(
            Reason.INVALID_FIELD, f"Expected {expected}, got {text[:60]!r} - at `$.timestamp`", value
        )


def _with_whole_numbers(value: dict[str, Any]) -> dict[str, Any]:
    """Return `value` with 1.0 as 1 where a whole number is asked for, as JSON Schema sees it."""
    numbers = ((field, value.get(field)) for field in _WHOLE_FIELDS)
    return value | {field: int(n) for field, n in numbers if type(n) is float and n.is_integer()}


def _convert(value: dict[str, Any], event_class: type[Event]) -> Event:
    try:
        return msgspec.convert(value, type=event_class)
    except msgspec.ValidationError as fault:
        reason = Reason.MISSING_FIELD if str(fault).startswith(_MISSING) else Reason.INVALID_FIELD
        raise _invalid(reason, str(fault), value) from None


def _invalid(reason: Reason, detail: str, value: Any) -> InvalidEvent:
    tenant = value.get("tenant_id") if type(value) is dict else None
    known = type(tenant) is str and _UUID.fullmatch(tenant)
    return InvalidEvent(reason, detail[:_DETAIL_LENGTH], UUID(tenant) if known else None)


def _kind(value: Any) -> str:
    names: dict[type, str] = {dict: "an object", list: "an array", str: "a text", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), "a number")
