"""What must hold of every message, whatever it is: it decodes, or has a reason that a store can keep."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from ingestion.events import Event, InvalidEvent, Reason, decode

VALID = "valid"
DECODING_REASONS = frozenset(Reason) - {Reason.EVENT_ID_TAKEN, Reason.REFUSED_BY_STORE, Reason.TOO_LARGE}


class Violation(NamedTuple):
    """A message that was not treated as promised, and how."""

    what: str
    raw: bytes


def judge(raw: bytes) -> tuple[str, Violation | None]:
    """Return the reason for which `raw` is refused, or VALID, and what is wrong with that."""
    try:
        event = decode(raw)
    except InvalidEvent as fault:
        return fault.reason, _fault_of_refusal(fault, raw)
    except BaseException as crash:
        return "crash", Violation(f"the decoder raised {crash!r}", raw)
    wrong = difference(event, exact(raw))
    return VALID, None if wrong is None else Violation(wrong, raw)


def exact(text: bytes | str) -> Any:
    """Return JSON with its numbers to the last digit, read by another decoder than the one on trial."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=lambda name: name)


def difference(event: Event, value: Any) -> str | None:
    """Say in which field `event` is not what `value`, the same message, has."""
    for field in ("event_id", "user_id", "tenant_id", "quiz_id"):
        if getattr(event, field) != UUID(value[field]):
            return f"{field} was not read as it stands"
    for field in ("question_id", "version", "selected", "is_correct", "exam_code", "position"):
        if getattr(event, field) != value.get(field):
            return f"{field} was not read as it stands"
    taken = value.get("time_taken_ms")
    return (
        None if event.time_taken_ms == (None if taken is None else float(taken)) else "time_taken_ms differs"
    )


def _fault_of_refusal(fault: InvalidEvent, raw: bytes) -> Violation | None:
    if fault.reason not in DECODING_REASONS:
        return Violation(f"refused for {fault.reason!r}, which is no reason of a decoder", raw)
    try:
        fault.detail.encode()
    except UnicodeEncodeError:
        return Violation("the detail cannot be written as UTF-8", raw)
    if not fault.detail or "\0" in fault.detail:
        return Violation("the detail is empty or holds U+0000", raw)
    return None
