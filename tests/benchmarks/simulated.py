"""Seeded answers for the benchmarks: 2PL or 3PL, complete or a random part of the items for each person."""

from __future__ import annotations

import numpy as np

import irt

SEED = 11
_CHUNK = 50_000


def responses(
    persons: int, items: int, answered: int | None = None, *, c: float = 0.0, seed: int = SEED
) -> irt.Responses:
    """theta ~ N(0, 1), a in [0.5, 1.5], b ~ N(0, 1), D = 1.7 metric; `answered` items a person, None for all.

    Built piece by piece, so that 100 M answers need little more memory than they take in the end.
    """
    random = np.random.default_rng(seed)
    a, b = random.uniform(0.5, 1.5, items), random.normal(size=items)
    each = items if answered is None else answered
    cells = np.empty((persons, each), dtype=np.int32)
    for first in range(0, persons, _CHUNK):
        own = cells[first : first + _CHUNK]
        n = len(own)
        if answered is None:
            asked = np.tile(np.arange(items), (n, 1))
        elif items <= 2_000:
            asked = np.sort(random.random((n, items), dtype=np.float32).argpartition(each, axis=1)[:, :each])
        else:  # one item out of each of as many slices of the bank
            width = items / each
            asked = ((np.arange(each) + random.random((n, each))) * width).astype(np.int64)
        theta = random.normal(size=(n, 1))
        p = irt.models.probability(theta, a[asked], b[asked], c)
        own[:] = 2 * asked + (random.random(p.shape) < p)
    starts = np.arange(persons + 1, dtype=np.int64) * each
    return irt.Responses(tuple(range(persons)), tuple(range(items)), starts, cells.ravel())
