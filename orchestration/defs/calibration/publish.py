"""Publishing: the candidate that passed its checks becomes what delivery serves, in one transaction."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl
from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, multi_asset
from sqlalchemy import Connection

from database.queries import calibrations, diagnostics, publications, reviews
from database.queries.calibrations import Run
from database.queries.publications import Publication
from orchestration.decision import Decision, asked_for
from orchestration.lifecycle.policy import policy
from orchestration.partitions import home_exams
from orchestration.resources import Database

if TYPE_CHECKING:
    from orchestration.publication import Known

GROUP: dict[str, Any] = {"group_name": "calibration", "kinds": {"postgres"}, "owners": ["team:psychometrics"]}
TABLES = {
    "item_calibration": "Live item parameters, D = 1.7 metric. The rows that delivery reads are `serving`.",
    "item_stats_ctt": "Classical statistics over first attempts: p-value, corrected point-biserial, median time.",
    "item_option_stats": "How often each option was chosen, and by which third of the rest scores.",
    "item_curve_points": "Proportion right by band of theta beside each live curve.",
    "item_drift_weeks": "Proportion right of each week beside what the serving curve expects of these learners.",
    "person_ability_windows": "Ability of each calibration person (learner, window, mode): EAP with the serving "
    "parameters, under the prior that is fixed with the scale and under the distribution of the person's group.",
    "person_ability": "Abilities of learners on the exam's scale: each learner's newest window.",
}


@multi_asset(
    partitions_def=home_exams,
    specs=[
        AssetSpec(
            table,
            deps=["item_calibration_candidate", "simulation_gate", "response_matrix"],
            description=description,
            **GROUP,
        )
        for table, description in TABLES.items()
    ],
)
def publish(
    context: AssetExecutionContext,
    config: Decision,
    database: Database,
    response_matrix: pl.DataFrame,
    item_calibration_candidate: str,
) -> Iterator[MaterializeResult[None]]:
    """Replace the exam's live rows by those of the run that was checked, or decided on; all of it or nothing.

    Where a person has the last word, the run is left for them and what is live stays as it is.
    """
    from orchestration.publication import Word, publication

    with database.begin() as connection:
        run = asked_for(context, connection, config, item_calibration_candidate)
        why = None if config.run_id else reviews.held(connection, run)
        if why is not None:
            reviews.hold(connection, run, why)
        known = _known(connection, run)
    written: dict[str, int] = {}
    if why is None:
        made = publication(response_matrix, known, Word(config.decision, config.by, config.reason))
        with database.begin() as connection:
            written = _written(made, publications.publish(connection, run, made))
    else:
        context.log.info(f"run {run.id} is {why.status} and not live: {why.reason}")
    for table in TABLES:
        metadata = _metadata(run, table, written.get(table), why) | _as_of(response_matrix)
        yield MaterializeResult(asset_key=table, metadata=metadata)


def _known(connection: Connection, run: Run) -> "Known":
    from orchestration.publication import Known

    return Known(
        run=run,
        policy=policy(run.exam_code, calibrations.exam_policy(connection, run.exam_code)),
        live=publications.parameters(connection, run),
        fitted=calibrations.candidates(connection, run.id),
        found=diagnostics.findings(connection, run.id),
        exposure=diagnostics.exposure(connection, run.exam_code),
        keys=calibrations.keys(connection, run.exam_code),
        options=calibrations.option_counts(connection, run.exam_code),
        prior=publications.prior_of_scores(connection, run),
        once_live=reviews.standing(connection, run.id) == "superseded",
    )


def _written(made: Publication, parameters: int) -> dict[str, int]:
    return {
        "item_calibration": parameters,
        "item_stats_ctt": len(made.item_stats),
        "item_option_stats": len(made.option_stats),
        "item_curve_points": len(made.curve_points),
        "item_drift_weeks": len(made.drift_weeks),
        "person_ability_windows": len(made.ability_windows),
        "person_ability": len(made.abilities),
    }


def _metadata(run: Run, table: str, rows: int | None, why: reviews.Hold | None) -> dict[str, Any]:
    said = {"dagster/table_name": f"public.{table}", "run": str(run.id)}
    if why is not None:
        return {**said, "not published": why.reason, "status": why.status}
    return {**said, "dagster/row_count": rows}


def _as_of(response_matrix: pl.DataFrame) -> dict[str, str]:
    """Say so where the answers read last are not all there are, as after a calibration as of a past day."""
    days = response_matrix["as_of"].drop_nulls().unique()
    said = "statistics and abilities are of the answers as of {}; the next run takes all of them"
    return {"answers": said.format(days[0])} if len(days) else {}
