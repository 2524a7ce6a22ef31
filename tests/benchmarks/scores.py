"""Scoring: a million persons with 40 answers each, by every method, on two threads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import irt
from irt.score import METHODS
from tests.benchmarks.figure import Figure, seconds

SEED = 17
PERSONS, ITEMS, ANSWERED, THREADS = 1_000_000, 500, 40, 2
#: "Millions of persons a minute": no method may need longer for one million.
LIMIT_S = 30.0


def exam(persons: int) -> tuple[irt.Responses, irt.ItemParameters]:
    """3PL answers of so many persons, each to 40 of 500 items."""
    random = np.random.default_rng(SEED)
    a, b, c = random.uniform(0.5, 1.5, ITEMS), random.normal(size=ITEMS), random.uniform(0.0, 0.3, ITEMS)
    block = np.arange(ANSWERED) * (ITEMS // ANSWERED)
    item = block + random.integers(0, ITEMS // ANSWERED, (persons, ANSWERED), dtype=np.int64)
    theta = random.normal(size=(persons, 1))
    right = random.random((persons, ANSWERED), dtype=np.float32) < irt.models.probability(
        theta, a[item], b[item], c[item]
    )
    cells = (2 * item + right).ravel().astype(np.int32)
    starts = np.arange(persons + 1, dtype=np.int64) * ANSWERED
    responses = irt.Responses(tuple(range(persons)), tuple(range(ITEMS)), starts, cells)
    return responses, irt.ItemParameters(range(ITEMS), a, b, c)


def measure() -> Iterator[Figure]:
    """Seconds for the million, of each method and of five plausible values; 3PL, compiled before."""
    few, parameters = exam(1_000)
    for method in METHODS:
        irt.score(few, parameters, method=method)
    irt.plausible_values(few, parameters)
    responses, parameters = exam(PERSONS)
    size = f"{PERSONS:,} persons x {ANSWERED} of {ITEMS} items, {THREADS} threads"
    for method in METHODS:
        taken = seconds(lambda m=method: irt.score(responses, parameters, method=m, threads=THREADS))  # type: ignore[misc]
        yield Figure(f"{method}, {size}", taken, "s", goal=LIMIT_S, at_most=True)
    taken = seconds(lambda: irt.plausible_values(responses, parameters, 5, SEED, threads=THREADS))
    yield Figure(f"5 plausible values, {size}", taken, "s", goal=LIMIT_S, at_most=True)
