"""Whether what is told twice is told alike: answers and events, marts and raw rows, ClickHouse and Postgres.

What could let a wrong calibration out blocks: an answer whose two records contradict each other, one that was told
and is gone, a mart that does not tell what the raw rows told. An event that is missing or late changes no response,
and ClickHouse feeds no fit: these warn.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    MetadataValue,
    asset_check,
)
from sqlalchemy import Connection

from database import clickhouse
from database import settings as database_settings
from database.queries import attempt_reconciliation, mart_reconciliation, marts, reconciliation
from database.queries.mart_reconciliation import MartAgreement
from database.queries.reconciliation import CONTRADICTIONS, Kind, Span
from ingestion import settings
from orchestration.partitions import home_exams
from orchestration.resources import Database

EXAMPLES = 20
_LATE = tuple(kind for kind in Kind if kind not in CONTRADICTIONS)


@asset_check(
    asset="telemetry_events",
    description="Each answer that delivery stored has its event answer_submitted, once, and each such event is of a "
    "quiz that is known; over the last days (QBANK_RECONCILE_DAYS), without the last ten minutes. Look at "
    "`qbank status` for what is on its way, then at `qbank reconcile`.",
)
def answers_have_events(database: Database) -> AssetCheckResult:
    """Warn where events are missing, doubled, or of another house."""
    with database.begin() as connection:
        found = reconciliation.answers(connection, _lately())
    return _result(
        found.count(*_LATE),
        AssetCheckSeverity.WARN,
        observed=", ".join(f"{found.count(kind):,} {kind}" for kind in _LATE),
        by_day=[
            {"day": str(day.day), "exam": day.exam, "responses": day.responses, "events": day.events}
            for day in found.days
            if any(day.faults[kind] for kind in _LATE)
        ],
        examples=found.of(*_LATE),
    )


@asset_check(
    asset="user_responses",
    blocking=True,
    partitions_def=home_exams,
    additional_deps=["telemetry_events"],
    description="Where an answer is told twice, by its row and by its event, both tell the same version, option, "
    "score, learner and time; and no answer that was told for a quiz we have is gone from user_responses. If not, "
    "somebody altered one of the two: `qbank reconcile` lists them.",
)
def answers_as_told(context: AssetCheckExecutionContext, database: Database) -> AssetCheckResult:
    """Block where the record that calibrates is contradicted by the one that was sent at once."""
    exam = context.run.tags["dagster/partition"]
    with database.begin() as connection:
        found = reconciliation.answers(connection, _lately(), exam=exam)
    return _result(
        found.count(*CONTRADICTIONS),
        AssetCheckSeverity.ERROR,
        observed=", ".join(f"{found.count(kind):,} {kind}" for kind in sorted(CONTRADICTIONS)),
        by_day=[
            {"day": str(day.day), **{str(kind): day.faults[kind] for kind in sorted(CONTRADICTIONS)}}
            for day in found.days
            if any(day.faults[kind] for kind in CONTRADICTIONS)
        ],
        examples=found.of(*CONTRADICTIONS),
    )


@asset_check(
    asset="int_first_attempts",
    blocking=True,
    partitions_def=home_exams,
    description="Each first attempt tells what its row of user_responses told when the marts were built: learner, "
    "item, option, score, times. If not: rebuild the marts in full, and find out who wrote into them.",
)
def first_attempts_as_recorded(context: AssetCheckExecutionContext, database: Database) -> AssetCheckResult:
    """Block where the fit would read what nobody answered."""
    return _mart(mart_reconciliation.first_attempts, context, database, _settled(None))


@asset_check(
    asset="fact_responses",
    blocking=True,
    partitions_def=home_exams,
    description="fact_responses has each response of the exam once, with the values that user_responses had when "
    "the marts were built, over the last days (QBANK_RECONCILE_DAYS; all of them by `qbank reconcile --all`). If "
    "not: rebuild the marts in full.",
)
def facts_as_recorded(context: AssetCheckExecutionContext, database: Database) -> AssetCheckResult:
    """Block where analysts would read what nobody answered."""
    return _mart(mart_reconciliation.facts, context, database, _lately())


@asset_check(
    asset="item_attempts",
    description="Postgres and ClickHouse hold the same answers of each item and day, by number, score and id, over "
    "the last days (QBANK_RECONCILE_DAYS). They differ while one of them is behind, and where two different events "
    "came under one id.",
)
def attempts_agree(database: Database) -> AssetCheckResult:
    """Warn where the two stores tell differently."""
    client = clickhouse.open_client(database_settings.load())
    try:
        with database.begin() as connection:
            found = attempt_reconciliation.stores(connection, client, _lately())
    finally:
        client.close()
    return _result(
        found.differing,
        AssetCheckSeverity.WARN,
        observed=f"{found.differing:,} of {found.cells:,} items and days differ; "
        f"{found.postgres:,} answers in Postgres, {found.clickhouse:,} in ClickHouse",
        by_day=[],
        examples=found.differences,
    )


def _mart(
    compare: Callable[[Connection, str, str, Span], MartAgreement],
    context: AssetCheckExecutionContext,
    database: Database,
    span: Span,
) -> AssetCheckResult:
    with database.begin() as connection:
        found = compare(connection, marts.newest(connection), context.run.tags["dagster/partition"], span)
    return _result(
        found.faults,
        AssetCheckSeverity.ERROR,
        observed=f"{found.faults:,} of {sum(day.mart for day in found.days):,} rows at fault",
        by_day=[
            {"day": str(day.day), "raw": day.raw, "mart": day.mart, "faults": day.faults}
            for day in found.days
            if day.faults
        ],
        examples=[f"response {response}: {fault}" for response, fault in found.examples],
    )


def _result(
    faults: int,
    severity: AssetCheckSeverity,
    *,
    observed: str,
    by_day: Sequence[dict[str, Any]],
    examples: Iterable[object],
) -> AssetCheckResult:
    shown = [str(each) for each in examples][:EXAMPLES]
    return AssetCheckResult(
        passed=not faults,
        severity=severity,
        metadata={
            "observed": observed,
            "faults": faults,
            "days at fault": MetadataValue.json(list(by_day)),
            "examples": "; ".join(shown) or "none",
            "sample": MetadataValue.json([{"at fault": each} for each in shown]),
        },
    )


def _lately() -> Span:
    return _settled(settings.load().reconcile_days)


def _settled(days: int | None) -> Span:
    return reconciliation.settled(dt.datetime.now(dt.UTC), days)
