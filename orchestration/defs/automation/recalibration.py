"""The sensor that calibrates an exam before its night, when enough new first attempts have come in."""

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from database.queries import new_answers
from orchestration import in_process
from orchestration.defs.automation.nightly import nightly_calibration
from orchestration.lifecycle.policy import PolicyError, policy
from orchestration.partitions import home_exams
from orchestration.recalibration import Seen, Verdict, verdict
from orchestration.resources import Database

_UNDER_WAY = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]


@sensor(
    job=nightly_calibration,
    minimum_interval_seconds=300,
    default_status=DefaultSensorStatus.STOPPED,
    description="Calibrates an exam when enough usable first attempts have come in since its newest run: "
    "`recalibrate_responses` and `recalibrate_share` of the exam's policy. Never while a run of it waits or is under "
    "way. Off until someone switches it on.",
)
def recalibration_sensor(context: SensorEvaluationContext, database: Database) -> SensorResult:
    """Ask for a run of each exam that is due, and say of the others how far they are."""
    in_process.end_abandoned(context.instance)
    seen = Seen.of(context.cursor)
    verdicts, said = _verdicts(database, seen)
    requests = []
    for each in verdicts:
        if not each.due or _under_way(context.instance, each.exam):
            said.append(each.sentence + (", but one is under way" if each.due else ""))
            continue
        seen.asked[each.exam] = each.usable
        requests.append(
            RunRequest(
                run_key=f"recalibration/{each.exam}/{each.usable}",
                partition_key=each.exam,
                tags={"qbank/why": each.sentence},
            )
        )
    new = [
        r.partition_key for r in requests if r.partition_key and not _is_partition(context, r.partition_key)
    ]
    return SensorResult(
        run_requests=requests,
        skip_reason=None if requests else SkipReason("; ".join(said) or "there is no exam with questions"),
        cursor=seen.cursor(),
        dynamic_partitions_requests=[home_exams.build_add_request(new)] if new else [],
    )


def _verdicts(database: Database, seen: Seen) -> tuple[list[Verdict], list[str]]:
    """Judge every exam, and say which could not be; counts the marts again only where they were built anew."""
    with database.begin() as connection:
        standings = new_answers.standings(connection)
        build = new_answers.build_id(connection)
        if build != seen.build or build is None:
            seen.build, seen.judged = build, new_answers.judged(connection)
        unjudged = new_answers.unjudged(connection)
    judged, none = [], new_answers.Judged(0, 0)
    unusable = []
    for standing in standings:
        exam = standing.code
        try:
            rules = policy(exam, standing.model_policy)
        except PolicyError as fault:
            # One exam whose rules cannot be read holds up no other.
            unusable.append(str(fault))
            continue
        known, asked = seen.judged.get(exam, none), seen.asked.get(exam, 0)
        judged.append(verdict(standing, rules, known, unjudged.get(exam, 0), asked))
    return judged, unusable


def _under_way(instance: DagsterInstance, exam: str) -> bool:
    """Tell whether a run of the exam waits or is under way."""
    filters = RunsFilter(
        job_name=nightly_calibration.name, statuses=_UNDER_WAY, tags={"dagster/partition": exam}
    )
    return bool(instance.get_runs(filters, limit=1))


def _is_partition(context: SensorEvaluationContext, exam: str) -> bool:
    return context.instance.has_dynamic_partition(str(home_exams.name), exam)
