"""What a run found of itself is kept and shown; a gate that fails leaves what is live byte for byte as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey
from sqlalchemy import text

from database.queries import calibrations, diagnostics, run_reports
from orchestration.instance import instance
from orchestration.run import RunOutcome
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

# Two whole runs, on whatever machine.
pytestmark = pytest.mark.timeout(900)
EXAM = "FOUND"
LIVE = "select i::text from item_calibration i order by question_id, version, model"


@pytest.fixture(scope="module")
def first(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    pipeline.import_files(
        EXAM, *write_exam(tmp_path_factory.mktemp("found"), persons=400, items=12, easy=False)
    )
    with pipeline.engine.begin() as connection:
        connection.execute(
            text("update exams set selection = :rules, stopping = :stopping, blueprint = :quotas where code = :exam"),
            {"rules": '{"r_max": 0.9, "criterion": "MPWI"}', "stopping": '{"length": 6}',
             "quotas": '{"quotas": [{"difficulty": "easy", "most": 6}]}', "exam": EXAM},
        )  # fmt: skip
    return pipeline.run(EXAM)


def test_findings_stand_with_the_run_that_goes_live(pipeline: Pipeline, first: RunOutcome) -> None:
    assert first.success, first.faults
    run = pipeline.read(lambda c: calibrations.live_run(c, EXAM))
    found = pipeline.read(lambda c: diagnostics.findings(c, run.id))
    fit = [row for row in found if row["kind"] == "fit"]
    assert len(fit) == 12
    rows = pipeline.read(lambda c: calibrations.fitted_items(c, run.id))
    of_item = {row["item"]: row["p_value"] for row in fit}
    assert {row["item"]: row["fit_p"] for row in rows if row["serving"]} == of_item
    figures = pipeline.read(lambda c: diagnostics.figures(c, run.id))
    assert figures["reliability"]["n_block"] == 400
    gate = pipeline.read(lambda c: diagnostics.gate(c, run.id))
    assert gate["passed"]
    assert gate["reason"].startswith("nothing is live yet")
    assert gate["figures"]["new"]["items"] == 12
    # As the exam's deliveries would: its own length, criterion, exposure control and quotas.
    settings = gate["settings"]
    assert (settings["length"], settings["criterion"], settings["r_max"]) == (6, "MPWI", 0.9)
    assert settings["blueprint"] == "greedy shadow tests"
    assert gate["figures"]["new"]["length"] == 6.0
    assert gate["figures"]["new"]["missed"] == 0.0


def test_the_page_of_the_run_is_whole(pipeline: Pipeline, first: RunOutcome) -> None:
    run = pipeline.read(lambda c: calibrations.live_run(c, EXAM))
    page = (pipeline.home / "reports" / f"calibration-{EXAM}.html").read_text()
    assert (pipeline.home / "reports" / f"calibration-{EXAM}" / f"{run.id}.html").read_text() == page
    for said in (
        "usable first attempts of 400 calibration persons",
        "Rules of the exam",
        "fewest_<wbr>responses",
        "This run defines it",
        "nothing was live before this run",
        "Reliability of theta",
        "Persons and items",
        run.snapshot_hash,
        str(run.id),
    ):
        assert said in page


def test_dagster_shows_pictures_tables_and_numbers_that_it_draws_over_runs(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    with instance(pipeline.home) as recorded:
        event = recorded.get_latest_materialization_event(AssetKey("calibration_diagnostics"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = {name: each.value for name, each in event.asset_materialization.metadata.items()}
    assert "data:image/png;base64" in str(metadata["Wright map"])
    assert 0.3 < float(str(metadata["reliability of theta"])) < 0.95
    assert metadata["share of live items changed"] == 0.0
    with instance(pipeline.home) as recorded:
        gate = recorded.get_latest_materialization_event(AssetKey("simulation_gate"))
    assert gate is not None
    assert gate.asset_materialization is not None
    shown = {name: each.value for name, each in gate.asset_materialization.metadata.items()}
    assert "data:image/png;base64" in str(shown["sessions"])
    assert shown["limits"] == "nothing is live yet"
    assert float(str(shown["length (new)"])) == 6.0
    assert metadata["flagged"] == "none" or str(metadata["flagged"]).startswith("| item | kind |")


def blocked(pipeline: Pipeline, policy: dict[str, Any]) -> tuple[RunOutcome, list[str]]:
    """Run the exam under another policy; return what became of it, and the blocking checks that failed."""
    with pipeline.engine.begin() as connection:
        connection.execute(
            text("update exams set model_policy = :policy where code = :exam"),
            {"policy": json.dumps(policy), "exam": EXAM},
        )
    outcome = pipeline.run(EXAM)
    return outcome, [each.name for each in outcome.checks if not each.passed and each.severity == "ERROR"]


def test_a_failed_gate_leaves_what_is_live_and_says_what_to_look_at(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    live = pipeline.read(lambda c: c.execute(text(LIVE)).all())
    outcome, failed = blocked(pipeline, {"gate_se_ratio": 0.5})
    assert not outcome.success
    assert failed == ["simulation_gate: no_worse_than_live"]
    (said,) = [each.observed for each in outcome.checks if each.name == failed[0]]
    assert "Learners would be measured with a standard error of" in said
    assert "Look which items lost their slope" in said
    assert pipeline.read(lambda c: c.execute(text(LIVE)).all()) == live
    newest = pipeline.read(lambda c: calibrations.newest_run(c, EXAM))
    run = pipeline.read(lambda c: run_reports.reported(c, newest.id))
    assert run.status == "blocked"
    assert run.gate["limits"][0]["passed"] is False
    assert [each["name"] for each in run.gate["limits"] if not each["passed"]] == [
        "standard error at the end"
    ]
    assert "full tests that miss the blueprint" in {each["name"] for each in run.gate["limits"]}
    assert pipeline.read(lambda c: run_reports.predecessor(c, run)).id != run.id
    assert Path(pipeline.home / "reports" / f"calibration-{EXAM}.html").exists()
