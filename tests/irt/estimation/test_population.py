from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from irt.estimation.population import Population

THETA = np.linspace(-6.0, 6.0, 61)


def test_the_m_step_finds_the_moments_of_the_mass() -> None:
    mass = 300.0 * np.exp(-0.5 * ((THETA - 0.7) / 1.3) ** 2)
    found = Population(np.zeros(1), np.ones(1), np.ones(1, dtype=bool)).maximized(mass[None], THETA)
    assert (found.mean[0], found.sd[0]) == pytest.approx((0.7, 1.3), abs=1e-3)
    assert found.gradient(mass[None], THETA) == pytest.approx(np.zeros((1, 2)), abs=1e-8)


def test_the_ends_of_a_short_grid_are_taken_into_account() -> None:
    theta = np.linspace(-1.5, 2.5, 17)
    mass = 100.0 * np.exp(-0.5 * ((theta - 0.4) / 0.9) ** 2)
    found = Population(np.zeros(1), np.ones(1), np.ones(1, dtype=bool)).maximized(mass[None], theta)

    def minus(vector: np.ndarray) -> float:
        at = Population(vector[:1], np.exp(vector[1:]), np.ones(1, dtype=bool))
        return -float((mass * at.log_weights(theta)[0]).sum())

    best = minimize(minus, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).x
    assert (found.mean[0], np.log(found.sd[0])) == pytest.approx(tuple(best), abs=1e-5)


def test_gradient_is_the_derivative() -> None:
    mass = np.stack([np.exp(-0.5 * (THETA - m) ** 2) for m in (0.3, -1.0)]) * 50.0
    free = np.array([True, False])

    def value(mean: float, log_sd: float) -> float:
        at = Population(np.array([mean, 0.0]), np.array([np.exp(log_sd), 1.0]), free)
        return float((mass * at.log_weights(THETA)).sum())

    gradient = Population(np.array([0.1, 0.0]), np.array([1.2, 1.0]), free).gradient(mass, THETA)
    step, log_sd = 1e-5, np.log(1.2)
    assert gradient[0, 0] == pytest.approx(
        (value(0.1 + step, log_sd) - value(0.1 - step, log_sd)) / (2 * step)
    )
    assert gradient[0, 1] == pytest.approx(
        (value(0.1, log_sd + step) - value(0.1, log_sd - step)) / (2 * step)
    )
    assert gradient[1].tolist() == [0.0, 0.0]


def test_a_histogram_takes_the_mass_as_it_is_and_knows_its_moments() -> None:
    mass = np.zeros((1, 61))
    mass[0, [20, 40]] = 30.0, 10.0
    start = np.full((1, 61), 1.0 / 61.0)
    found = Population(np.zeros(1), np.ones(1), np.ones(1, dtype=bool), start).maximized(mass, THETA)
    assert found.histogram is not None
    assert found.histogram[0, [20, 40]].tolist() == [0.75, 0.25]
    assert found.mean[0] == pytest.approx(0.75 * THETA[20] + 0.25 * THETA[40])
    assert np.exp(found.log_weights(THETA)).sum() == pytest.approx(1.0)
