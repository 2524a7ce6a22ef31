"""The most informative item of a bank: the ranked search beside asking every item, and beside catsim."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from catsim.item_bank import ItemBank
from catsim.selection import MaxInfoSelector

from irt.information import item_information
from irt.models import D, Floats
from irt.selection import RankedBank
from tests.benchmarks.figure import Figure

SIZES = (500, 5_000, 20_000, 100_000)
CHOICES, SERVED = 2_000, 40
#: Of the 99th percentile on the largest bank.
LIMIT_US = 200.0
#: Selections by catsim, in the logistic metric; and times as fast as it, where that was promised.
BY_CATSIM, PROMISED, AT = 40, 1_000.0, 20_000


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
        served = np.flatnonzero(~allowed)
        peer = _by_catsim(bank, (a, b, c), theta[:BY_CATSIM], served, allowed)
        yield Figure(
            f"most informative of {size:,} items, median, beside catsim", 1e6 * float(np.median(ranked)), "us", peer,
            goal=PROMISED if size == AT else None,
        )  # fmt: skip
        largest = size == SIZES[-1]
        yield Figure(
            f"most informative of {size:,} items, 99th percentile", 1e6 * float(np.quantile(ranked, 0.99)), "us",
            goal=LIMIT_US if largest else None, at_most=True,
        )  # fmt: skip


def _by_catsim(
    bank: RankedBank,
    given: tuple[Floats, Floats, Floats],
    theta: Floats,
    served: np.ndarray,
    allowed: np.ndarray,
) -> float:
    """Median microseconds of catsim's maximum information selector; raises where it finds a better item."""
    a, b, c = given
    items, selector = ItemBank(np.column_stack([D * a, b, c, np.ones(len(a))])), MaxInfoSelector()
    taken = []
    for at in theta.tolist():
        began = time.perf_counter()
        chosen = selector.select(item_bank=items, administered_items=served.tolist(), est_theta=at)
        taken.append(time.perf_counter() - began)
        best, theirs = bank.best(at, allowed).values[0], item_information(at, a[chosen], b[chosen], c[chosen])
        if float(theirs) > best * (1.0 + 1e-9):
            raise RuntimeError(f"at theta {at} of {len(a)} items catsim found {chosen}, which tells more")
    return 1e6 * float(np.median(taken))
