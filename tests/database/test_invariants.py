"""What must never be is refused by the database, with a message that says what to do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.database.bank import add_exam, add_item, add_version

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


@pytest.fixture
def connection(pipeline_engine: Engine) -> Iterator[Connection]:
    with pipeline_engine.connect() as connected:
        yield connected
        connected.rollback()


@pytest.fixture
def question(connection: Connection) -> int:
    add_exam(connection, "E", TENANT)
    return add_item(connection, "E", "V1", TENANT)


def refused(connection: Connection, statement: str, **values: object) -> str:
    with pytest.raises(DBAPIError) as caught, connection.begin_nested():
        connection.execute(text(statement), values)
        connection.execute(text("set constraints all immediate"))
    return str(caught.value.orig)


@pytest.mark.parametrize(
    "change",
    [
        "stem_md = 'other'",
        "lead_in = 'other'",
        "rationale_md = 'other'",
        "version = 9",
        "topic_id = null, difficulty_label = 'hard'",
        "assets = '[1]'",
        "created_at = now() + interval '1 day'",
    ],
)
def test_a_version_refuses_every_change_but_state_tags_and_embedding(
    connection: Connection, question: int, change: str
) -> None:
    said = refused(connection, f"update question_versions set {change} where question_id = :q", q=question)
    assert "append-only" in said
    assert "Write a new version" in said


def test_state_tags_and_embedding_may_change(connection: Connection, question: int) -> None:
    vector = "[" + ",".join(["0.5"] * 768) + "]"
    connection.execute(
        text(
            "update question_versions set state = 'retired', tags = '{\"a\": 1}', emb = :v where question_id = :q"
        ),
        {"q": question, "v": vector},
    )
    row = connection.execute(text("select state, tags from question_versions")).one()
    assert (row.state, row.tags) == ("retired", {"a": 1})


def test_a_published_version_never_goes_back_to_draft(connection: Connection, question: int) -> None:
    assert "cannot go back" in refused(connection, "update question_versions set state = 'draft'")


def test_versions_are_never_deleted_nor_truncated(connection: Connection, question: int) -> None:
    assert "append-only" in refused(connection, "delete from question_versions")
    with pytest.raises(DBAPIError), connection.begin_nested():
        connection.execute(text("set role qbank_owner"))
        connection.execute(text("truncate question_versions cascade"))


@pytest.mark.parametrize(
    "statement",
    [
        "update question_options set is_correct = not is_correct",
        "delete from question_options",
        "insert into question_options (question_version_id, option_label, is_correct) "
        "select id, 'Z', false from question_versions",
    ],
)
def test_options_are_closed_once_the_version_left_draft(
    connection: Connection, question: int, statement: str
) -> None:
    assert "are closed" in refused(connection, statement)


@pytest.mark.parametrize("correct", ["", "AB"])
def test_options_need_exactly_one_correct_at_commit(
    connection: Connection, question: int, correct: str
) -> None:
    draft = (
        "with v as (insert into question_versions (question_id, version, stem_md, created_by) "
        "values (:q, 2, 's', gen_random_uuid()) returning id) "
        "insert into question_options (question_version_id, option_label, is_correct) "
        "select id, l, position(l in :correct) > 0 from v, unnest(array['A', 'B', 'C']) as l"
    )
    said = refused(connection, draft, q=question, correct=correct)
    assert "exactly one is needed" in said


@pytest.mark.parametrize("label", ["ß", "-", " ", ""])
def test_an_option_label_is_one_plain_letter_or_digit(
    connection: Connection, question: int, label: str
) -> None:
    statement = (
        "with v as (insert into question_versions (question_id, version, stem_md, created_by) "
        "values (:q, 2, 's', gen_random_uuid()) returning id) "
        "insert into question_options (question_version_id, option_label, is_correct) select id, :l, true from v"
    )
    assert "option_label" in refused(connection, statement, q=question, l=label)


def test_one_row_of_an_item_serves(connection: Connection, question: int) -> None:
    row = (
        "insert into item_calibration (question_id, version, model, a, b, c, serving) "
        "values (:q, 1, :m, 1, 0, 0, true)"
    )
    connection.execute(text(row), {"q": question, "m": "2PL"})
    assert "uq_item_calibration_serving" in refused(connection, row, q=question, m="3PL")


def test_a_response_counts_once_in_a_quiz(connection: Connection, question: int) -> None:
    connection.execute(
        text("insert into quiz_sessions (user_id, num_questions) values (gen_random_uuid(), 5)")
    )
    row = (
        "insert into user_responses (quiz_id, user_id, question_id, version, option_label, is_correct) "
        "select id, user_id, :q, 1, 'A', true from quiz_sessions"
    )
    connection.execute(text(row), {"q": question})
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(text(row), {"q": question})


def test_publishing_refers_to_a_version_that_exists(connection: Connection, question: int) -> None:
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(text("update question_publications set live_version = 7"))
    add_version(connection, question, 7, TENANT)
    connection.execute(text("update question_publications set live_version = 7"))
