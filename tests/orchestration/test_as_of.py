"""Calibrations as of a past day: they read what was answered by then, are kept, and change nothing that is live."""

from __future__ import annotations

import datetime as dt

import pytest
from dagster import MultiPartitionKey
from sqlalchemy import text

from database.queries import calibrations
from orchestration.definitions import defs
from orchestration.instance import instance
from orchestration.run import run_as_of
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

DAY = dt.date(2024, 6, 30)
LIVE = "select * from item_calibration order by question_id, version, model"


@pytest.fixture(scope="module")
def past(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """An exam of which two thirds of the persons answered by the end of that day, and all were calibrated."""
    folder = tmp_path_factory.mktemp("past")
    pipeline.import_files("PAST", *write_exam(folder, persons=600, items=12, easy=False))
    with pipeline.engine.begin() as connection:
        moved = "(select user_id from user_responses group by 1 order by 1 limit 400)"
        for table, column in (("quiz_sessions", "started_at"), ("quiz_sessions", "sealed_at")):
            connection.execute(
                text(f"update {table} set {column} = {column} - interval '1 day' + (timestamptz '2024-06-20' - "
                     f"date_trunc('day', {column})) where user_id in {moved}")
            )  # fmt: skip
        connection.execute(
            text(
                "update quiz_items i set served_at = s.started_at from quiz_sessions s "
                f"where s.id = i.quiz_id and s.user_id in {moved}"
            )
        )
        connection.execute(
            text(
                "update user_responses r set created_at = s.started_at from quiz_sessions s "
                f"where s.id = r.quiz_id and r.user_id in {moved}"
            )
        )
    outcome = pipeline.run("PAST")
    assert outcome.success, outcome.faults
    return pipeline


def test_a_past_day_is_fitted_and_kept_and_nothing_live_changes(past: Pipeline) -> None:
    live = past.read(lambda c: c.execute(text(LIVE)).all())
    assert live
    with instance(past.home) as recorded:
        outcome = run_as_of("PAST", DAY, recorded, lambda _: None)
    assert outcome.success, outcome.faults
    run = past.read(lambda c: calibrations.newest_run(c, "PAST"))
    assert (run.as_of, run.n_persons) == (DAY, 400)
    assert past.read(lambda c: c.execute(text(LIVE)).all()) == live
    status = "select status from calibration_runs where id = :run"
    assert past.read(lambda c: c.scalar(text(status), {"run": run.id})) == "candidate"


def test_a_backfill_calibrates_the_exam_and_the_day_of_its_partition(past: Pipeline) -> None:
    job = defs().resolve_job_def("calibrations_as_of")
    with instance(past.home) as recorded:
        done = job.execute_in_process(
            instance=recorded,
            partition_key=MultiPartitionKey({"exam": "PAST", "day": "2024-06-01"}),
            raise_on_error=False,
        )
    # Nobody had answered by then: such a day is told as a failure, not passed over.
    assert not done.success
    assert past.read(lambda c: calibrations.live_run(c, "PAST")).n_persons == 600
