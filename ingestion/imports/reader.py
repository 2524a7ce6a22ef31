"""The one reader of response files: long or wide, CSV or Parquet, into one typed frame. No database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from ingestion.errors import FileFormatError
from ingestion.imports import columns as columns_
from ingestion.imports import rejects, values
from ingestion.imports.files import TextTable, read_table
from ingestion.imports.rejects import Check, Kind
from ingestion.imports.wide import wide_columns

REQUIRED = ("person", "item")
OPTIONAL = ("response", "correct", "version", "answered_at", "time_taken_ms", "session", "attempt")
# Any of these in the header makes a file long; a wide file has items there.
LONG_MARKS = ("item", "response", "correct")


@dataclass(frozen=True)
class ResponseFile:
    """Responses as read, one row for each cell of a wide file or row of a long one, in the file's order.

    `frame` has row (position in `table`), line, person, item (String) and answered (whether there is an
    answer), and those of the optional columns that the file has: response (String), correct (Int8, 0 or
    1), version, attempt (Int32), session (String), answered_at (Datetime, UTC), time_taken_ms (Int32);
    null where a cell is empty. At least one of response and correct is there. In a wide file the cells
    are response, whether they hold options or 0 and 1: that depends on the items (`scored`).

    `rejects` are the rows that cannot be read (shape of `rejects.SCHEMA`), `table` the file's text in long
    form, `warnings` what a person should know.
    """

    path: Path
    shape: Literal["long", "wide"]
    frame: pl.DataFrame
    rejects: pl.DataFrame
    table: TextTable
    warnings: tuple[str, ...]

    def has(self, column: str) -> bool:
        """Tell whether the file has the optional column."""
        return column in self.frame.columns


def read_responses(path: Path) -> ResponseFile:
    """Read the responses in `path`.

    Rows that cannot be read (no person, no item, correct not 0 or 1, times and numbers that are none) are
    in `rejects` with line and reason. Raises FileFormatError for a file that is not such a table at all.
    """
    table = read_table(path)
    names = {name.casefold() for name in table.columns}
    shape: Literal["long", "wide"] = "long" if names.intersection(LONG_MARKS) else "wide"
    if shape == "wide":
        table, notes = _lengthened(table)
        found = columns_.Columns({"person": 0, "item": 1, "response": 2}, ())
    else:
        found = columns_.find(table, REQUIRED, OPTIONAL, "A long responses file")
        if "response" not in found and "correct" not in found:
            raise FileFormatError(
                path,
                "column 'response' (the option chosen) or 'correct' (0 or 1) is missing",
                table.header_line,
            )
        notes = columns_.unknown_warning(path, found.unknown)
    frame, rejected = rejects.judge(_typed(table, found), _checks(found))
    kept = ["row", "line", "person", "item", "answered", *(name for name in OPTIONAL if name in found)]
    return ResponseFile(path, shape, frame.select(kept), rejected, table, notes)


def scored(responses: ResponseFile) -> ResponseFile:
    """Return the responses with `correct` read from `response`, where a file holds 0 and 1 under that name.

    Cells that are neither are rejected.
    """
    value = values.correct_value(pl.col("response"))
    check = Check(
        Kind.CORRECT, value.is_null() & pl.col("response").is_not_null(), _quoted("correct", "response")
    )
    frame, rejected = rejects.judge(responses.frame, [check])
    return ResponseFile(
        responses.path,
        responses.shape,
        frame.with_columns(correct=value).drop("response"),
        pl.concat([responses.rejects, rejected]).sort("row"),
        responses.table,
        responses.warnings,
    )


def first_rows(frame: pl.DataFrame, by: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first row of each combination of `by`; the later ones come back as rejects."""
    key = pl.struct(by) if len(by) > 1 else pl.col(by[0])
    first = frame.select(key.is_first_distinct()).to_series()
    if first.all():
        return frame, rejects.none()
    kept, repeated = frame.filter(first), frame.filter(~first)
    earlier = kept.select(*by, pl.col("line").alias("first_line"))
    repeated = repeated.join(earlier, on=list(by), how="left", nulls_equal=True, maintain_order="left")
    reason = pl.format("same {} as line {}; the first stays", pl.lit(", ".join(by)), "first_line")
    _, rejected = rejects.judge(repeated, [Check(Kind.DUPLICATE, pl.lit(True), reason)])
    return kept, rejected


