"""What a run publishes beside parameters, from an exam in both modes with weeks, options and rapid guesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from database.queries import calibrations
from orchestration.run import RunOutcome
from tests.orchestration.attempts import KEYS, simulated
from tests.orchestration.conftest import Pipeline

EXAM, TUTOR, RAPID = 250, 150, 0.04
TABLES = {
    "item_stats_ctt": "question_id, version",
    "item_option_stats": "question_id, version, option_label",
    "item_curve_points": "question_id, version, model, band",
    "item_drift_weeks": "question_id, version, week",
    "person_ability_windows": "user_id, window_start, mode",
    "person_ability": "user_id",
}
TO_TUTOR = """
update quiz_sessions set mode = 'tutor' from app_users u
where u.id = user_id and substr(u.external_ref, 2)::int >= :first
"""


def write(folder: Path, attempts: pl.DataFrame) -> tuple[Path, Path]:
    """Write the attempts as files of an import."""
    items, responses = folder / "items.csv", folder / "responses.csv"
    pl.DataFrame({"item": list(KEYS), "key": list(KEYS.values()), "options": ["ABCD"] * len(KEYS)}).write_csv(
        items
    )
    attempts.select(
        pl.col("user_id").alias("person"),
        "item",
        pl.col("option").alias("response"),
        pl.col("ts").str.replace(r"\+00$", "Z").str.replace(" ", "T").alias("answered_at"),
        pl.col("recorded_time_ms").alias("time_taken_ms"),
    ).write_csv(responses)
    return items, responses


@pytest.fixture(scope="module")
def attempts() -> pl.DataFrame:
    return simulated(EXAM, TUTOR, tutor_mean=0.5, rapid=RAPID, seed=3)


@pytest.fixture(scope="module")
def outcome(
    pipeline: Pipeline, attempts: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> RunOutcome:
    pipeline.import_files("MODES", *write(tmp_path_factory.mktemp("modes"), attempts))
    with pipeline.engine.begin() as connection:
        assert connection.execute(text(TO_TUTOR), {"first": EXAM}).rowcount == TUTOR
    return pipeline.run("MODES")


def published(pipeline: Pipeline) -> dict[str, list[Any]]:
    """Every row of every table, but for when it was written."""
    found = {}
    for table, key in TABLES.items():
        statement = text(f"select * from {table} order by {key}")
        rows = pipeline.read(lambda c, s=statement: c.execute(s).mappings().all())
        found[table] = [
            {name: value for name, value in row.items() if name not in ("updated_at", "estimated_at")}
            for row in rows
        ]
    return found


def test_modes_are_groups_and_exam_mode_sets_the_scale(pipeline: Pipeline, outcome: RunOutcome) -> None:
    assert outcome.success, outcome.faults
    run = pipeline.read(lambda c: calibrations.live_run(c, "MODES"))
    assert run.settings["groups"]["reference"] == "exam"
    assert run.n_persons == EXAM + TUTOR
    for fit in run.fits.values():
        groups = {row["group"]: row for row in fit["groups"]}
        assert (groups["exam"]["n_persons"], groups["exam"]["mean"], groups["exam"]["sd"]) == (EXAM, 0.0, 1.0)
        assert groups["tutor"]["n_persons"] == TUTOR
        assert groups["tutor"]["mean"] == pytest.approx(0.5, abs=0.3)


def test_every_table_is_written_and_belongs_to_the_run(pipeline: Pipeline, outcome: RunOutcome) -> None:
    run = pipeline.read(lambda c: calibrations.live_run(c, "MODES"))
    found = published(pipeline)
    assert {row["run_id"] for rows in found.values() for row in rows} == {run.id}
    assert len(found["item_option_stats"]) == 20 * 4
    assert len(found["item_drift_weeks"]) == 20 * 4
    assert {row["model"] for row in found["item_curve_points"]} >= {"2PL", "3PL"}
    assert len(found["person_ability_windows"]) == EXAM + TUTOR
    windows = {row["user_id"]: row["theta"] for row in found["person_ability_windows"]}
    assert {row["user_id"]: row["theta"] for row in found["person_ability"]} == windows


def test_what_the_policy_removed_is_told(
    pipeline: Pipeline, outcome: RunOutcome, attempts: pl.DataFrame
) -> None:
    policy = pipeline.read(lambda c: calibrations.live_run(c, "MODES")).policy
    taken = attempts.filter(pl.col("disposition") == "rapid_guess")
    assert policy["dispositions"]["rapid_guess"] == taken.height
    assert policy["rapid_guesses"]["n"] == taken.height
    assert policy["rapid_guesses"]["accuracy"] == pytest.approx(taken["correct"].mean())
    assert policy["rapid_guesses"]["chance"] == 0.25
    assert len(policy["sensitivity"]["items"]) == 20
    assert policy["warning"] is None


def test_publishing_the_same_run_again_leaves_the_same_rows(pipeline: Pipeline, outcome: RunOutcome) -> None:
    before = published(pipeline), pipeline.read(lambda c: calibrations.live_run(c, "MODES")).policy
    assert all(before[0].values())
    again = pipeline.run("MODES")
    assert again.success, again.faults
    assert (published(pipeline), pipeline.read(lambda c: calibrations.live_run(c, "MODES")).policy) == before


def test_the_report_shows_persons_groups_policy_and_drift(pipeline: Pipeline, outcome: RunOutcome) -> None:
    page = (pipeline.home / "reports" / "calibration-MODES.html").read_text()
    for said in ("exam mode is N(0, 1)", "rapid_guess", "Drift by week", "Rapid guesses"):
        assert said in page
