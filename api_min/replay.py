"""Making the decisions of a quiz again from what is in the database, to show that they follow from it."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from api_min import blueprints, decisions
from api_min.decisions import Aside, Choice, Sitting
from api_min.errors import QuizNotFound
from database.queries import decisions as log
from database.queries import quizzes
from database.queries.decisions import Logged
from database.queries.quizzes import ServedItem


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision as it was logged and as it came out again; `differs` names what is not the same bit for bit."""

    logged: Logged
    again: Choice | None
    differs: tuple[str, ...]


def replay(connection: Connection, quiz_id: uuid.UUID) -> list[Replayed]:
    """Make every decision of a quiz again.

    `connection` acts within the quiz's tenant, or as the pipeline. Raises QuizNotFound; LookupError where the quiz's
    bank is not kept, ValueError where what is kept was changed.
    """
    quiz = quizzes.find_quiz(connection, quiz_id)
    if quiz is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}")
    made = log.logged(connection, quiz_id)
    if not made:
        return []
    if quiz.bank_hash is None:
        raise LookupError(
            f"quiz {quiz_id} began before banks were kept: what its items were chosen from is not known"
        )
    bank, rules = decisions.bank_of(connection, quiz), decisions.rules_of(quiz)
    rows = None
    if not quiz.filters and quiz.num_questions is not None:
        rows = blueprints.rows_of(bank, rules, quiz.num_questions)
    history = quizzes.history(connection, quiz_id)
    sittings = [Sitting(bank, rules, quiz, _before(history, one), rows) for one in made]
    return [_again(one, sitting) for one, sitting in zip(made, sittings, strict=True)]


def _before(history: Sequence[ServedItem], one: Logged) -> list[ServedItem]:
    """What the quiz had shown when a decision was made: an answer or skip that came later was not there yet."""
    return [_as_of(item, one.decided_at) for item in history if item.position < one.position]


def _as_of(item: ServedItem, moment: dt.datetime) -> ServedItem:
    answered = item.answered_at is not None and item.answered_at <= moment
    skipped = item.skipped_at is not None and item.skipped_at <= moment
    if answered:
        return replace(item, skipped=skipped)
    return replace(item, skipped=skipped, is_correct=None, option_label=None, time_taken_ms=None)


def _again(one: Logged, sitting: Sitting) -> Replayed:
    logged = one.decision
    aside = Aside(
        withdrawn=tuple(logged.why_not.get("withdrawn", ())),
        elsewhere=tuple(logged.why_not.get("elsewhere", ())),
    )
    solves = None if logged.shadow is None else int(logged.shadow["solves"])
    again = decisions.choose(sitting, aside, solves=solves, budget=None)
    return Replayed(one, again, _differences(one, again))


def _differences(one: Logged, again: Choice | None) -> tuple[str, ...]:
    if again is None:
        return ("item",)
    told, now = one.decision, again.decision
    same = {
        "item": (one.question_id, one.version) == (again.question_id, again.version),
        "theta": told.theta == now.theta,
        "se": told.se == now.se,
        "value": told.value == now.value or (math.isnan(told.value) and math.isnan(now.value)),
        "candidates": list(told.candidates) == list(now.candidates),
        "criterion": told.criterion == now.criterion,
        "pilot": told.pilot == now.pilot,
        "set aside": dict(told.why_not) == dict(now.why_not),
        "bank": told.bank_hash == now.bank_hash,
        "run": told.calibration_run_id == now.calibration_run_id,
        "shadow test": _test(told.shadow) == _test(now.shadow),
    }
    return tuple(name for name, is_same in same.items() if not is_same)


def _test(shadow: object) -> object:
    """What of a shadow test does not depend on how fast the machine is."""
    if not isinstance(shadow, dict):
        return shadow
    return {name: shadow[name] for name in ("items", "objective", "violations", "reserve_used")}
