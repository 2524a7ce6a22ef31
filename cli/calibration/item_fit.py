"""The columns of items.csv that say how well each item fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

import irt

#: The test of every item takes about 100 bytes an answer.
MOST_ANSWERS = 50_000_000
COLUMNS: dict[str, type[pl.DataType]] = {
    "fit_statistic": pl.Float64,
    "fit_df": pl.Int64,
    "fit_p": pl.Float64,
    "rmsd": pl.Float64,
    "s_x2": pl.Float64,
    "s_x2_df": pl.Int64,
    "s_x2_p": pl.Float64,
    "infit": pl.Float64,
    "outfit": pl.Float64,
}


def columns(
    responses: irt.Responses, calibration: irt.Calibration, groups: Sequence[str] | None
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return COLUMNS, one row an item, null where there is no result, and notes on what was left out.

    S-X2 needs persons who answered every item; on sparse data its columns are empty.
    """
    empty = pl.DataFrame(
        {name: [None] * len(calibration.items) for name in COLUMNS}, schema=pl.Schema(COLUMNS)
    )
    if not np.isfinite(calibration.a).any():
        return empty, ()
    if responses.n_responses > MOST_ANSWERS:
        return empty, (f"Item fit is not tested: more than {MOST_ANSWERS:,} answers.",)
    score_test = irt.fit.item_fit(responses, calibration, groups=groups)
    by_score = irt.fit.s_x2(responses, calibration, groups=groups)
    squares = irt.fit.item_mean_squares(responses, calibration)
    found = pl.concat(
        [
            score_test.select("fit_statistic", "fit_df", "fit_p", "rmsd"),
            by_score.select("s_x2", s_x2_df="df", s_x2_p="p"),
            squares.select("infit", "outfit"),
        ],
        how="horizontal",
    )
    return found.cast(pl.Schema(COLUMNS)), ()
