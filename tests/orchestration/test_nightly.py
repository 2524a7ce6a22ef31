"""The nightly job from files to served parameters, on a small exam with an item that everybody gets right."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection, text

from database.queries import calibrations, counts, scales
from orchestration.progress import Step
from orchestration.run import RunOutcome
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

TABLES = (
    "user_responses",
    "calibration_runs",
    "item_calibration_candidate",
    "item_calibration",
    "item_calibration_history",
    "item_stats_ctt",
    "item_option_stats",
    "item_curve_points",
    "item_drift_weeks",
    "person_ability_windows",
    "person_ability",
    "calibration_decisions",
    "item_flags",
    "calibration_anchors",
    "analytics.int_first_attempts",
    "analytics.item_health",
)
PARAMETERS = """
select question_id, version, model, a, b, c, se_a, se_b, se_c, n_respondents, serving, run_id
from item_calibration order by 1, 2, 3
"""


def rows(connection: Connection) -> dict[str, int]:
    return {name: int(connection.scalar(text(f"select count(*) from {name}")) or 0) for name in TABLES}


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return []


@pytest.fixture(scope="module")
def first(pipeline: Pipeline, steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    pipeline.import_files("SMALL", *write_exam(tmp_path_factory.mktemp("small")))
    return pipeline.run("SMALL", steps.append)


def test_every_asset_is_made_and_nothing_fails(first: RunOutcome, steps: list[Step]) -> None:
    assert first.success, first.faults
    assert [check for check in first.checks if not check.passed and check.severity == "ERROR"] == []
    made = {step.name for step in steps if step.kind == "asset"}
    assert {
        "telemetry_events",
        "user_responses",
        "int_first_attempts",
        "item_calibration",
        "item_health",
    } <= made
    assert first.marts["fact_responses"] == 600 * 13


def test_both_models_are_published_and_one_row_of_each_item_serves(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    live = pipeline.read(lambda connection: calibrations.live_items(connection, "SMALL"))
    names = {f"I{number}" for number in range(1, 13)}
    assert {(row["item"], row["model"]) for row in live} >= {
        (name, model) for name in names for model in ("2PL", "3PL")
    }
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    assert sorted(row["item"] for row in live if row["serving"]) == sorted(names)
    assert {row["model"] for row in live if row["serving"]} == {run.serving_model}


def test_the_first_run_defines_the_scale_and_its_items_hold_it(pipeline: Pipeline, first: RunOutcome) -> None:
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    scale = pipeline.read(lambda connection: scales.scale(connection, "SMALL"))
    assert (scale.version, scale.run_id, run.scale_version) == (1, run.id, 1)
    held = pipeline.read(lambda connection: scales.anchors(connection, "SMALL"))
    assert {row["state"] for row in held} == {"anchor"}
    assert len(held) == sum(said["verdict"] == "new" for said in run.lifecycle["anchors"]) >= 5


def test_an_item_that_everybody_gets_right_is_set_aside_with_its_reason(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    aside = pipeline.read(lambda connection: calibrations.set_aside(connection, run.id))
    assert {(row["item"], row["model"]) for row in aside} >= {("EASY", "2PL"), ("EASY", "3PL")}
    assert {row["item"] for row in aside} == {"EASY"}
    assert all("right" in row["reason"] for row in aside)
    stats = pipeline.read(
        lambda connection: connection.execute(
            text(
                "select s.p_value, s.r_point_biserial, s.n_responses from item_stats_ctt s "
                "join questions q on q.id = s.question_id where q.external_ref = 'SMALL/EASY'"
            )
        ).one()
    )
    assert (stats.p_value, stats.r_point_biserial, stats.n_responses) == (1.0, None, 600)


def test_abilities_have_all_learners(pipeline: Pipeline, first: RunOutcome) -> None:
    ability = pipeline.read(
        lambda connection: connection.execute(
            text("select count(*) as n, avg(theta) as mean, min(se) as least from person_ability")
        ).one()
    )
    assert ability.n == 600
    assert abs(ability.mean) < 0.1
    assert 0.2 < ability.least < 1.0


def test_the_clock_is_said_to_be_synthetic_and_times_count_nowhere(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    assert pipeline.read(lambda connection: counts.responses(connection, "SMALL")).synthetic_clock
    for table in ("item_stats_ctt", "analytics.item_health"):
        assert pipeline.read(lambda c, t=table: c.scalar(text(f"select count(median_time_ms) from {t}"))) == 0


def test_running_again_changes_nothing_but_timestamps(pipeline: Pipeline, first: RunOutcome) -> None:
    before = pipeline.read(rows), pipeline.read(lambda c: c.execute(text(PARAMETERS)).all())
    fitted = pipeline.read(lambda c: calibrations.live_run(c, "SMALL").fitted_at)
    again = pipeline.run("SMALL")
    assert again.success, again.faults
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    assert run.lifecycle["skipped"].startswith("nothing was fitted")
    assert pipeline.read(lambda c: calibrations.live_run(c, "SMALL").fitted_at) == fitted
    assert (pipeline.read(rows), pipeline.read(lambda c: c.execute(text(PARAMETERS)).all())) == before


def test_the_data_quality_page_shows_the_rows_that_each_suite_checked(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    page = (pipeline.home / "reports" / "data-quality-SMALL.html").read_text()
    assert "7,800" in page
    models = pipeline.read(lambda c: len(calibrations.newest_run(c, "SMALL").fits))
    assert re.search(rf"item_calibration_candidate.*?{13 * models} rows", page, flags=re.DOTALL)


def test_new_answers_are_fitted_on_the_scale_that_the_anchors_hold(
    pipeline: Pipeline, first: RunOutcome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = pipeline.read(lambda connection: scales.anchors(connection, "SMALL"))
    items, responses = write_exam(tmp_path_factory.mktemp("more"), persons=700)
    pipeline.import_files("SMALL", items, responses)
    later = pipeline.run("SMALL")
    assert later.success, later.faults
    run = pipeline.read(lambda connection: calibrations.live_run(connection, "SMALL"))
    newest = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    assert (run.id, run.n_persons, newest.scale_version) == (newest.id, 700, 1)
    assert newest.lifecycle["skipped"] is None
    live = pipeline.read(lambda connection: calibrations.live_items(connection, "SMALL"))
    served = {row["item"]: row for row in live if row["serving"]}
    after = pipeline.read(lambda connection: scales.anchors(connection, "SMALL"))
    known = {row["item"]: (row["a"], row["b"]) for row in before}
    assert known == {row["item"]: (row["a"], row["b"]) for row in after if row["item"] in known}
    # An item that these answers made well known waits before it holds the scale.
    assert {row["state"] for row in after if row["item"] not in known} <= {"probation"}
    held = [row for row in after if row["state"] == "anchor"]
    assert len(held) >= len(before) - 1
    assert all(
        (served[row["item"]]["b"], served[row["item"]]["se_b"]) == (row["b"], row["se_b"]) for row in held
    )
    assert {row["last_run"] for row in held} == {run.id}
