"""The simulation gate: sessions as the exam gives them by the new parameters beside those by the live ones."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import MetadataValue, Output, asset

from database.queries import calibrations, diagnostics, scales
from orchestration.defs.calibration.diagnostics import LIVE
from orchestration.lifecycle.policy import policy
from orchestration.lifecycle.remembered import remembered
from orchestration.partitions import home_exams
from orchestration.resources import Database

# Figures that Dagster draws over runs by itself.
_DRAWN = ("se", "rmse", "bias", "length", "used", "exposure", "overlap", "missed")


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"python", "postgres"},
    owners=["team:psychometrics"],
    description="Simulated learners take sessions by the exam's rules of delivery (criterion, length and stopping, "
    "exposure control, blueprint) on what is live and on what will be live: standard error, root mean square error, "
    "bias, length, the item met most, full tests that miss the blueprint, items used, overlap. Kept with the run; its "
    "check says whether it may go live.",
)
def simulation_gate(database: Database, calibration_diagnostics: str) -> Output[str]:
    """Simulate and store what came of it; the value is the run's id."""
    from orchestration.gate.judge import judge
    from orchestration.gate.sessions import exam_of
    from orchestration.pictures import of_sessions

    run_id = uuid.UUID(calibration_diagnostics)
    with database.begin() as connection:
        run = calibrations.find_run(connection, run_id)
        if diagnostics.known_of_live(connection, run_id):
            return Output(calibration_diagnostics, metadata={"run": str(run_id), "skipped": LIVE})
        scale = scales.scale(connection, run.exam_code)
        live = [row for row in calibrations.live_items(connection, run.exam_code) if row["serving"]]
        fitted = calibrations.fitted_items(connection, run_id)
        exam = exam_of(connection, run.exam_code)
    began = time.perf_counter()
    verdict = judge(
        run_id,
        live,
        [row for row in fitted if row["model"] == run.serving_model],
        exam,
        policy(run.exam_code, remembered(run.lifecycle).policy),
        (0.0, 1.0) if scale is None else (scale.prior_mean, scale.prior_sd),
    )
    took, said = time.perf_counter() - began, verdict.said
    with database.begin() as connection:
        diagnostics.record_gate(connection, run_id, said)
    new = said["figures"].get("new", {})
    return Output(
        calibration_diagnostics,
        metadata={
            "run": calibration_diagnostics,
            "said": said["reason"],
            "seconds of simulation": took,
            **{f"{name} (new)": new[name] for name in _DRAWN if new.get(name) is not None},
            "limits": MetadataValue.md(_table(said["limits"])),
            "figures": MetadataValue.json(said["figures"]),
            "settings": MetadataValue.json(said["settings"]),
            **of_sessions(verdict.played, exam.rules.r_max),
        },
    )


def _table(limits: Sequence[Mapping[str, Any]]) -> str:
    """Return the limits as a table in Markdown."""
    if not limits:
        return "nothing is live yet"
    lines = [
        "| figure | live | new | limit | error by chance | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {each['name']} | {each['old']:.3f} | {each['new']:.3f} | {each['limit']:.3f} | {each['error']:.3f} | "
        f"{'within' if each['passed'] else 'beyond'} |"
        for each in limits
    ]
    return "\n".join(lines)
