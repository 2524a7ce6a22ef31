from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

import irt

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Simulated:
    """A seeded data set and the truth behind it; NaN in `matrix` is a missing answer."""

    theta: Floats
    a: Floats
    b: Floats
    c: Floats
    matrix: Floats
    responses: irt.Responses


Simulate = Callable[..., Simulated]


@pytest.fixture(scope="session")
def simulate() -> Simulate:
    def build(persons: int, items: int, *, seed: int, missing: float = 0.0, c: float = 0.0) -> Simulated:
        rng = np.random.default_rng(seed)
        theta = rng.normal(size=persons)
        a = rng.lognormal(-0.2, 0.3, items)
        b = rng.normal(0.0, 1.0, items)
        guessing = np.full(items, c)
        right = rng.random((persons, items)) < irt.models.probability(theta[:, None], a, b, guessing)
        matrix = right.astype(np.float64)
        matrix[rng.random(matrix.shape) < missing] = np.nan
        return Simulated(theta, a, b, guessing, matrix, irt.Responses.from_matrix(matrix))

    return build


@pytest.fixture(scope="session")
def dense_log_likelihood() -> Callable[[Floats, Floats], float]:
    """Marginal log-likelihood, written out plainly; parameters (items, 3) = slope, intercept, c."""

    def log_likelihood(matrix: Floats, parameters: Floats) -> float:
        theta = np.linspace(-6.0, 6.0, 61)
        weights = np.exp(-0.5 * theta**2)
        weights /= weights.sum()
        slope, intercept, c = parameters.T[:, :, None]
        p = c + (1.0 - c) / (1.0 + np.exp(-(slope * theta + intercept)))
        known = ~np.isnan(matrix)
        right, wrong = np.where(known, matrix, 0.0), np.where(known, 1.0 - matrix, 0.0)
        return float(np.log(np.exp(right @ np.log(p) + wrong @ np.log1p(-p)) @ weights).sum())

    return log_likelihood
