"""What was known of a learner's ability before a window: what chose the questions, and so belongs to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.models import D
from orchestration.snapshot import usable

#: Slope (D = 1.7 metric) of items whose own is not known yet; a history only has to bring learners into an order.
_USUAL_SLOPE = 0.7


def with_history(attempts: pl.DataFrame, live: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the attempts with `history`: EAP of theta ~ N(0, 1) by the learner's usable answers of earlier windows.

    `live`: serving rows with item, a, b, c (D = 1.7 metric); an item that has none stands in by its proportion
    right. Null where a learner has no earlier window.
    """
    fitted = usable(attempts)
    windows = fitted.select("user_id", "window_start").unique(maintain_order=True)
    earlier = (
        windows.join(
            fitted.select("user_id", pl.col("window_start").alias("then"), "item", "correct"), on="user_id"
        )
        .filter(pl.col("then") < pl.col("window_start"))
        .with_columns(pl.format("{} {}", "user_id", "window_start").alias("before"))
        .sort("before", "item")
    )
    if not earlier.height:
        return attempts
    answers = irt.Responses.from_long(earlier["before"], earlier["item"], earlier["correct"].to_numpy())
    known = earlier.unique("before", maintain_order=True).select("user_id", "window_start", "before")
    scores = irt.score(answers, _parameters(fitted, live))
    place = pl.DataFrame({"before": pl.Series(answers.persons), "history": scores.theta})
    found = known.join(place, on="before").drop("before")
    return attempts.drop("history").join(
        found, on=["user_id", "window_start"], how="left", maintain_order="left"
    )


def _parameters(fitted: pl.DataFrame, live: Sequence[Mapping[str, Any]]) -> irt.ItemParameters:
    served = {row["item"]: (row["a"], row["b"], row["c"]) for row in live}
    right = fitted.group_by("item", maintain_order=True).agg(pl.col("correct").sum(), pl.len().alias("n"))
    proportion = (right["correct"].to_numpy() + 0.5) / (right["n"].to_numpy() + 1.0)
    stand_in = -np.log(proportion / (1.0 - proportion)) / (D * _USUAL_SLOPE)
    own = [served.get(item, (_USUAL_SLOPE, b, 0.0)) for item, b in zip(right["item"], stand_in, strict=True)]
    return irt.ItemParameters(tuple(right["item"]), *np.array(own, dtype=np.float64).T)
