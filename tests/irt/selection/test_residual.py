from __future__ import annotations

import numpy as np

from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import Constraints, constraints
from irt.selection.residual import candidates, residual, widened

ALL = np.ones(8, dtype=bool)


def example() -> Constraints:
    quotas = Quotas(["A", "B"], [[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]], [1, 0], [2, 3])
    return constraints(Blueprint(4, 8, quotas, (Enemies("twins", (3, 7)),), (ItemSet("case", (4, 5), 1, 2),)))


def test_what_was_administered_is_taken_off_the_bounds() -> None:
    task = residual(example(), np.array([0, 4]), ALL)
    assert task.places == 2
    assert task.lower.tolist() == [2, 0, -1, 0, 0]
    assert task.upper.tolist() == [2, 1, 2, 1, 1]
    assert not task.optional.any()
    assert np.flatnonzero(task.open).tolist() == [1, 2, 3, 5, 6, 7]
    assert residual(example(), np.array([0]), ALL).optional.tolist() == [False, False, False, False, True]


def test_a_set_that_was_left_is_closed() -> None:
    assert np.flatnonzero(residual(example(), np.array([4, 0]), ALL).open).tolist() == [1, 2, 3, 6, 7]


def test_candidates_are_the_best_of_each_class_as_many_as_its_rows_let_in() -> None:
    values = np.array([3.0, 5.0, 4.0, 0.0, 1.0, 2.0, 6.0, 7.0])
    assert candidates(residual(example(), np.array([], int), ALL), values).tolist() == [1, 2, 3, 4, 5, 6, 7]
    # One more of A may come, the enemy of 7 was served, and of the equally good the lower index is kept.
    values[[1, 2]] = 5.0
    assert candidates(residual(example(), np.array([3]), ALL), values).tolist() == [1, 4, 5, 6]


def test_bounds_that_give_way_leave_one_length() -> None:
    below, above = np.array([1.0, 1.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 2.0, 0.0, 0.0])
    task = widened(residual(example(), np.array([], int), ALL), below, above)
    assert task.lower.tolist() == [3, 0, 0, 0, 1]
    assert task.upper.tolist() == [3, 2, 5, 1, 2]
