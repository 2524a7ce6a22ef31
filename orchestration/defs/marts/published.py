"""Publishing of marts: what was built and passed its checks changes places with what is live."""

import time

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from database.errors import MartsInUseError
from database.queries import mart_swap, marts
from orchestration.defs.marts import models
from orchestration.resources import Database

PATIENCE_SECONDS = 600.0
_PAUSE_SECONDS = 3.0


@asset(
    group_name="marts",
    kinds={"postgres"},
    owners=["team:analytics"],
    # Every model, so that a check of any of them that blocks holds the swap back.
    deps=sorted(models.marts_before_fit.keys | models.marts_after_publish.keys),
    description="The marts that dashboards, analysts and the API read, schema `analytics`: what this run built in "
    "`analytics_candidate` changes places with it in one transaction. What was live is built next.",
)
def published_marts(context: AssetExecutionContext, database: Database) -> MaterializeResult[None]:
    """Swap the schemas, and say what is live since when."""
    began = time.monotonic()
    swap = swap_when_free(database, context.run.run_id, PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    tables = sorted(key.path[-1] for key in models.marts_after_publish.keys | models.marts_before_fit.keys)
    with database.begin() as connection:
        rows = marts.row_counts(connection, marts.LIVE, marts.tables_of(connection, marts.LIVE, tables))
    return MaterializeResult(
        metadata={
            "build": "full" if swap.build.full_refresh else "incremental",
            "reason": swap.build.reason,
            "build started": MetadataValue.text(str(swap.build.started_at)),
            "live since": MetadataValue.text(str(swap.build.published_at)),
            "live before since": MetadataValue.text(str(swap.live_before or "never")),
            "rows by table": MetadataValue.json(rows),
            "dagster/row_count": sum(rows.values()),
            "seconds": seconds,
        }
    )


def swap_when_free(database: Database, run_id: str, patience: float) -> mart_swap.Swap:
    """Swap as soon as no reader is in the way; the last attempt's MartsInUseError where one stays."""
    until = time.monotonic() + patience
    while True:
        try:
            with database.begin() as connection:
                return mart_swap.publish(connection, run_id)
        except MartsInUseError:
            if time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)
