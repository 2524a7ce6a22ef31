"""The most informative item of a bank: the ranked search beside asking every item."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from irt.information import item_information
from irt.selection import RankedBank
from tests.benchmarks.figure import Figure

SIZES = (500, 5_000, 20_000, 100_000)
CHOICES, SERVED = 2_000, 40
#: Of the 99th percentile on the largest bank.
LIMIT_US = 200.0


def measure() -> Iterator[Figure]:
    """Choose at random abilities, forty items of the bank served already; raises where not the best was found."""
    for size in SIZES:
        random = np.random.default_rng(size)
        a, b = np.exp(random.normal(-0.1, 0.3, size)), random.normal(0.0, 1.0, size)
        c, theta = random.beta(5, 20, size), random.normal(0.0, 1.2, CHOICES)
        allowed = np.ones(size, dtype=np.bool_)
        allowed[random.integers(0, size, SERVED)] = False
        bank = RankedBank(a, b, c)
        bank.best(0.0)  # compiles
        ranked, every = [], []
        for at in theta.tolist():
            began = time.perf_counter()
            found = bank.best(at, allowed)
            ranked.append(time.perf_counter() - began)
            began = time.perf_counter()
            values = np.where(allowed, item_information(at, a, b, c), -1.0)
            best = int(values.argmax())
            every.append(time.perf_counter() - began)
            if not np.isclose(found.values[0], values[best], rtol=1e-12, atol=0.0):
                raise RuntimeError(
                    f"at theta {at} of {size} items {found.places[0]} was found, {best} is the best"
                )
        of_all = 1e6 * float(np.median(every))
        yield Figure(
            f"most informative of {size:,} items, median", 1e6 * float(np.median(ranked)), "us", of_all
        )
        largest = size == SIZES[-1]
        yield Figure(
            f"most informative of {size:,} items, 99th percentile", 1e6 * float(np.quantile(ranked, 0.99)), "us",
            goal=LIMIT_US if largest else None, at_most=True,
        )  # fmt: skip
