from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.accelerate import Problem
from irt.estimation.standard_errors import observed_information, standard_errors

Floats = Any


def numerical_hessian(function: Callable[[Floats], float], at: Floats, step: float = 2e-3) -> Floats:
    """Fourth-order central differences of a function of one vector."""
    size = len(at)
    hessian = np.empty((size, size))
    moves = step * np.eye(size)
    offsets, weights = (-2, -1, 1, 2), (1 / 12, -8 / 12, 8 / 12, -1 / 12)
    for i in range(size):
        for j in range(i + 1):
            total = sum(
                wi * wj * function(at + oi * moves[i] + oj * moves[j])
                for oi, wi in zip(offsets, weights, strict=True)
                for oj, wj in zip(offsets, weights, strict=True)
            )
            hessian[i, j] = hessian[j, i] = total / step**2
    return hessian


@pytest.mark.parametrize("c", [0.0, 0.15])
def test_information_is_the_curvature_of_the_marginal_likelihood(
    simulate: Callable[..., Any], dense_log_likelihood: Callable[..., float], c: float
) -> None:
    data = simulate(120, 4, seed=21, missing=0.3, c=c)
    parameters = np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)
    free = np.ones((4, 3), dtype=bool)
    free[:, 2] = c > 0.0
    theta, log_weights = irt.Quadrature().grid()
    problem = Problem(data.responses, np.full(4, float(c > 0.0)), theta, log_weights, irt.Priors.none())

    def log_likelihood(vector: Floats) -> float:
        moved = parameters.copy()
        moved[free] = vector
        return dense_log_likelihood(data.matrix, moved)

    expected = -numerical_hessian(log_likelihood, parameters[free])
    assert observed_information(problem, parameters, free) == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_errors_are_the_inverse_with_priors_and_the_delta_method(
    simulate: Callable[..., Any], dense_log_likelihood: Callable[..., float]
) -> None:
    data = simulate(400, 4, seed=22, missing=0.2, c=0.2)
    priors = irt.Priors(irt.LogNormal(0.3, 0.4), irt.Normal(0.0, 1.0), irt.Beta(5.0, 17.0))
    fit = irt.calibrate(data.responses, "3PL", priors=priors, tolerance=1e-7)
    assert fit.converged

    def log_posterior(vector: Floats) -> float:
        a, b, c = vector.reshape(3, 4)
        parameters = np.stack([*irt.models.to_logistic(a, b), c], axis=1)
        prior = priors.log_density(parameters, np.ones(4)).sum()
        return dense_log_likelihood(data.matrix, parameters) + float(prior)

    at = np.concatenate([fit.a, fit.b, fit.c])
    covariance = np.linalg.inv(-numerical_hessian(log_posterior, at, 1e-3))
    expected = np.sqrt(np.diag(covariance)).reshape(3, 4)
    for found, errors in zip((fit.se_a, fit.se_b, fit.se_c), expected, strict=True):
        assert found == pytest.approx(errors, rel=1e-4)


def test_what_the_data_do_not_determine_has_no_error() -> None:
    matrix = (np.arange(64)[:, None] >> np.arange(6)) & 1
    theta, log_weights = irt.Quadrature().grid()
    problem = Problem(irt.Responses.from_matrix(matrix), np.zeros(6), theta, log_weights, irt.Priors.none())
    flat = np.array([[1e-6, 0.0, 0.0]] * 6)
    errors = standard_errors(problem, flat, np.array([[True, True, False]] * 6))
    assert np.isnan(errors.a).all()
    assert np.isnan(errors.c).all()


def test_an_item_without_errors_says_so() -> None:
    noise = np.random.default_rng(24).integers(0, 2, (40, 5))
    fit = irt.calibrate(irt.Responses.from_matrix(noise), "3PL", priors=irt.Priors.none(), max_passes=1)
    lost = np.isnan(fit.se_a)
    assert lost.any()
    for i in range(5):
        assert ("no standard errors" in fit.reason[i]) == lost[i]
