"""Dagster's daemon and pages at work: a sensor starts a night, a backfill asks for past days, the queue holds.

What the pages do when somebody presses their buttons is done here by the same GraphQL.
"""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter
from sqlalchemy import text

from database.queries import calibrations, reviews
from orchestration.instance import instance
from orchestration.partitions import home_exams
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam
from tests.services.pages import daemon, webserver

pytestmark = pytest.mark.timeout(1500)

EXAM, PERSONS = "SERVED", 400
#: Made-up answers lie in the week after 2025-01-06; by the first of these days some have come, by the second all.
DAYS = ("2025-01-09", "2025-01-20")
REPOSITORY = {"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"}
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Services:
    """Pages and daemon on the home of a pipeline."""

    address: str
    recorded: DagsterInstance

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the only field of a mutation's answer."""
        sent = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", sent, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answered:
            said = json.load(answered)
        assert "errors" not in said, said
        (field,) = said["data"].values()
        return dict(field)

    def until(self, what: str, found: Callable[[], Any]) -> Any:
        """Wait for something to be there, and return it."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (there := found()):
            assert time.monotonic() < deadline, f"{what}: not seen"
            time.sleep(0.5)
        return there

    def ended(self, job: str, number: int) -> list[RunRecord]:
        """Wait until so many runs of a job are over, and return them."""
        over = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
        wanted = RunsFilter(job_name=job, statuses=over)

        def found() -> list[RunRecord]:
            runs = list(self.recorded.get_run_records(wanted))
            return runs if len(runs) >= number else []

        runs: list[RunRecord] = self.until(f"{number} runs of {job}", found)
        return runs


@pytest.fixture(scope="module")
def services(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The services of a bank whose only exam was imported, and nothing more."""
    folder = tmp_path_factory.mktemp("served")
    pipeline.import_files(EXAM, *write_exam(folder, persons=PERSONS, items=12, easy=False))
    with instance(pipeline.home) as recorded:
        home = pipeline.home / "dagster"
        with webserver(home, folder / "pages.log") as address, daemon(home, folder / "daemon.log"):
            yield Services(address, recorded)


@pytest.fixture(scope="module")
def first(services: Services) -> RunRecord:
    """The night that the sensor asked for, once it was switched on."""
    known = services.recorded.has_dynamic_partition
    services.until(f"partition {EXAM}", lambda: known(str(home_exams.name), EXAM))
    started = services.ask(
        "mutation($it: SensorSelector!) { startSensor(sensorSelector: $it) { __typename } }",
        it={**REPOSITORY, "sensorName": "recalibration_sensor"},
    )
    assert started == {"__typename": "Sensor"}
    (run,) = services.ended("nightly_calibration", 1)
    return run


@pytest.fixture(scope="module")
def asked(services: Services, first: RunRecord) -> list[RunRecord]:
    """A backfill of two days, and two nights of the exam at once beside it."""
    launched = services.ask(
        "mutation($it: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $it) { __typename } }",
        it={
            "selector": {
                "partitionSetName": "calibrations_as_of_partition_set",
                "repositorySelector": REPOSITORY,
            },
            "partitionNames": [f"{day}|{EXAM}" for day in DAYS],
        },
    )
    assert launched == {"__typename": "LaunchBackfillSuccess"}
    for _ in range(2):
        started = services.ask(
            "mutation($it: ExecutionParams!) { launchRun(executionParams: $it) { __typename } }",
            it={
                "selector": {**REPOSITORY, "jobName": "nightly_calibration"},
                "runConfigData": {},
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": EXAM}]},
            },
        )
        assert started == {"__typename": "LaunchRunSuccess"}
    return services.ended("calibrations_as_of", 2) + services.ended("nightly_calibration", 3)


def test_a_sensor_starts_the_night_of_an_exam_that_came_in(
    pipeline: Pipeline, services: Services, first: RunRecord
) -> None:
    run = first.dagster_run
    assert run.status == DagsterRunStatus.SUCCESS
    assert run.tags["dagster/sensor_name"] == "recalibration_sensor"
    assert f"{PERSONS * 12:,} new usable first attempts (no run yet)" in run.tags["qbank/why"]
    live = pipeline.read(lambda c: calibrations.live_run(c, EXAM))
    assert live.n_persons == PERSONS


def test_a_backfill_from_the_pages_calibrates_each_day(pipeline: Pipeline, asked: list[RunRecord]) -> None:
    past = [each for each in asked if each.dagster_run.job_name == "calibrations_as_of"]
    assert [each.dagster_run.status for each in past] == [DagsterRunStatus.SUCCESS] * 2
    found = pipeline.read(lambda c: reviews.runs(c, exam=EXAM, status="candidate"))
    persons = {str(each["as_of"]): each["n_persons"] for each in found if each["as_of"] is not None}
    assert set(persons) == set(DAYS)
    assert 0 < persons[DAYS[0]] < persons[DAYS[1]] == PERSONS
    (live,) = pipeline.read(lambda c: reviews.runs(c, exam=EXAM, status="published"))
    assert live["as_of"] is None


@pytest.mark.parametrize(("job", "number"), [("nightly_calibration", 3), ("calibrations_as_of", 2)])
def test_the_queue_lets_one_of_them_run_at_a_time(
    services: Services, asked: list[RunRecord], job: str, number: int
) -> None:
    runs = services.ended(job, number)
    assert {each.dagster_run.status for each in runs} == {DagsterRunStatus.SUCCESS}
    times = sorted((each.start_time or 0.0, each.end_time or 0.0) for each in runs)
    assert len(times) == number
    for (_, ended), (began, _) in itertools.pairwise(times):
        assert ended <= began, times


def test_nights_and_past_days_of_one_exam_take_turns(services: Services, asked: list[RunRecord]) -> None:
    works = [
        _worked(services.recorded, record.dagster_run.run_id)
        for job in ("nightly_calibration", "calibration_as_of")
        for record in services.recorded.get_run_records(RunsFilter(job_name=job))
    ]
    assert len(works) == 5
    for (_, ended), (began, _) in itertools.pairwise(sorted(works)):
        assert ended <= began, works


def _worked(recorded: DagsterInstance, run: str) -> tuple[float, float]:
    """When the first step of a run began and its last one ended: before, it may have waited for its turn."""
    steps = recorded.get_run_step_stats(run)
    return min(each.start_time or 0.0 for each in steps), max(each.end_time or 0.0 for each in steps)


def test_late_nights_of_an_exam_without_new_answers_fit_nothing(
    pipeline: Pipeline, asked: list[RunRecord]
) -> None:
    runs = "select count(*) from calibration_runs where as_of is null and exam_code = :exam"
    assert pipeline.read(lambda c: c.scalar(text(runs), {"exam": EXAM})) == 1
