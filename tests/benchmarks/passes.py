"""One pass over the answers: beside matrix products with the same flops, and by the number of items."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

import irt
from irt.estimation.maximize import Point
from irt.estimation.population import Population
from irt.estimation.problem import Problem
from irt.estimation.shards import cut
from irt.estimation.starting import starting_values
from irt.estimation.workers import OnThreads, Threads, blas_threads, thread_count
from irt.specify import specify
from tests.benchmarks.figure import Figure
from tests.benchmarks.simulated import responses

REPEATS = 15
ITEMS = (100, 500, 2_000, 10_000)
ANSWERS, EACH = 4_000_000, 40


def measure() -> Iterator[Figure]:
    """The complete case beside numpy's products, then nanoseconds a response on sparse answers."""
    threads = thread_count(None)
    data = responses(20_000, 100)
    one = _pass_seconds(data, threads)
    random = np.random.default_rng(3)
    x, table, posterior = random.random((20_000, 100)), random.random((100, 61)), random.random((20_000, 61))
    with blas_threads(threads):
        products = _median(lambda: (x @ table, x.T @ posterior))
    yield Figure(
        f"E-step, 20,000 x 100 complete, {threads} threads, over two matrix products of its flops",
        one / products,
        "x",
        goal=3.0,
        at_most=True,
    )
    found = {}
    for items in ITEMS:
        data = responses(ANSWERS // EACH, items, EACH)
        found[items] = _pass_seconds(data, threads) / data.n_responses * 1e9
        yield Figure(
            f"E-step a response, {items:,} items, {EACH} answered of each person",
            found[items],
            "ns",
            goal=10.0 if items == 500 else None,
            at_most=True,
        )
    yield Figure(
        "the slowest of them over the fastest",
        max(found.values()) / min(found.values()),
        "x",
        goal=3.0,
        at_most=True,
    )


def _pass_seconds(data: irt.Responses, threads: int) -> float:
    """Median seconds of an E-step near the solution, the table of probabilities and the sums included."""
    shards = cut(data, np.zeros(data.n_persons, np.int32))
    asked = specify(data, "2PL", None, irt.Priors.none(), None)
    with Threads(threads) as local:
        group = np.zeros(data.n_persons, np.int32)
        problem = Problem(
            data, group, shards, irt.Quadrature().theta, asked.specification, OnThreads(shards, local), local
        )
        start = starting_values(shards, data.cell_counts, asked.specification, local)
        point = Point(start, Population(np.zeros(1), np.ones(1), np.zeros(1, dtype=np.bool_)))
        windows = problem.open_windows()
        for _ in range(2):
            expected = problem.expect(point, windows)
            point, windows = problem.maximize(expected, point).point, expected.windows
        return _median(lambda: problem.expect(point, windows))


def _median(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))
