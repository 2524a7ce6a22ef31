"""How answers in any order become compressed rows: person by person, each person's items ascending."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.estimation.compiled import compiled

#: Up to so many answers are put in order one by one; they mostly are in order, or nearly.
_FEW = 48


@compiled
def _ascending(row: NDArray[np.int32]) -> None:
    if len(row) > _FEW:
        for k in range(1, len(row)):
            if row[k] < row[k - 1]:
                row.sort()
                return
        return
    for k in range(1, len(row)):
        cell = row[k]
        at = k
        while at > 0 and row[at - 1] > cell:
            row[at] = row[at - 1]
            at -= 1
        row[at] = cell


@compiled
def pack(
    person: NDArray[np.int32],
    item: NDArray[np.int32],
    right: NDArray[np.int8],
    starts: NDArray[np.int64],
    cells: NDArray[np.int32],
) -> int:
    """Fill starts (persons + 1,), zeros before, and cells (answers,) by counting, without a sort of all.

    Returns the place in `cells` of a person's second answer to an item, the first there is; -1: none.
    """
    for k in range(len(person)):
        starts[person[k] + 1] += 1
    for p in range(1, len(starts)):
        starts[p] += starts[p - 1]
    free = starts[:-1].copy()
    for k in range(len(person)):
        p = person[k]
        cells[free[p]] = 2 * item[k] + right[k]
        free[p] += 1
    for p in range(len(starts) - 1):
        _ascending(cells[starts[p] : starts[p + 1]])
    for p in range(len(starts) - 1):
        for k in range(starts[p] + 1, starts[p + 1]):
            if cells[k] >> 1 == cells[k - 1] >> 1:
                return k
    return -1


@compiled
def select(
    starts: NDArray[np.int64],
    cells: NDArray[np.int32],
    code: NDArray[np.int32],
    kept_starts: NDArray[np.int64],
    kept: NDArray[np.int32],
) -> int:
    """Fill kept_starts (persons + 1,) and kept with the cells of items whose new code is not negative.

    Returns how many there are.
    """
    at = 0
    kept_starts[0] = 0
    for p in range(len(starts) - 1):
        for k in range(starts[p], starts[p + 1]):
            new = code[cells[k] >> 1]
            if new >= 0:
                kept[at] = 2 * new + (cells[k] & 1)
                at += 1
        kept_starts[p + 1] = at
    return at


@compiled
def count(cells: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
    """Add to counts (2 * items,) how often each cell, 2 * item + correct, occurs."""
    for k in range(len(cells)):
        counts[cells[k]] += 1
