"""Calibrations as of a past day: one by hand, or a backfill over exams and days."""

import datetime as dt

from dagster import (
    AssetSelection,
    DailyPartitionsDefinition,
    Failure,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    OpExecutionContext,
    define_asset_job,
    job,
    op,
)

from orchestration.defs.calibration.publish import TABLES
from orchestration.partitions import home_exams
from orchestration.run import run_as_of

EXAM, DAY = "exam", "day"
exam_days = MultiPartitionsDefinition(
    {EXAM: home_exams, DAY: DailyPartitionsDefinition(start_date="2020-01-01")}
)
_TAGS = {"qbank/builds": "marts"}

calibration_as_of = define_asset_job(
    "calibration_as_of",
    # Everything up to the candidate's checks: what is live is no business of a past day.
    selection=AssetSelection.groups("calibration") - AssetSelection.assets(*TABLES, "calibration_report"),
    tags=_TAGS,
    description="Calibrates an exam as of the end of a past day, UTC (`as_of` of response_matrix), from the newest "
    "marts. The candidate is checked and kept, never published by itself.",
)


@op(description="Runs calibration_as_of for the exam and the day of the partition, in this process.")
def calibrate_as_of(context: OpExecutionContext) -> None:
    """Calibrate, and fail where the calibration did."""
    key = context.partition_key
    if not isinstance(key, MultiPartitionKey):
        raise TypeError(f"a partition of exam and day is needed, not {key!r}")
    exam, day = key.keys_by_dimension[EXAM], dt.date.fromisoformat(key.keys_by_dimension[DAY])
    outcome = run_as_of(exam, day, context.instance, lambda _: None)
    context.log.info(f"calibration of exam {exam} as of {day}: Dagster's run {outcome.run_id}")
    if not outcome.success:
        raise Failure(f"exam {exam} as of {day}: " + "\n".join(outcome.why()))


@job(
    partitions_def=exam_days,
    # A tag of its own: the run that it starts holds the other's lock itself.
    tags={"qbank/backfills": "as_of"},
    description="For backfills: choose exams and days, and each pair is calibrated as of the end of that day, one "
    "after the other.",
)
def calibrations_as_of() -> None:
    """Calibrate an exam as of a day."""
    calibrate_as_of()
