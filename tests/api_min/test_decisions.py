"""Ability and choice, as pure functions over a bank, rules and what a quiz has shown."""

from __future__ import annotations

import datetime as dt
import math
import uuid

import numpy as np
import pytest

import irt
from api_min.blueprints import rows_of
from api_min.decisions import Aside, Sitting, ability, choose, current_ability, draw, stopped_by
from api_min.errors import QuizNotFound
from delivery.rules import CutScore, DeliveryRules, Stopping, TestQuota
from tests.api_min.made import NOW, bank, quiz, served

RNG = np.random.default_rng(5)
A, B, C = RNG.uniform(0.3, 2.5, 400), RNG.normal(0, 1.5, 400), RNG.uniform(0, 0.3, 400)
LARGE = bank(A, B, C)


def chosen(a_bank, rules=None, history=(), aside=None, rows=None, **of_quiz):
    sitting = Sitting(a_bank, rules or DeliveryRules(), quiz(**of_quiz), history, rows)
    return choose(sitting, aside or Aside())


def test_ability_is_the_prior_until_something_is_answered():
    none = ability([served(10, None)], bank([1.0], [0.0]), DeliveryRules())
    assert (none.theta, none.se, none.n) == (pytest.approx(0.0, abs=1e-12), pytest.approx(1.0, abs=1e-6), 0)


def test_ability_takes_the_parameters_of_the_bank_and_stand_ins_for_what_is_not_in_it():
    a_bank = bank([1.5, 1.0], [0.3, 0.0], [0.1, 0.0])
    history = [
        served(10, True, 1),
        served(99, False, 2, difficulty_label="hard"),
        served(20, True, 3, version=2),
        served(20, None, 4),
    ]
    expected = irt.eap([1, 0, 1], [1.5, 1.25, 1.25], [0.3, 1.0, 0.0], [0.1, 0.2, 0.2])
    found = ability(history, a_bank, DeliveryRules())
    assert (found.theta, found.se, found.n) == (*expected, 3)


def test_items_on_trial_and_answers_that_took_no_effort_do_not_count():
    a_bank = bank([1.0] * 3, [0.0] * 3)
    history = [
        served(10, True, 1),
        served(20, False, 2, pilot=True),
        served(30, False, 3, time_taken_ms=900),
    ]
    assert ability(history, a_bank, DeliveryRules(rapid_ms=1000)).n == 1
    assert ability(history, a_bank, DeliveryRules()).n == 2


@pytest.mark.parametrize("mean", [-2.3, 0.0, 0.7, 3.1])
def test_the_choice_is_the_exact_maximum_and_its_candidates_are_ranked(mean):
    def information(i):
        p = C[i] + (1 - C[i]) / (1 + math.exp(-1.7 * A[i] * (mean - B[i])))
        return 1.7**2 * A[i] ** 2 * ((1 - p) / p) * ((p - C[i]) / (1 - C[i])) ** 2

    withdrawn = [int(one) for one in RNG.choice(LARGE.question_id, 200, replace=False)]
    open_ones = [i for i in range(400) if (i + 1) * 10 not in withdrawn]
    ranked = sorted(open_ones, key=lambda i: -information(i))
    choice = chosen(LARGE, DeliveryRules(mean=mean), aside=Aside(withdrawn=tuple(withdrawn)))
    assert choice.place == ranked[0]
    decision = choice.decision
    assert [one["question_id"] for one in decision.candidates] == [(i + 1) * 10 for i in ranked[:5]]
    assert decision.value == pytest.approx(information(choice.place), rel=1e-9)
    assert decision.theta == pytest.approx(mean, abs=1e-9)
    assert (decision.calibration_run_id, decision.bank_hash) == (LARGE.run_id, "0" * 64)
    assert decision.why_not == {"withdrawn": withdrawn}


