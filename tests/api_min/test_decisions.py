"""Ability and choice, as pure functions over a bank."""

from __future__ import annotations

import dataclasses
import math
import uuid

import numpy as np
import pytest

import irt
from api_min.bank import Bank
from api_min.decisions import Ability, ability, choose, current_ability, draw, tiers
from api_min.errors import QuizNotFound
from api_min.topics import TopicTree
from database.queries.quizzes import ServedItem


def _bank(a, b, c=None, se_b=None):
    n = len(a)
    se = np.zeros(n) if se_b is None else np.array(se_b, dtype=float)
    return Bank(
        question_id=np.arange(1, n + 1) * 10,
        version=np.ones(n, dtype=np.int64),
        a=np.array(a, dtype=float),
        b=np.array(b, dtype=float),
        c=np.zeros(n) if c is None else np.array(c, dtype=float),
        se_b=se,
        calibrated=se == 0,
        topic_id=np.full(n, -1),
        difficulty=np.full(n, -1, dtype=np.int8),
        topics=TopicTree([]),
        scale="demo",
        run_id=uuid.UUID(int=1),
        median_a=1.25,
    )


def _served(correct, a=None, b=None, c=None, home="demo", label=None):
    return ServedItem(
        question_id=1,
        version=1,
        position=1,
        skipped=False,
        option_label=None if correct is None else "A",
        is_correct=correct,
        idempotency_key=None,
        home_exam_code=home,
        difficulty_label=label,
        a=a,
        b=b,
        c=c,
    )


def _all(bank):
    return np.ones(len(bank), dtype=np.bool_)


def test_ability_is_the_prior_until_something_is_answered():
    bank = _bank([1.0], [0.0])
    none = ability([_served(None, 1.0, 0.0, 0.0)], bank)
    assert (none.theta, none.se, none.n) == (pytest.approx(0.0, abs=1e-12), pytest.approx(1.0, abs=1e-6), 0)


def test_ability_takes_the_parameters_of_what_was_answered_and_stand_ins_for_the_rest():
    bank = _bank([1.0], [0.0])
    history = [
        _served(True, 1.5, 0.3, 0.1),
        _served(False, label="hard"),
        _served(True, 9.0, 9.0, 0.0, home="another scale"),
        _served(None, 1.0, 0.0, 0.0),
    ]
    expected = irt.eap([1, 0, 1], [1.5, 1.25, 1.25], [0.3, 1.0, 0.0], [0.1, 0.2, 0.2])
    assert ability(history, bank) == Ability(*expected, 3)


@pytest.mark.parametrize("theta", [-2.3, 0.0, 0.7, 3.1])
def test_the_choice_is_the_exact_maximum_and_its_candidates_are_ranked(theta):
    rng = np.random.default_rng(5)
    a, b, c = rng.uniform(0.3, 2.5, 400), rng.normal(0, 1.5, 400), rng.uniform(0, 0.3, 400)
    bank = _bank(a, b, c)

    def information(i):
        p = c[i] + (1 - c[i]) / (1 + math.exp(-1.7 * a[i] * (theta - b[i])))
        return 1.7**2 * a[i] ** 2 * ((1 - p) / p) * ((p - c[i]) / (1 - c[i])) ** 2

    eligible = rng.random(400) < 0.5
    ranked = sorted(np.flatnonzero(eligible), key=lambda i: -information(i))
    place, decision = choose(bank, Ability(theta, 0.5, 3), [eligible])
    assert place == ranked[0]
    assert [one["question_id"] for one in decision.candidates] == [(i + 1) * 10 for i in ranked[:5]]
    assert decision.value == pytest.approx(information(place), rel=1e-9)
    assert (decision.theta, decision.se, decision.calibration_run_id) == (theta, 0.5, bank.run_id)


