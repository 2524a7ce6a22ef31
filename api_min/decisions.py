"""Ability, and which item comes next: pure functions over a bank and a quiz's history.

Ability is the EAP under theta ~ N(0, 1) from the answers of the quiz (`irt.eap`). The criterion is Fisher
information at that theta; for an item whose difficulty is an editor's word, the information averaged over
the difficulties it may turn out to have (`irt.selection.expected_information`), so that no item is preferred
for what is not known of it. D = 1.7 metric.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

import irt
from api_min.bank import STAND_IN_C, STAND_IN_SE_B, Bank, Floats, Mask, load_bank, stand_in_difficulty
from api_min.errors import QuizNotFound
from database.queries import quizzes
from database.queries.quizzes import Decision, ServedItem

CRITERION: Final = "maximum information"
_CANDIDATES: Final = 5


@dataclass(frozen=True, slots=True)
class Ability:
    """theta (EAP) and its posterior standard deviation after `n` answers."""

    theta: float
    se: float
    n: int


def ability(history: Sequence[ServedItem], bank: Bank) -> Ability:
    """Return the ability that the answers of a quiz tell; without answers, the prior's (0, 1)."""
    answered = [item for item in history if item.is_correct is not None]
    parameters = np.array([_parameters(item, bank) for item in answered], dtype=np.float64).reshape(-1, 3)
    correct = np.array([item.is_correct for item in answered], dtype=np.float64)
    theta, se = irt.eap(correct, *parameters.T)
    return Ability(theta, se, len(answered))


def current_ability(connection: Connection, quiz_id: uuid.UUID) -> Ability:
    """Return the ability in a quiz as its answers now stand, as the next choice will see it.

    `connection` acts within the quiz's tenant, or as the pipeline. Raises QuizNotFound.
    """
    quiz = quizzes.find_quiz(connection, quiz_id)
    if quiz is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}")
    bank = load_bank(connection, quiz.tenant_id, quiz.exam_code)
    return ability(quizzes.history(connection, quiz_id), bank)


def tiers(bank: Bank, eligible: Mask, seen: Sequence[int]) -> tuple[Mask, ...]:
    """Return the eligible items by preference: a choice is made in the first tier that has any.

    What the learner never saw in any quiz comes before what they know. An item with a <= 0 (better learners
    fail it: it is probably mis-keyed) comes last, however much it formally tells.
    """
    sound = eligible & (bank.a > 0.0)
    return sound & ~bank.among(seen), sound, eligible


def choose(bank: Bank, learner: Ability, tiers: Sequence[Mask]) -> tuple[int, Decision] | None:
    """Return the index of the item of highest expected information, and the decision to log; None: no item.

    Of equal items the one of the lowest question id.
    """
    for tier in tiers:
        places = np.flatnonzero(tier)
        if len(places):
            break
    else:
        return None
    values = _information(bank, learner.theta, places)
    best = _best(values, _CANDIDATES)
    candidates = [_candidate(bank, int(places[i]), float(values[i])) for i in best]
    chosen = int(places[best[0]])
    decision = Decision(
        criterion=CRITERION,
        value=candidates[0]["value"],
        theta=learner.theta,
        se=learner.se,
        candidates=candidates,
        calibration_run_id=bank.run_id,
    )
    return chosen, decision


def draw(bank: Bank, eligible: Mask, number: int, quiz_id: uuid.UUID) -> list[int]:
    """Return up to `number` distinct questions in random order; the quiz's id is the seed."""
    questions = bank.question_id[eligible]
    rng = np.random.default_rng(quiz_id.int)
    return [int(one) for one in rng.permutation(questions)[:number]]


def _information(bank: Bank, theta: float, places: NDArray[np.int64]) -> Floats:
    """Return the expected information of the items at `places`.

    Stand-ins differ in their label's b alone, and averaging is what costs: each b is averaged over once.
    """
    each = irt.selection.expected_information
    values = np.empty(len(places))
    known = bank.calibrated[places]
    sure = places[known]
    values[known] = each(theta, bank.a[sure], bank.b[sure], bank.c[sure], 0.0)
    b, label = np.unique(bank.b[places[~known]], return_inverse=True)
    values[~known] = each(theta, bank.median_a, b, STAND_IN_C, STAND_IN_SE_B)[label]
    return values


def _parameters(item: ServedItem, bank: Bank) -> tuple[float, float, float]:
    if item.a is not None and item.b is not None and item.c is not None and item.home_exam_code == bank.scale:
        return item.a, item.b, item.c
    return bank.median_a, stand_in_difficulty(item.difficulty_label), STAND_IN_C


def _best(values: Floats, number: int) -> list[int]:
    """Return the indexes of the highest values, best first, ties by index, without sorting all of them."""
    if len(values) <= number:
        return [int(i) for i in np.argsort(-values, kind="stable")]
    bound = np.partition(values, -number)[-number]
    places = np.flatnonzero(values >= bound)
    return [int(i) for i in places[np.argsort(-values[places], kind="stable")][:number]]


def _candidate(bank: Bank, place: int, value: float) -> dict[str, Any]:
    return {"question_id": int(bank.question_id[place]), "version": int(bank.version[place]), "value": value}
