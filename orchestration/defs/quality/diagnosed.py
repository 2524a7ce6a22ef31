"""What a run found of itself that forbids serving it: a scale that nothing holds, too many curves that moved."""

import uuid
from typing import Any

from dagster import AssetCheckResult, AssetCheckSeverity, MetadataValue, asset_check
from sqlalchemy import Connection

from database.queries import calibrations, diagnostics, reviews
from orchestration.lifecycle.policy import Policy, policy
from orchestration.lifecycle.remembered import Lifecycle, remembered
from orchestration.partitions import home_exams
from orchestration.resources import Database

# Of the items that could be tested; beyond, the model and not a few items is at fault.
MOST_MISFIT = 0.20


@asset_check(
    asset="calibration_diagnostics",
    blocking=True,
    partitions_def=home_exams,
    description="Enough anchors hold the scale. Where too few are left, tonight's parameters would lie on a scale of "
    "their own: nothing is published. See which drifted and why; new anchors come from items on probation as they "
    "gather published runs, and `new_scale` of item_calibration_candidate defines the scale anew.",
)
def anchors_hold(database: Database, calibration_diagnostics: str) -> AssetCheckResult:
    """Block a run whose anchors no longer tell where its scale lies."""
    with database.begin() as connection:
        lifecycle, _, found = _of(connection, calibration_diagnostics)
    said = found.get("anchors", {})
    counts = ", ".join(f"{n} {verdict}" for verdict, n in said.get("verdicts", {}).items())
    return AssetCheckResult(
        passed=lifecycle.too_few_anchors is None,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "observed": lifecycle.too_few_anchors or counts or "the run has no anchors yet",
            "dropped": ", ".join(said.get("dropped", ())) or "none",
            "link": MetadataValue.json(dict(lifecycle.link)),
        },
    )


@asset_check(
    asset="calibration_diagnostics",
    blocking=True,
    partitions_def=home_exams,
    description="Of the items that are live, at most the policy's share (most_changed) have a curve that moved by more "
    "than drift_effect, in probability, since the live calibration. More at once come from data or key files, not "
    "from learners: look at `qbank calibrations diff`, mend the cause and run again, or raise most_changed "
    "for a run (`qbank calibrations policy`).",
)
def few_items_changed(database: Database, calibration_diagnostics: str) -> AssetCheckResult:
    """Block a run after which learners would meet another bank overnight."""
    with database.begin() as connection:
        _, rules, found = _of(connection, calibration_diagnostics)
        live = reviews.standing(connection, uuid.UUID(calibration_diagnostics)) == "published"
    said = found.get("changed", {"n_items": 0, "n_changed": 0, "share": 0.0})
    return AssetCheckResult(
        # What somebody let go live is not stopped the night after.
        passed=live or said["share"] <= rules.most_changed,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "observed": f"{said['n_changed']:,} of {said['n_items']:,} live items changed ({said['share']:.0%}); "
            f"at most {rules.most_changed:.0%} may",
            "share": said["share"],
            "at fault": said.get("changed") or "none",
        },
    )


@asset_check(
    asset="calibration_diagnostics",
    partitions_def=home_exams,
    description=f"At most {MOST_MISFIT:.0%} of the items that are to be served misfit their curve (beyond chance, and "
    "by more than the policy's fit_effect). More say that the model is at fault: see the report's item fit.",
)
def items_fit(database: Database, calibration_diagnostics: str) -> AssetCheckResult:
    """Warn where curves do not describe the answers."""
    with database.begin() as connection:
        run = calibrations.find_run(connection, uuid.UUID(calibration_diagnostics))
        found = diagnostics.figures(connection, run.id)
    said = found.get("fit", {}).get(run.serving_model, {"n_items": 0, "n_misfit": 0})
    share = said["n_misfit"] / said["n_items"] if said["n_items"] else 0.0
    return AssetCheckResult(
        passed=share <= MOST_MISFIT,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "observed": f"{said['n_misfit']:,} of {said['n_items']:,} tested items misfit ({share:.0%})",
            "share": share,
        },
    )


def _of(connection: Connection, run_id: str) -> tuple[Lifecycle, Policy, dict[str, Any]]:
    run = calibrations.find_run(connection, uuid.UUID(run_id))
    lifecycle = remembered(run.lifecycle)
    return lifecycle, policy(run.exam_code, lifecycle.policy), diagnostics.figures(connection, run.id)
