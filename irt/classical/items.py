"""Proportion correct and corrected point-biserial of items.

The rest score of a person, for an item, is the mean over the person's *other* answers of (answer minus that
item's proportion correct). On complete data it is the number right without the item, up to scale and
origin, so the correlations are the familiar corrected ones; on sparse data it does not mistake easy items
for able people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.models import Floats
from irt.responses import Responses, label_series

Codes = NDArray[np.integer]

#: A variance below this is rounding, not a difference between people.
FLAT = 1e-14


@dataclass(frozen=True)
class ItemRest:
    """Of each item, shape (items,): answers, proportion correct, correlation with the rest score (or NaN)."""

    n: NDArray[np.int64]
    proportion: Floats
    correlation: Floats


def rest_scores(person: Codes, item: Codes, correct: Floats, n_items: int) -> Floats:
    """The rest score that goes with each answer, shape (answers,); NaN if they answered no other."""
    n = np.bincount(item, minlength=n_items)
    proportion = np.bincount(item, correct, n_items) / np.maximum(n, 1)
    residual = correct - proportion[item]
    others = np.bincount(person)[person] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        rest: Floats = (np.bincount(person, residual)[person] - residual) / others
    rest[others == 0] = np.nan
    return rest


def item_rest(person: Codes, item: Codes, correct: Floats, n_items: int) -> ItemRest:
    """Proportion correct and corrected point-biserial of each item."""
    n = np.bincount(item, minlength=n_items)
    with np.errstate(invalid="ignore"):
        proportion = np.bincount(item, correct, n_items) / n
    rest = rest_scores(person, item, correct, n_items)
    return ItemRest(n, proportion, _correlations(item, correct, rest, n_items))


def item_statistics(responses: Responses) -> pl.DataFrame:
    """item, n, p_value, point_biserial (corrected; null where it is undefined)."""
    found = item_rest(responses.person, responses.item, responses.correct, responses.n_items)
    return pl.DataFrame(
        {
            "item": label_series("item", responses.items),
            "n": found.n,
            "p_value": found.proportion,
            "point_biserial": found.correlation,
        }
    ).with_columns(pl.col("p_value", "point_biserial").fill_nan(None))


def _correlations(group: Codes, x: Floats, y: Floats, n_groups: int) -> Floats:
    """Pearson's correlation of x and y within each group; rows without y are left out, NaN if undefined."""
    known = ~np.isnan(y)
    group, x, y = group[known], x[known], y[known]
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.bincount(group, minlength=n_groups)
        x = x - (np.bincount(group, x, n_groups) / n)[group]
        y = y - (np.bincount(group, y, n_groups) / n)[group]
        xx, yy = np.bincount(group, x * x, n_groups), np.bincount(group, y * y, n_groups)
        found: Floats = np.bincount(group, x * y, n_groups) / np.sqrt(xx * yy)
    found[(xx <= FLAT * n) | (yy <= FLAT * n)] = np.nan
    return found
