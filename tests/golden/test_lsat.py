"""LSAT6 and LSAT7, 2PL and equal slopes, against the published values and against an independent exact solution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import root

import irt

Floats = np.ndarray


@dataclass(frozen=True)
class Published:
    """Logistic metric."""

    slope: list[float]
    b: list[float]
    se_slope: list[float]
    log_likelihood: float


PUBLISHED = {
    "lsat6": Published(
        [0.8254, 0.7229, 0.8905, 0.6886, 0.6575],
        [-3.3597, -1.3696, -0.2799, -1.8659, -3.1236],
        [0.2581, 0.1867, 0.2326, 0.1852, 0.2100],
        -2466.653,
    ),
    "lsat7": Published(
        [0.9877, 1.0808, 1.7066, 0.7650, 0.7357],
        [-1.8791, -0.7475, -1.0573, -0.6353, -2.5207],
        [0.1772, 0.1688, 0.3207, 0.1341, 0.1511],
        -2658.805,
    ),
}
#: Digits of the exact maximum that differ from the printed ones.
EXACT_DIGITS = {
    "lsat6": {"slope": {4: 0.65686}, "b": {0: -3.3588, 4: -3.1259}},
    "lsat7": {"slope": {2: 1.70748}, "b": {}},
}


def read(name: str) -> Floats:
    return pl.read_csv(Path(__file__).parent / f"{name}.csv").drop("person").to_numpy().astype(np.float64)


def score_equations(matrix: Floats, vector: Floats) -> Floats:
    """Gradient of the marginal log-likelihood by slopes and intercepts, on the dense matrix."""
    theta = np.linspace(-6.0, 6.0, 61)
    slope, intercept = vector.reshape(2, -1, 1)
    p = 1.0 / (1.0 + np.exp(-(slope * theta + intercept)))
    posterior = np.exp(matrix @ np.log(p) + (1.0 - matrix) @ np.log1p(-p) - 0.5 * theta**2)
    posterior /= posterior.sum(axis=1, keepdims=True)
    residual = matrix.T @ posterior - p * posterior.sum(axis=0)
    return np.concatenate([residual @ theta, residual.sum(axis=1)])


def exact(matrix: Floats) -> tuple[Floats, Floats]:
    """(solution, covariance) of the likelihood equations, slopes then intercepts."""
    start = np.concatenate([np.ones(5), np.log(matrix.mean(axis=0) / (1.0 - matrix.mean(axis=0)))])
    found = root(lambda x: score_equations(matrix, x), start, method="hybr", options={"xtol": 1e-13}).x
    assert np.abs(score_equations(matrix, found)).max() < 1e-9
    step = 1e-4 * np.eye(10)
    information = (
        -np.array([score_equations(matrix, found + h) - score_equations(matrix, found - h) for h in step])
        / 2e-4
    )
    return found, np.linalg.inv(0.5 * (information + information.T))


@pytest.mark.parametrize("name", ["lsat6", "lsat7"])
def test_against_the_published_values(name: str) -> None:
    fit = irt.calibrate(irt.Responses.from_matrix(read(name)), "2PL")
    printed = PUBLISHED[name]
    slope, _ = irt.models.to_logistic(fit.a, fit.b)
    assert fit.converged
    assert slope == pytest.approx(printed.slope, abs=0.001)
    assert fit.b == pytest.approx(printed.b, abs=0.003)
    assert fit.se_a * irt.models.D == pytest.approx(printed.se_slope, rel=0.01)
    assert fit.log_likelihood == pytest.approx(printed.log_likelihood, abs=0.001)


@pytest.mark.parametrize("name", ["lsat6", "lsat7"])
def test_against_an_exact_solution(name: str) -> None:
    matrix = read(name)
    solution, covariance = exact(matrix)
    tight = irt.calibrate(irt.Responses.from_matrix(matrix), "2PL", tolerance=1e-7)
    default = irt.calibrate(irt.Responses.from_matrix(matrix), "2PL")
    for fit, allowed in ((default, 1e-6), (tight, 1e-7)):
        slope, intercept = irt.models.to_logistic(fit.a, fit.b)
        assert np.concatenate([slope, intercept]) == pytest.approx(solution, abs=allowed)
    assert tight.se_a * irt.models.D == pytest.approx(np.sqrt(np.diag(covariance)[:5]), rel=1e-4)
    slope, b = solution[:5], -solution[5:] / solution[:5]
    by = np.concatenate([np.diag(-b / slope), np.diag(-1.0 / slope)])
    assert tight.se_b == pytest.approx(np.sqrt(np.diag(by.T @ covariance @ by)), rel=1e-4)
    for item, value in EXACT_DIGITS[name]["slope"].items():
        assert tight.a[item] * irt.models.D == pytest.approx(value, abs=1e-5)
    for item, value in EXACT_DIGITS[name]["b"].items():
        assert tight.b[item] == pytest.approx(value, abs=1e-4)


def test_equal_slopes_against_the_published_values() -> None:
    fit = irt.calibrate(irt.Responses.from_matrix(read("lsat6")), "1PL")
    assert fit.slope == pytest.approx(np.full(5, 0.7551), abs=0.0005)
    assert fit.log_likelihood == pytest.approx(-2466.938, abs=0.001)
    assert (fit.n_parameters, fit.converged) == (6, True)
