"""From matched rows to what the store takes: sessions with their ids, rows with their instants."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from database.queries.responses import ROW_COLUMNS, SESSION_COLUMNS
from ingestion.imports import clock
from ingestion.imports.identities import external_ref, quiz_id, stream_keys, user_id
from ingestion.imports.matching import SESSION, Matched
from ingestion.imports.versions import Version

CHUNK_ROWS = 100_000
_NUMBERED = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True)
class Staged:
    """`sessions` and `rows` in the columns that database.queries.responses stages, sessions numbered from 0."""

    sessions: pl.DataFrame
    rows: pl.DataFrame
    persons: int
    synthetic_at: bool
    synthetic_time: bool


def stage(
    matched: Matched, versions: Sequence[Version], *, tenant: uuid.UUID, exam: str, seed: int, has_time: bool
) -> Staged:
    """Number the sessions, derive ids, and give every row an instant.

    Response times are made up only where the file has neither a clock nor times: `has_time` tells of the
    times, matched.frame's answered_at of the clock.
    """
    sessions = _sessions(matched.frame.select(SESSION).unique(maintain_order=True), tenant, exam)
    frame = matched.frame.join(sessions.select(*SESSION, "session_number"), on=list(SESSION), how="left")
    frame = frame.sort("session_number", "row")
    item_keys = np.array(stream_keys(external_ref(exam, one.item) for one in versions), np.uint64)
    session_keys = sessions["session_key"].to_numpy()
    at = frame["session_number"].to_numpy()
    drawn = clock.response_times(
        seed, sessions["person_key"].to_numpy()[at], item_keys[frame["number"].to_numpy()], session_keys[at]
    )
    starts = clock.session_starts(seed, session_keys, sessions["week"].to_numpy())
    no_clock = frame["answered_at"].null_count() == len(frame)
    made_up = no_clock and not has_time
    timed = frame.select(
        pl.col("session_number").alias("session"),
        "answered_at",
        pl.Series("start", starts[at]),
        pl.coalesce(pl.col("time_taken_ms").cast(pl.Int64), pl.Series("spent", drawn)).alias("spent"),
    )
    time = timed["spent"] if made_up else frame["time_taken_ms"]
    rows = _rows(frame, clock.instants(timed), time, versions, made_up)
    return Staged(
        sessions.select(pl.col("session_number").alias("session"), *SESSION_COLUMNS[1:]),
        rows.select(ROW_COLUMNS),
        persons=sessions["person"].n_unique(),
        synthetic_at=bool((rows["synthetic_at"] & rows["answered"]).any()),
        synthetic_time=bool((rows["synthetic_time"] & rows["answered"]).any()),
    )


def chunks(frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    """Yield the frame as CSV without a header, some rows at a time, with the number of rows so far."""
    for offset in range(0, len(frame), CHUNK_ROWS):
        part = frame.slice(offset, CHUNK_ROWS)
        # Every text is quoted: an unquoted empty field would arrive as null, and a \. would end the data.
        text = part.write_csv(
            include_header=False, quote_style="non_numeric", datetime_format="%Y-%m-%d %H:%M:%S%.6f+00"
        )
        yield offset + len(part), text.encode()


def _sessions(sessions: pl.DataFrame, tenant: uuid.UUID, exam: str) -> pl.DataFrame:
    """Add ids, the keys of the clock's streams and the week of each session.

    They are numbered by id: the store's indexes take them fastest in that order.
    """
    quizzes, users, weeks = [], [], []
    known: dict[str, uuid.UUID] = {}
    for person, session, attempt in sessions.select(SESSION).iter_rows():
        quizzes.append(quiz_id(tenant, exam, person, session, attempt))
        users.append(known.get(person) or known.setdefault(person, user_id(tenant, person)))
        # Numbered sessions follow each other as attempts do.
        weeks.append(attempt + (int(session) if _NUMBERED.fullmatch(session) else 0))
    made = sessions.with_columns(
        pl.Series("quiz_id", [str(quiz) for quiz in quizzes], pl.String),
        pl.Series("user_id", [str(user) for user in users], pl.String),
        pl.Series("session_key", [quiz.int >> 64 for quiz in quizzes], pl.UInt64),
        pl.Series("person_key", [user.int >> 64 for user in users], pl.UInt64),
        pl.Series("week", weeks, pl.Int64),
    )
    return made.sort("quiz_id").with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("session_number"))


def _rows(
    frame: pl.DataFrame, at: pl.Series, time: pl.Series, versions: Sequence[Version], made_up: bool
) -> pl.DataFrame:
    questions = np.array([one.question_id for one in versions], np.int64)
    numbers = np.array([one.version for one in versions], np.int32)
    number = frame["number"].to_numpy()
    taken = time.cast(pl.Int32)
    return frame.select(
        pl.col("row").alias("file_row"),
        pl.col("session_number").alias("session"),
        pl.Series("question_id", questions[number]),
        pl.Series("version", numbers[number]),
        "versioned",
        "answered",
        pl.col("label").alias("option_label"),
        "is_correct",
        pl.when("answered").then(taken).alias("time_taken_ms"),
        at.alias("answered_at"),
        (at - (taken.fill_null(0).cast(pl.Int64) * 1000).cast(pl.Duration("us"))).alias("served_at"),
        pl.col("answered_at").is_null().alias("synthetic_at"),
        (pl.lit(made_up) & pl.col("answered")).alias("synthetic_time"),
    )
