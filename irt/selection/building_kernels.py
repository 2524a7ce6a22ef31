"""The loops that build up a greedy test.

Candidates are sorted by value, the highest first. `starts` and `where` hold the rows of each in compressed
columns; `counts` is how many chosen items each row has. Everything is changed in place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled_exactly
from irt.models import Floats
from irt.selection.blueprint import Codes

Flags = NDArray[np.bool_]
#: One bound broken weighs more than any difference of two values in [-1, 1].
_BROKEN = 8.0


@compiled_exactly
def build(
    starts: Codes,
    where: Codes,
    values: Floats,
    lower: Codes,
    upper: Codes,
    optional: Flags,
    layer: Codes,
    bundles: Codes,
    places: int,
    chosen: Flags,
    counts: Codes,
) -> None:
    """Chooses `places` candidates, or all there are.

    A move is one candidate or the beginning of an item set (`bundles`: candidates that begin each, shape
    (sets, most), -1 where fewer). The best move is that of the highest value per item among those with the
    least harm: upper bounds broken, sets begun and not filled, and what rows of a layer then lack beyond the
    places left. `layer`: of each row, -1 for none; rows of a layer have no item in common.
    """
    lacking = np.zeros(max(layer.max() + 1, 1), np.int64)
    extra = np.zeros(len(counts), np.int64)
    left = places
    while left > 0:
        _count_lacking(lower, layer, counts, lacking)
        best, best_score = _single(
            starts, where, values, lower, upper, optional, layer, lacking, left, chosen, counts
        )
        begun = -1
        for one in range(len(bundles)):
            size = (bundles[one] >= 0).sum()
            if size <= left and not chosen[bundles[one, 0]]:
                own = bundles[one, :size]
                score = _bundle(starts, where, values, lower, upper, layer, lacking, own, left, counts, extra)
                if score > best_score:
                    begun, best_score = one, score
        if begun >= 0:
            for item in bundles[begun]:
                if item >= 0:
                    left -= _choose(starts, where, item, chosen, counts)
        elif best >= 0:
            left -= _choose(starts, where, best, chosen, counts)
        else:
            break


@compiled_exactly
def _count_lacking(lower: Codes, layer: Codes, counts: Codes, lacking: Codes) -> None:
    """How many items the rows of each layer lack."""
    lacking[:] = 0
    for row in range(len(counts)):
        if layer[row] >= 0:
            lacking[layer[row]] += max(lower[row] - counts[row], 0)


@compiled_exactly
def _single(
    starts: Codes,
    where: Codes,
    values: Floats,
    lower: Codes,
    upper: Codes,
    optional: Flags,
    layer: Codes,
    lacking: Codes,
    left: int,
    chosen: Flags,
    counts: Codes,
) -> tuple[int, float]:
    """(the best candidate to choose by itself, its score); -1 without any."""
    late = np.maximum(lacking - (left - 1), 0).sum()
    best, best_score = -1, -np.inf
    for item in range(len(values)):
        if values[item] <= best_score:
            break
        if chosen[item]:
            continue
        harm = late
        for k in range(starts[item], starts[item + 1]):
            row = where[k]
            harm += counts[row] >= upper[row]
            if optional[row] and counts[row] == 0:
                harm += lower[row] - 1
            if layer[row] >= 0 and counts[row] < lower[row]:
                harm -= lacking[layer[row]] > left - 1
        score = values[item] - _BROKEN * harm
        if score > best_score:
            best, best_score = item, score
    return best, best_score


@compiled_exactly
def _choose(starts: Codes, where: Codes, item: int, chosen: Flags, counts: Codes) -> int:
    chosen[item] = True
    for k in range(starts[item], starts[item + 1]):
        counts[where[k]] += 1
    return 1


@compiled_exactly
def _bundle(
    starts: Codes,
    where: Codes,
    values: Floats,
    lower: Codes,
    upper: Codes,
    layer: Codes,
    lacking: Codes,
    items: Codes,
    left: int,
    counts: Codes,
    extra: Codes,
) -> float:
    """The score of beginning an item set with these; `extra` is zeros, and is again afterwards."""
    harm, worth = 0, 0.0
    late = lacking - (left - len(items))
    for item in items:
        worth += values[item]
        for k in range(starts[item], starts[item + 1]):
            row = where[k]
            count = counts[row] + extra[row]
            harm += count >= upper[row]
            if layer[row] >= 0 and count < lower[row]:
                late[layer[row]] -= 1
            extra[row] += 1
    for item in items:
        for k in range(starts[item], starts[item + 1]):
            extra[where[k]] = 0
    score: float = worth / len(items) - _BROKEN * (harm + np.maximum(late, 0).sum())
    return score
