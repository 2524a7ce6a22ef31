"""Publishing: the candidate that passed its checks becomes what delivery serves, in one transaction."""

import uuid
from collections.abc import Iterator
from typing import Any

import polars as pl
from dagster import AssetSpec, MaterializeResult, multi_asset

from database.queries import calibrations, publications
from orchestration import curve_statistics, item_statistics, response_policy
from orchestration.curve_statistics import Curves
from orchestration.defs.calibration.candidate import FEWEST
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.snapshot import usable

# Until a rule chooses per item, the 2PL of the whole exam serves.
SERVING_MODEL = "2PL"
GROUP: dict[str, Any] = {"group_name": "calibration", "kinds": {"postgres"}, "owners": ["team:psychometrics"]}
TABLES = {
    "item_calibration": "Live item parameters, D = 1.7 metric. The rows that delivery reads are `serving`.",
    "item_stats_ctt": "Classical statistics over first attempts: p-value, corrected point-biserial, median time.",
    "item_option_stats": "How often each option was chosen, and by which third of the rest scores.",
    "item_curve_points": "Proportion right by band of theta beside each live curve.",
    "item_drift_weeks": "Proportion right of each week beside what the serving curve expects of these learners.",
    "person_ability_windows": "Ability of each calibration person (learner, window, mode): EAP with the serving "
    "parameters, under the distribution of the person's group.",
    "person_ability": "Abilities of learners on the exam's scale: each learner's newest window.",
}


@multi_asset(
    partitions_def=home_exams,
    specs=[
        AssetSpec(
            table,
            deps=["item_calibration_candidate", "response_matrix"],
            description=description,
            **GROUP,
        )
        for table, description in TABLES.items()
    ],
)
def publish(
    database: Database,
    response_matrix: pl.DataFrame,
    item_calibration_candidate: str,
) -> Iterator[MaterializeResult[None]]:
    """Replace the exam's live rows by those of the run that was checked; all of it or nothing."""
    with database.begin() as connection:
        run = calibrations.find_run(connection, uuid.UUID(item_calibration_candidate))
        rows = calibrations.candidates(connection, run.id)
        keys = calibrations.keys(connection, run.exam_code)
        options = calibrations.option_counts(connection, run.exam_code)
    publication = _publication(response_matrix, run, rows, keys, options)
    with database.begin() as connection:
        n_rows = publications.publish(connection, run, publication)
    written = {
        "item_calibration": n_rows,
        "item_stats_ctt": len(publication.item_stats),
        "item_option_stats": len(publication.option_stats),
        "item_curve_points": len(publication.curve_points),
        "item_drift_weeks": len(publication.drift_weeks),
        "person_ability_windows": len(publication.ability_windows),
        "person_ability": len(publication.abilities),
    }
    for table in TABLES:
        yield MaterializeResult(
            asset_key=table,
            metadata={
                "dagster/row_count": written[table],
                "dagster/table_name": f"public.{table}",
                "run": str(run.id),
            },
        )


def _publication(
    response_matrix: pl.DataFrame,
    run: calibrations.Run,
    rows: list[calibrations.Row],
    keys: dict[str, str],
    options: dict[str, int],
) -> publications.Publication:
    """Compute, outside the transaction, all that is published of a run."""
    attempts = usable(response_matrix)
    curves = {model: Curves(attempts, model, rows, fit) for model, fit in run.fits.items()}
    serving = curves.get(SERVING_MODEL)
    windows = serving.windows() if serving else pl.DataFrame()
    return publications.Publication(
        serving_model=SERVING_MODEL,
        item_stats=item_statistics.item_stats(attempts),
        option_stats=item_statistics.option_stats(attempts, keys),
        curve_points=[point for each in curves.values() for point in each.points()],
        drift_weeks=serving.drift() if serving else [],
        ability_windows=curve_statistics.ability_windows(windows),
        abilities=curve_statistics.abilities(windows),
        flags=item_statistics.miskeyed(attempts, keys),
        policy=response_policy.report(response_matrix, options, rows, FEWEST),
        decided_by="pipeline",
        reason="all blocking checks of the candidate passed",
    )
