"""How often each option of an item was chosen by the lowest, the middle and the highest third of persons."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import polars as pl

from irt.classical.options import answered
from irt.labels import Codes, Column
from irt.models import Floats
from irt.responses import label_series

#: Rest scores of equal answers must not fall into two thirds because of rounding in their last digit.
_DECIMALS = 9


def option_thirds(person: Column, item: Column, option: Column, key: Mapping[Any, Hashable]) -> pl.DataFrame:
    """Proportion of each option among an item's persons in each third of the rest score.

    Thirds are of the persons who answered the item and another one, by their rank; persons of one rest score
    stay together, in the third that holds the middle of their ranks. Rows are those of `option_statistics`,
    in its order: item, option, low, middle, high; null where nobody is in the third.

    Raises:
        InvalidResponses: as option_statistics.
    """
    data = answered(person, item, option, key)
    third = _thirds(data.item, np.round(data.rest, _DECIMALS))
    known = third >= 0
    counted = np.bincount(3 * data.row[known] + third[known], minlength=3 * len(data.row_item)).reshape(-1, 3)
    of_item = np.bincount(3 * data.item[known] + third[known], minlength=3 * len(data.items)).reshape(-1, 3)
    with np.errstate(invalid="ignore"):
        share = counted / of_item[data.row_item]
    order = data.order()
    names = [(data.items[data.row_item[row]], data.options[data.row_option[row]]) for row in order]
    return pl.DataFrame(
        [
            label_series("item", [name for name, _ in names]),
            label_series("option", [name for _, name in names]),
            *(
                pl.Series(name, share[order, place]).fill_nan(None)
                for place, name in enumerate(("low", "middle", "high"))
            ),
        ]
    )


def _thirds(item: Codes, rest: Floats) -> Codes:
    """0, 1 or 2 for each answer, by the middle rank of its rest score within the item; -1 without one."""
    third = np.full(len(item), -1)
    known = np.flatnonzero(~np.isnan(rest))
    order = known[np.lexsort((rest[known], item[known]))]
    what, score = item[order], rest[order]
    new_item = np.r_[True, what[1:] != what[:-1]]
    new_score = new_item | np.r_[True, score[1:] != score[:-1]]
    first = np.flatnonzero(new_item)
    begin, tied = first[np.cumsum(new_item) - 1], np.flatnonzero(new_score)
    length = np.diff(np.r_[first, len(order)])[np.cumsum(new_item) - 1]
    group = np.cumsum(new_score) - 1
    middle = (tied + np.diff(np.r_[tied, len(order)]) / 2.0)[group] - begin
    third[order] = np.minimum(3.0 * middle / length, 2.0).astype(np.int64)
    return third
