"""Every table of qbank as SQLAlchemy models; Alembic migrations are the only way to create them."""

from __future__ import annotations

from database.tables.analytics import (
    CalibrationDecision,
    CalibrationRun,
    ItemCalibration,
    ItemCalibrationCandidate,
    ItemCalibrationHistory,
    ItemFlag,
    ItemStatsCtt,
    PersonAbility,
)
from database.tables.base import Base
from database.tables.content import (
    BlueprintQuota,
    Exam,
    Question,
    QuestionOption,
    QuestionPublication,
    QuestionReview,
    QuestionVersion,
    Topic,
)
from database.tables.delivery import EventOutbox, QuizItem, QuizSession, SelectionDecision, UserResponse
from database.tables.learners import AppUser, Cohort, CohortMember, Institution
from database.tables.telemetry import DeadLetter, SourcePosition, TelemetryEvent

__all__ = [
    "AppUser",
    "Base",
    "BlueprintQuota",
    "CalibrationDecision",
    "CalibrationRun",
    "Cohort",
    "CohortMember",
    "DeadLetter",
    "EventOutbox",
    "Exam",
    "Institution",
    "ItemCalibration",
    "ItemCalibrationCandidate",
    "ItemCalibrationHistory",
    "ItemFlag",
    "ItemStatsCtt",
    "PersonAbility",
    "Question",
    "QuestionOption",
    "QuestionPublication",
    "QuestionReview",
    "QuestionVersion",
    "QuizItem",
    "QuizSession",
    "SelectionDecision",
    "SourcePosition",
    "TelemetryEvent",
    "Topic",
    "UserResponse",
]
