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
    description="The fit that is to serve converged: no parameter would still move. Another that did not is shown, and "
    "its rows are not published. A fit without enough items fits nothing, and has nothing to converge.",
)
def fits_converged(database: Database, item_calibration_candidate: str) -> AssetCheckResult:
    """Block the publishing of a run whose serving fit stopped short."""
    with database.begin() as connection:
        run = calibrations.find_run(connection, uuid.UUID(item_calibration_candidate))
    short = {
        model: fit["reason"]
        for model, fit in run.fits.items()
        if fit["items_fitted"] and not fit["converged"]
    }
    return AssetCheckResult(
        passed=run.serving_model not in short,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            "serving": run.serving_model or "none",
            "not converged": ", ".join(f"{model}: {reason}" for model, reason in short.items()) or "none",
            **{f"passes {model}": int(fit["passes"]) for model, fit in run.fits.items()},
        },
    )
