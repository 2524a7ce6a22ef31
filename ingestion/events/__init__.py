"""The event contract: what may stand in the topic ``events.qbank``, as types and as functions.

`decode` turns a message's bytes into one of the six event types or raises InvalidEvent with a reason;
`encode` does the reverse; the constructors (`quiz_started`, `answer_submitted`, ...) make the payload of a
row of event_outbox, checked by the same contract. The same contract as a JSON Schema: `ingestion.schema`.
"""

from __future__ import annotations

from ingestion.errors import InvalidEvent
from ingestion.events.building import (
    answer_submitted,
    explanation_viewed,
    flagged,
    note_added,
    question_served,
    quiz_started,
)
from ingestion.events.contract import (
    EVENT_TYPES,
    FIELDS,
    TYPE_NAMES,
    AnswerSubmitted,
    Client,
    Event,
    ExplanationViewed,
    Flagged,
    NoteAdded,
    QuestionServed,
    QuizStarted,
)
from ingestion.events.decoding import decode, encode
from ingestion.events.reasons import Reason

__all__ = [
    "EVENT_TYPES",
    "FIELDS",
    "TYPE_NAMES",
    "AnswerSubmitted",
    "Client",
    "Event",
    "ExplanationViewed",
    "Flagged",
    "InvalidEvent",
    "NoteAdded",
    "QuestionServed",
    "QuizStarted",
    "Reason",
    "answer_submitted",
    "decode",
    "encode",
    "explanation_viewed",
    "flagged",
    "note_added",
    "question_served",
    "quiz_started",
]
