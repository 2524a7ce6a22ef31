"""Telemetry: what the API left in the outbox is published, and what was published is drained."""

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from ingestion import settings
from ingestion.drain import drain
from ingestion.relay import relay_once
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources import open_publisher, open_source
from orchestration.resources import Database


@asset(
    group_name="ingestion",
    kinds={"postgres"},
    owners=["team:data-engineering"],
    description="Telemetry events, exactly once: the outbox is relayed once, then the source is drained to its end. "
    "What is no event becomes a dead letter with its reason.",
)
def telemetry_events(context: AssetExecutionContext, database: Database) -> MaterializeResult[None]:
    """Relay once and drain."""
    chosen, engine = settings.load(), database.engine()
    try:
        relayed = relay_once(engine, open_publisher(chosen))
        summary = drain(open_source(chosen), PostgresSink(engine))
    finally:
        engine.dispose()
    for line in summary.lines():
        context.log.info(line)
    return MaterializeResult(
        metadata={
            "dagster/table_name": "telemetry.events",
            "relayed": relayed,
            "read": summary.read,
            "stored": summary.stored,
            "repeated": summary.repeated,
            "dead letters": MetadataValue.json(dict(summary.dead_letters)),
        }
    )
