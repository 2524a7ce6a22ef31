"""An exam is calibrated before its night when enough new usable first attempts came in, and once for each so many."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator

import polars as pl
import pytest
from dagster import DagsterInstance, DagsterRunStatus, SensorResult, build_sensor_context
from sqlalchemy import text

from database.queries import new_answers
from database.queries.new_answers import ExamStanding, Judged
from orchestration import in_process
from orchestration.definitions import defs
from orchestration.defs.automation.recalibration import recalibration_sensor
from orchestration.instance import instance
from orchestration.lifecycle.policy import policy
from orchestration.partitions import home_exams
from orchestration.recalibration import Seen, verdict
from orchestration.resources import Database
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

RULES = policy("X", {"recalibrate_responses": 100, "recalibrate_share": 0.1})
NIGHT = dt.datetime(2026, 11, 1, 2, tzinfo=dt.UTC)


def standing(n_usable: int) -> ExamStanding:
    return ExamStanding("X", {}, uuid.UUID(int=1), NIGHT, n_usable)


@pytest.mark.parametrize(
    ("read", "judged", "unjudged", "asked", "due"),
    [
        (0, Judged(0, 0), 99, 0, False),
        (0, Judged(0, 0), 100, 0, True),
        (500, Judged(500, 500), 99, 0, False),
        (500, Judged(500, 500), 100, 0, True),
        (5_000, Judged(5_000, 5_000), 499, 0, False),  # a tenth of what was read
        (5_000, Judged(5_000, 5_000), 500, 0, True),
        (400, Judged(800, 400), 199, 0, True),  # half of them will be usable: 99.5
        (400, Judged(800, 400), 197, 0, False),
        (500, Judged(650, 600), 0, 0, True),  # another exam's night has judged them
        (500, Judged(500, 500), 150, 600, False),  # a run was asked for at 600, and 50 came since
        (500, Judged(500, 500), 200, 600, True),
        (500, Judged(300, 300), 0, 0, False),  # learners were forgotten
    ],
)
def test_what_makes_an_exam_due(read: int, judged: Judged, unjudged: int, asked: int, due: bool) -> None:
    found = verdict(standing(read), RULES, judged, unjudged, asked)
    assert found.due is due, found.sentence
    assert "run of 2026-11-01 02:00 UTC" in found.sentence


def test_a_cursor_that_cannot_be_read_costs_a_count_and_no_more() -> None:
    seen = Seen(build="b", judged={"X": Judged(2, 1)}, asked={"X": 7})
    assert Seen.of(seen.cursor()) == seen
    assert Seen.of(None) == Seen.of("?") == Seen.of("[1]") == Seen()


@pytest.fixture
def recorded(pipeline: Pipeline) -> Iterator[DagsterInstance]:
    with instance(pipeline.home) as made:
        yield made


def evaluated(recorded: DagsterInstance, cursor: str | None = None) -> SensorResult:
    context = build_sensor_context(
        instance=recorded,
        cursor=cursor,
        resources={"database": Database()},
        repository_def=defs().get_repository_def(),
    )
    found = recalibration_sensor(context)
    assert isinstance(found, SensorResult)
    return found


def test_the_sensor_counts_what_the_newest_run_has_not_read(
    pipeline: Pipeline, recorded: DagsterInstance, tmp_path_factory: pytest.TempPathFactory
) -> None:
    items, responses = write_exam(tmp_path_factory.mktemp("grown"), persons=420, items=6, easy=False)
    answers = pl.read_csv(responses)
    early = responses.with_name("early.csv")
    answers.head(300).write_csv(early)
    pipeline.import_files("GROWN", items, early)
    with pipeline.engine.begin() as connection:
        connection.execute(
            text("update exams set model_policy = cast(:rules as jsonb) where code = 'GROWN'"),
            {"rules": json.dumps({"recalibrate_responses": 700, "recalibrate_share": 0.1})},
        )
    # Never calibrated, and its partition not known yet.
    first = evaluated(recorded)
    assert [(r.partition_key, r.run_key) for r in first.run_requests or []] == [
        ("GROWN", "recalibration/GROWN/1800")
    ]
    assert [request.partition_keys for request in first.dynamic_partitions_requests or []] == [["GROWN"]]
    # The same answers ask for nothing more, even where that run failed.
    again = evaluated(recorded, first.cursor)
    assert again.run_requests == []
    assert "0 new usable first attempts (no run yet); 700 start a run" in str(again.skip_reason)

    assert pipeline.run("GROWN").success
    quiet = evaluated(recorded, first.cursor)
    assert "GROWN: 0 new usable" in str(quiet.skip_reason)
    pipeline.import_files("GROWN", items, responses)
    with pipeline.engine.begin() as connection:
        # A row that is written again is no new answer.
        connection.execute(text("update user_responses set time_taken_ms = time_taken_ms"))
        assert new_answers.unjudged(connection) == {"GROWN": 720}
    grown = evaluated(recorded, quiet.cursor)
    assert [request.partition_key for request in grown.run_requests or []] == ["GROWN"]
    assert "720 new usable first attempts" in (grown.run_requests or [])[0].tags["qbank/why"]


def test_one_run_at_a_time_and_none_for_rules_that_cannot_be_read(
    pipeline: Pipeline, recorded: DagsterInstance
) -> None:
    """Stands on the exam above, whose answers are due."""
    job = defs().resolve_job_def("nightly_calibration")
    run = recorded.create_run_for_job(
        job, tags={"dagster/partition": "GROWN"}, status=DagsterRunStatus.NOT_STARTED
    )
    waiting = evaluated(recorded)
    assert waiting.run_requests == []
    assert "but one is under way" in str(waiting.skip_reason)
    recorded.report_run_canceled(run)
    assert len(evaluated(recorded).run_requests or []) == 1
    with pipeline.engine.begin() as connection:
        connection.execute(text("update exams set model_policy = '{\"nonsense\": 1}' where code = 'GROWN'"))
    unusable = evaluated(recorded)
    assert unusable.run_requests == []
    assert "model_policy of exam GROWN" in str(unusable.skip_reason)


def test_a_run_whose_process_is_gone_is_ended_and_one_that_lives_is_not(recorded: DagsterInstance) -> None:
    job = defs().resolve_job_def("nightly_calibration")

    def started(tags: dict[str, str]) -> str:
        tags = {**tags, "dagster/partition": "OTHER"}
        return recorded.create_run_for_job(job, tags=tags, status=DagsterRunStatus.STARTED).run_id

    recorded.add_dynamic_partitions(str(home_exams.name), ["OTHER"])
    killed, another = started({in_process.TAG: "killed"}), started({})
    with in_process.alive(recorded, "living") as tags:
        living = started(tags)
        assert in_process.end_abandoned(recorded) == [killed]
        assert in_process.end_abandoned(recorded) == []
    assert in_process.end_abandoned(recorded) == [living]
    statuses = {name: recorded.get_run_by_id(name) for name in (killed, living, another)}
    assert {name: run.status for name, run in statuses.items() if run} == {
        killed: DagsterRunStatus.FAILURE,
        living: DagsterRunStatus.FAILURE,
        another: DagsterRunStatus.STARTED,
    }
