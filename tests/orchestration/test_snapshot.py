"""The frame that a calibration reads, and the hash that names its responses."""

from __future__ import annotations

import polars as pl

from orchestration.snapshot import items, read_csv, responses, sha256, usable

EXPORTED = b"""user_id,question_id,version,item,correct,option,disposition,recorded_time_ms,ts
u1,1,1,007,1,A,usable,12000,2026-01-01 10:00:00+00
u2,1,1,007,0,B,usable,,2026-01-01 10:00:01+00
u1,2,2,V2@2,1,,usable,900,2026-01-01 10:00:02+00
u2,2,2,V2@2,1,A,rapid_guess,100,2026-01-01 10:00:03+00
"""


def test_names_stay_text_and_missing_values_stay_missing() -> None:
    frame = read_csv(EXPORTED)
    assert frame["item"].to_list() == ["007", "007", "V2@2", "V2@2"]
    assert frame["recorded_time_ms"].to_list() == [12000, None, 900, 100]
    assert frame["option"].to_list() == ["A", "B", None, "A"]


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
    other_answer = frame.with_columns(correct=pl.Series([0, 0, 1, 1], dtype=pl.Int8))
    assert sha256(other_answer) != sha256(frame)


def test_items_keep_their_order_and_answers_their_names() -> None:
    frame = usable(read_csv(EXPORTED))
    assert items(frame).rows() == [("007", 1, 1), ("V2@2", 2, 2)]
    answers = responses(frame)
    assert (answers.persons, answers.items, answers.n_responses) == (("u1", "u2"), ("007", "V2@2"), 3)
