"""Publishing: the candidate that passed its checks becomes what delivery serves, in one transaction."""

import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from dagster import AssetSpec, MaterializeResult, multi_asset

import irt
from database.queries import calibrations, publications
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.snapshot import items, responses, usable

# Until a rule chooses per item, the 2PL of the whole exam serves.
SERVING_MODEL = "2PL"
GROUP: dict[str, Any] = {"group_name": "calibration", "kinds": {"postgres"}, "owners": ["team:psychometrics"]}


@multi_asset(
    partitions_def=home_exams,
    specs=[
        AssetSpec(
            "item_calibration",
            deps=["item_calibration_candidate", "response_matrix"],
            description="Live item parameters, D = 1.7 metric. The rows that delivery reads are `serving`.",
            **GROUP,
        ),
        AssetSpec(
            "item_stats_ctt",
            deps=["item_calibration_candidate", "response_matrix"],
            description="Classical statistics over first attempts: p-value, corrected point-biserial, median time.",
            **GROUP,
        ),
        AssetSpec(
            "person_ability",
            deps=["item_calibration_candidate", "response_matrix"],
            description="Abilities of learners on the exam's scale: EAP under N(0, 1) with the serving parameters.",
            **GROUP,
        ),
    ],
)
def publish(
    database: Database,
    response_matrix: pl.DataFrame,
    item_calibration_candidate: str,
) -> Iterator[MaterializeResult[None]]:
    """Replace the exam's live rows by those of the run that was checked; all of it or nothing."""
    attempts = usable(response_matrix)
    with database.begin() as connection:
        run = calibrations.find_run(connection, uuid.UUID(item_calibration_candidate))
        publication = publications.Publication(
            serving_model=SERVING_MODEL,
            item_stats=_item_stats(attempts),
            abilities=_abilities(attempts, calibrations.candidates(connection, run.id)),
            flags=_miskeyed(attempts, calibrations.keys(connection, run.exam_code)),
            decided_by="pipeline",
            reason="all blocking checks of the candidate passed",
        )
        n_rows = publications.publish(connection, run, publication)
    yield _result("item_calibration", n_rows, run.id)
    yield _result("item_stats_ctt", len(publication.item_stats), run.id)
    yield _result("person_ability", len(publication.abilities), run.id)


def _result(table: str, rows: int, run_id: object) -> MaterializeResult[None]:
    return MaterializeResult(
        asset_key=table,
        metadata={"dagster/row_count": rows, "dagster/table_name": f"public.{table}", "run": str(run_id)},
    )


def _item_stats(attempts: pl.DataFrame) -> list[dict[str, Any]]:
    if not attempts.height:
        return []
    times = attempts.group_by("item").agg(
        pl.col("recorded_time_ms").median().round().cast(pl.Int64).alias("median_time_ms")
    )
    stats = irt.classical.item_statistics(responses(attempts))
    return (
        stats.rename({"n": "n_responses", "point_biserial": "r_point_biserial"})
        .join(times, on="item", how="left")
        .join(items(attempts), on="item", how="left", maintain_order="left")
        .select("question_id", "version", "p_value", "r_point_biserial", "median_time_ms", "n_responses")
        .to_dicts()
    )


def _abilities(attempts: pl.DataFrame, rows: list[calibrations.Row]) -> list[dict[str, Any]]:
    names = {(row[1], row[2]): row[0] for row in items(attempts).iter_rows()}
    serving = [row for row in rows if row["model"] == SERVING_MODEL and row["status"] != "set aside"]
    if not serving:
        return []
    parameters = irt.ItemParameters(
        tuple(names[row["question_id"], row["version"]] for row in serving),
        *(np.array([row[name] for row in serving], dtype=np.float64) for name in ("a", "b", "c")),
    )
    scores = irt.score(responses(attempts), parameters).table()
    return scores.filter(pl.col("n") > 0).rename({"person": "user_id", "n": "n_responses"}).to_dicts()


def _miskeyed(attempts: pl.DataFrame, keys: dict[str, str]) -> list[dict[str, Any]]:
    chosen = attempts.filter(pl.col("option").is_not_null() & pl.col("item").is_in(list(keys)))
    if not chosen.height:
        return []
    suspects = irt.classical.find_miskeyed(
        chosen["user_id"].to_list(), chosen["item"].to_list(), chosen["option"].to_list(), keys
    ).join(items(attempts), on="item", how="left", maintain_order="left")
    return [
        {
            "question_id": row.pop("question_id"),
            "version": row.pop("version"),
            "flag": "miskeyed",
            "detail": {name: value for name, value in row.items() if name != "item"},
        }
        for row in suspects.to_dicts()
    ]
