"""Classical statistics as rows of their tables."""

from __future__ import annotations

import polars as pl
import pytest

from orchestration.item_statistics import item_stats, miskeyed, option_stats
from tests.orchestration.attempts import KEYS, simulated


def test_options_of_each_item_add_up_overall_and_in_each_third() -> None:
    attempts = simulated(300)
    found = pl.DataFrame(option_stats(attempts, KEYS))
    assert set(found.columns) == {
        "question_id",
        "version",
        "option_label",
        "is_key",
        "n",
        "proportion",
        "rest_correlation",
        "proportion_low",
        "proportion_middle",
        "proportion_high",
    }
    shares = ("proportion", "proportion_low", "proportion_middle", "proportion_high")
    sums = found.group_by("question_id").agg(pl.col("n", *shares).sum())
    assert sums["n"].to_list() == [300] * 20
    for name in shares:
        assert sums[name].to_list() == pytest.approx([1.0] * 20)
    key = found.filter("is_key")
    assert key["option_label"].to_list() == ["A"] * 20
    assert (key["proportion_high"] > key["proportion_low"]).all()


def test_answers_without_an_option_or_a_key_have_no_rows() -> None:
    attempts = simulated(50).with_columns(
        option=pl.when(pl.col("item") == "I2").then(None).otherwise("option")
    )
    found = option_stats(attempts, {item: key for item, key in KEYS.items() if item != "I3"})
    assert {row["question_id"] for row in found} == set(range(1, 21)) - {2, 3}
    assert option_stats(attempts, {}) == []
    assert miskeyed(attempts, {}) == []


def test_item_stats_have_the_median_of_recorded_times_alone() -> None:
    attempts = simulated(60).with_columns(
        recorded_time_ms=pl.when(pl.col("item") == "I1")
        .then(None)
        .otherwise(pl.col("question_id") * 1000)
        .cast(pl.Int64)
    )
    found = {row["question_id"]: row for row in item_stats(attempts)}
    assert found[1]["median_time_ms"] is None
    assert found[7]["median_time_ms"] == 7000
    assert found[7]["n_responses"] == 60
    assert found[7]["p_value"] == pytest.approx(attempts.filter(pl.col("item") == "I7")["correct"].mean())
    assert item_stats(attempts.clear()) == []


def test_an_item_with_another_key_is_flagged() -> None:
    attempts = simulated(600)
    wrong = KEYS | {"I10": "B"}
    (flag,) = miskeyed(attempts, wrong)
    assert (flag["question_id"], flag["flag"], flag["detail"]["suspect"]) == (10, "miskeyed", "A")
