"""The frame of responses that a calibration reads: how it is parsed, what of it counts, and its name."""

from __future__ import annotations

import hashlib

import polars as pl

import irt

SCHEMA = {
    "user_id": pl.String,
    "question_id": pl.Int64,
    "version": pl.Int64,
    "item": pl.String,
    "correct": pl.Int8,
    "option": pl.String,
    "disposition": pl.String,
    "recorded_time_ms": pl.Int64,
    "ts": pl.String,
}


def read_csv(exported: bytes) -> pl.DataFrame:
    """Parse what `calibrations.first_attempts_csv` returns; items keep their names as text."""
    return pl.read_csv(exported, schema=SCHEMA)


def usable(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the attempts that calibrate: the response policy lives in int_first_attempts."""
    return attempts.filter(pl.col("disposition") == "usable")


def sha256(attempts: pl.DataFrame) -> str:
    """Return the hash of the usable responses: who answered which item, and whether rightly.

    Rows come in a fixed order, so the same responses give the same hash, whenever they are read.
    """
    rows = usable(attempts).select("user_id", "question_id", "version", "correct")
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()


def responses(attempts: pl.DataFrame) -> irt.Responses:
    """Return attempts as `irt` takes them; items and persons by name."""
    return irt.Responses.from_long(
        attempts["user_id"].to_list(), attempts["item"].to_list(), attempts["correct"].to_numpy()
    )


def items(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return each item once: item, question_id, version."""
    return attempts.select("item", "question_id", "version").unique(maintain_order=True)
