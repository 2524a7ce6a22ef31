"""Calibration beside girth's, on the same simulated responses; both at 61 nodes, one thread of ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

import irt
from tests.benchmarks.figure import Figure, seconds

SEED = 11


def measure() -> Iterator[Figure]:
    """2PL on complete data of 5,000 persons and 50 items, without and with standard errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import girth

    random = np.random.default_rng(SEED)
    theta, a, b = random.normal(size=5_000), random.uniform(0.5, 1.5, 50), random.normal(size=50)
    right = random.uniform(size=(5_000, 50)) < irt.models.probability(theta[:, None], a, b, np.zeros(50))
    responses = irt.Responses.from_matrix(right.astype(np.float64))
    irt.calibrate(responses, "2PL")  # compiles, or loads what was compiled
    fit = seconds(lambda: irt.calibrate(responses, "2PL", standard_errors=False), repeats=5)
    options = {"quadrature_n": 61, "quadrature_bounds": (-6, 6)}
    peer = seconds(lambda: girth.twopl_mml(right.T.astype(int), options=options))
    yield Figure("2PL fit, 5,000 x 50 complete, beside girth 0.8", fit, "s", peer=peer)
    yield Figure(
        "2PL fit with exact standard errors, 5,000 x 50",
        seconds(lambda: irt.calibrate(responses, "2PL"), repeats=3),
        "s",
    )
    three = seconds(lambda: irt.calibrate(responses, "3PL", standard_errors=False), repeats=3)
    yield Figure("3PL fit, 5,000 x 50 complete", three, "s")
