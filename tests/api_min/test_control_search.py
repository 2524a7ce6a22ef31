"""Control parameters found by simulation keep the rate in quizzes that choose by `api_min.decisions`."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from api_min.blueprints import rows_of
from api_min.control import plain_of
from api_min.control_search import People, is_found_by, search
from api_min.decisions import Aside, Sitting, choose
from database.queries.exposure_controls import Found
from delivery.rules import DeliveryRules, Stopping, TestQuota
from irt.models import probability
from tests.api_min.made import bank, quiz, served

RANDOM = np.random.default_rng(12)
ITEMS, LENGTH, SESSIONS, R_MAX = 90, 6, 100, 0.3
LABEL = (np.arange(ITEMS) % 3).astype(np.int8)
BANK = bank(
    np.where(np.arange(ITEMS) == 7, -2.0, RANDOM.uniform(0.6, 1.8, ITEMS)),
    RANDOM.normal(0.0, 1.0, ITEMS),
    RANDOM.uniform(0.0, 0.2, ITEMS),
    pilot=np.arange(ITEMS) == 9,
    difficulty=LABEL,
)
RULES = DeliveryRules(r_max=R_MAX, control="sympson-hetter")
PEOPLE, FEW = People(0.0, 1.0, 80), People(0.0, 1.0, 30)


@pytest.fixture(scope="module")
def plain() -> Found:
    """What a search by the rules finds with few simulees."""
    return search(BANK, "0" * 64, RULES, LENGTH, FEW, time.perf_counter)


def rates(rules: DeliveryRules, control: dict | None) -> np.ndarray:
    """Of quizzes one after the other, whose learners answer by the bank's parameters."""
    met = np.zeros(ITEMS)
    rows = rows_of(BANK, rules, LENGTH)
    for who, theta in enumerate(np.random.default_rng(77).normal(size=SESSIONS)):
        luck = np.random.default_rng([5, who]).random(ITEMS)
        right = luck < probability(theta, BANK.a, BANK.b, BANK.c)
        taken, history = quiz(seed=who, num_questions=LENGTH, control=control), []
        for position in range(1, LENGTH + 1):
            choice = choose(Sitting(BANK, rules, taken, history, rows), Aside(), solves=0)
            assert choice is not None
            told = choice.decision
            history.append(
                served(
                    choice.question_id, bool(right[choice.place]), position,
                    passed_over=told.why_not.get("passed_over"), pilot=told.pilot,
                )
            )  # fmt: skip
        if rows is not None:
            assert told.shadow is not None
            assert told.shadow["violations"] == []
        met[BANK.places([item.question_id for item in history])] += 1
    return met / SESSIONS


@pytest.mark.parametrize(
    "rules",
    [
        RULES,
        RULES.model_copy(
            update={"quotas": (TestQuota(difficulty="easy", least=3), TestQuota(difficulty="hard", most=2))}
        ),
    ],
    ids=["by information alone", "by shadow tests"],
)
def test_quizzes_keep_to_the_rate(rules):
    found = search(BANK, "0" * 64, rules, LENGTH, PEOPLE, time.perf_counter)
    assert found.settled
    assert 0 < len(found.parameters) < ITEMS
    assert not {str(BANK.question_id[place]) for place in (7, 9)} & set(found.parameters)
    error = np.sqrt(R_MAX * (1.0 - R_MAX) / SESSIONS)
    held, free = rates(rules, plain_of(found)), rates(rules, None)
    assert free.max() > 0.6
    assert held.max() < R_MAX + 3.0 * error
    assert found.largest < R_MAX + 4.0 * error
    assert held.sum() == pytest.approx(LENGTH)
    assert (held > 0).sum() > (free > 0).sum()


def test_a_rate_out_of_reach_is_come_near_to_and_does_not_settle():
    few = bank(np.linspace(0.6, 1.4, 10), np.linspace(-1.0, 1.0, 10))
    found = search(few, "0" * 64, RULES, 5, FEW, time.perf_counter)
    assert not found.settled
    assert found.r_max == R_MAX
    assert 0.5 <= found.largest < 0.85  # not below 5 of 10; without control all begin with the same item


def test_the_same_search_finds_the_same_and_other_rules_or_banks_ask_for_another(plain):
    assert search(BANK, "0" * 64, RULES, LENGTH, FEW, time.perf_counter) == plain
    assert is_found_by(plain, "0" * 64, RULES, LENGTH)
    assert not is_found_by(plain, "1" * 64, RULES, LENGTH)
    assert not is_found_by(plain, "0" * 64, RULES, LENGTH + 1)
    assert not is_found_by(plain, "0" * 64, RULES.model_copy(update={"criterion": "KL"}), LENGTH)
    other = search(BANK, "0" * 64, RULES, LENGTH, replace(FEW, mean=1.5), time.perf_counter)
    assert other.parameters != plain.parameters


@pytest.mark.parametrize(
    ("stopping", "ends_before"),
    [
        (Stopping(length=30, se=0.4, require="all"), False),
        (Stopping(se=0.6, min_length=20), False),
        (Stopping(length=30), False),
        (Stopping(se=0.6), True),
        (Stopping(length=4, max_length=7), True),
    ],
)
def test_quizzes_that_end_by_rules_are_simulated_as_they_end(plain, stopping, ends_before):
    rules = RULES.model_copy(update={"stopping": stopping})
    found = search(BANK, "0" * 64, rules, LENGTH, FEW, time.perf_counter)
    assert (found.parameters != plain.parameters) == ends_before
