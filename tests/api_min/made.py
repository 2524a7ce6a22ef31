"""Banks, quizzes and served items made up for tests of what is pure."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import numpy as np

from api_min.bank import Bank, freeze
from database.queries.quizzes import Quiz, ServedItem
from delivery.topics import TopicTree

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def bank(a: Any, b: Any, c: Any = None, se_b: Any = None, **more: Any) -> Bank:
    """A bank whose questions are 10, 20, 30, ...; an item with an se_b stands in."""
    n = len(a)
    se = np.zeros(n) if se_b is None else np.array(se_b, dtype=float)
    given: dict[str, Any] = {
        "question_id": np.arange(1, n + 1) * 10,
        "version": np.ones(n, dtype=np.int64),
        "a": np.array(a, dtype=float),
        "b": np.array(b, dtype=float),
        "c": np.zeros(n) if c is None else np.array(c, dtype=float),
        "se_b": se,
        "error_b": np.zeros(n),
        "calibrated": se == 0,
        "pilot": np.zeros(n, dtype=np.bool_),
        "topic_id": np.full(n, -1),
        "difficulty": np.full(n, -1, dtype=np.int8),
        "bloom": np.full(n, -1, dtype=np.int8),
        "enemies": {},
        "sets": {},
        "topics": TopicTree([]),
        "exam_code": "demo",
        "scale": "demo",
        "run_id": uuid.UUID(int=1),
        "median_a": 1.25,
    }
    return freeze(Bank(**given | more))


def quiz(**more: Any) -> Quiz:
    """An adaptive quiz of 40 questions that began just now."""
    given: dict[str, Any] = {
        "id": uuid.UUID(int=5),
        "user_id": uuid.UUID(int=6),
        "tenant_id": uuid.UUID(int=7),
        "mode": "tutor",
        "adaptive": True,
        "exam_code": "demo",
        "filters": {},
        "num_questions": 40,
        "planned_question_ids": None,
        "started_at": NOW,
        "expires_at": NOW + dt.timedelta(hours=2),
        "sealed_at": None,
        "now": NOW,
        "bank_hash": "0" * 64,
        "seed": 11,
    }
    return Quiz(**given | more)


def served(question_id: int, correct: bool | None, position: int = 1, **more: Any) -> ServedItem:
    """An item served, and its answer."""
    given: dict[str, Any] = {
        "question_id": question_id,
        "version": 1,
        "position": position,
        "skipped": False,
        "option_label": None if correct is None else "A",
        "is_correct": correct,
        "idempotency_key": None,
        "home_exam_code": "demo",
        "difficulty_label": None,
        "time_taken_ms": 20_000,
    }
    return ServedItem(**given | more)
