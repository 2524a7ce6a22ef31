"""The fit's own word on whether it can be trusted."""

import uuid

from dagster import AssetCheckResult, AssetCheckSeverity, asset_check

from database.queries import calibrations
from orchestration.partitions import home_exams
from orchestration.resources import Database


@asset_check(
    asset="item_calibration_candidate",
    blocking=True,
    partitions_def=home_exams,
    description="Each model converged: no parameter would still move. A fit without enough items fits nothing, and "
    "has nothing to converge; its items are set aside with a reason.",
)
def fits_converged(database: Database, item_calibration_candidate: str) -> AssetCheckResult:
    """Block the publishing of a run of which a model stopped short."""
    with database.begin() as connection:
        fits = calibrations.find_run(connection, uuid.UUID(item_calibration_candidate)).fits
    short = {
        model: fit["reason"] for model, fit in fits.items() if fit["items_fitted"] and not fit["converged"]
    }
    return AssetCheckResult(
        passed=not short,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "not converged": ", ".join(f"{model}: {reason}" for model, reason in short.items()) or "none",
            **{f"passes {model}": int(fit["passes"]) for model, fit in fits.items()},
        },
    )
