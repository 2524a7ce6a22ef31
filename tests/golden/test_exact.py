"""Simulated answers against an independent root of the likelihood equations: complete, sparse, c at its bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import root

import irt

Floats = np.ndarray
THETA = np.linspace(-6.0, 6.0, 61)


@dataclass(frozen=True)
class Case:
    """A seeded data set; c is the asymptote of the first half of the items, 0 of the others."""

    model: str
    persons: int
    items: int
    missing: float
    c: float
    seed: int


CASES = (
    Case("2PL", 500, 8, 0.0, 0.0, 111),
    Case("2PL", 900, 14, 0.5, 0.0, 112),
    Case("3PL", 3_000, 10, 0.0, 0.25, 113),
    Case("3PL", 5_000, 14, 0.4, 0.25, 114),
)


def answers(case: Case) -> Floats:
    rng = np.random.default_rng(case.seed)
    theta, a = rng.normal(size=(case.persons, 1)), rng.lognormal(0.0, 0.2, case.items)
    b = np.linspace(0.8, -0.8, case.items)
    c = np.where(np.arange(case.items) < case.items // 2, case.c, 0.0)
    matrix = (rng.random((case.persons, case.items)) < irt.models.probability(theta, a, b, c)).astype(float)
    matrix[rng.random(matrix.shape) < case.missing] = np.nan
    return matrix


def gradient(matrix: Floats, parameters: Floats) -> Floats:
    """Derivatives of the marginal log-likelihood by slope, intercept and c, shape (items, 3), whole matrices."""
    slope, intercept, c = parameters.T[:, :, None]
    rising = 1.0 / (1.0 + np.exp(-(slope * THETA + intercept)))
    p = c + (1.0 - c) * rising
    known = ~np.isnan(matrix)
    right, wrong = np.where(known, matrix, 0.0), np.where(known, 1.0 - matrix, 0.0)
    log_joint = right @ np.log(p) + wrong @ np.log1p(-p) - 0.5 * THETA**2
    posterior = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    residual = (right.T @ posterior) / p - (wrong.T @ posterior) / (1.0 - p)
    by_logit = residual * (1.0 - c) * rising * (1.0 - rising)
    return np.stack([by_logit @ THETA, by_logit.sum(axis=1), (residual * (1.0 - rising)).sum(axis=1)], axis=1)


def solved(matrix: Floats, start: Floats, free: Floats) -> tuple[Floats, Floats]:
    """(root of the gradient by what is free, covariance there)."""

    def equations(vector: Floats) -> Floats:
        at = start.copy()
        at[free] = vector
        return gradient(matrix, at)[free]

    found = root(equations, start[free], method="hybr", options={"xtol": 1e-14}).x
    for _ in range(3):  # Newton's method to the last digits
        step = 1e-5 * np.eye(len(found))
        jacobian = np.array([(equations(found + h) - equations(found - h)) / 2e-5 for h in step]).T
        found = found - np.linalg.solve(jacobian, equations(found))
    assert np.abs(equations(found)).max() < 1e-9
    return found, np.linalg.inv(-0.5 * (jacobian + jacobian.T))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model}-{case.missing:g}")
def test_estimates_and_errors_are_those_of_the_root(case: Case) -> None:
    matrix = answers(case)
    fit = irt.calibrate(
        irt.Responses.from_matrix(matrix), case.model, priors=irt.Priors.none(), tolerance=1e-8
    )
    assert fit.converged
    at = np.stack([fit.slope, fit.intercept, fit.c], axis=1)
    free = np.ones(at.shape, dtype=bool)
    free[:, 2] = fit.c > 0.0
    if case.model == "3PL":
        assert (fit.c == 0.0).any()
        assert (fit.c > 0.0).any()
        assert (gradient(matrix, at)[fit.c == 0.0, 2] <= 0.0).all()  # nothing to gain beyond the bound
    found, covariance = solved(matrix, at, free)
    assert at[free] == pytest.approx(found, abs=1e-6)
    errors = np.stack([fit.se_slope, fit.se_intercept, fit.se_c], axis=1)
    assert errors[free] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)
    assert np.isnan(errors[~free]).all()
    default = irt.calibrate(irt.Responses.from_matrix(matrix), case.model, priors=irt.Priors.none())
    assert default.slope == pytest.approx(fit.slope, abs=1e-5)
    assert default.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
