"""The scale is defined once, held by frozen parameters, and what a run says of its anchors counts once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from database.queries import calibrations, scales
from tests.database.bank import add_exam, add_item

TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


@pytest.fixture
def question(pipeline_engine: Engine) -> int:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        return add_item(connection, "E", "I1", TENANT)


def went_live(
    engine: Engine,
    number: int,
    question: int,
    *verdicts: str,
    defines: bool = False,
    b: float = 0.1,
    distance: float | None = 0.01,
) -> None:
    """Store a run that says so of the item, and settle it."""
    said = [
        {
            "question_id": question,
            "version": 1,
            "verdict": verdict,
            "distance": distance,
            "reason": f"because {number}",
        }
        for verdict in verdicts
    ]
    run = calibrations.Run(
        id=uuid.UUID(int=number),
        tenant_id=TENANT,
        exam_code="E",
        snapshot_hash="hash",
        code_version="0",
        settings={},
        fits={},
        n_persons=500,
        n_items=1,
        n_responses=500,
        scale_version=1,
        serving_model="2PL",
        lifecycle={"defines_scale": defines, "anchors": said},
    )
    row = {"question_id": question, "version": 1, "model": "2PL", "a": 1.2, "b": b, "c": 0.0}
    row |= {"se_a": 0.1, "se_b": 0.05, "se_c": None, "n_respondents": 500, "status": "ok", "reason": None}
    with engine.begin() as connection:
        calibrations.write_candidate(connection, run, [row, {**row, "model": "3PL", "b": 9.0}])
        scales.settle(connection, run)


def anchor(engine: Engine) -> dict[str, Any]:
    with engine.begin() as connection:
        (row,) = scales.anchors(connection, "E")
    return dict(row)


def test_there_is_no_scale_until_a_run_defines_one(pipeline_engine: Engine, question: int) -> None:
    with pipeline_engine.begin() as connection:
        assert scales.scale(connection, "E") is None
        assert scales.anchors(connection, "E") == []
    went_live(pipeline_engine, 1, question, "new", defines=True)
    with pipeline_engine.begin() as connection:
        assert scales.scale(connection, "E") == scales.Scale("E", 1, uuid.UUID(int=1), 0.0, 1.0)
    row = anchor(pipeline_engine)
    assert (row["item"], row["state"], row["a"], row["b"], row["se_b"]) == ("I1", "anchor", 1.2, 0.1, 0.05)
    assert (row["n_responses"], row["runs_passed"], row["first_run"]) == (500, 0, uuid.UUID(int=1))


def test_a_run_published_again_or_after_a_younger_one_changes_nothing(
    pipeline_engine: Engine, question: int
) -> None:
    went_live(pipeline_engine, 1, question, "new", defines=True)
    went_live(pipeline_engine, 2, question, "held")
    once = anchor(pipeline_engine)
    assert (once["runs_passed"], once["last_run"]) == (1, uuid.UUID(int=2))
    went_live(pipeline_engine, 2, question, "held")
    went_live(pipeline_engine, 1, question, "new", defines=True, b=5.0)
    assert anchor(pipeline_engine) == once


def test_a_new_item_serves_a_probation_before_it_holds_the_scale(
    pipeline_engine: Engine, question: int
) -> None:
    went_live(pipeline_engine, 1, question, defines=True)
    went_live(pipeline_engine, 2, question, "new")
    assert anchor(pipeline_engine)["state"] == "probation"
    went_live(pipeline_engine, 3, question, "probation")
    assert (anchor(pipeline_engine)["state"], anchor(pipeline_engine)["runs_passed"]) == ("probation", 1)
    went_live(pipeline_engine, 4, question, "promoted", b=0.7)
    row = anchor(pipeline_engine)
    assert (row["state"], row["runs_passed"], row["b"]) == ("anchor", 2, 0.7)
    went_live(pipeline_engine, 4, question, "promoted", b=0.9)
    assert anchor(pipeline_engine) == row


def test_a_run_in_which_it_was_not_compared_does_not_count(pipeline_engine: Engine, question: int) -> None:
    went_live(pipeline_engine, 1, question, "new", defines=True)
    went_live(pipeline_engine, 2, question, "held", distance=None)
    assert (anchor(pipeline_engine)["runs_passed"], anchor(pipeline_engine)["last_run"]) == (
        0,
        uuid.UUID(int=2),
    )


def test_what_was_dropped_stays_dropped_with_its_reason(pipeline_engine: Engine, question: int) -> None:
    went_live(pipeline_engine, 1, question, "new", defines=True)
    went_live(pipeline_engine, 2, question, "dropped")
    row = anchor(pipeline_engine)
    assert (row["state"], row["reason"], row["runs_passed"]) == ("dropped", "because 2", 0)
    went_live(pipeline_engine, 3, question, "held")
    assert anchor(pipeline_engine) == row


def test_the_database_refuses_to_move_an_anchor(pipeline_engine: Engine, question: int) -> None:
    went_live(pipeline_engine, 1, question, "new", defines=True)
    with pytest.raises(DBAPIError, match="drop it instead"), pipeline_engine.begin() as connection:
        connection.execute(text("update calibration_anchors set b = 0.3"))


def test_a_run_that_was_skipped_says_why_until_it_is_fitted_again(
    pipeline_engine: Engine, question: int
) -> None:
    went_live(pipeline_engine, 1, question, "new", defines=True)
    with pipeline_engine.begin() as connection:
        calibrations.skip(connection, uuid.UUID(int=1), "nothing was fitted: nothing is new")
        said = calibrations.find_run(connection, uuid.UUID(int=1)).lifecycle
    assert (said["skipped"], said["defines_scale"]) == ("nothing was fitted: nothing is new", True)
    went_live(pipeline_engine, 1, question, "new", defines=True)
    with pipeline_engine.begin() as connection:
        assert "skipped" not in calibrations.find_run(connection, uuid.UUID(int=1)).lifecycle
