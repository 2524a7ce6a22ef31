"""The frame of responses that a calibration reads: how it is parsed, what of it counts, and its name."""

from __future__ import annotations

import hashlib

import polars as pl

import irt

SCHEMA = {
    "user_id": pl.String,
    "person_id": pl.String,
    "mode": pl.String,
    "window_start": pl.Date,
    "question_id": pl.Int64,
    "version": pl.Int64,
    "item": pl.String,
    "correct": pl.Int8,
    "option": pl.String,
    "disposition": pl.String,
    "recorded_time_ms": pl.Int64,
    "ts": pl.String,
    "week": pl.Date,
    "position": pl.Int32,
}
#: What the pipeline adds: the ability that a person's earlier windows show, the day that limited the snapshot, and
#: whether the clock was made up.
ADDED = {"history": pl.Float64, "as_of": pl.Date, "synthetic_clock": pl.Boolean}


def read_csv(exported: bytes) -> pl.DataFrame:
    """Parse what `calibrations.first_attempts_csv` returns; items keep their names as text."""
    return with_added(pl.read_csv(exported, schema=SCHEMA))


def with_added(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return attempts with the columns of `ADDED`, empty."""
    return attempts.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in ADDED.items())


def usable(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the attempts that calibrate: the response policy lives in int_first_attempts."""
    return attempts.filter(pl.col("disposition") == "usable")


def sha256(attempts: pl.DataFrame) -> str:
    """Return the hash of the usable responses: which person, of which mode, answered which item, and whether rightly.

    Rows come in a fixed order, so the same responses give the same hash, whenever they are read.
    """
    rows = usable(attempts).select("person_id", "mode", "question_id", "version", "correct")
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()


def responses(attempts: pl.DataFrame) -> irt.Responses:
    """Return attempts as `irt` takes them; items by name, and calibration persons by their id."""
    return irt.Responses.from_long(attempts["person_id"], attempts["item"], attempts["correct"].to_numpy())


def in_order_of(answers: irt.Responses, attempts: pl.DataFrame, column: str) -> pl.Series:
    """Return a column of the attempts behind `answers`, in the order in which these have them."""
    place = pl.DataFrame(
        {
            "person_id": pl.Series(answers.persons, dtype=pl.String).gather(answers.person),
            "item": pl.Series(answers.items, dtype=pl.String).gather(answers.item),
        }
    )
    return place.join(
        attempts.select("person_id", "item", column),
        on=["person_id", "item"],
        how="left",
        maintain_order="left",
    )[column]


def items(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return each item once: item, question_id, version."""
    return attempts.select("item", "question_id", "version").unique(maintain_order=True)


def persons(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return each calibration person once, in the order of `responses`, with when they answered last.

    Columns: person_id, user_id, mode, window_start, history (null: no earlier window), synthetic_clock, last (as
    text, UTC).
    """
    return attempts.group_by("person_id", maintain_order=True).agg(
        pl.col("user_id", "mode", "window_start", "history", "synthetic_clock").first(),
        pl.col("ts").max().alias("last"),
    )
