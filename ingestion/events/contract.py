"""The six event types as typed structs: fields, bounds, and which of them a type requires.

An optional field that is null counts as absent. Fields that the contract does not name are allowed; a
struct does not carry them, the stored payload does.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

MAX_ID = 2**63 - 1  # bigint
MAX_INT = 2**31 - 1  # integer
SCHEMA_VERSION = 1  # of an event that names none
FIRST_YEAR, LAST_YEAR = 1970, 2199  # as written; what every store's timestamp holds, whatever the offset

UUID_PATTERN = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
# RFC 3339 without leap seconds, which no store keeps; which days a month has is the format's to say.
TIMESTAMP_PATTERN = (
    "^(19[7-9][0-9]|2[01][0-9][0-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

Id = Annotated[int, Meta(ge=0, le=MAX_ID)]
Count = Annotated[int, Meta(ge=0, le=MAX_INT)]
Milliseconds = Annotated[float, Meta(ge=0, le=MAX_INT)]
Character = Annotated[str, Meta(min_length=1, max_length=1)]
Uuid = Annotated[UUID, Meta(extra_json_schema={"pattern": UUID_PATTERN, "maxLength": 36})]
Timestamp = Annotated[dt.datetime, Meta(tz=True, extra_json_schema={"pattern": TIMESTAMP_PATTERN})]


class Client(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the learner's device said of itself."""

    device: str | None = None
    app_version: str | None = None
    latency_ms: Annotated[float, Meta(ge=0)] | None = None


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="event_type"):
    """What every event has, and the type of each field that some event types require."""

    event_id: Uuid
    timestamp: Timestamp
    user_id: Uuid
    tenant_id: Uuid
    quiz_id: Uuid
    question_id: Id | None = None
    version: Count | None = None
    selected: Character | None = None
    is_correct: bool | None = None
    time_taken_ms: Milliseconds | None = None
    exam_code: str | None = None
    position: Count | None = None
    client: Client | None = None
    schema_version: Literal[1] | None = None


class QuizStarted(Envelope, frozen=True, kw_only=True, omit_defaults=True, tag="quiz_started"):
    """A learner began a quiz; `filters` are those asked for."""

    mode: Literal["tutor", "exam"]
    filters: dict[str, Any]


class ItemEvent(Envelope, frozen=True, kw_only=True, omit_defaults=True):
    """An event about one item, (question_id, version), of a quiz."""

    question_id: Id
    version: Count


class QuestionServed(ItemEvent, frozen=True, kw_only=True, omit_defaults=True, tag="question_served"):
    """An item was shown."""


class AnswerSubmitted(ItemEvent, frozen=True, kw_only=True, omit_defaults=True, tag="answer_submitted"):
    """An item was answered; `time_taken_ms` counts from served to answered, in milliseconds."""

    selected: Character
    is_correct: bool
    time_taken_ms: Milliseconds


class ExplanationViewed(ItemEvent, frozen=True, kw_only=True, omit_defaults=True, tag="explanation_viewed"):
    """The explanation of an item was opened."""


class NoteAdded(ItemEvent, frozen=True, kw_only=True, omit_defaults=True, tag="note_added"):
    """The learner wrote a note on an item; `text` is what it says."""

    text: str | None = None


class Flagged(ItemEvent, frozen=True, kw_only=True, omit_defaults=True, tag="flagged"):
    """The learner flagged an item."""


Event = QuizStarted | QuestionServed | AnswerSubmitted | ExplanationViewed | NoteAdded | Flagged

EVENT_TYPES: dict[str, type[Event]] = {
    "quiz_started": QuizStarted,
    "question_served": QuestionServed,
    "answer_submitted": AnswerSubmitted,
    "explanation_viewed": ExplanationViewed,
    "note_added": NoteAdded,
    "flagged": Flagged,
}
TYPE_NAMES = {event_class: name for name, event_class in EVENT_TYPES.items()}
FIELDS = tuple(
    dict.fromkeys(["event_type", *(one.name for kind in TYPE_NAMES for one in msgspec.structs.fields(kind))])
)