def test_the_information_of_stand_ins_is_averaged_over_what_their_difficulty_may_be():
    b = [0.4, -1.0, 0.0, 1.0, 0.0, -1.0]
    a_bank = bank([0.9] + [1.25] * 5, b, [0.1] + [0.2] * 5, [0.0] + [1.0] * 5)
    decision = chosen(a_bank, DeliveryRules(mean=0.3)).decision
    expected = irt.selection.expected_information(decision.theta, a_bank.a, a_bank.b, a_bank.c, a_bank.se_b)
    ranked = sorted(range(6), key=lambda i: -expected[i])[:5]
    assert [one["question_id"] for one in decision.candidates] == [(i + 1) * 10 for i in ranked]
    assert [one["value"] for one in decision.candidates] == pytest.approx([expected[i] for i in ranked])


def test_a_stand_in_is_not_preferred_for_what_is_not_known_of_it():
    known, guessed = (1.25, 0.0, 0.2, 0.0), (1.25, 0.0, 0.2, 1.0)
    choice = chosen(bank(*zip(guessed, known, strict=True)))
    assert choice.place == 1
    as_if_known = irt.information.item_information(0.0, 1.25, 0.0, 0.2)
    assert choice.decision.candidates[1]["value"] < 0.8 * float(as_if_known)


def test_stand_ins_keep_to_their_share():
    a_bank = bank([3.0, 0.4], [0.0, 2.0], [0.0, 0.0], [1.0, 0.0])
    assert chosen(a_bank).question_id == 10
    assert chosen(a_bank, DeliveryRules(stand_in_share=0.5)).question_id == 20


def test_the_published_error_of_b_can_count():
    errors = np.array([1.0, 0.0])
    a_bank = bank([1.3, 1.2], [0.0, 0.0], error_b=errors)
    assert chosen(a_bank).question_id == 10
    assert chosen(a_bank, DeliveryRules(errors=True)).question_id == 20


def test_unseen_items_come_first_and_probably_miskeyed_ones_last():
    a_bank = bank([2.0, 1.0, -3.0], [0.0, 0.0, 0.0])
    assert chosen(a_bank).question_id == 10
    assert chosen(a_bank, seen_question_ids=[10]).question_id == 20
    assert chosen(a_bank, aside=Aside(elsewhere=(10,))).question_id == 20
    assert chosen(a_bank, seen_question_ids=[10, 20]).question_id == 10
    assert chosen(a_bank, aside=Aside(withdrawn=(10, 20))).question_id == 30
    assert chosen(a_bank, aside=Aside(withdrawn=(10, 20, 30))) is None


def test_items_on_trial_come_at_their_rate_whatever_ability_is_and_never_twice():
    pilot = np.arange(400) < 40
    a_bank = bank(A, B, C, pilot=pilot)
    rules = DeliveryRules(pilot_rate=0.25)
    for mean in (-2.0, 2.0):
        these = DeliveryRules(pilot_rate=0.25, mean=mean)
        trials = [chosen(a_bank, these, seed=seed).decision.pilot for seed in range(400)]
        assert abs(np.mean(trials) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 400)
    trial = next(one for seed in range(50) if (one := chosen(a_bank, rules, seed=seed)).decision.pilot)
    assert math.isnan(trial.decision.value)
    met = [int(one) for one in a_bank.question_id[pilot]]
    assert not any(
        chosen(a_bank, rules, seed=seed, seen_question_ids=met).decision.pilot for seed in range(50)
    )
    assert not chosen(a_bank).decision.pilot


def test_chance_comes_from_seed_and_position():
    rules = DeliveryRules(among=20)
    first = chosen(LARGE, rules, seed=1)
    assert chosen(LARGE, rules, seed=1).question_id == first.question_id
    assert len({chosen(LARGE, rules, seed=seed).question_id for seed in range(40)}) > 10


def test_a_session_under_exposure_control_avoids_what_is_ruled_out():
    best = [chosen(LARGE).question_id]
    choice = chosen(LARGE, ruled_out=[best] * 5, num_questions=10)
    assert choice.question_id not in best
    everything = LARGE.question_id.tolist()
    assert chosen(LARGE, ruled_out=[everything] * 5).question_id == best[0]


