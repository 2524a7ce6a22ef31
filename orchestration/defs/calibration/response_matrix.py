"""The snapshot of responses that a calibration reads."""

import polars as pl
from dagster import AssetExecutionContext, AssetKey, MetadataValue, Output, asset

from database.queries import calibrations
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.snapshot import read_csv, sha256, usable


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"postgres", "polars"},
    owners=["team:psychometrics"],
    deps=[AssetKey("int_first_attempts")],
    description="First attempts of an exam with what the response policy makes of each; the usable ones are fitted. "
    "Its hash names exactly these responses.",
)
def response_matrix(context: AssetExecutionContext, database: Database) -> Output[pl.DataFrame]:
    """Read the exam's first attempts and name them by their hash."""
    with database.begin() as connection:
        attempts = read_csv(calibrations.first_attempts_csv(connection, context.partition_key))
    fitted = usable(attempts)
    dispositions = attempts["disposition"].value_counts(sort=True)
    return Output(
        attempts,
        metadata={
            "dagster/row_count": fitted.height,
            "snapshot (SHA-256)": sha256(attempts),
            "persons": fitted["person_id"].n_unique(),
            "items": fitted["item"].n_unique(),
            "dispositions": MetadataValue.json(dict(dispositions.iter_rows())),
            "first response": str(attempts["ts"].min()),
            "last response": str(attempts["ts"].max()),
        },
    )
