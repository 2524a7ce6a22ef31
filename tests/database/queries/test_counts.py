"""What an exam has, counted on rows by hand."""

from __future__ import annotations

import uuid

from sqlalchemy import Engine, text

from database.queries import counts
from tests.database.bank import add_exam, add_item, add_version

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


def test_an_exam_without_responses(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        found = counts.responses(connection, "NONE")
        assert found == counts.ResponseCounts(0, 0, 0, 0, None, None, False, 0)
        assert counts.dispositions(connection, "NONE") == {}


def test_learners_sessions_items_and_omissions(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        for exam in ("E", "F"):
            add_exam(connection, exam, TENANT)
        one, two = add_item(connection, "E", "I1", TENANT), add_item(connection, "E", "I2", TENANT)
        add_version(connection, one, 2, TENANT)
        other = add_item(connection, "F", "I1", TENANT)
        answers = [(1, 1, one, 1), (1, 1, two, 1), (2, 1, one, 2), (3, 2, one, 1), (3, 2, other, 1)]
        for quiz, user, question, version in answers:
            values = {"quiz": uuid.UUID(int=quiz), "user": uuid.UUID(int=user), "q": question, "v": version}
            connection.execute(
                text(
                    "insert into quiz_sessions (id, user_id, num_questions) values (:quiz, :user, 5) "
                    "on conflict do nothing"
                ),
                values,
            )
            connection.execute(
                text(
                    "insert into user_responses (quiz_id, user_id, question_id, version, is_correct, synthetic_time) "
                    "values (:quiz, :user, :q, :v, true, :q = :v)"
                ),
                values,
            )
        connection.execute(
            text(
                "insert into quiz_items (quiz_id, question_id, version, position) "
                "values (:quiz, :two, 1, 1), (:quiz, :one, 1, 2)"
            ),
            {"quiz": uuid.UUID(int=3), "one": one, "two": two},
        )
        found = counts.responses(connection, "E")
    assert (found.responses, found.learners, found.sessions, found.items) == (4, 2, 3, 3)
    assert found.omitted == 1


def test_a_made_up_day_is_told_of_its_exam_alone(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        for exam, made_up in (("E", True), ("F", False)):
            add_exam(connection, exam, TENANT)
            values = {"quiz": uuid.uuid4(), "q": add_item(connection, exam, "I1", TENANT), "made_up": made_up}
            connection.execute(
                text("insert into quiz_sessions (id, user_id, num_questions) values (:quiz, :quiz, 5)"),
                values,
            )
            connection.execute(
                text(
                    "insert into user_responses (quiz_id, user_id, question_id, version, is_correct, synthetic_at) "
                    "values (:quiz, :quiz, :q, 1, true, :made_up)"
                ),
                values,
            )
        assert [counts.has_made_up_days(connection, exam) for exam in ("E", "F", "NONE")] == [
            True,
            False,
            False,
        ]
