"""Sympson-Hetter control in quizzes: what they begin with, and that nobody who was passed over comes back."""

from __future__ import annotations

import json
import logging
import uuid

import numpy as np
import pytest
from sqlalchemy import text

from api_min.control import parameters_of, plain_of, untouched
from api_min.decisions import Aside, Sitting, choose
from database.queries import exposure_controls
from database.queries.exposure_controls import Found
from delivery.rules import DeliveryRules
from tests.api_min.made import bank, quiz, served

RULES = DeliveryRules(r_max=0.3, control="sympson-hetter")
BANK = bank(np.full(80, 1.0), np.linspace(-2.0, 2.0, 80))


def found(bank_hash: str = "f" * 64, **parameters: float) -> Found:
    by = {"rules": RULES.plain(), "length": 10}
    return Found(bank_hash, 0.3, by, {name[1:]: value for name, value in parameters.items()}, 0.31, True)


def test_a_quiz_keeps_parameters_by_question_and_holds_back_nothing_that_they_do_not_tell_of():
    plain = json.loads(json.dumps(plain_of(found(_20=0.1234567890123456789, _30=0.5, _99999=0.2))))
    parameters = parameters_of(plain, BANK)
    assert parameters is not None
    assert parameters[:4].tolist() == [1.0, 0.1234567890123456789, 0.5, 1.0]
    assert (parameters[3:] == 1.0).all()
    assert (parameters_of(plain_of(None), BANK) == 1.0).all()
    assert parameters_of(None, BANK) is None


def test_who_was_passed_over_comes_only_where_there_is_no_other():
    tier = np.arange(80) < 3
    history = [served(800, True, 1, passed_over=[10]), served(790, False, 2, passed_over=[20])]
    fresh, passed = untouched(history, BANK, tier)
    assert (np.flatnonzero(fresh).tolist(), np.flatnonzero(passed).tolist()) == ([2], [0, 1])
    gone, nothing = untouched([*history, served(780, True, 3, passed_over=[30])], BANK, tier)
    assert (gone == tier).all()
    assert not nothing.any()


def test_items_on_trial_are_neither_held_back_nor_a_reason_to_come_again():
    a_bank = bank([1.0] * 3, [0.0] * 3, pilot=np.array([True, False, False]))
    fresh, passed = untouched([served(40, True, passed_over=[20])], a_bank, np.ones(3, dtype=np.bool_))
    assert (fresh.tolist(), passed.tolist()) == ([True, False, True], [False, True, False])
    both, _ = untouched([served(40, True, passed_over=[20, 30])], a_bank, np.ones(3, dtype=np.bool_))
    assert both.all()


def test_nobody_who_was_passed_over_returns_in_a_quiz():
    held = {str(question): 0.25 for question in BANK.question_id.tolist()[::2]}
    walks = 0
    for seed in range(30):
        taken = quiz(seed=seed, num_questions=12, control={"bank_hash": "0" * 64, "parameters": held})
        history, passed = [], []
        for position in range(1, 13):
            choice = choose(Sitting(BANK, RULES, taken, history), Aside())
            assert choice is not None
            now = choice.decision.why_not.get("passed_over", [])
            assert not {choice.question_id, *now} & set(passed)
            passed += now
            history.append(served(choice.question_id, seed % 2 == 0, position, passed_over=now or None))
        walks += len(passed)
    assert walks > 100


@pytest.fixture
def exam(lay_exam, server):
    questions = lay_exam([{"a": 1.0, "b": k / 10 - 2} for k in range(40)])
    server.execute(text("update exams set selection = :rules"), {"rules": json.dumps(RULES.plain())})
    return questions


def _kept(server):
    return server.execute(text("select bank_hash, control from quiz_sessions order by started_at")).all()


@pytest.mark.anyio
async def test_a_quiz_begins_with_what_was_found_last_for_its_bank_or_an_earlier_one_and_the_log_says_so(
    exam, server, open_api, begin, tenant, pipeline_engine, caplog
):
    api = await open_api()
    with caplog.at_level(logging.WARNING, "qbank.api"):
        await begin(api, num_questions=5)
    (first,) = _kept(server)
    assert first.control == {"bank_hash": None, "parameters": {}}
    assert "begins with no control parameters" in caplog.text
    with pipeline_engine.begin() as connection:
        exposure_controls.keep(connection, tenant, "demo", found("a" * 64, _7=0.4))
        exposure_controls.keep(connection, tenant, "demo", found("e" * 64, _7=0.5))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "qbank.api"):
        await begin(api, num_questions=5)
    assert _kept(server)[1].control == {"bank_hash": "e" * 64, "parameters": {"7": 0.5}}
    assert "begins with those of bank eeeeeeeeeeee" in caplog.text
    with pipeline_engine.begin() as connection:
        exposure_controls.keep(connection, tenant, "demo", found(first.bank_hash, _7=0.6))
        exposure_controls.keep(connection, tenant, "demo", found("b" * 64, _7=0.7))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "qbank.api"):
        await begin(api, num_questions=5)
    assert _kept(server)[2].control == {"bank_hash": first.bank_hash, "parameters": {"7": 0.6}}
    assert caplog.text == ""


@pytest.mark.anyio
async def test_no_quiz_over_http_meets_again_whom_it_passed_over(
    exam, server, api, begin, tenant, pipeline_engine
):
    # Item 20 is the best to begin with, and nearly never administered; so are its neighbours.
    parameters = {f"_{question}": 0.2 for question in exam[10:30]}
    with pipeline_engine.begin() as connection:
        exposure_controls.keep(connection, tenant, "demo", found("a" * 64, **parameters))
    for learner in range(6):
        quiz_id = await begin(api, user=uuid.UUID(int=learner + 1), num_questions=8)
        for turn in range(8):
            question = (await api.get(f"/v1/quizzes/{quiz_id}/next")).json()["question_id"]
            body = {"question_id": question, "selected": "AB"[turn % 2], "time_taken_ms": 2000}
            assert (await api.post(f"/v1/quizzes/{quiz_id}/answers", json=body)).status_code == 200
    rows = server.execute(
        text(
            "select quiz_id, position, question_id, why_not from selection_decisions order by quiz_id, position"
        )
    ).all()
    assert len(rows) == 48
    passed = [(row.quiz_id, one) for row in rows for one in row.why_not.get("passed_over", ())]
    assert len(passed) > 12
    assert len(set(passed)) == len(passed)
    assert not {(row.quiz_id, row.question_id) for row in rows} & set(passed)
