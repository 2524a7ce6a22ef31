"""Requests and responses, as the product fixes them; their JSON Schema is what OpenAPI shows.

JSON's numbers are taken as JSON Schema takes them: 40.0 is a whole number, "40" and true are none. Fields
that a request has beyond these are allowed and ignored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Final, Literal

from fastapi import Header, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

MAX_ID: Final = 2**53 - 1  # JSON numbers beyond it lose digits in clients that hold them as float64
MAX_MILLISECONDS: Final = 2**31 - 1


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("a number is expected")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("a whole number is expected")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


_Whole = BeforeValidator(_whole)
QuestionId = Annotated[int, Field(ge=1, le=MAX_ID), _Whole]
Milliseconds = Annotated[int, Field(ge=0, le=MAX_MILLISECONDS), _Whole]
Latency = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_number)]
Label = Annotated[str, Field(pattern="^[A-Za-z0-9]$")]
TopicName = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]+$")]
ExamCode = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]

_QUIZ: Final = "8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10"
_RUN: Final = "0f4e9f7c-3e0b-5f0e-9a57-2f8f0f1c7a44"
_LEARNER: Final = "3f2c1d9a-0b7e-4c55-8a41-77e0a8f3d921"
_TENANT: Final = "00000000-0000-0000-0000-000000000001"

QuizIdPath = Annotated[uuid.UUID, Path(description="The quiz.", examples=[_QUIZ])]
QuestionIdPath = Annotated[
    int, Path(ge=1, le=MAX_ID, description="A question that was served in the quiz.", examples=[17])
]
ExamCodePath = Annotated[
    str,
    Path(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description="The exam.", examples=["J35"]),
]
RunQuery = Annotated[
    uuid.UUID | None,
    Query(description="A run that was live once; without it, the one that is.", examples=[_RUN]),
]
TenantQuery = Annotated[
    uuid.UUID | None,
    Query(description="The tenant that owns the exam; without it, the service's.", examples=[_TENANT]),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern="^[ -~]{1,255}$",
        description="A request that is retried with the key of the first counts once and gets its response.",
        examples=["7f0c9d52-17"],
    ),
]
NoteText = Annotated[str, Field(min_length=1, max_length=4_000, pattern="^[^\\x00]+$")]


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Health(BaseModel):
    """The process answers."""

    model_config = _example(status="ok")

    status: Literal["ok"]


class ReadyPart(BaseModel):
    """A part that requests need, or are faster with."""

    name: Literal["database", "migrations", "banks", "redis"]
    state: Literal["ok", "away", "off"] = Field(description="off: it is not configured, and not needed.")
    detail: str


class Readiness(BaseModel):
    """Requests can be served; degraded: without the cache."""

    model_config = _example(
        status="ready",
        parts=[
            {"name": "database", "state": "ok", "detail": "answers"},
            {"name": "redis", "state": "off", "detail": "QBANK_REDIS_URL is not set"},
        ],
    )

    status: Literal["ready", "degraded"]
    parts: list[ReadyPart]


class Filters(BaseModel):
    """Which questions, how many, and how they are answered; an empty list restricts nothing."""

    topics: Annotated[list[TopicName], Field(max_length=100)] | None = Field(
        default=None, description="Names or ltree paths of topics, each with all that lies below it."
    )
    difficulty: Annotated[list[Literal["easy", "medium", "hard"]], Field(max_length=3)] | None = Field(
        default=None, description="Editorial difficulty labels; unlabelled questions pass no such filter."
    )
    num_questions: Annotated[int, Field(ge=1, le=120), _Whole] = Field(
        default=40, description="Questions to serve; fewer where the bank has fewer."
    )
    mode: Literal["tutor", "exam"] = Field(
        default="tutor", description="tutor: answers are explained at once; exam: nothing before sealing."
    )
    exam_code: ExamCode | None = Field(
        default=None,
        description="The exam. An adaptive quiz needs one where questions of several are published.",
    )


class QuizRequest(BaseModel):
    """A quiz to begin."""

    model_config = _example(
        user_id=_LEARNER,
        tenant_id=_TENANT,
        adaptive=True,
        filters={"topics": ["medicine.cardiology"], "num_questions": 20, "mode": "tutor", "exam_code": "J35"},
    )

    user_id: uuid.UUID = Field(description="The learner.")
    tenant_id: uuid.UUID = Field(description="The tenant whose questions are asked.")
    adaptive: StrictBool = Field(
        default=True, description="True: each question is chosen after the last answer."
    )
    filters: Filters = Field(default_factory=Filters)


class QuizResponse(BaseModel):
    """A quiz that has begun."""

    model_config = _example(quiz_id=_QUIZ, question_ids=[], expires_at="2026-01-15T12:00:00Z", mode="tutor")

    quiz_id: uuid.UUID
    question_ids: list[int] = Field(description="In the order they are served; empty for adaptive quizzes.")
    expires_at: dt.datetime
    mode: Literal["tutor", "exam"]


class OptionShown(BaseModel):
    """An option to choose."""

    label: str
    text: str = Field(description="Markdown.")


class Payload(BaseModel):
    """What the learner reads."""

    stem_md: str = Field(description="Markdown.")
    lead_in: str
    options: list[OptionShown]


class QuestionResponse(BaseModel):
    """The question to answer now."""

    model_config = _example(
        question_id=17,
        version=2,
        payload={
            "stem_md": "A 58-year-old has had chest pain for two hours.",
            "lead_in": "Which test comes first?",
            "options": [{"label": "A", "text": "Electrocardiogram"}, {"label": "B", "text": "Chest X-ray"}],
        },
    )

    question_id: int
    version: int
    payload: Payload


class AnswerRequest(BaseModel):
    """An answer to a question that was served."""

    model_config = _example(question_id=17, selected="A", time_taken_ms=21500, client_latency_ms=42)

    question_id: QuestionId
    selected: Label = Field(description="Label of the option chosen; case ignored.")
    time_taken_ms: Milliseconds = Field(description="From served to answered, in milliseconds.")
    client_latency_ms: Latency | None = Field(
        default=None, description="Network latency as the client measured it, in milliseconds."
    )


class Explanation(BaseModel):
    """Why the key is the key."""

    rationale_md: str = Field(description="Markdown.")


class AnswerResponse(BaseModel):
    """What the answer was worth; all null in exam mode until the quiz is sealed."""

    model_config = _example(
        correct=True,
        correct_option="A",
        explanation={"rationale_md": "It is quick, and decides what follows."},
        difficulty=-0.42,
    )

    correct: bool | None
    correct_option: str | None
    explanation: Explanation | None
    difficulty: float | None = Field(
        description="The item's b (D = 1.7 metric); -1, 0, +1 by its label until it is calibrated."
    )


class NoteRequest(BaseModel):
    """What the learner noted on a question."""

    model_config = _example(text="Look at the ST segment first.")

    text: NoteText = Field(description="Any text, 4,000 characters at most.")


class SealResponse(BaseModel):
    """A quiz that was handed in."""

    model_config = _example(sealed_at="2026-01-15T11:20:31.251904Z")

    sealed_at: dt.datetime = Field(description="When it was handed in first, UTC.")


class TopicOutcome(BaseModel):
    """What a topic came to."""

    topic: str | None = Field(description="Its path, else its name; null: questions without a topic.")
    n: int = Field(description="Questions that count.")
    accuracy: float = Field(description="Share of them that was answered right.")


class ResultsResponse(BaseModel):
    """What the quiz came to."""

    model_config = _example(
        theta=0.61,
        se=0.34,
        score=14,
        n_items=20,
        topics=[
            {"topic": "medicine.cardiology", "n": 12, "accuracy": 0.75},
            {"topic": "medicine.cardiology.ecg", "n": 8, "accuracy": 0.625},
        ],
    )

    theta: float = Field(description="Ability, D = 1.7 metric, on the scale of the quiz's exam.")
    se: float = Field(description="Its standard error.")
    score: int = Field(description="Questions answered right.")
    n_items: int = Field(
        description="Questions that count: answered, skipped, or left when the quiz was over."
    )
    topics: list[TopicOutcome] = Field(description="By topic of the question; n adds up to n_items.")


class ItemParameters(BaseModel):
    """The curve by which a question is served: P = c + (1 - c) / (1 + exp(-1.7 a (theta - b)))."""

    question_id: int
    version: int
    model: str = Field(description="1PL, 2PL or 3PL; or the item's own, such as 3PL with a fixed c.")
    a: float
    b: float
    c: float
    se_a: float | None
    se_b: float | None
    se_c: float | None = Field(description="Null: c is at its bound, fixed, or no part of the model.")
    n_respondents: int | None


class CalibrationResponse(BaseModel):
    """The parameters that a run serves, or served while it was live."""

    model_config = _example(
        run_id=_RUN,
        fitted_at="2026-01-15T02:04:11Z",
        metric="D=1.7",
        items=[
            {
                "question_id": 17,
                "version": 2,
                "model": "2PL",
                "a": 1.12,
                "b": -0.42,
                "c": 0.0,
                "se_a": 0.07,
                "se_b": 0.05,
                "se_c": None,
                "n_respondents": 1804,
            }
        ],
    )

    run_id: uuid.UUID
    fitted_at: dt.datetime
    metric: Literal["D=1.7"]
    items: list[ItemParameters] = Field(description="By question and version.")
