"""The simulation gate: adaptive sessions by the new parameters beside those by the live ones."""

import uuid

from dagster import MetadataValue, Output, asset

from database.queries import calibrations, diagnostics, scales
from orchestration.defs.calibration.diagnostics import LIVE
from orchestration.lifecycle.policy import policy
from orchestration.lifecycle.remembered import remembered
from orchestration.partitions import home_exams
from orchestration.resources import Database


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"python", "postgres"},
    owners=["team:psychometrics"],
    description="Simulated learners take adaptive sessions by maximum information, on what is live and on what will be "
    "live: standard error, items used, overlap. Kept with the run; its check says whether it may go live.",
)
def simulation_gate(database: Database, calibration_diagnostics: str) -> Output[str]:
    """Simulate and store what came of it; the value is the run's id."""
    from orchestration.gate import judge

    run_id = uuid.UUID(calibration_diagnostics)
    with database.begin() as connection:
        run = calibrations.find_run(connection, run_id)
        if diagnostics.known_of_live(connection, run_id):
            return Output(calibration_diagnostics, metadata={"run": str(run_id), "skipped": LIVE})
        scale = scales.scale(connection, run.exam_code)
        live = [row for row in calibrations.live_items(connection, run.exam_code) if row["serving"]]
        fitted = calibrations.fitted_items(connection, run_id)
    said = judge(
        run_id,
        live,
        [row for row in fitted if row["model"] == run.serving_model],
        policy(run.exam_code, remembered(run.lifecycle).policy),
        (0.0, 1.0) if scale is None else (scale.prior_mean, scale.prior_sd),
    )
    with database.begin() as connection:
        diagnostics.record_gate(connection, run_id, said)
    new = said["figures"].get("new", {})
    return Output(
        calibration_diagnostics,
        metadata={
            "run": calibration_diagnostics,
            "said": said["reason"],
            **{
                f"{name} (new)": new[name]
                for name in ("se", "rmse", "used", "exposure", "overlap")
                if name in new
            },
            "figures": MetadataValue.json(said["figures"]),
        },
    )
