"""Shadow tests in the course of sessions, beside HiGHS on all items of the same bank at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from irt.information import item_information
from irt.selection.blueprint import Codes
from irt.selection.constraints import Constraints, constraints
from irt.selection.programs import program, solve
from irt.selection.residual import columns_of, residual
from irt.selection.shadow import BUDGET, ShadowTest, shadow_test
from tests.benchmarks.figure import Figure
from tests.irt.selection.banks import bank

SEED = 23
#: Items of the bank, its item sets, and pairs of enemies.
BANKS = ((500, 10, 20), (2_000, 20, 40), (20_000, 100, 200))
LENGTH = 40
ABILITIES = (-1.0, 0.0, 1.0)
#: Every so many items of a session, the same question goes to bare HiGHS.
COMPARED = 10


def measure() -> Iterator[Figure]:
    """Milliseconds for each next item, the slowest percent, and the worth of the greedy test alone."""
    for items, sets, enemies in BANKS:
        parameters, blueprint = bank(SEED, items, LENGTH, sets, enemies, topics=50)
        rows = constraints(blueprint)
        everything = np.ones(items, dtype=np.bool_)
        shadow_test(rows, item_information(0.0, *parameters), [], everything, time.perf_counter)
        random, found, bare = np.random.default_rng(SEED), [], []
        for ability in ABILITIES:
            administered: list[int] = []
            for place in range(LENGTH):
                at = ability + random.normal() / np.sqrt(place + 1.0)
                values = item_information(at, *parameters)
                found.append(shadow_test(rows, values, administered, everything, time.perf_counter))
                if place % COMPARED == 0:
                    bare.append(_bare(rows, values, np.array(administered, dtype=np.int64), found[-1]))
                administered.append(found[-1].next_item)
        taken = 1e3 * np.array([sum(one.seconds.values()) for one in found])
        of = f"shadow test, {items:,} items, {len(rows.names)} rows"
        usual, peer = float(np.median(taken)), float(np.median(bare))
        yield Figure(f"{of}: median, beside HiGHS on all items", usual, "ms", peer, goal=1.0)
        yield Figure(f"{of}: p99", float(np.percentile(taken, 99)), "ms", goal=1e3 * BUDGET, at_most=True)
        share = np.mean([one.greedy_objective / one.objective for one in found if one.proven])
        yield Figure(f"{of}: greedy's share of the optimum", float(share), "share")


def _bare(rows: Constraints, values: np.ndarray, administered: Codes, found: ShadowTest) -> float:
    """Milliseconds of one integer program of every item; its optimum must be the one found."""
    began = time.perf_counter()
    task = residual(rows, administered, np.ones(len(values), dtype=np.bool_))
    items = np.flatnonzero(task.open)
    whole = program(columns_of(task, items), task.lower, task.upper, task.optional, np.ones(len(items)))
    result = solve(
        np.concatenate([values[items] / values.max(), np.zeros(len(whole.most) - len(items))]), whole
    )
    taken = 1e3 * (time.perf_counter() - began)
    best = -float(result.fun) * float(values.max())
    if found.proven and abs(best - found.objective) > 1e-5 * best:
        raise AssertionError(f"HiGHS found {best} on all items and the shadow test {found.objective}")
    return taken
