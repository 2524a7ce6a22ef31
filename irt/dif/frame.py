"""The frame that every analysis of differential item functioning returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.dif.groups import Compared
from irt.models import Floats
from irt.responses import label_series


def frame(
    two: Compared,
    matched_by: str,
    anchors: NDArray[np.bool_],
    numbers: Mapping[str, Floats],
    classes: NDArray[np.str_],
    flagged: NDArray[np.bool_],
    reasons: Sequence[str],
) -> pl.DataFrame:
    """item, n_reference, n_focal, matching, anchor, the method's numbers, class, flagged, reason.

    Numbers of items that have a reason not to be judged, and NaN, come out null, and so does their class.
    """
    n_reference, n_focal = two.numbers()
    judged = np.array([not reason for reason in reasons])
    shown = [class_ if ok and class_ else None for class_, ok in zip(classes.tolist(), judged, strict=True)]
    return pl.DataFrame(
        [
            label_series("item", two.responses.items),
            pl.Series("n_reference", n_reference),
            pl.Series("n_focal", n_focal),
            pl.Series("matching", [matched_by] * len(judged)),
            pl.Series("anchor", anchors),
            *(pl.Series(name, np.where(judged, column, np.nan)) for name, column in numbers.items()),
            pl.Series("class", shown, dtype=pl.String),
            pl.Series("flagged", flagged & judged),
            pl.Series("reason", list(reasons), dtype=pl.String),
        ]
    ).with_columns(pl.col(*numbers).fill_nan(None))
