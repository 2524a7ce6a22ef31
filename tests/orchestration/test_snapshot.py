"""The frame that a calibration reads, and the hash that names its responses."""

from __future__ import annotations

import datetime as dt

import polars as pl

from orchestration.snapshot import SCHEMA, in_order_of, items, persons, read_csv, responses, sha256, usable

HEADER = ",".join(SCHEMA)
EXPORTED = f"""{HEADER}
u1,P1,exam,2026-01-01,1,1,007,1,A,usable,12000,2026-01-01 10:00:00+00,2025-12-29,1
u2,P2,tutor,2026-01-01,1,1,007,0,B,usable,,2026-01-01 10:00:01+00,2025-12-29,1
u1,P1,exam,2026-01-01,2,2,V2@2,1,,usable,900,2026-01-06 10:00:02+00,2026-01-05,2
u2,P2,tutor,2026-01-01,2,2,V2@2,1,A,rapid_guess,100,2026-01-01 10:00:03+00,2025-12-29,1
""".encode()


def test_names_stay_text_and_missing_values_stay_missing() -> None:
    frame = read_csv(EXPORTED)
    assert frame["item"].to_list() == ["007", "007", "V2@2", "V2@2"]
    assert frame["recorded_time_ms"].to_list() == [12000, None, 900, 100]
    assert frame["option"].to_list() == ["A", "B", None, "A"]
    assert frame["position"].to_list() == [1, 1, 2, 1]
    assert frame["history"].null_count() == frame["as_of"].null_count() == 4


def test_an_export_without_rows_is_an_empty_frame() -> None:
    frame = read_csv(EXPORTED.splitlines(keepends=True)[0])
    assert (frame.height, usable(frame).height) == (0, 0)
    assert len(sha256(frame)) == 64


def test_only_usable_attempts_are_fitted_and_named_by_the_hash() -> None:
    frame = read_csv(EXPORTED)
    assert usable(frame).height == 3
    other_guess = frame.with_columns(
        correct=pl.when(pl.col("disposition") == "rapid_guess").then(0).otherwise("correct").cast(pl.Int8)
    )
    assert sha256(other_guess) == sha256(frame)
    other_mode = frame.with_columns(mode=pl.lit("exam"))
    assert sha256(other_mode) != sha256(frame)
    other_answer = frame.with_columns(correct=pl.Series([0, 0, 1, 1], dtype=pl.Int8))
    assert sha256(other_answer) != sha256(frame)


def test_items_keep_their_order_and_answers_their_names() -> None:
    frame = usable(read_csv(EXPORTED))
    assert items(frame).rows() == [("007", 1, 1), ("V2@2", 2, 2)]
    answers = responses(frame)
    assert (answers.persons, answers.items, answers.n_responses) == (("P1", "P2"), ("007", "V2@2"), 3)


def test_persons_are_learners_in_a_window_and_mode_with_their_last_answer() -> None:
    found = persons(usable(read_csv(EXPORTED)))
    assert found.columns == [
        "person_id",
        "user_id",
        "mode",
        "window_start",
        "history",
        "synthetic_clock",
        "last",
    ]
    assert found.rows() == [
        ("P1", "u1", "exam", dt.date(2026, 1, 1), None, None, "2026-01-06 10:00:02+00"),
        ("P2", "u2", "tutor", dt.date(2026, 1, 1), None, None, "2026-01-01 10:00:01+00"),
    ]


def test_a_column_follows_the_answers_into_their_order() -> None:
    """Answers lie by person; the export lies by item."""
    frame = usable(read_csv(EXPORTED))
    assert frame["week"].to_list()[1:] == [dt.date(2025, 12, 29), dt.date(2026, 1, 5)]
    found = in_order_of(responses(frame), frame, "week")
    assert found.to_list() == [dt.date(2025, 12, 29), dt.date(2026, 1, 5), dt.date(2025, 12, 29)]
