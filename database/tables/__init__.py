"""Every table of qbank as SQLAlchemy models; Alembic migrations are the only way to create them."""

from __future__ import annotations

from database.tables.analytics import (
    CalibrationRun,
    ItemCalibration,
    ItemCalibrationCandidate,
    ItemCalibrationHistory,
    ItemCurvePoint,
    ItemDriftWeek,
    ItemOptionStat,
    ItemStatsCtt,
    PersonAbility,
    PersonAbilityWindow,
)
from database.tables.base import Base
from database.tables.cat import CatBank, CatItem, CatSection, CatSession
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
from database.tables.delivery import (
    BankSnapshot,
    EventOutbox,
    ExposureControl,
    ExposureCount,
    QuizItem,
    QuizSession,
    SelectionDecision,
    UserResponse,
)
from database.tables.learners import AppUser, Cohort, CohortMember, ForgottenLearner, Institution
from database.tables.lifecycle import (
    CalibrationAnchor,
    CalibrationDecision,
    CalibrationScale,
    ItemDiagnostic,
    ItemFlag,
)
from database.tables.marts import Analyst, MartBuild, MartRefreshRequest
from database.tables.telemetry import DeadLetter, SourceLoad, SourcePosition, TelemetryEvent

__all__ = [
    "Analyst",
    "AppUser",
    "BankSnapshot",
    "Base",
    "BlueprintQuota",
    "CalibrationAnchor",
    "CalibrationDecision",
    "CalibrationRun",
    "CalibrationScale",
    "CatBank",
    "CatItem",
    "CatSection",
    "CatSession",
    "Cohort",
    "CohortMember",
    "DeadLetter",
    "EventOutbox",
    "Exam",
    "ExposureControl",
    "ExposureCount",
    "ForgottenLearner",
    "Institution",
    "ItemCalibration",
    "ItemCalibrationCandidate",
    "ItemCalibrationHistory",
    "ItemCurvePoint",
    "ItemDiagnostic",
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
