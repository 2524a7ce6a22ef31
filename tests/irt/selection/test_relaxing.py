from __future__ import annotations

import numpy as np

from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import Constraints, constraints
from irt.selection.relaxing import reachable
from irt.selection.residual import residual

NONE = np.array([], dtype=np.int64)


def given_way(
    rows: Constraints, eligible: list[int], administered: list[int]
) -> dict[str, tuple[float, float]]:
    mask = np.zeros(len(rows.classes), dtype=bool)
    mask[eligible] = True
    below, above, counts = reachable(residual(rows, np.array(administered, dtype=np.int64), mask))
    task = residual(rows, np.array(administered, dtype=np.int64), mask)
    assert (counts <= task.sizes).all()
    held = rows.class_matrix @ counts
    begun = ~task.optional | (held > 0)
    assert ((held >= task.lower - below) | ~begun).all()
    assert (held <= task.upper + above).all()
    return {rows.names[k]: (below[k], above[k]) for k in np.flatnonzero(below + above)}


def test_nothing_gives_way_while_some_test_meets_all() -> None:
    quotas = Quotas(["A", "B"], [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], [2, 2], [2, 2])
    rows = constraints(Blueprint(4, 6, quotas))
    assert given_way(rows, [0, 1, 4, 5], []) == {}


def test_the_least_of_sets_gives_way_before_that_of_quotas_and_that_before_the_most() -> None:
    quotas = Quotas(["A", "B"], [[1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1]], [2, 2], [2, 2])
    rows = constraints(Blueprint(4, 7, quotas, sets=(ItemSet("case", (0, 1, 2), 3, 3),)))
    assert given_way(rows, list(range(7)), []) == {"case": (1.0, 0.0)}
    assert given_way(rows, [0, 3, 4, 5, 6], []) == {"A": (1.0, 0.0), "B": (0.0, 1.0), "case": (2.0, 0.0)}
    wide = constraints(Blueprint(4, 7, Quotas(["A", "B"], quotas.members, [2, 2], [2, 3])))
    assert given_way(wide, [0, 3, 4, 5, 6], []) == {"A": (1.0, 0.0)}


def test_enemies_give_way_before_the_length_only() -> None:
    rows = constraints(Blueprint(3, 4, enemies=(Enemies("twins", (0, 1)), Enemies("others", (2, 3)))))
    assert given_way(rows, [0, 1, 2], []) == {"twins": (0.0, 1.0)}
    assert given_way(rows, [0, 1], []) == {"length": (1.0, 0.0), "twins": (0.0, 1.0)}


def test_what_was_administered_beyond_a_bound_is_counted_once() -> None:
    quotas = Quotas(["A"], [[1, 1, 1, 0, 0]], [0], [1])
    assert given_way(constraints(Blueprint(3, 5, quotas)), [2, 3, 4], [0, 1]) == {"A": (0.0, 1.0)}
