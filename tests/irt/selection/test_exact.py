from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from scipy.optimize import linprog

from irt.information import item_information
from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.constraints import constraints
from irt.selection.exact import improve
from irt.selection.greedy import greedy
from irt.selection.programs import program, solve
from irt.selection.relaxation import relaxation
from irt.selection.residual import Residual, candidates, columns_of, residual
from tests.irt.selection.banks import bank


def tasks() -> Iterator[tuple[Residual, Codes, Floats, Codes]]:
    """(bounds, candidates, their values, the greedy choice) for banks whose relaxation is not whole."""
    for seed, sets in ((5, 20), (7, 0), (8, 30)):
        parameters, blueprint = bank(seed, 1000, sets=sets, topics=30)
        values = item_information(0.4, *parameters)
        values /= values.max()
        task = residual(constraints(blueprint), np.array([], dtype=np.int64), np.ones(1000, dtype=bool))
        pool = candidates(task, values)
        yield task, pool, values[pool], greedy(task, pool, values[pool])[0]


def test_column_generation_ends_where_the_whole_relaxation_does() -> None:
    for task, pool, values, chosen in tasks():
        at = np.flatnonzero(np.isin(pool, chosen))
        found = relaxation(task, pool, values, at, lambda: 0.0, None)
        assert found is not None
        whole = program(columns_of(task, pool), task.lower, task.upper, task.optional, np.ones(len(pool)))
        rows, low, high = whole.matrix.toarray(), np.isfinite(whole.lower), np.isfinite(whole.upper)
        expected = linprog(
            -np.concatenate([values, np.zeros(len(whole.most) - len(pool))]),
            A_ub=np.vstack([rows[high], -rows[low]]),
            b_ub=np.concatenate([whole.upper[high], -whole.lower[low]]),
            bounds=(0.0, 1.0),
        )
        assert found.bound == pytest.approx(-expected.fun, abs=1e-6)
        assert found.bound == pytest.approx(values @ found.share, abs=1e-6)


def test_what_reduced_costs_say_of_an_item_holds() -> None:
    task, pool, values, chosen = next(tasks())
    found = relaxation(task, pool, values, np.flatnonzero(np.isin(pool, chosen)), lambda: 0.0, None)
    assert found is not None
    whole = program(columns_of(task, pool), task.lower, task.upper, task.optional, np.ones(len(pool)))
    gain = np.concatenate([values, np.zeros(len(whole.most) - len(pool))])
    for k in np.random.default_rng(0).choice(np.flatnonzero(~found.divided), 12, replace=False):
        least, task_ = np.zeros(len(gain)), whole
        if found.share[k] < 0.5:
            least[k] = 1.0
        else:
            task_ = program(
                columns_of(task, pool), task.lower, task.upper, task.optional, np.arange(len(pool)) != k
            )
        forced = solve(gain, task_, least=least)
        assert forced.x is None or -forced.fun <= found.bound - abs(found.cost[k]) + 1e-6


def test_the_optimum_is_that_of_one_integer_program_of_all_candidates() -> None:
    last = []
    for task, pool, values, chosen in tasks():
        found = improve(task, pool, values, chosen, lambda: 0.0, None, None)
        whole = program(columns_of(task, pool), task.lower, task.upper, task.optional, np.ones(len(pool)))
        expected = solve(np.concatenate([values, np.zeros(len(whole.most) - len(pool))]), whole)
        best = chosen if found.items is None else found.items
        assert values[np.isin(pool, best)].sum() == pytest.approx(-expected.fun, abs=1e-6)
        assert found.bound == pytest.approx(-expected.fun, abs=1e-6)
        assert found.proven
        last.append(found.solves)
    assert max(last) > 1


def test_without_time_nothing_is_claimed() -> None:
    task, pool, values, chosen = next(tasks())
    ticks = count()
    for deadline, solves in ((0.5, 0), (2.5, 1)):
        ticks = count()
        found = improve(task, pool, values, chosen, lambda t=ticks: float(next(t)), deadline, None)
        assert found.solves == solves
        assert not found.proven
