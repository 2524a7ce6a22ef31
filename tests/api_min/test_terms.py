"""What a quiz keeps to from its beginning on."""

from __future__ import annotations

import datetime as dt
import math
import uuid

import pytest
from sqlalchemy import text

from api_min.banks import Kept
from api_min.snapshots import snapshot
from api_min.terms import terms
from delivery.errors import RulesError
from delivery.exams import exam_rules
from tests.api_min.made import bank

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def settled(lay_exam, server, tenant, learner, pipeline_engine):
    lay_exam([{"a": 1.0, "b": 0.0}, {"a": 1.2, "b": 0.3}])

    one = bank([1.0], [0.0])

    def settle(selection="{}"):
        server.execute(text("update exams set selection = cast(:set as jsonb)"), {"set": selection})
        with pipeline_engine.begin() as connection:
            return terms(connection, tenant, learner, "demo", Kept(one, snapshot(one)), NOW)

    return settle


def test_seeds_differ(settled):
    assert settled().seed != settled().seed


def test_the_prior_of_a_learner_who_is_known_lies_around_what_is_known(settled, server, learner):
    server.execute(
        text(
            "insert into person_ability (user_id, exam_code, theta, se, n_responses, run_id)"
            " select :user, 'demo', 1.1, 0.3, 80, id from calibration_runs"
        ),
        {"user": learner},
    )
    assert settled().rules.mean == 0.0
    rules = settled('{"prior": "history"}').rules
    assert (rules.mean, rules.sd) == (1.1, pytest.approx(math.hypot(0.3, 0.5)))
    assert settled('{"prior": "history", "growth": 9}').rules.sd == 1.0
    server.execute(text("delete from person_ability"))
    assert settled('{"prior": "history"}').rules.mean == 0.0


def test_what_was_met_counts_as_long_as_the_rules_say(settled, server, learner, tenant):
    quiz = uuid.uuid4()
    server.execute(
        text("insert into quiz_sessions (id, user_id, num_questions) values (:quiz, :user, 5)"),
        {"quiz": quiz, "user": learner},
    )
    server.execute(
        text(
            "insert into quiz_items (quiz_id, question_id, version, position, served_at) select :quiz, id, 1,"
            " row_number() over (order by id), now() - row_number() over (order by id) * interval '10 days'"
            " from questions"
        ),
        {"quiz": quiz},
    )
    questions = server.execute(text("select id from questions order by id")).scalars().all()
    assert settled().seen_question_ids == questions
    assert settled('{"seen_days": 15}').seen_question_ids == questions[:1]


def test_rules_that_are_not_usable_are_refused(settled, pipeline_engine):
    with pytest.raises(RulesError, match=r"exam demo.*r_max"):
        settled('{"r_max": 7}')
    with pipeline_engine.begin() as connection:
        assert exam_rules(connection, None) == exam_rules(connection, "not there")
