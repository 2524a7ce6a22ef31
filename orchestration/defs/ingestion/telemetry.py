"""Telemetry: what the API left in the outbox is published, and what was published is drained into the stores."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from database import settings as database_settings
from ingestion import settings
from ingestion.drain import drain_all
from ingestion.relay import relay_once
from ingestion.sinks import Sink, open_sinks
from ingestion.sources import open_publisher, open_source
from ingestion.summary import DrainSummary
from orchestration.resources import Database

ASSET_OF_SINK = {"postgres": "telemetry_events", "clickhouse": "item_attempts"}
_OWNERS = ["team:data-engineering"]


def _specs() -> list[AssetSpec]:
    # In a function: specs that stand in a module are taken for assets of their own.
    return [
        AssetSpec(
            "telemetry_events",
            group_name="ingestion",
            kinds={"postgres"},
            owners=_OWNERS,
            skippable=True,
            metadata={"dagster/table_name": "telemetry.events"},
            description="Telemetry events, exactly once: the outbox is relayed once, then the topic or log is drained "
            "to its end. What is no event becomes a dead letter with its reason.",
        ),
        AssetSpec(
            "item_attempts",
            group_name="ingestion",
            kinds={"clickhouse"},
            owners=_OWNERS,
            skippable=True,
            metadata={"dagster/table_name": "qbank.item_attempts"},
            description="Answers by item and time in ClickHouse, counted once each, with sums by the hour. Drained "
            "together with telemetry_events, from positions of its own; skipped where there is no ClickHouse.",
        ),
    ]


@multi_asset(name="drain_events", specs=_specs(), can_subset=True)
def drain_events(context: AssetExecutionContext, database: Database) -> Iterator[MaterializeResult[None]]:
    """Relay once, then drain into every store that is asked for; one that fails holds up no other."""
    with _sinks(context.selected_asset_keys, database) as (relayed, sinks):
        if not sinks:
            context.log.warning(
                "there is no ClickHouse: set QBANK_CLICKHOUSE_URL, or install qbank[embedded]"
            )
        with closing(open_source(settings.load())) as source:
            summaries = drain_all(source, sinks)
    for summary in summaries:
        for line in summary.lines():
            context.log.info(line)
        if not summary.faults:
            yield MaterializeResult(
                asset_key=ASSET_OF_SINK[summary.sink], metadata={"relayed": relayed, **_metadata(summary)}
            )
    faults = {f"{summary.sink}: {fault}" for summary in summaries for fault in summary.faults}
    if faults:
        raise Failure("; ".join(sorted(faults)))


@contextmanager
def _sinks(selected: set[AssetKey], database: Database) -> Iterator[tuple[int, list[Sink]]]:
    """Relay once, and lend the stores of the assets that are asked for."""
    engine = database.engine()
    try:
        with closing(open_publisher(settings.load())) as publisher:
            relayed = relay_once(engine, publisher)
        sinks = open_sinks(engine, database_settings.load())
        yield relayed, [sink for sink in sinks if AssetKey(ASSET_OF_SINK[sink.name]) in selected]
    finally:
        engine.dispose()


def _metadata(summary: DrainSummary) -> dict[str, Any]:
    def moment(value: object) -> MetadataValue:
        return MetadataValue.text("none" if value is None else str(value))

    return {
        "read": summary.read,
        "written": summary.stored,
        "duplicates": summary.repeated,
        "passed over": summary.passed_over,
        "of forgotten learners": summary.forgotten,
        "dead-lettered": sum(summary.dead_letters.values()),
        "dead letters by reason": MetadataValue.json(dict(summary.dead_letters)),
        "events by type": MetadataValue.json(dict(summary.stored_by_type)),
        "lag by partition": MetadataValue.json({str(p): lag for p, lag in summary.lag.items()}),
        "events a second": round(summary.events_per_second, 1),
        "oldest event": moment(summary.oldest),
        "newest event": moment(summary.newest),
        "source": summary.source_id,
    }
