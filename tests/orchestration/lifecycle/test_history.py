"""What a learner's earlier windows say of the ability with which a window began."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import irt
from orchestration.lifecycle.history import with_history
from orchestration.snapshot import persons
from tests.orchestration.attempts import FIRST, simulated

LATER = FIRST + dt.timedelta(days=30)


def two_windows() -> pl.DataFrame:
    """Odd items were answered a window after the even ones."""
    late = pl.col("question_id") % 2 == 1
    return simulated(200).with_columns(
        pl.when(late).then(pl.lit(LATER)).otherwise("window_start").alias("window_start"),
        pl.when(late).then(pl.format("{} later", "person_id")).otherwise("person_id").alias("person_id"),
    )


def test_history_is_the_ability_that_earlier_windows_show() -> None:
    attempts = two_windows()
    live = [{"item": f"I{number}", "a": 1.0, "b": number / 10 - 1.0, "c": 0.1} for number in range(1, 21)]
    found = persons(with_history(attempts, live))
    assert found.filter(pl.col("window_start") == FIRST)["history"].null_count() == 200
    late = found.filter(pl.col("window_start") == LATER).sort("user_id")
    before = attempts.filter((pl.col("window_start") == FIRST) & (pl.col("user_id") == late["user_id"][0]))
    numbers = before["question_id"].to_numpy()
    theta, _ = irt.eap(before["correct"].to_numpy(), np.ones(10), numbers / 10 - 1.0, np.full(10, 0.1))
    assert late["history"][0] == pytest.approx(theta, abs=1e-6)


def test_without_live_parameters_learners_come_into_an_order_all_the_same() -> None:
    attempts = two_windows()
    late = persons(with_history(attempts, [])).filter(pl.col("window_start") == LATER).sort("user_id")
    early = attempts.filter(pl.col("window_start") == FIRST)
    right = early.group_by("user_id").agg(pl.col("correct").mean()).sort("user_id")["correct"]
    assert np.corrcoef(late["history"].to_numpy(), right.to_numpy())[0, 1] > 0.95


def test_an_unusable_answer_says_nothing() -> None:
    attempts = two_windows().with_columns(
        disposition=pl.when(pl.col("window_start") == FIRST)
        .then(pl.lit("rapid_guess"))
        .otherwise("disposition")
    )
    assert with_history(attempts, [])["history"].null_count() == attempts.height
