"""The gate's word on whether a run may go live."""

import uuid

from dagster import AssetCheckResult, AssetCheckSeverity, MetadataValue, asset_check

from database.queries import diagnostics, reviews
from orchestration.partitions import home_exams
from orchestration.resources import Database


@asset_check(
    asset="simulation_gate",
    blocking=True,
    partitions_def=home_exams,
    description="Simulated sessions by the exam's rules of delivery are no worse on the new parameters than on the "
    "live ones, beyond the policy's limits and chance: standard error at the end, root mean square error, bias, items, "
    "rate of the item met most, blueprint, items used, overlap between learners. A failed gate publishes nothing and "
    "says what to look at; a limit that is too narrow is moved by `qbank calibrations policy`.",
)
def no_worse_than_live(database: Database, simulation_gate: str) -> AssetCheckResult:
    """Block a run that would measure learners worse, or wear out its bank."""
    with database.begin() as connection:
        said = diagnostics.gate(connection, uuid.UUID(simulation_gate))
        live = reviews.standing(connection, uuid.UUID(simulation_gate)) == "published"
    return AssetCheckResult(
        # What somebody let go live is not stopped the night after.
        passed=live or bool(said.get("passed")),
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "observed": str(
                said.get("reason", "the gate said nothing of this run: materialize simulation_gate")
            ),
            **{
                each["name"]: f"{each['new']:.3f} beside {each['old']:.3f} live, limit {each['limit']:.3f} "
                f"± {each['error']:.3f} by chance"
                for each in said.get("limits", ())
            },
            "settings": MetadataValue.json(said.get("settings", {})),
        },
    )