def test_a_blueprint_is_met_whatever_the_answers():
    label = (np.arange(60) % 3).astype(np.int8)
    a_bank = bank(A[:60], B[:60], C[:60], difficulty=label, enemies={"twins": (0, 1, 2)})
    rules = DeliveryRules(
        quotas=(TestQuota(difficulty="easy", least=4, most=4), TestQuota(difficulty="hard", least=3)),
        budget_ms=10_000,
    )
    rows = rows_of(a_bank, rules, 10)
    assert rows is rows_of(a_bank, rules, 10)
    history = []
    for position in range(1, 11):
        choice = chosen(a_bank, rules, history, rows=rows, num_questions=10)
        assert choice.decision.shadow["violations"] == []
        history.append(served(choice.question_id, bool(position % 2), position))
    labels = label[a_bank.places([item.question_id for item in history])]
    assert (labels == 0).sum() == 4
    assert (labels == 2).sum() >= 3
    assert sum(item.question_id in (10, 20, 30) for item in history) <= 1


def test_what_ends_a_quiz_before_its_number_of_questions():
    a_bank = bank([2.0] * 30, np.linspace(-0.5, 0.5, 30))
    history = [served(10 * k, bool(k % 2), k) for k in range(1, 13)]

    def by(stopping, items=history, **of_quiz):
        return stopped_by(Sitting(a_bank, DeliveryRules(stopping=stopping), quiz(**of_quiz), items))

    assert by(Stopping()) is None
    assert by(Stopping(se=0.35)) == "se"
    assert by(Stopping(se=0.35, min_length=13)) is None
    assert by(Stopping(se=0.01)) is None
    assert by(Stopping(se=0.01), num_questions=12) == "max_length"
    on_trial = [*history[:6], *(served(10 * k, True, k, pilot=True) for k in range(7, 13))]
    assert by(Stopping(length=12)) == "length"
    assert by(Stopping(length=12), on_trial) is None
    assert by(Stopping(seconds=60.0), now=NOW + dt.timedelta(seconds=61)) == "time"
    right = [served(10 * k, True, k) for k in range(1, 13)]
    assert by(Stopping(classification=CutScore(cut=-1.0)), right) == "classified"


def test_a_draw_is_reproduced_by_the_id_of_its_quiz():
    a_bank = bank(np.ones(200), np.zeros(200))
    eligible = a_bank.question_id > 500
    one = uuid.UUID("8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10")
    drawn = draw(a_bank, eligible, 40, one)
    assert drawn == draw(a_bank, eligible, 40, one)
    assert len(set(drawn)) == 40
    assert min(drawn) > 500
    assert drawn != sorted(drawn)
    assert drawn != draw(a_bank, eligible, 40, uuid.UUID(int=one.int + 1))
    assert sorted(draw(a_bank, eligible, 1000, one)) == a_bank.question_id[eligible].tolist()


def test_current_ability_of_no_quiz(pipeline_engine):
    with pipeline_engine.connect() as connection, pytest.raises(QuizNotFound):
        current_ability(connection, uuid.UUID(int=5))


@pytest.mark.anyio
async def test_current_ability_is_what_the_next_choice_sees(api, lay_exam, begin, pipeline_engine):
    lay_exam([{"a": 1.0, "b": 0.0}, {"a": 0.9, "b": 0.4}, {"label": "hard"}])
    one = uuid.UUID(await begin(api))
    seen = []
    for label in "ABA":
        question = (await api.get(f"/v1/quizzes/{one}/next")).json()["question_id"]
        body = {"question_id": question, "selected": label, "time_taken_ms": 1}
        await api.post(f"/v1/quizzes/{one}/answers", json=body)
        with pipeline_engine.connect() as connection:
            seen.append(current_ability(connection, one))
    with pipeline_engine.connect() as connection:
        rows = connection.exec_driver_sql("select theta, se from selection_decisions order by position").all()
    assert [(each.theta, each.se) for each in seen[:2]] == [tuple(row) for row in rows[1:]]
    assert [each.n for each in seen] == [1, 2, 3]
    assert seen[0].theta > 0
