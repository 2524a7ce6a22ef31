"""The snapshot of responses that a calibration reads."""

import datetime as dt

import polars as pl
from dagster import AssetExecutionContext, AssetKey, Config, MetadataValue, Output, asset
from pydantic import Field, field_validator

from database.queries import calibrations, counts
from orchestration.lifecycle.edits import lineage, without_voided
from orchestration.partitions import home_exams
from orchestration.resources import Database


class Snapshot(Config):
    """How much of the answers a run reads."""

    as_of: str | None = Field(
        default=None,
        description="Day (YYYY-MM-DD): only what was answered by its end, UTC. Such a run is not published by itself.",
    )

    @field_validator("as_of")
    @classmethod
    def _day(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                dt.date.fromisoformat(given)
            except ValueError as error:
                raise ValueError(
                    f"as_of must be a day such as 2026-03-31, not {given!r}; leave it out for all answers"
                ) from error
        return given

    @property
    def day(self) -> dt.date | None:
        """The day, or None."""
        return None if self.as_of is None else dt.date.fromisoformat(self.as_of)


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"postgres", "polars"},
    owners=["team:psychometrics"],
    deps=[AssetKey("int_first_attempts")],
    description="First attempts of an exam with what the response policy makes of each; the usable ones are fitted. "
    "Answers that a changed key has voided are not. Its hash names exactly these responses.",
)
def response_matrix(
    context: AssetExecutionContext, database: Database, config: Snapshot
) -> Output[pl.DataFrame]:
    """Read the exam's first attempts, as of a day where one is given, and name them by their hash."""
    from orchestration.lifecycle.history import with_history
    from orchestration.snapshot import read_csv, sha256, usable

    exam = context.partition_key
    with database.begin() as connection:
        read = read_csv(calibrations.first_attempts_csv(connection, exam, config.day))
        edits = lineage(calibrations.versions(connection, exam))
        made_up = counts.has_made_up_days(connection, exam)
        live = [row for row in calibrations.live_items(connection, exam) if row["serving"]]
    attempts = with_history(without_voided(read, edits), live).with_columns(
        as_of=pl.lit(config.day, dtype=pl.Date), synthetic_clock=pl.lit(made_up)
    )
    fitted = usable(attempts)
    dispositions = attempts["disposition"].value_counts(sort=True)
    return Output(
        attempts,
        metadata={
            "dagster/row_count": fitted.height,
            "snapshot (SHA-256)": sha256(attempts),
            "as of": config.as_of or "all answers",
            "persons": fitted["person_id"].n_unique(),
            "items": fitted["item"].n_unique(),
            "persons with an earlier window": fitted.filter(pl.col("history").is_not_null())[
                "person_id"
            ].n_unique(),
            "dispositions": MetadataValue.json(dict(dispositions.iter_rows())),
            "first response": str(attempts["ts"].min()),
            "last response": str(attempts["ts"].max()),
        },
    )
