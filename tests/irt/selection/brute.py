"""Tiny blueprints drawn at random, and their shadow tests by trying every choice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import Constraints, Kind

#: What a choice misses: places, enemies, most of quotas and sets, least of quotas, least of sets.
Missed = tuple[int, int, int, int, int]


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    items = draw(st.integers(4, 9))
    index = st.integers(0, items - 1)
    quotas = draw(st.integers(0, 4))
    members = [draw(st.lists(st.booleans(), min_size=items, max_size=items)) for _ in range(quotas)]
    least = [draw(st.integers(0, 2)) for _ in range(quotas)]
    most = [low + draw(st.integers(0, 3)) for low in least]
    groups = draw(st.lists(st.sets(index, min_size=2, max_size=3), max_size=2))
    mixed = draw(st.permutations(range(items)))
    sizes = draw(st.lists(st.integers(2, 3), max_size=2))
    sets, first = [], 0
    for k, size in enumerate(sizes):
        own = mixed[first : first + size]
        first += size
        if len(own) == size:
            low = draw(st.integers(1, size))
            sets.append(ItemSet(f"set {k}", tuple(own), low, draw(st.integers(low, size))))
    return Blueprint(
        draw(st.integers(1, min(5, items))),
        items,
        Quotas([f"quota {k}" for k in range(quotas)], np.array(members).reshape(quotas, items), least, most),
        tuple(Enemies(f"enemies {k}", tuple(sorted(group))) for k, group in enumerate(groups)),
        tuple(sets),
    )


def missed(rows: Constraints, items: list[int]) -> Missed:
    counts = rows.matrix.toarray()[:, items].sum(axis=1)
    totals = dict.fromkeys(range(5), 0)
    for kind, low, high, count in zip(rows.kinds, rows.lower, rows.upper, counts, strict=True):
        below, above = int(max(low - count, 0)), int(max(count - high, 0))
        if kind == Kind.LENGTH:
            totals[0] += below
        elif kind == Kind.ENEMIES:
            totals[1] += above
        else:
            totals[2] += above
            if kind == Kind.QUOTA:
                totals[3] += below
            elif count:
                totals[4] += below
    return totals[0], totals[1], totals[2], totals[3], totals[4]


def closed(rows: Constraints, administered: list[int]) -> set[int]:
    """Items of sets that were left with as many as they need."""
    barred: set[int] = set()
    for row in np.flatnonzero(rows.kinds == Kind.SET):
        own = set(np.flatnonzero(rows.matrix.toarray()[row]))
        if administered and administered[-1] not in own and len(own & set(administered)) >= rows.lower[row]:
            barred |= {int(item) for item in own}
    return barred


def best(
    rows: Constraints, values: np.ndarray, administered: list[int], eligible: np.ndarray
) -> tuple[Missed, float]:
    """(the least that a test misses, the highest sum of values of those that miss that)."""
    barred = closed(rows, administered) | set(administered)
    free = [int(item) for item in np.flatnonzero(eligible) if int(item) not in barred]
    places = int(rows.lower[0]) - len(administered)
    found = [
        (missed(rows, [*administered, *choice]), -float(sum(values[list(choice)])))
        for size in range(places + 1)
        for choice in combinations(free, size)
    ]
    least, value = min(found)
    return least, -value
