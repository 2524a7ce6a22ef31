"""Items that look mis-keyed: a distractor is chosen by abler people than the key is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from irt.classical.items import correlation
from irt.classical.options import choices_by_item, frame
from irt.errors import InvalidArgument
from irt.responses import Column


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
    rows: list[dict[str, object]] = []
    for choices in choices_by_item(person, item, option, key):
        known = ~np.isnan(choices.rest)
        if known.sum() < minimum:
            continue
        r = {name: correlation(chosen, choices.rest) for name, chosen in choices.chosen.items()}
        r_key = r.pop(choices.key)
        wrong = {name: value for name, value in r.items() if not np.isnan(value)}
        if not wrong or np.isnan(r_key):
            continue
        suspect = max(wrong, key=lambda name: wrong[name])
        between = correlation(choices.chosen[suspect][known], choices.chosen[choices.key][known])
        low, high = dependent_difference(wrong[suspect], r_key, between, int(known.sum()), level)
        if low > 0.0:
            rows.append(
                {
                    "item": choices.item,
                    "key": choices.key,
                    "suspect": suspect,
                    "r_key": r_key,
                    "r_suspect": wrong[suspect],
                    "difference": wrong[suspect] - r_key,
                    "low": low,
                    "high": high,
                    "n": int(known.sum()),
                }
            )
    kinds = dict.fromkeys(("r_key", "r_suspect", "difference", "low", "high"), pl.Float64) | {"n": pl.Int64}
    return frame(rows, ("item", "key", "suspect"), kinds).sort(
        "difference", descending=True, maintain_order=True
    )


def dependent_difference(r1: float, r2: float, between: float, n: int, level: float) -> tuple[float, float]:
    """Interval of r1 - r2, two correlations of one variable with two others that correlate `between`.

    Zou (2007): the limits of each correlation (Fisher's z) are combined, with the correlation of the two
    estimates after Olkin & Siotani.
    """
    half = norm.ppf(0.5 + level / 2.0) / np.sqrt(n - 3.0)
    low1, high1 = np.tanh(np.arctanh(r1) - half), np.tanh(np.arctanh(r1) + half)
    low2, high2 = np.tanh(np.arctanh(r2) - half), np.tanh(np.arctanh(r2) + half)
    together = (between - 0.5 * r1 * r2) * (1.0 - r1**2 - r2**2 - between**2) + between**3
    together /= (1.0 - r1**2) * (1.0 - r2**2)
    down, up = r1 - low1, high2 - r2
    low = r1 - r2 - np.sqrt(max(down**2 + up**2 - 2.0 * together * down * up, 0.0))
    down, up = r2 - low2, high1 - r1
    high = r1 - r2 + np.sqrt(max(down**2 + up**2 - 2.0 * together * down * up, 0.0))
    return float(low), float(high)
