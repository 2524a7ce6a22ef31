"""Runs that Dagster's own pages or schedules started write their data quality page when they end."""

from dagster import DagsterRunStatus, DefaultSensorStatus, RunStatusSensorContext, run_status_sensor

from orchestration.defs.automation.nightly import nightly_calibration
from orchestration.quality_page import write_page
from orchestration.resources import Database
from orchestration.verdict import hold_back


def _write(context: RunStatusSensorContext) -> None:
    exam = context.dagster_run.tags["dagster/partition"]
    if context.repository_def is None:
        raise ValueError("the sensor was evaluated without its code location")
    database = Database()
    with database.begin() as connection:
        path = write_page(
            context.instance,
            context.repository_def,
            context.dagster_run.run_id,
            exam,
            database.home(),
            connection,
        )
    context.log.info(f"data quality page written: {path}")


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[nightly_calibration],
    default_status=DefaultSensorStatus.RUNNING,
)
def data_quality_page_sensor(context: RunStatusSensorContext) -> None:
    """Write the page of a run that went well."""
    _write(context)


@run_status_sensor(
    run_status=DagsterRunStatus.FAILURE,
    monitored_jobs=[nightly_calibration],
    default_status=DefaultSensorStatus.RUNNING,
)
def data_quality_page_of_failure_sensor(context: RunStatusSensorContext) -> None:
    """Say of the calibration that it is held back, and write the page of the run: it says what stopped it."""
    with Database().begin() as connection:
        held = hold_back(context.instance, context.dagster_run.run_id, connection)
    if held is not None:
        context.log.info(f"calibration run {held} is blocked: `qbank calibrations show {held}` says why")
    _write(context)
