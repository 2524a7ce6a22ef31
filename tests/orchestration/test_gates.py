"""What holds publishing back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

LIVE = "select * from item_calibration order by question_id, version, model"


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
