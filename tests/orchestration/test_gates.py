"""What holds publishing back, and what an exam too small to calibrate comes to."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from database.queries import calibrations
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

LIVE = "select * from item_calibration order by question_id, version, model"


def test_an_exam_with_three_responses_publishes_nothing_and_says_why(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    (tmp_path / "items.csv").write_text("item,key\nI1,A\nI2,B\n")
    (tmp_path / "responses.csv").write_text("person,item,response\np1,I1,A\np1,I2,A\np2,I1,B\n")
    pipeline.import_files("TINY", tmp_path / "items.csv", tmp_path / "responses.csv")
    outcome = pipeline.run("TINY")
    failed = [check.name for check in outcome.checks if not check.passed and check.severity == "ERROR"]
    assert not outcome.success
    assert "item_calibration_candidate: not_everything_set_aside" in failed
    assert pipeline.read(lambda connection: calibrations.live_items(connection, "TINY")) == []
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "TINY"))
    aside = pipeline.read(lambda connection: calibrations.set_aside(connection, run.id))
    assert len(aside) == 4
    assert all(row["reason"] for row in aside)
    kept = pipeline.read(lambda c: c.scalar(text("select count(*) from user_responses")))
    assert kept == 3


def test_a_failed_check_leaves_what_is_live_as_it_was(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.import_files("GATED", *write_exam(tmp_path, persons=300, items=6, easy=False))
    assert pipeline.run("GATED").success
    live = pipeline.read(lambda c: c.execute(text(LIVE)).all())
    assert len(live) == 12
    # A response from the future: the clock of whoever wrote it cannot be believed.
    with pipeline.engine.begin() as connection:
        connection.execute(text("update user_responses set created_at = now() + interval '3 days' where id = "
                                "(select max(id) from user_responses)"))  # fmt: skip
    outcome = pipeline.run("GATED")
    assert not outcome.success
    failed = [check.name for check in outcome.checks if not check.passed and check.severity == "ERROR"]
    assert failed == ["user_responses: created_at_not_in_future"]
    assert pipeline.read(lambda c: c.execute(text(LIVE)).all()) == live
    page = (pipeline.home / "reports" / "data-quality-GATED.html").read_text()
    assert "created_at_not_in_future" in page
    assert "What was live before stays live" in page
