"""Queries of a quiz while it is taken, and of what may be served in it, under the API's role."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from database.queries import bank, quizzes
from database.queries.quizzes import Quiz
from database.tenancy import entering_of_quiz
from tests.database.queries.quiz import NOW, STRANGER, TENANT


def test_a_quiz_is_read_as_it_was_written_with_the_present_time(quiz, within):
    connection = within()
    found = quizzes.find_quiz(connection, quiz.id)
    assert found.now > NOW
    assert {**vars_of(found), "now": NOW} == vars_of(quiz)
    assert quizzes.clock(connection) > found.now
    assert quizzes.find_quiz(connection, uuid.uuid4()) is None


def vars_of(quiz):
    return {name: getattr(quiz, name) for name in Quiz.__slots__}


def test_a_quiz_is_invisible_to_another_tenant_and_leads_to_its_own(quiz, within, pipeline_engine):
    assert quizzes.find_quiz(within(STRANGER), quiz.id) is None
    with pipeline_engine.begin() as connection:
        connection.exec_driver_sql(entering_of_quiz(uuid.uuid4()))
        assert connection.execute(text("select current_tenant()")).scalar_one() is None
        connection.exec_driver_sql(entering_of_quiz(quiz.id))
        assert connection.execute(text("select current_tenant()")).scalar_one() == TENANT
        assert connection.execute(text("select current_user")).scalar_one() == "qbank_api"
        assert quizzes.find_quiz(connection, quiz.id) is not None


def test_a_held_quiz_makes_the_next_one_wait(quiz, within):
    within().exec_driver_sql(quizzes.holding(quiz.id))
    second = within()
    second.execute(text("set local lock_timeout = '50ms'"))
    assert quizzes.find_quiz(second, quiz.id) is not None
    with pytest.raises(OperationalError, match="lock timeout"):
        second.exec_driver_sql(quizzes.holding(quiz.id))


def test_an_event_waits_in_the_outbox_under_the_quiz(quiz, within):
    connection = within()
    event_id = uuid.uuid4()
    quizzes.write_event(connection, quiz, event_id, {"event_type": "quiz_started", "x": 1})
    row = connection.execute(text("select * from event_outbox")).one()
    assert (row.event_id, row.quiz_id, row.tenant_id) == (event_id, quiz.id, TENANT)
    assert (row.event_type, row.payload["x"], row.created_at, row.published_at) == (
        "quiz_started",
        1,
        NOW,
        None,
    )


def test_servable_items_have_options_and_their_serving_row(items, within):
    connection = within()
    (row,) = bank.servable_items(connection, TENANT, "demo")
    assert (row.question_id, row.version, row.a, row.b, row.difficulty_label) == (
        items[0],
        1,
        1.0,
        0.5,
        "hard",
    )
    assert bank.servable_items(connection, TENANT, None) == [row]
    assert bank.servable_items(connection, TENANT, "other") == []
    assert [topic.path for topic in bank.topics(connection)] == ["medicine"]
    assert bank.published_exams(connection, TENANT) == ["demo"]
    stranger = within(STRANGER)
    assert bank.servable_items(stranger, TENANT, "demo") == []
    assert bank.topics(stranger) == []
    assert bank.published_exams(stranger, TENANT) == []


def test_the_stamp_moves_with_publications_and_runs(items, within, pipeline_engine):
    def stamp():
        with pipeline_engine.connect() as connection:
            return bank.stamp(connection, TENANT, "demo")

    stamps = [stamp()]
    assert stamp() == stamps[0]
    for statement in (
        "delete from question_publications where question_id = (select max(id) from questions)",
        "update question_publications set published_at = published_at + interval '1 s'",
        "insert into calibration_runs (id, exam_code, status, snapshot_hash, code_version, n_persons, n_items,"
        " n_responses, published_at) values (gen_random_uuid(), 'demo', 'published', '', '', 1, 1, 1, now())",
        "update calibration_runs set status = 'superseded'",
    ):
        with pipeline_engine.begin() as connection:
            connection.execute(text(statement))
        stamps.append(stamp())
    assert len(set(stamps)) == len(stamps)
