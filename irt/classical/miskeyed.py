"""Items that look mis-keyed: a distractor is chosen by abler people than the key is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtri

from irt.classical.options import Choices, choices
from irt.errors import InvalidArgument
from irt.labels import Codes, Column
from irt.models import Floats
from irt.responses import label_series


def find_miskeyed(
    person: Column,
    item: Column,
    option: Column,
    key: Mapping[Any, Hashable],
    *,
    minimum: int = 100,
    level: float = 0.95,
) -> pl.DataFrame:
    """Items of which a distractor goes with the rest score more than the key does, beyond chance.

    Suspect is the distractor with the highest rest correlation. An item is listed when at least `minimum`
    persons answered it and the interval (of the given level, for that one item) of r_suspect - r_key
    excludes 0. The two correlations share the rest score and are computed on the same persons: the interval
    is that of Zou (2007, Psychological Methods 12, 399-413, overlapping case) on Fisher's z limits.

    Returns item, key, suspect, r_key, r_suspect, difference, low, high, n; largest difference first.

    Raises:
        InvalidArgument: a level outside (0, 1) or a minimum below 4.
        InvalidResponses: as option_statistics.
    """
    if not 0.0 < level < 1.0:
        raise InvalidArgument(f"level must lie between 0 and 1, not {level}")
    if minimum < 4:  # Fisher's z needs n > 3
        raise InvalidArgument(f"minimum must be at least 4, not {minimum}")
    found = choices(person, item, option, key)
    keys, suspects = _compared(found, minimum)
    r_key, r_suspect = found.correlation[keys], found.correlation[suspects]
    n = found.item_known[found.item[keys]]
    # The two indicators exclude each other: their correlation follows from how often each was chosen.
    odds = [found.n_known[rows] / (n - found.n_known[rows]) for rows in (keys, suspects)]
    low, high = dependent_difference(r_suspect, r_key, -np.sqrt(odds[0] * odds[1]), n, level)
    listed = low > 0.0
    items, wrong = found.labels(suspects[listed])
    return pl.DataFrame(
        [
            label_series("item", items),
            label_series("key", found.labels(keys[listed])[1]),
            label_series("suspect", wrong),
            pl.Series("r_key", r_key[listed]),
            pl.Series("r_suspect", r_suspect[listed]),
            pl.Series("difference", (r_suspect - r_key)[listed]),
            pl.Series("low", low[listed]),
            pl.Series("high", high[listed]),
            pl.Series("n", n[listed]),
        ]
    ).sort("difference", descending=True, maintain_order=True)


def _compared(found: Choices, minimum: int) -> tuple[Codes, Codes]:
    """Rows of the keys and of the distractors with the highest correlation, of items that can be judged."""
    usable = ~np.isnan(found.correlation) & (found.item_known >= minimum)[found.item]
    wrong = np.flatnonzero(usable & ~found.is_key)
    wrong = wrong[np.lexsort((-found.correlation[wrong], found.item[wrong]))]
    item, first = np.unique(found.item[wrong], return_index=True)
    suspect = np.full(len(found.items), -1)
    suspect[item] = wrong[first]
    keys = np.flatnonzero(usable & found.is_key)
    keys = keys[suspect[found.item[keys]] >= 0]
    return keys, suspect[found.item[keys]]


def dependent_difference(
    r1: ArrayLike, r2: ArrayLike, between: ArrayLike, n: ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Interval of r1 - r2, two correlations of one variable with two others that correlate `between`.

    Zou (2007): the limits of each correlation (Fisher's z) are combined, with the correlation of the two
    estimates after Olkin & Siotani. The arguments broadcast; NaN where a correlation is 1.
    """
    one, two, both = (np.asarray(r, dtype=np.float64) for r in (r1, r2, between))
    half = ndtri(0.5 + level / 2.0) / np.sqrt(np.asarray(n, dtype=np.float64) - 3.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        low1, high1 = np.tanh(np.arctanh(one) - half), np.tanh(np.arctanh(one) + half)
        low2, high2 = np.tanh(np.arctanh(two) - half), np.tanh(np.arctanh(two) + half)
        together = (both - 0.5 * one * two) * (1.0 - one**2 - two**2 - both**2) + both**3
        together /= (1.0 - one**2) * (1.0 - two**2)
        down, up = one - low1, high2 - two
        low = one - two - np.sqrt(np.maximum(down**2 + up**2 - 2.0 * together * down * up, 0.0))
        down, up = two - low2, high1 - one
        high = one - two + np.sqrt(np.maximum(down**2 + up**2 - 2.0 * together * down * up, 0.0))
    return low, high
