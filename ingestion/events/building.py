"""Constructors of events: each returns the JSON payload for a row of event_outbox.

Each payload has passed `decode`, so that the service which writes an event and the drain which reads it
cannot disagree on what is valid. All raise InvalidEvent; a `timestamp` must know its offset from UTC.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, NotRequired, TypedDict, Unpack
from uuid import UUID

import msgspec

from ingestion.errors import InvalidEvent
from ingestion.events.contract import (
    AnswerSubmitted,
    Client,
    Event,
    ExplanationViewed,
    Flagged,
    NoteAdded,
    QuestionServed,
    QuizStarted,
)
from ingestion.events.decoding import decode, encode, in_utc
from ingestion.events.reasons import Reason

Payload = dict[str, Any]


class EventFields(TypedDict):
    """Arguments of every constructor."""

    event_id: UUID
    timestamp: dt.datetime
    user_id: UUID
    tenant_id: UUID
    quiz_id: UUID
    exam_code: NotRequired[str | None]
    client: NotRequired[Client | None]


class QuizFields(EventFields):
    """Arguments of quiz_started."""

    mode: Literal["tutor", "exam"]
    filters: dict[str, Any]


class ItemFields(EventFields):
    """Arguments of an event about one item."""

    question_id: int
    version: int
    position: NotRequired[int | None]


class AnswerFields(ItemFields):
    """Arguments of answer_submitted; `time_taken_ms` is in milliseconds."""

    selected: str
    is_correct: bool
    time_taken_ms: float


class NoteFields(ItemFields):
    """Arguments of note_added."""

    text: NotRequired[str | None]


def quiz_started(**fields: Unpack[QuizFields]) -> Payload:
    """Return the payload that tells that a learner began a quiz."""
    return _payload(QuizStarted(**fields))


def question_served(**fields: Unpack[ItemFields]) -> Payload:
    """Return the payload that tells that an item was shown."""
    return _payload(QuestionServed(**fields))


def answer_submitted(**fields: Unpack[AnswerFields]) -> Payload:
    """Return the payload that tells that an item was answered."""
    return _payload(AnswerSubmitted(**fields))


def explanation_viewed(**fields: Unpack[ItemFields]) -> Payload:
    """Return the payload that tells that an item's explanation was opened."""
    return _payload(ExplanationViewed(**fields))


def note_added(**fields: Unpack[NoteFields]) -> Payload:
    """Return the payload that tells that the learner wrote a note on an item."""
    return _payload(NoteAdded(**fields))


def flagged(**fields: Unpack[ItemFields]) -> Payload:
    """Return the payload that tells that the learner flagged an item."""
    return _payload(Flagged(**fields))


def _payload(event: Event) -> Payload:
    if event.timestamp.tzinfo is None:
        raise InvalidEvent(
            Reason.INVALID_FIELD, "the timestamp must know its offset from UTC - at `$.timestamp`"
        )
    try:
        raw = encode(in_utc(event))
    except UnicodeEncodeError as fault:
        raise InvalidEvent(Reason.ENCODING, f"a text cannot be written as UTF-8: {fault.reason}") from None
    except (TypeError, OverflowError) as fault:
        raise InvalidEvent(Reason.INVALID_FIELD, f"not expressible in JSON: {fault}") from None
    decode(raw)
    payload: Payload = msgspec.json.decode(raw)
    return payload
