from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import irt
from irt.estimation.maximize import C_HIGH, SLOPE_HIGH, Expected, clip, maximize, project

THETA = np.linspace(-4.0, 4.0, 41)


def counts(slope: float, intercept: float, c: float) -> tuple[np.ndarray, np.ndarray]:
    n = 500.0 * np.exp(-0.5 * THETA**2)
    p = c + (1.0 - c) / (1.0 + np.exp(-(slope * THETA + intercept)))
    return (n * (1.0 - p))[None], (n * p)[None]


def settle(expected: Expected, parameters: np.ndarray) -> np.ndarray:
    for _ in range(30):
        parameters = maximize(expected, parameters).parameters
    return parameters


@pytest.mark.parametrize("truth", [(1.5, -0.5, 0.2), (0.6, 1.5, 0.3), (2.5, -3.0, 0.1)])
def test_the_curve_that_made_the_counts_is_found(truth: tuple[float, float, float]) -> None:
    expected = Expected(*counts(*truth), THETA, np.ones(1), irt.Priors.none())
    found = settle(expected, np.array([[1.0, 0.0, 0.15]]))
    assert found[0] == pytest.approx(truth, abs=1e-4)


def test_with_priors_it_is_the_mode_that_a_general_optimiser_finds() -> None:
    priors = irt.Priors(irt.LogNormal(0.0, 0.3), irt.Normal(0.0, 0.5), irt.Beta(5.0, 17.0))
    wrong, right = (0.02 * x for x in counts(2.0, -2.0, 0.3))
    expected = Expected(wrong, right, THETA, np.ones(1), priors)
    found = settle(expected, np.array([[1.0, 0.0, 0.15]]))
    other = minimize(
        lambda x: -expected.objective(x[None])[0],
        [1.0, 0.0, 0.15],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000},
    )
    assert found[0] == pytest.approx(other.x, abs=1e-5)


def test_c_reaches_zero_in_one_pass_where_its_maximum_is_below() -> None:
    wrong, right = counts(1.5, 0.0, 0.0)
    right = right * np.where(THETA < -1.0, 0.5, 1.0)
    expected = Expected(wrong, right, THETA, np.ones(1), irt.Priors.none())
    ascent = maximize(expected, np.array([[1.5, 0.0, 0.1]]))
    assert ascent.parameters[0, 2] == 0.0
    settled = settle(expected, ascent.parameters)
    at_bound = maximize(expected, settled)
    assert at_bound.parameters[0, 2] == 0.0
    assert np.abs(at_bound.gradient).max() < 1e-6


def test_a_step_never_lowers_the_objective_and_2pl_leaves_c_alone() -> None:
    expected = Expected(*counts(1.0, 0.5, 0.0), THETA, np.zeros(1), irt.Priors.none())
    for start in ([8.0, -9.0, 0.0], [-3.0, 5.0, 0.0], [0.0, 0.0, 0.0]):
        at = np.array([start])
        for _ in range(5):
            moved = maximize(expected, at).parameters
            assert expected.objective(moved)[0] >= expected.objective(at)[0]
            assert moved[0, 2] == 0.0
            at = moved


def test_the_projected_gradient_forgets_what_presses_against_a_bound() -> None:
    gradient = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
    parameters = np.array(
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [SLOPE_HIGH, 0.0, C_HIGH], [SLOPE_HIGH, 0.0, 0.2]]
    )
    projected = project(gradient, parameters, np.array([1.0, 1.0, 1.0, 0.0]))
    assert projected.tolist() == [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 1.0, 0.0]]
    assert clip(np.array([[99.0, 99.0, -1.0]])).tolist() == [[SLOPE_HIGH, 99.0, 0.0]]
