"""Every table of qbank as SQLAlchemy models; Alembic migrations are the only way to create them."""

from __future__ import annotations

from database.tables.analytics import (
    CalibrationDecision,
    CalibrationRun,
    ItemCalibration,
    ItemCalibrationCandidate,
    ItemCalibrationHistory,
    ItemCurvePoint,
    ItemDriftWeek,
    ItemFlag,
    ItemOptionStat,
    ItemStatsCtt,
    PersonAbility,
    PersonAbilityWindow,
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
from database.tables.learners import AppUser, Cohort, CohortMember, ForgottenLearner, Institution
from database.tables.marts import Analyst, MartBuild, MartRefreshRequest
from database.tables.telemetry import DeadLetter, SourceLoad, SourcePosition, TelemetryEvent

__all__ = [
    "Analyst",
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
    "ForgottenLearner",
    "Institution",
    "ItemCalibration",
    "ItemCalibrationCandidate",
    "ItemCalibrationHistory",
    "ItemCurvePoint",
    "ItemDriftWeek",
    "ItemFlag",
    "ItemOptionStat",
    "ItemStatsCtt",
    "MartBuild",
    "MartRefreshRequest",
    "PersonAbility",
    "PersonAbilityWindow",
    "Question",
    "QuestionOption",
    "QuestionPublication",
    "QuestionReview",
    "QuestionVersion",
    "QuizItem",
    "QuizSession",
    "SelectionDecision",
    "SourceLoad",
    "SourcePosition",
    "TelemetryEvent",
    "Topic",
    "UserResponse",
]
