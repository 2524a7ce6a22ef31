"""Diagnostics: what the candidate says of its own curves, before anybody is served by them."""

import uuid
from typing import TYPE_CHECKING

import polars as pl
from dagster import MetadataValue, Output, asset
from sqlalchemy import Connection

from database.queries import calibrations, diagnostics
from orchestration.lifecycle.policy import policy
from orchestration.lifecycle.remembered import remembered
from orchestration.partitions import home_exams
from orchestration.resources import Database

if TYPE_CHECKING:
    from orchestration.diagnostics.diagnosis import Asked, Diagnosis

# Why nothing is asked of a run again.
LIVE = "the run is live: what was found of it before it went live stands"
# Rows of a table in Dagster's metadata; the report has all of them.
MOST_ROWS = 50
# Runs in the picture of key numbers.
MOST_RUNS = 60


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"python", "postgres"},
    owners=["team:psychometrics"],
    description="Fit of each item, dependent pairs, DIF by mode and groups, drift of anchors and change against what "
    "is live, reliability, fit of persons: findings by item in item_diagnostics, figures with the run.",
)
def calibration_diagnostics(
    database: Database,
    response_matrix: pl.DataFrame,
    item_calibration_candidate: str,
) -> Output[str]:
    """Ask the run, store what it says; the value is the run's id."""
    from orchestration.diagnostics.diagnosis import diagnose
    from orchestration.pictures import of_diagnosis

    run_id = uuid.UUID(item_calibration_candidate)
    with database.begin() as connection:
        run = calibrations.find_run(connection, run_id)
        if diagnostics.known_of_live(connection, run_id):
            return Output(item_calibration_candidate, metadata={"run": str(run_id), "skipped": LIVE})
        asked = _asked(connection, run, response_matrix)
    found = diagnose(asked)
    with database.begin() as connection:
        diagnostics.record_diagnostics(connection, run_id, found.figures, found.findings, found.fits)
        named = diagnostics.findings(connection, run_id)
        history = diagnostics.published_figures(connection, run.exam_code, MOST_RUNS)
    return Output(
        item_calibration_candidate,
        metadata={
            "dagster/row_count": len(found.findings),
            "dagster/table_name": "public.item_diagnostics",
            "run": item_calibration_candidate,
            **_key_numbers(found),
            "flagged": MetadataValue.md(_table([row for row in named if row["flagged"]])),
            "figures": MetadataValue.json(found.figures),
            **of_diagnosis(found, run.lifecycle.get("anchors", ()), asked.policy.drift_effect, history),
        },
    )


def _asked(connection: Connection, run: calibrations.Run, response_matrix: pl.DataFrame) -> "Asked":
    from orchestration.diagnostics.diagnosis import Asked
    from orchestration.snapshot import usable

    lifecycle = remembered(run.lifecycle)
    rules = policy(run.exam_code, lifecycle.policy)
    return Asked(
        run_id=run.id,
        attempts=usable(response_matrix),
        rows=calibrations.candidates(connection, run.id),
        fits=run.fits,
        serving=run.serving_model,
        lifecycle=lifecycle,
        policy=rules,
        live=[row for row in calibrations.live_items(connection, run.exam_code) if row["serving"]],
        keys=calibrations.keys(connection, run.exam_code),
        members={
            by: diagnostics.members(connection, run.exam_code, by) for by in rules.dif_groups if by != "mode"
        },
    )


def _key_numbers(found: "Diagnosis") -> dict[str, float | int]:
    """Numbers that Dagster draws over runs by itself, as far as the run has them."""
    figures = found.figures
    numbers = {
        "items flagged": len(
            {(row["question_id"], row["version"]) for row in found.findings if row["flagged"]}
        ),
        "items that look mis-keyed": figures["miskeyed"],
        "reliability of theta": figures.get("reliability", {}).get("empirical"),
        "share of live items changed": figures.get("changed", {}).get("share"),
        "dependent pairs": figures.get("dependence", {}).get("n_flagged"),
        "persons that do not fit": figures.get("person_fit", {}).get("below_1_percent"),
    }
    for model, tested in figures["fit"].items():
        numbers[f"items that misfit {model}"] = tested["n_misfit"]
        numbers[f"median rmsd {model}"] = tested["median_rmsd"]
    return {name: value for name, value in numbers.items() if value is not None}


def _table(flagged: list[calibrations.Row]) -> str:
    """Return findings as a table in Markdown, the first fifty."""
    if not flagged:
        return "none"
    lines = ["| item | kind | finding |", "| --- | --- | --- |"]
    for row in flagged[:MOST_ROWS]:
        cells = (str(row["item"]), row["kind"], row["sentence"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if len(flagged) > MOST_ROWS:
        lines.append(f"\nand {len(flagged) - MOST_ROWS:,} more: see the report")
    return "\n".join(lines)