def _lengthened(table: TextTable) -> tuple[TextTable, tuple[str, ...]]:
    """Return a wide table in long form, person by person, with the columns person, item, response."""
    found = wide_columns(table)
    person, items = found.person, found.items
    names = [table.columns[at] for at in items]
    persons, width = len(table.frame), len(items)
    by_item = table.frame.select(
        "line",
        pl.col(table.cell(person)).alias(TextTable.cell(0)),
        *(pl.col(table.cell(at)).alias(f"item {at}") for at in items),
    )
    order = np.arange(persons * width).reshape(width, persons).T.ravel()
    cells = pl.concat([by_item[f"item {at}"] for at in items], rechunk=True)[order]
    repeated = by_item[np.repeat(np.arange(persons), width)]
    frame = repeated.select("line", TextTable.cell(0)).with_columns(
        pl.Series(names, dtype=pl.String)[np.tile(np.arange(width), persons)].alias(TextTable.cell(1)),
        cells.alias(TextTable.cell(2)),
    )
    return TextTable(table.path, ("person", "item", "response"), frame, table.header_line), found.notes


def _typed(table: TextTable, found: columns_.Columns) -> pl.DataFrame:
    """Return values under their names, and the text of those that can be wrong as ``NAME text``."""
    readings = {
        "response": values.answer_value,
        "correct": values.correct_value,
        "version": lambda cell: values.whole_value(cell, 1, values.MAX_VERSION),
        "attempt": lambda cell: values.whole_value(cell, 1, values.MAX_ATTEMPT),
        "session": values.given,
        "answered_at": values.instant_value,
        "time_taken_ms": values.time_value,
    }
    present = [name for name in OPTIONAL if name in found]
    typed = table.frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        "line",
        *(pl.col(found.cell(name)).alias(name) for name in REQUIRED),
        *(readings[name](pl.col(found.cell(name))).alias(name) for name in present),
        *(values.given(pl.col(found.cell(name))).alias(f"{name} text") for name in present),
    )
    answers = [pl.col(f"{name} text").is_not_null() for name in ("response", "correct") if name in found]
    return typed.with_columns(pl.any_horizontal(answers).alias("answered"))


def _checks(found: columns_.Columns) -> list[Check]:
    person = pl.col("person")
    checks = [
        Check(Kind.PERSON, person.is_null(), pl.lit("person is empty")),
        Check(Kind.PERSON, _impossible("person"), pl.lit(f"person {_IMPOSSIBLE}")),
        Check(Kind.ITEM, pl.col("item").is_null(), pl.lit("item is empty")),
    ]
    texts = {
        "correct": (Kind.CORRECT, _quoted("correct", "correct text")),
        "version": (Kind.VERSION, _quoted("version", "version text")),
        "attempt": (Kind.ATTEMPT, _quoted("attempt", "attempt text")),
        "answered_at": (Kind.ANSWERED_AT, _quoted("answered_at", "answered_at text")),
        "time_taken_ms": (Kind.TIME_TAKEN, _quoted("time_taken_ms", "time_taken_ms text")),
    }
    for name, (kind, reason) in texts.items():
        if name in found:
            checks.append(Check(kind, pl.col(name).is_null() & pl.col(f"{name} text").is_not_null(), reason))
    if "session" in found:
        checks.append(Check(Kind.SESSION, _impossible("session"), pl.lit(f"session {_IMPOSSIBLE}")))
    return checks


_IMPOSSIBLE = f"is longer than {values.MAX_ID} characters or holds a NUL character"
_WANTED = {
    "correct": "0 or 1",
    "version": "a whole number from 1 on",
    "attempt": f"a whole number from 1 to {values.MAX_ATTEMPT}",
    "answered_at": "a date and time such as 2026-03-01T09:30:00Z, of the years "
    f"{values.FIRST_YEAR} to {values.LAST_YEAR}",
    "time_taken_ms": f"a number of milliseconds from 0 to {values.MAX_TIME_MS}",
}


def _impossible(name: str) -> pl.Expr:
    return (pl.col(name).str.len_chars() > values.MAX_ID) | pl.col(name).str.contains("\0", literal=True)


def _quoted(name: str, text: str) -> pl.Expr:
    return pl.format("{} is '{}', not {}", pl.lit(name), pl.col(text).str.slice(0, 40), pl.lit(_WANTED[name]))
