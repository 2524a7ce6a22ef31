from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irt.information import item_information
from irt.selection.blueprint import Blueprint, ItemSet, Quotas
from irt.selection.constraints import constraints
from irt.selection.greedy import greedy
from irt.selection.residual import candidates, residual
from tests.irt.selection import brute
from tests.irt.selection.banks import bank

NONE = np.array([], dtype=np.int64)


@settings(max_examples=100, deadline=None)
@given(brute.blueprints(), st.integers(0, 2**32 - 1))
def test_what_it_says_is_missed_is_missed(blueprint: Blueprint, seed: int) -> None:
    rows = constraints(blueprint)
    values = np.random.default_rng(seed).random(blueprint.items)
    task = residual(rows, NONE, np.ones(blueprint.items, dtype=bool))
    pool = candidates(task, values)
    items, missed = greedy(task, pool, values[pool])
    assert len(items) == min(blueprint.length, len(pool))
    assert missed == sum(brute.missed(rows, items.tolist()))


@pytest.mark.parametrize("seed", range(8))
def test_it_finds_a_test_close_to_the_sum_of_the_best_items(seed: int) -> None:
    parameters, blueprint = bank(seed, 500)
    values = item_information(0.5, *parameters)
    values /= values.max()
    task = residual(constraints(blueprint), NONE, np.ones(500, dtype=bool))
    pool = candidates(task, values)
    items, missed = greedy(task, pool, values[pool])
    assert missed == 0
    assert values[items].sum() > 0.9 * np.sort(values)[-40:].sum()


def test_places_are_kept_for_quotas_of_poor_items() -> None:
    quotas = Quotas(["rich", "poor"], [[1, 1, 1, 0, 0], [0, 0, 0, 1, 1]], [0, 2], [3, 2])
    values = np.array([1.0, 0.9, 0.8, 0.1, 0.2])
    task = residual(constraints(Blueprint(3, 5, quotas)), NONE, np.ones(5, dtype=bool))
    items, missed = greedy(task, np.arange(5), values)
    assert (items.tolist(), missed) == ([0, 3, 4], 0)


def test_an_item_set_is_begun_by_its_mean_and_filled() -> None:
    rows = constraints(Blueprint(3, 6, sets=(ItemSet("case", (0, 1, 2), 2, 3),)))
    task = residual(rows, NONE, np.ones(6, dtype=bool))
    good, bad = np.array([0.9, 0.8, 0.1, 0.6, 0.5, 0.4]), np.array([0.7, 0.2, 0.1, 0.6, 0.5, 0.4])
    assert greedy(task, np.arange(6), good)[0].tolist() == [0, 1, 3]
    assert greedy(task, np.arange(6), bad)[0].tolist() == [3, 4, 5]


def test_exchanges_mend_a_start_that_misses_bounds() -> None:
    quotas = Quotas(["A", "B"], [[1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]], [1, 1], [1, 1])
    task = residual(constraints(Blueprint(2, 6, quotas)), NONE, np.ones(6, dtype=bool))
    values = np.array([0.2, 0.9, 0.1, 0.5, 0.6, 0.4])
    items, missed = greedy(task, np.arange(6), values, np.array([3, 5]))
    assert (items.tolist(), missed) == ([1, 4], 0)
