"""What a run found of itself is stored once, with its run, and read back by item."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database.queries import calibrations, diagnostics
from database.queries.learners import Membership, add_memberships
from tests.database.bank import add_exam, add_item

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")
RUN = uuid.UUID(int=1)


def finding(question: int, kind: str = "fit", **changes: Any) -> dict[str, Any]:
    row = {"question_id": question, "version": 1, "kind": kind, "contrast": "", "effect": 0.02}
    rest = {"unit": "probability", "statistic": 4.0, "p_value": 0.4, "q_value": 0.6, "grade": "fits"}
    return row | rest | {"flagged": False, "sentence": "It fits."} | changes


@pytest.fixture
def questions(pipeline_engine: Engine) -> list[int]:
    run = calibrations.Run(RUN, TENANT, "E", "hash", "0", {}, {}, 500, 2, 1000)
    figures = {"a": 1.0, "b": 0.1, "c": 0.0, "n_respondents": 500}
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        made = [add_item(connection, "E", f"I{number}", TENANT) for number in (1, 2)]
        rows = [
            {"question_id": item, "version": 1, "model": model} | figures
            for item in made
            for model in ("2PL", "3PL")
        ]
        calibrations.write_candidate(connection, run, rows)
    return made


def stored_fit(connection: Connection) -> list[tuple[Any, ...]]:
    statement = "select question_id, model, fit_p, fit_rmsd from item_calibration_candidate order by 1, 2"
    return [tuple(row) for row in connection.execute(text(statement))]


def test_findings_figures_and_fit_are_stored_with_the_run(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    one, two = questions
    fit = {"question_id": one, "version": 1, "model": "3PL", "fit_p": 0.4, "fit_rmsd": 0.02}
    with pipeline_engine.begin() as connection:
        diagnostics.record_diagnostics(
            connection, RUN, {"miskeyed": 1}, [finding(two, "drift"), finding(one)], [fit]
        )
        found = diagnostics.findings(connection, RUN)
        assert [(row["item"], row["kind"]) for row in found] == [("I1", "fit"), ("I2", "drift")]
        assert {row["tenant_id"] for row in found} == {TENANT}
        assert diagnostics.figures(connection, RUN) == {"miskeyed": 1}
        assert stored_fit(connection) == [(one, "2PL", None, None), (one, "3PL", 0.4, 0.02), (two, "2PL", None, None), (two, "3PL", None, None)]  # fmt: skip  # noqa: E501


def test_a_run_that_is_diagnosed_again_says_only_what_it_said_last(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    one, two = questions
    fits = [
        {"question_id": item, "version": 1, "model": "2PL", "fit_p": 0.4, "fit_rmsd": 0.02}
        for item in questions
    ]
    with pipeline_engine.begin() as connection:
        diagnostics.record_diagnostics(connection, RUN, {"miskeyed": 1}, [finding(one), finding(two)], fits)
        diagnostics.record_diagnostics(connection, RUN, {"miskeyed": 0}, [finding(two)], fits[1:])
        assert [row["item"] for row in diagnostics.findings(connection, RUN)] == ["I2"]
        assert diagnostics.figures(connection, RUN) == {"miskeyed": 0}
        assert [row[2] for row in stored_fit(connection)] == [None, None, 0.4, None]


def test_the_gate_is_stored_beside(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        assert diagnostics.gate(connection, RUN) == {}
        diagnostics.record_gate(connection, RUN, {"passed": False, "reason": "worse"})
        assert diagnostics.gate(connection, RUN) == {"passed": False, "reason": "worse"}
        assert diagnostics.published_figures(connection, "E", 5) == []
        connection.execute(text("update calibration_runs set published_at = now()"))
        assert [row["id"] for row in diagnostics.published_figures(connection, "E", 5)] == [RUN]


def test_who_is_in_several_institutions_or_cohorts_is_on_no_side(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    ann, bob, eve = (uuid.UUID(int=number) for number in (11, 12, 13))
    rows = [
        Membership(ann, "ann", "North", "2026"),
        Membership(bob, "bob", "North", "2026"),
        Membership(bob, "bob", "North", "2027"),
        Membership(eve, "eve", "North", "2026"),
        Membership(eve, "eve", "South", "2026"),
    ]
    with pipeline_engine.begin() as connection:
        add_memberships(connection, TENANT, rows)
        assert diagnostics.members(connection, "E", "institution") == {str(ann): "North", str(bob): "North"}
        assert diagnostics.members(connection, "E", "cohort") == {str(ann): "North, 2026"}
        assert diagnostics.members(connection, "another", "cohort") == {}


def test_exposure_counts_adaptive_sessions_alone(pipeline_engine: Engine, questions: list[int]) -> None:
    one, two = questions
    with pipeline_engine.begin() as connection:
        for number, adaptive in enumerate((True, True, False)):
            quiz = uuid.UUID(int=100 + number)
            connection.execute(
                text(
                    "insert into quiz_sessions (id, user_id, tenant_id, mode, adaptive) "
                    "values (:quiz, :user, :tenant, 'tutor', :adaptive)"
                ),
                {"quiz": quiz, "user": uuid.UUID(int=11), "tenant": TENANT, "adaptive": adaptive},
            )
            for position, item in enumerate((one, two)[: 2 - number % 2], start=1):
                connection.execute(
                    text(
                        "insert into quiz_items (quiz_id, question_id, version, position, tenant_id) "
                        "values (:quiz, :item, 1, :position, :tenant)"
                    ),
                    {"quiz": quiz, "item": item, "position": position, "tenant": TENANT},
                )
        found = diagnostics.exposure(connection, "E")
    assert [(row["question_id"], row["n_met"], row["n_sessions"]) for row in found] == [
        (one, 2, 2),
        (two, 1, 2),
    ]


def test_a_live_run_is_known_as_long_as_its_rows_carry_what_was_found(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    fit = {"question_id": questions[0], "version": 1, "model": "2PL", "fit_p": 0.4, "fit_rmsd": 0.02}
    with pipeline_engine.begin() as connection:
        connection.execute(text("update calibration_runs set serving_model = '2PL'"))
        diagnostics.record_diagnostics(connection, RUN, {"miskeyed": 0}, [], [fit])
        diagnostics.record_gate(connection, RUN, {"passed": True})
        assert not diagnostics.known_of_live(connection, RUN)  # it is a candidate
        connection.execute(text("update calibration_runs set status = 'published'"))
        assert diagnostics.known_of_live(connection, RUN)
        connection.execute(text("update item_calibration_candidate set fit_p = null"))  # fitted anew
        assert not diagnostics.known_of_live(connection, RUN)
