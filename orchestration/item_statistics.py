"""What publishing says of each item without a model: classical statistics, options, keys that look wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

import irt
from orchestration.snapshot import items, responses

Rows = list[dict[str, Any]]


def item_stats(attempts: pl.DataFrame) -> Rows:
    """Return rows of item_stats_ctt over usable attempts."""
    if not attempts.height:
        return []
    times = attempts.group_by("item").agg(
        pl.col("recorded_time_ms").median().round().cast(pl.Int64).alias("median_time_ms")
    )
    stats = irt.classical.item_statistics(responses(attempts))
    return (
        stats.rename({"n": "n_responses", "point_biserial": "r_point_biserial"})
        .join(times, on="item", how="left")
        .join(items(attempts), on="item", how="left", maintain_order="left")
        .select("question_id", "version", "p_value", "r_point_biserial", "median_time_ms", "n_responses")
        .to_dicts()
    )


def option_stats(attempts: pl.DataFrame, keys: Mapping[str, str]) -> Rows:
    """Return rows of item_option_stats over usable attempts whose option is known."""
    chosen = _with_option(attempts, keys)
    if not chosen.height:
        return []
    columns = chosen["person_id"], chosen["item"], chosen["option"]
    thirds = irt.classical.option_thirds(*columns, keys)
    return (
        irt.classical.option_statistics(*columns, keys)
        .join(thirds, on=["item", "option"], how="left", maintain_order="left")
        .join(items(chosen), on="item", how="left", maintain_order="left")
        .rename({"option": "option_label"} | {third: f"proportion_{third}" for third in thirds.columns[2:]})
        .drop("item")
        .to_dicts()
    )


def miskeyed(attempts: pl.DataFrame, keys: Mapping[str, str]) -> Rows:
    """Return flags of items of which a wrong option goes with the rest score more than the key does."""
    chosen = _with_option(attempts, keys)
    if not chosen.height:
        return []
    suspects = irt.classical.find_miskeyed(chosen["person_id"], chosen["item"], chosen["option"], keys).join(
        items(attempts), on="item", how="left", maintain_order="left"
    )
    return [
        {
            "question_id": row.pop("question_id"),
            "version": row.pop("version"),
            "flag": "miskeyed",
            "detail": {name: value for name, value in row.items() if name != "item"},
        }
        for row in suspects.to_dicts()
    ]


def _with_option(attempts: pl.DataFrame, keys: Mapping[str, str]) -> pl.DataFrame:
    return attempts.filter(pl.col("option").is_not_null() & pl.col("item").is_in(list(keys)))
