"""Whether what loads the raw tables has lately done so: dbt's source freshness, with the limits of its sources.yml."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from database.queries import source_loads
from orchestration import dbt_freshness
from orchestration.defs.marts.models import QbankTranslator
from orchestration.resources import Database

NAME = "is_fresh"
_SOURCES = {QbankTranslator().get_asset_key(entry): entry for entry in dbt_freshness.watched_sources()}


def _specs() -> list[AssetCheckSpec]:
    # In a function: specs that stand in a module are taken for checks of their own.
    return [
        AssetCheckSpec(
            name=NAME,
            asset=key,
            blocking=True,
            description="Where the exam is being delivered, the last load that went well is not older than "
            f"{_limit(entry, 'warn_after')} (warns), {_limit(entry, 'error_after')} (blocks). An exam of which no "
            f"quiz was begun for {entry['config']['meta']['live_days']} days is as old as it is.",
        )
        for key, entry in _SOURCES.items()
    ]


def _limit(entry: dict[str, Any], which: str) -> str:
    limit = entry["config"]["freshness"][which]
    return f"{limit['count']} {limit['period']}s"


@multi_asset_check(specs=_specs(), name="source_freshness", can_subset=True)
def source_freshness(context: AssetCheckExecutionContext, database: Database) -> Iterator[AssetCheckResult]:
    """Ask dbt how old the loads are, and hold the run back where learners answer and nothing comes in."""
    exam = context.run.tags.get("dagster/partition")
    keys = {key.asset_key for key in context.selected_asset_check_keys}
    entries = {entry["unique_id"]: (key, entry) for key, entry in _SOURCES.items() if key in keys}
    for found in dbt_freshness.source_freshness(database.url(), entries):
        key, entry = entries[found.unique_id]
        days = int(entry["config"]["meta"]["live_days"])
        with database.begin() as connection:
            live = source_loads.is_delivered(connection, exam, days)
        yield _judged(key, found, live, days)


def _judged(key: AssetKey, found: dbt_freshness.Freshness, live: bool, days: int) -> AssetCheckResult:
    late = found.status != "pass"
    served = "delivered now" if live else f"static: no quiz was begun in the last {days} days"
    return AssetCheckResult(
        asset_key=key,
        check_name=NAME,
        # A query that could not be run says nothing of age, whoever is served.
        passed=not late or (not live and found.age is not None),
        severity=AssetCheckSeverity.WARN if found.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={
            "observed": f"{_age(found)}; {served}",
            "loaded at": str(found.loaded_at or "unknown"),
            "limit": found.status,
            "message": found.message or 'see docs/runbook.md, "Events do not arrive"',
        },
    )


def _age(found: dbt_freshness.Freshness) -> str:
    if found.age is None or found.loaded_at is None:
        return f"the last load is not known ({found.status})"
    if found.loaded_at.year == dt.datetime.fromtimestamp(0, dt.UTC).year:
        return "never loaded"
    return f"last loaded {found.age - dt.timedelta(microseconds=found.age.microseconds)} ago"
