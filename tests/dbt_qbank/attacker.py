"""Somebody who knows who is in which cell, and adds and subtracts the figures that are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import numpy as np

Learners = frozenset[int]


def isolated(shown: Mapping[int, Learners], fewest: int) -> list[Learners]:
    """Return sets of 1 to `fewest` - 1 learners whose sum follows from the sums of the shown cells."""
    named = {group for group in _by_hand(list(shown.values())) if 0 < len(group) < fewest}
    return sorted(named | set(_by_algebra(shown, fewest)), key=sorted)


def _by_hand(cells: list[Learners]) -> Iterator[Learners]:
    """What subtracting gives: one cell from another that holds it, all disjoint ones, overlaps that make a whole."""
    for whole in cells:
        within = [cell for cell in cells if cell < whole]
        yield from (whole - cell for cell in within)
        for n in range(2, len(within) + 1):
            for parts in combinations(within, n):
                union = frozenset[int]().union(*parts)
                if sum(map(len, parts)) == len(union):
                    yield whole - union
                elif n == 2 and union == whole:
                    yield parts[0] & parts[1]


def _by_algebra(shown: Mapping[int, Learners], fewest: int) -> Iterator[Learners]:
    """Every set that any weights of the shown cells give: its indicator lies in the span of theirs."""
    pieces: dict[tuple[int, ...], set[int]] = {}
    for learner in frozenset[int]().union(*shown.values()):
        pieces.setdefault(tuple(sorted(c for c, who in shown.items() if learner in who)), set()).add(learner)
    keys = sorted(pieces)
    span = np.array([[float(cell in key) for key in keys] for cell in shown])
    rank = np.linalg.matrix_rank(span) if shown else 0
    small = [i for i, key in enumerate(keys) if len(pieces[key]) < fewest]
    for n in range(1, min(len(small), 3) + 1):
        for chosen in combinations(small, n):
            learners = frozenset[int]().union(*(pieces[keys[i]] for i in chosen))
            indicator = np.array([[float(i in chosen) for i in range(len(keys))]])
            if len(learners) < fewest and np.linalg.matrix_rank(np.vstack([span, indicator])) == rank:
                yield learners


def smallest_piece(shown: Collection[Learners]) -> int:
    """Return the size of the smallest piece into which cells cut their learners."""
    who = frozenset[int]().union(*shown)
    return min(Counter(tuple(learner in cell for cell in shown) for learner in who).values())
