"""Rows that are not imported: why, and the file they are written to."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.errors import RejectsFileError
from ingestion.imports.columns import REJECT_COLUMNS
from ingestion.imports.files import TextTable


class Kind(enum.StrEnum):
    """Why a row is rejected, for counting; the reason of a row says it with its values."""

    PERSON = "person missing or not possible"
    ITEM = "item missing"
    UNKNOWN_ITEM = "item not in the items file"
    UNKNOWN_VERSION = "version not known of the item"
    VERSION = "version is not a whole number from 1 on"
    OPTION = "option not among the item's options"
    CORRECT = "correct is neither 0 nor 1"
    ANSWERED_AT = "answered_at is not a date and time"
    TIME_TAKEN = "time_taken_ms is not a time of 0 ms or more"
    SESSION = "session not possible"
    ATTEMPT = "attempt is not a whole number from 1 on"
    DUPLICATE = "duplicate row"
    DIFFERS = "differs from the stored response"
    FORGOTTEN = "person asked to be forgotten"


@dataclass(frozen=True)
class Check:
    """A rule: rows where `bad` holds are rejected as `kind`, with `reason` as text. Null is not bad."""

    kind: Kind
    bad: pl.Expr
    reason: pl.Expr


# One row each: its position in the table, its line, kind and reason, its item, and whether it is an answer.
SCHEMA = {
    "row": pl.Int64,
    "line": pl.Int64,
    "kind": pl.String,
    "reason": pl.String,
    "item": pl.String,
    "answered": pl.Boolean,
}


def none() -> pl.DataFrame:
    """Return the frame of no rejected rows."""
    return pl.DataFrame(schema=SCHEMA)


def judge(frame: pl.DataFrame, checks: Sequence[Check]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `frame` into the rows that pass every check and the rejected ones; the first check counts.

    `frame` has row, line, item and answered; the rejected rows come back in the shape of SCHEMA.
    """
    if not checks:
        return frame, none()
    failed = pl.coalesce(pl.when(check.bad).then(pl.lit(at, pl.Int16)) for at, check in enumerate(checks))
    judged = frame.with_columns(failed.alias("failed"))
    good = judged.filter(pl.col("failed").is_null()).drop("failed")
    if len(good) == len(frame):
        return good, none()
    bad = judged.filter(pl.col("failed").is_not_null())
    parts = [
        bad.filter(pl.col("failed") == at).with_columns(kind=pl.lit(check.kind.value), reason=check.reason)
        for at, check in enumerate(checks)
    ]
    return good, pl.concat([part.select(_cast()) for part in parts]).sort("row")


def _cast() -> list[pl.Expr]:
    return [pl.col(name).cast(kind) for name, kind in SCHEMA.items()]


def write(table: TextTable, rejects: pl.DataFrame, directory: Path, exam: str) -> Path | None:
    """Write the rejected rows with all their columns, line and reason; None where there are none.

    Of a person who is forgotten nothing is written but line and reason. The name holds a hash of the contents,
    so that the same rejects give the same file and no other file is ever overwritten. Raises RejectsFileError
    where it cannot be written.
    """
    if rejects.is_empty():
        return None
    kept = [
        (at, name or f"column {at + 1}")
        for at, name in enumerate(table.columns)
        if name.casefold() not in REJECT_COLUMNS
    ]
    rows = rejects.sort("row")
    forgotten = rows["kind"] == Kind.FORGOTTEN.value
    cells = table.frame[rows["row"]].select(
        pl.when(~forgotten).then(pl.col(table.cell(at))).alias(name) for at, name in kept
    )
    text = cells.with_columns(rows["line"], rows["reason"]).write_csv()
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    stem = re.sub(r"(-rejects-[0-9a-f]{8})+$", "", table.path.name.split(".")[0].removeprefix(f"{exam}-"))
    path = directory / f"{exam}-{stem}-rejects-{digest}.csv"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RejectsFileError(
            f"{path}: the rejected rows cannot be written here ({error.strerror or error}); nothing was imported. "
            "Make the folder writable or name another one"
        ) from error
    return path
