"""Runs to look at, and where two differ item by item."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from database.queries import calibrations, reviews
from database.queries.publications import publish
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, publication, row, run


@pytest.fixture
def questions(pipeline_engine: Engine) -> list[int]:
    with pipeline_engine.begin() as connection:
        for exam in ("E", "F"):
            add_exam(connection, exam, TENANT)
        return [
            add_item(connection, exam, name, TENANT) for exam, name in (("E", "I1"), ("E", "I2"), ("F", "I1"))
        ]


def test_runs_come_with_the_last_decision_those_fitted_last_first(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    for number, exam in ((1, "E"), (2, "E"), (9, "F")):
        with pipeline_engine.begin() as connection:
            calibrations.write_candidate(connection, run(number, exam), [])
    with pipeline_engine.begin() as connection:
        publish(connection, run(1), publication(reason="checks passed"))
        reviews.decide(connection, run(2).id, "reject", "Ada", "no")
        found = reviews.runs(connection, exam="E")
        assert [(each["id"], each["status"], each["decision"]) for each in found] == [
            (run(2).id, "rejected", "reject"),
            (run(1).id, "published", "publish"),
        ]
        assert [each["id"] for each in reviews.runs(connection, status="candidate")] == [run(9).id]
        assert len(reviews.runs(connection, limit=1)) == 1
        one = reviews.run(connection, run(2).id)
        assert (one["decided_by"], one["reason"], one["fits"]["2PL"]["converged"]) == ("Ada", "no", True)


def test_a_difference_has_what_either_run_serves(pipeline_engine: Engine, questions: list[int]) -> None:
    old, new = run(1), run(2, serving_model="mixed")
    with pipeline_engine.begin() as connection:
        calibrations.write_candidate(
            connection, old, [row(questions[0], b=0.5), row(questions[0], "3PL", b=9.0)]
        )
        publish(connection, old, publication())
        aside = {"a": None, "b": None, "c": None, "status": "set aside", "reason": "too few"}
        calibrations.write_candidate(
            connection,
            new,
            [
                row(questions[0], "2PL", b=7.0),
                row(questions[0], "mixed", b=0.75, c=0.2, item_model="3PL"),
                row(questions[1], "mixed"),
                row(questions[1], "2PL", **aside),
            ],
        )
        first, second = reviews.difference(connection, old.id, new.id)
        assert (first["item"], first["old_b"], first["new_b"], first["new_c"]) == ("I1", 0.5, 0.75, 0.2)
        assert (first["old_model"], first["new_item_model"]) == ("2PL", "3PL")
        assert (second["item"], second["old_b"], second["new_b"]) == ("I2", None, 0.1)
        assert [each["item"] for each in reviews.difference(connection, new.id, old.id)] == ["I1", "I2"]


def test_a_run_that_was_live_is_compared_as_it_was_then(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        calibrations.write_candidate(
            connection, run(1), [row(questions[0], b=0.5), row(questions[1], a=-0.2)]
        )
        publish(connection, run(1), publication())
        calibrations.write_candidate(connection, run(1), [row(questions[0], b=8.0)])
        (same,) = reviews.difference(connection, run(1).id, run(1).id)
        assert (same["item"], same["old_b"], same["new_b"]) == ("I1", 0.5, 0.5)
