"""The nightly calibration: one job over every asset that a fit needs or feeds, one run a home exam."""

from collections.abc import Iterator

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
    schedule,
    sensor,
)

from database.queries import calibrations
from orchestration.partitions import home_exams
from orchestration.resources import Database

nightly_calibration = define_asset_job(
    "nightly_calibration",
    # ClickHouse is the dashboard's: a fit does not wait for it.
    selection=AssetSelection.all()
    - AssetSelection.assets("item_attempts")
    - AssetSelection.checks_for_assets("item_attempts"),
    # By this tag the instance's queue lets one of these run at a time (orchestration/instance.py).
    tags={"qbank/builds": "marts"},
    description="Everything for one home exam: telemetry in, marts, checks, fit, publish, report.",
)


@schedule(
    job=nightly_calibration,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.STOPPED,
    description="Calibrates every home exam at 02:00 UTC. Off until someone switches it on.",
)
def nightly_calibration_schedule(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Ask for one run a home exam."""
    exams = context.instance.get_dynamic_partitions(str(home_exams.name))
    if not exams:
        yield SkipReason("no home exam is known yet: import one with `qbank import`")
    for exam in exams:
        yield RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%d}/{exam}", partition_key=exam)


@sensor(
    job=nightly_calibration,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Makes a partition of every exam that has questions; starts nothing.",
)
def home_exams_sensor(context: SensorEvaluationContext, database: Database) -> SensorResult:
    """Register the exams that are not partitions yet."""
    with database.begin() as connection:
        known = calibrations.home_exams(connection)
    new = [exam for exam in known if not context.instance.has_dynamic_partition(str(home_exams.name), exam)]
    return SensorResult(dynamic_partitions_requests=[home_exams.build_add_request(new)] if new else [])
