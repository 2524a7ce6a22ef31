"""Queries of a quiz while it is taken, and of what may be served in it, under the API's role."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from database.queries import bank, quizzes
from database.queries.bank import Option
from database.queries.quizzes import Decision, Quiz
from database.tables.base import DEFAULT_TENANT
from database.tenancy import enter_tenant

TENANT = uuid.UUID(DEFAULT_TENANT)
STRANGER = uuid.UUID(int=2)
USER = uuid.UUID(int=3)
NOW = dt.datetime(2026, 1, 15, 10, tzinfo=dt.UTC)


@pytest.fixture
def items(pipeline_engine):
    """Two published items of exam `demo`, the first calibrated, the second without options."""
    statements = (
        "insert into exams (code) values ('demo')",
        "insert into topics (name, path) values ('Medicine', 'medicine')",
        "insert into questions (home_exam_code, created_by)"
        " select 'demo', gen_random_uuid() from generate_series(1, 2)",
        "insert into question_versions (question_id, version, stem_md, rationale_md, difficulty_label, topic_id,"
        " created_by) select q.id, 1, 'Stem', 'Because', 'hard', t.id, q.created_by from questions q, topics t",
        "insert into question_options (question_version_id, option_label, option_text_md, is_correct)"
        " select min(v.id), o, lower(o), o = 'B' from question_versions v, unnest(array['B', 'A']) o group by o",
        "update question_versions set state = 'published'",
        "insert into question_publications (question_id, live_version, exam_code)"
        " select id, 1, 'demo' from questions",
        "insert into item_calibration (question_id, version, model, a, b, c, serving)"
        " select question_id, 1, model, 1, b, 0, model = '2PL'"
        " from (select min(id) as question_id from questions) q, (values ('2PL', 0.5), ('3PL', 9)) m(model, b)",
    )
    with pipeline_engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        return list(connection.execute(text("select id from questions order by id")).scalars())


@pytest.fixture
def quiz(pipeline_engine):
    """A quiz that has begun."""
    made = Quiz(
        id=uuid.UUID(int=77),
        user_id=USER,
        tenant_id=TENANT,
        mode="exam",
        adaptive=False,
        exam_code=None,
        filters={"topics": ["medicine"]},
        num_questions=3,
        planned_question_ids=[5, 4],
        started_at=NOW,
        expires_at=NOW + dt.timedelta(hours=2),
        sealed_at=None,
        now=NOW,
    )
    with pipeline_engine.begin() as connection:
        enter_tenant(connection, TENANT)
        quizzes.create_quiz(connection, made)
    return made


@pytest.fixture
def within(pipeline_engine):
    """Begin a transaction as the API within a tenant."""
    opened = []

    def enter(tenant=TENANT):
        connection = pipeline_engine.connect()
        opened.append(connection)
        connection.begin()
        enter_tenant(connection, tenant)
        return connection

    yield enter
    for connection in opened:
        connection.close()


def _serve(connection, quiz, question, position=1):
    candidates = [{"question_id": question}]
    decision = Decision("MFI", 0.7, 0.1, 0.9, candidates, None, "f00", False, {}, None, 25)
    quizzes.write_served(connection, quiz, (question, 1), position, decision)


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
    assert quizzes.lock_quiz(within(STRANGER), quiz.id) is None
    with pipeline_engine.begin() as connection:
        assert quizzes.enter_tenant_of_quiz(connection, uuid.uuid4()) is None
        assert quizzes.enter_tenant_of_quiz(connection, quiz.id) == TENANT
        assert connection.execute(text("select current_user")).scalar_one() == "qbank_api"
        assert quizzes.find_quiz(connection, quiz.id) is not None


def test_a_locked_quiz_makes_the_next_one_wait(quiz, within):
    quizzes.lock_quiz(within(), quiz.id)
    second = within()
    second.execute(text("set local lock_timeout = '50ms'"))
    assert quizzes.find_quiz(second, quiz.id) is not None
    with pytest.raises(OperationalError, match="lock timeout"):
        quizzes.lock_quiz(second, quiz.id)


def test_history_tells_items_answers_and_serving_parameters(items, quiz, within):
    connection = within()
    _serve(connection, quiz, items[1])
    _serve(connection, quiz, items[0], position=2)
    quizzes.skip(connection, quiz, items[1])
    served = quizzes.history(connection, quiz.id)[1]
    option = Option("B", "b", True)
    quizzes.write_response(connection, quiz, served, option, time_taken_ms=5, idempotency_key="k")
    first, second = quizzes.history(connection, quiz.id)
    assert (first.question_id, first.skipped, first.is_correct, first.a) == (items[1], True, None, None)
    assert (second.position, second.skipped, second.is_correct) == (2, False, True)
    assert (second.option_label, second.idempotency_key) == ("B", "k")
    assert (second.a, second.b, second.c, second.home_exam_code) == (1.0, 0.5, 0.0, "demo")
    assert second.difficulty_label == "hard"
    assert sorted(quizzes.questions_seen(connection, USER)) == items
    assert quizzes.questions_seen(connection, uuid.uuid4()) == []
    with pytest.raises(IntegrityError, match="uq_user_responses"):
        quizzes.write_response(connection, quiz, served, option, time_taken_ms=5, idempotency_key=None)


def test_an_item_is_served_once_in_a_quiz(items, quiz, within):
    connection = within()
    _serve(connection, quiz, items[0])
    with pytest.raises(IntegrityError, match="uq_quiz_items"):
        _serve(connection, quiz, items[0], position=2)


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


def test_an_items_text_has_its_options_by_label_and_tells_whether_it_is_live(items, within, pipeline_engine):
    connection = within()
    found = bank.item_text(connection, TENANT, "demo", items[0], 1)
    assert [(one.label, one.text_md, one.is_correct) for one in found.options] == [
        ("A", "a", False),
        ("B", "b", True),
    ]
    assert (found.stem_md, found.rationale_md, found.live) == ("Stem", "Because", True)
    assert bank.item_text(connection, TENANT, "other", items[0], 1).live is False
    assert bank.item_text(connection, TENANT, None, items[0], 1).live is True
    assert bank.item_text(connection, TENANT, None, items[1], 1).options == ()
    assert bank.item_text(connection, TENANT, None, items[0], 2) is None
    assert bank.item_text(within(STRANGER), STRANGER, None, items[0], 1) is None


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
