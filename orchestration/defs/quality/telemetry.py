"""Whether events arrive and are events. All warn: none holds up a fit."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from dagster import AssetCheckResult, AssetCheckSeverity, MetadataValue, asset_check
from sqlalchemy import Engine

from database import settings as database_settings
from database.queries import dead_letters, telemetry_checks
from database.queries.dead_letters import LetterFilter
from ingestion import settings
from ingestion.events import FIELDS, Reason
from ingestion.positions import standings
from ingestion.sinks import Sink, open_sinks
from ingestion.sources import open_source
from orchestration.resources import Database

LAG_MESSAGES = 10_000
DEAD_SHARE = 0.01
DAY = dt.timedelta(days=1)


@asset_check(
    asset="telemetry_events",
    name="telemetry_events_lag",
    description=f"At most {LAG_MESSAGES:,} messages of the topic or log are left for Postgres to read.",
)
def telemetry_events_lag(database: Database) -> AssetCheckResult:
    """Warn where Postgres has fallen behind."""
    return _lag("postgres", database)


@asset_check(
    asset="item_attempts",
    name="item_attempts_lag",
    description=f"At most {LAG_MESSAGES:,} messages of the topic or log are left for ClickHouse to read.",
)
def item_attempts_lag(database: Database) -> AssetCheckResult:
    """Warn where ClickHouse has fallen behind."""
    return _lag("clickhouse", database)


@asset_check(
    asset="telemetry_events",
    description=f"At most {DEAD_SHARE:.0%} of the messages of the last 24 hours were no events.",
)
def dead_letter_share(database: Database) -> AssetCheckResult:
    """Warn where a producer sends what cannot be stored."""
    since = _now() - DAY
    with database.begin() as connection:
        shares = telemetry_checks.shares(connection, since)
        reasons = dead_letters.count(connection, LetterFilter(replayed=False))
    return _warning(
        shares.dead_share <= DEAD_SHARE,
        observed=f"{shares.dead:,} of {shares.stored + shares.dead:,} messages",
        share=shares.dead_share,
        reasons=MetadataValue.json(reasons),
    )


@asset_check(
    asset="telemetry_events",
    description="Events of the last 24 hours have the fields of the contract and no others, and none came of an "
    "unknown type or version. Unknown fields are kept: look who sends them, and take them into the contract.",
)
def schema_drift(database: Database) -> AssetCheckResult:
    """Warn where producers and contract grow apart."""
    since = _now() - DAY
    with database.begin() as connection:
        fields = telemetry_checks.unknown_fields(connection, FIELDS, since)
        refused = telemetry_checks.refused(connection, (Reason.UNKNOWN_TYPE, Reason.UNKNOWN_VERSION), since)
    found = {**{f"field {name}": n for name, n in fields.items()}, **refused}
    return _warning(
        not found,
        observed=", ".join(f"{name}: {n:,}" for name, n in found.items()) or "none",
        found=MetadataValue.json(found),
    )


def _lag(sink: str, database: Database) -> AssetCheckResult:
    with _sinks(database) as sinks, closing(open_source(settings.load())) as source:
        found, away = standings(source, [one for one in sinks if one.name == sink])
    if away:
        return _warning(False, observed=str(away[sink]))
    lags = {str(one.partition): one.lag or 0 for one in found}
    lag = sum(lags.values())
    return _warning(
        lag <= LAG_MESSAGES, observed=f"{lag:,} messages", **{"lag by partition": MetadataValue.json(lags)}
    )


@contextmanager
def _sinks(database: Database) -> Iterator[tuple[Sink, ...]]:
    engine: Engine = database.engine()
    try:
        yield open_sinks(engine, database_settings.load())
    finally:
        engine.dispose()


def _warning(passed: bool, **metadata: Any) -> AssetCheckResult:
    return AssetCheckResult(passed=passed, severity=AssetCheckSeverity.WARN, metadata=metadata)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