def test_the_information_of_stand_ins_is_averaged_over_what_their_difficulty_may_be():
    b = [0.4, -1.0, 0.0, 1.0, 0.0, -1.0]
    bank = _bank([0.9] + [1.25] * 5, b, [0.1] + [0.2] * 5, [0.0] + [1.0] * 5)
    _, decision = choose(bank, Ability(0.3, 1.0, 0), [_all(bank)])
    expected = irt.selection.expected_information(0.3, bank.a, bank.b, bank.c, bank.se_b)
    ranked = sorted(range(6), key=lambda i: -expected[i])[:5]
    assert [one["question_id"] for one in decision.candidates] == [(i + 1) * 10 for i in ranked]
    assert [one["value"] for one in decision.candidates] == pytest.approx([expected[i] for i in ranked])


def test_of_equal_items_the_lowest_question_comes_first():
    bank = _bank([1.0] * 9, [0.5] * 9)
    place, decision = choose(bank, Ability(0.0, 1.0, 0), [_all(bank)])
    assert place == 0
    assert [one["question_id"] for one in decision.candidates] == [10, 20, 30, 40, 50]


def test_a_stand_in_is_not_preferred_for_what_is_not_known_of_it():
    known, guessed = (1.25, 0.0, 0.2, 0.0), (1.25, 0.0, 0.2, 1.0)
    bank = _bank(*zip(guessed, known, strict=True))
    place, decision = choose(bank, Ability(0.0, 1.0, 0), [_all(bank)])
    assert place == 1
    as_if_known = irt.information.item_information(0.0, 1.25, 0.0, 0.2)
    assert decision.candidates[1]["value"] < 0.8 * float(as_if_known)


def test_unseen_items_come_first_and_probably_miskeyed_ones_last():
    bank = _bank([2.0, 1.0, -3.0], [0.0, 0.0, 0.0])
    at = Ability(0.0, 1.0, 0)
    assert choose(bank, at, tiers(bank, _all(bank), []))[0] == 0
    assert choose(bank, at, tiers(bank, _all(bank), [10]))[0] == 1
    assert choose(bank, at, tiers(bank, _all(bank), [10, 20]))[0] == 0
    assert choose(bank, at, tiers(bank, np.array([False, False, True]), []))[0] == 2
    assert choose(bank, at, tiers(bank, np.zeros(3, dtype=np.bool_), [])) is None


def test_a_draw_is_reproduced_by_the_id_of_its_quiz():
    bank = _bank(np.ones(200), np.zeros(200))
    eligible = bank.question_id > 500
    quiz = uuid.UUID("8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10")
    drawn = draw(bank, eligible, 40, quiz)
    assert drawn == draw(bank, eligible, 40, quiz)
    assert len(set(drawn)) == 40
    assert min(drawn) > 500
    assert drawn != sorted(drawn)
    assert drawn != draw(bank, eligible, 40, uuid.UUID(int=quiz.int + 1))
    assert sorted(draw(bank, eligible, 1000, quiz)) == bank.question_id[eligible].tolist()


def test_current_ability_of_no_quiz(pipeline_engine):
    with pipeline_engine.connect() as connection, pytest.raises(QuizNotFound):
        current_ability(connection, uuid.UUID(int=5))


@pytest.mark.anyio
async def test_current_ability_is_what_the_next_choice_sees(api, lay_exam, begin, pipeline_engine):
    lay_exam([{"a": 1.0, "b": 0.0}, {"a": 0.9, "b": 0.4}, {"label": "hard"}])
    quiz = uuid.UUID(await begin(api))
    seen = []
    for label in "ABA":
        question = (await api.get(f"/v1/quizzes/{quiz}/next")).json()["question_id"]
        body = {"question_id": question, "selected": label, "time_taken_ms": 1}
        await api.post(f"/v1/quizzes/{quiz}/answers", json=body)
        with pipeline_engine.connect() as connection:
            seen.append(current_ability(connection, quiz))
    with pipeline_engine.connect() as connection:
        rows = connection.exec_driver_sql("select theta, se from selection_decisions order by position").all()
    assert [(one.theta, one.se) for one in seen[:2]] == [tuple(row) for row in rows[1:]]
    assert [one.n for one in seen] == [1, 2, 3]
    assert dataclasses.astuple(seen[0])[0] > 0
