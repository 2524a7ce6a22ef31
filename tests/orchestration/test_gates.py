"""What holds publishing back."""

from __future__ import annotations

from pathlib import Path

from dagster import AssetKey
from sqlalchemy import text

from orchestration.instance import instance
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

LIVE = "select * from item_calibration order by question_id, version, model"


def test_a_failed_check_leaves_what_is_live_as_it_was(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.import_files("GATED", *write_exam(tmp_path, persons=300, items=12, easy=False))
    assert pipeline.run("GATED").success
    live = pipeline.read(lambda c: c.execute(text(LIVE)).all())
    assert len({row.question_id for row in live if row.serving}) == 12
    # A response from the future: the clock of whoever wrote it cannot be believed.
    with pipeline.engine.begin() as connection:
        connection.execute(text("update user_responses set created_at = now() + interval '3 days' where id = "
                                "(select max(id) from user_responses)"))  # fmt: skip
    outcome = pipeline.run("GATED")
    assert not outcome.success
    failed = [check.name for check in outcome.checks if not check.passed and check.severity == "ERROR"]
    assert set(failed) == {
        "user_responses: created_at_not_in_future",
        "user_responses: answered_before_the_end",  # nor can it have been given within its quiz
    }
    assert pipeline.read(lambda c: c.execute(text(LIVE)).all()) == live
    page = (pipeline.home / "reports" / "data-quality-GATED.html").read_text()
    assert "created_at<" in page.replace("_<wbr>", "<")
    assert "What was live before stays live" in page


def test_the_page_of_a_blocked_run_is_an_asset_that_says_since_when(pipeline: Pipeline) -> None:
    """The run above was blocked; the second one that is blocked for the same reason counts from there."""
    first = reported(pipeline)
    assert first["failed"] == 2
    assert not pipeline.run("GATED").success
    again = reported(pipeline)
    assert again["failed"] == 2
    assert Path(str(again["page"])).exists()
    assert again["page"] != first["page"]
    assert "created_at_not_in_future (error)" in str(again["digest"])
    assert "team:data-engineering" in str(again["digest"])
    page = Path(str(again["page"])).read_text()
    assert ", 2 runs</td>" in page
    assert "suite item_calibration_candidate" in page  # which the run did not come to
    with pipeline.engine.begin() as connection:
        connection.execute(text("update user_responses r set created_at = s.started_at from quiz_sessions s "
                                "where s.id = r.quiz_id and r.created_at > now()"))  # fmt: skip
    assert pipeline.run("GATED").success
    good = reported(pipeline)
    assert good["failed"] == 0
    assert "suite item_calibration" not in str(good["what to do"])


def reported(pipeline: Pipeline) -> dict[str, object]:
    """Return the metadata of the newest data_quality_report of the exam."""
    with instance(pipeline.home) as recorded:
        found = recorded.get_latest_materialization_event(AssetKey("data_quality_report"))
    assert found is not None
    assert found.asset_materialization is not None
    assert found.asset_materialization.partition == "GATED"
    return {name: value.value for name, value in found.asset_materialization.metadata.items()}
