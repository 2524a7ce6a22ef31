"""The nightly job from files to served parameters, on a small exam with an item that everybody gets right."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection, text

from database.queries import calibrations, counts
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
    assert first.marts["fact_responses"] == 600 * 9


def test_both_models_are_published_and_the_2pl_serves(pipeline: Pipeline, first: RunOutcome) -> None:
    live = pipeline.read(lambda connection: calibrations.live_items(connection, "SMALL"))
    assert {(row["item"], row["model"]) for row in live} == {
        (f"I{number}", model) for number in range(1, 9) for model in ("2PL", "3PL")
    }
    assert all(row["serving"] == (row["model"] == "2PL") for row in live)


def test_an_item_that_everybody_gets_right_is_set_aside_with_its_reason(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    run = pipeline.read(lambda connection: calibrations.newest_run(connection, "SMALL"))
    aside = pipeline.read(lambda connection: calibrations.set_aside(connection, run.id))
    assert {(row["item"], row["model"]) for row in aside} == {("EASY", "2PL"), ("EASY", "3PL")}
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
    again = pipeline.run("SMALL")
    assert again.success, again.faults
    assert (pipeline.read(rows), pipeline.read(lambda c: c.execute(text(PARAMETERS)).all())) == before


def test_the_data_quality_page_shows_the_rows_that_each_suite_checked(
    pipeline: Pipeline, first: RunOutcome
) -> None:
    page = (pipeline.home / "reports" / "data-quality-SMALL.html").read_text()
    assert "5,400" in page
    assert re.search(r"item_calibration_candidate.*?18 rows", page, flags=re.DOTALL)
