"""Events by themselves: the job that relays and drains, and the sensor that starts it when messages pile up."""

from contextlib import closing

from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    sensor,
)

import expectations
from database import clickhouse
from database import settings as database_settings
from database.queries import telemetry
from ingestion import settings
from ingestion.errors import IngestionError
from ingestion.positions import standings
from ingestion.sinks import open_sinks
from ingestion.sources import open_source
from orchestration.defs.quality import freshness
from orchestration.resources import Database

THRESHOLD_MESSAGES = 1_000
_UNDER_WAY = [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]

# Drains may come by the minute; what reads days of events comes by the night.
_BY_NIGHT = [
    AssetCheckKey(AssetKey("telemetry_events"), "answers_have_events"),
    AssetCheckKey(AssetKey("item_attempts"), "attempts_agree"),
    # How long ago a drain went well is no question right after one.
    AssetCheckKey(AssetKey("telemetry_events"), freshness.NAME),
    *(
        AssetCheckKey(AssetKey("telemetry_events"), each.id)
        for each in expectations.load_suite("telemetry_events").expectations
    ),
]

telemetry_drain = define_asset_job(
    "telemetry_drain",
    selection=AssetSelection.assets("telemetry_events", "item_attempts") - AssetSelection.checks(*_BY_NIGHT),
    # By this tag the instance's queue lets one of these run at a time (orchestration/instance.py).
    tags={"qbank/drains": "stores"},
    description="Relay once, then drain topic or log into Postgres and ClickHouse, and look at what came of it.",
)

telemetry_reconciliation = define_asset_job(
    "telemetry_reconciliation",
    selection=AssetSelection.checks(*_BY_NIGHT),
    description="Look at the events of the last days: what a person expects of them, whether each answer has its "
    "event, and whether ClickHouse holds the same answers as Postgres.",
)

telemetry_reconciliation_schedule = ScheduleDefinition(
    name="telemetry_reconciliation_schedule",
    job=telemetry_reconciliation,
    cron_schedule="0 1 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.STOPPED,
    description="Reconciles at 01:00 UTC, before exams are calibrated. Off until someone switches it on.",
)


@sensor(
    job=telemetry_drain,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description=f"Drains when {THRESHOLD_MESSAGES:,} messages wait, in the outbox or for one of the stores. Where "
    "`qbank consume` runs, they do not pile up.",
)
def telemetry_lag_sensor(context: SensorEvaluationContext, database: Database) -> RunRequest | SkipReason:
    """Ask for a run where too much waits and none is under way."""
    if context.instance.get_runs(RunsFilter(job_name=telemetry_drain.name, statuses=_UNDER_WAY), limit=1):
        return SkipReason("a drain is under way")
    try:
        waiting = _waiting(database)
    except IngestionError as fault:
        return SkipReason(f"how much waits is not known: {fault}")
    if waiting < THRESHOLD_MESSAGES:
        return SkipReason(f"{waiting:,} messages wait, {THRESHOLD_MESSAGES:,} would start a drain")
    return RunRequest(tags={"qbank/waiting": str(waiting)})


def _waiting(database: Database) -> int:
    """Return how many messages wait for the store that is furthest behind, those in the outbox included."""
    chosen = database_settings.load()
    engine = database.engine()
    try:
        with engine.connect() as connection:
            outbox = telemetry.outbox_backlog(connection).waiting
        sinks = [
            sink
            for sink in open_sinks(engine, chosen)
            # To look at its lag is no reason to start an embedded server.
            if sink.name == "postgres" or clickhouse.running_url(chosen) is not None
        ]
        with closing(open_source(settings.load())) as source:
            found, _ = standings(source, sinks)
    finally:
        engine.dispose()
    lags = [sum(one.lag or 0 for one in found if one.sink == sink.name) for sink in sinks]
    return outbox + max(lags, default=0)
