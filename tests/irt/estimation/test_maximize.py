from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import irt
from irt.estimation.item_kernels import C_HIGH, SLOPE_HIGH, project
from irt.estimation.maximize import Ascent, Point, clip, evaluated, maximize
from irt.estimation.population import Population
from irt.estimation.shards import Expectation
from irt.estimation.specification import Specification, specification
from irt.priors import prior_table

THETA = np.linspace(-4.0, 4.0, 41)
STANDARD = Population(np.zeros(1), np.ones(1), np.zeros(1, dtype=bool))


def counts(*curves: tuple[float, float, float]) -> np.ndarray:
    n = 500.0 * np.exp(-0.5 * THETA**2)
    out = np.empty((2 * len(curves), len(THETA)))
    for i, (slope, intercept, c) in enumerate(curves):
        p = c + (1.0 - c) / (1.0 + np.exp(-(slope * THETA + intercept)))
        out[2 * i], out[2 * i + 1] = n * (1.0 - p), n * p
    return out


def spec_of(
    n: int, *, c: bool = True, tied: tuple[int, ...] = (), priors: irt.Priors | None = None
) -> Specification:
    free, shared = np.ones((n, 3), dtype=bool), np.zeros((n, 3), dtype=bool)
    free[:, 2] = c
    for column in tied:
        free[:, column], shared[:, column] = False, True
    return specification(free, shared, prior_table([priors or irt.Priors.none()] * n))


def step(spec: Specification, found: np.ndarray, at: np.ndarray) -> Ascent:
    expected = Expectation(found, np.ones((1, len(THETA))), 0.0, ())
    return maximize(spec, expected, THETA, Point(at, STANDARD))


def settle(spec: Specification, found: np.ndarray, at: np.ndarray) -> np.ndarray:
    for _ in range(40):
        at = step(spec, found, at).point.parameters
    return at


def value(spec: Specification, found: np.ndarray, at: np.ndarray) -> float:
    return float(evaluated(spec, found, THETA, at).value.sum())


@pytest.mark.parametrize("truth", [(1.5, -0.5, 0.2), (0.6, 1.5, 0.3), (2.5, -3.0, 0.1)])
def test_the_curve_that_made_the_counts_is_found(truth: tuple[float, float, float]) -> None:
    found = settle(spec_of(1), counts(truth), np.array([[1.0, 0.0, 0.15]]))
    assert found[0] == pytest.approx(truth, abs=1e-4)


def test_with_priors_it_is_the_mode_that_a_general_optimiser_finds() -> None:
    spec = spec_of(1, priors=irt.Priors(irt.LogNormal(0.0, 0.3), irt.Normal(0.0, 0.5), irt.Beta(5.0, 17.0)))
    made = 0.02 * counts((2.0, -2.0, 0.3))
    found = settle(spec, made, np.array([[1.0, 0.0, 0.15]]))
    other = minimize(
        lambda x: -value(spec, made, x[None]),
        [1.0, 0.0, 0.15],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000},
    )
    assert found[0] == pytest.approx(other.x, abs=1e-5)


@pytest.mark.parametrize("at", [(1.3, -0.4, 0.0), (1.3, -0.4, 0.2), (-0.7, 2.0, 0.05)])
def test_derivatives_are_those_of_the_objective(at: tuple[float, float, float]) -> None:
    made, spec = counts((1.1, 0.3, 0.1)), spec_of(1, priors=irt.Priors(b=irt.Normal(0.3, 1.2)))
    found = evaluated(spec, made, THETA, np.array([at]))
    for k in range(2 if at[2] == 0.0 else 3):
        move = np.zeros((1, 3))
        move[0, k] = 1e-5
        up, down = (value(spec, made, np.array([at]) + sign * move) for sign in (1.0, -1.0))
        assert found.gradient[0, k] == pytest.approx((up - down) / 2e-5, rel=1e-5)
    assert np.linalg.eigvalsh(found.information[0]).min() > 0.0


def test_c_reaches_zero_in_one_pass_where_its_maximum_is_below() -> None:
    made = counts((1.5, 0.0, 0.0))
    made[1] *= np.where(THETA < -1.0, 0.5, 1.0)
    ascent = step(spec_of(1), made, np.array([[1.5, 0.0, 0.1]]))
    assert ascent.point.parameters[0, 2] == 0.0
    settled = settle(spec_of(1), made, ascent.point.parameters)
    at_bound = step(spec_of(1), made, settled)
    assert at_bound.point.parameters[0, 2] == 0.0
    assert np.abs(at_bound.gradient).max() < 1e-6


def test_a_step_never_lowers_the_objective_and_2pl_leaves_c_alone() -> None:
    spec, made = spec_of(1, c=False), counts((1.0, 0.5, 0.0))
    for start in ([8.0, -9.0, 0.0], [-3.0, 5.0, 0.0], [0.0, 0.0, 0.0]):
        at = np.array([start])
        for _ in range(5):
            moved = step(spec, made, at).point.parameters
            before = value(spec, made, at)
            assert value(spec, made, moved) >= before - 1e-12 * abs(before)  # rounding of the sum
            assert moved[0, 2] == 0.0
            at = moved


@pytest.mark.parametrize(("tied", "names"), [((0,), "slope"), ((2,), "c"), ((0, 2), "both")])
def test_what_items_share_is_the_best_common_value(tied: tuple[int, ...], names: str) -> None:
    spec = spec_of(3, c=2 in tied, tied=tied, priors=irt.Priors(c=irt.Beta(2.0, 5.0)))
    made = counts((1.5, -0.5, 0.1), (0.8, 0.4, 0.2), (1.1, 1.0, 0.15))
    start = np.array([[1.0, 0.0, 0.1 * (2 in tied)]] * 3)
    found = settle(spec, made, start)
    for column in tied:
        assert len(set(found[:, column])) == 1

    def minus(vector: np.ndarray) -> float:
        at = start.copy()
        at[:, 1] = vector[:3]
        at[:, 0] = vector[3] if 0 in tied else vector[4:7]
        at[:, 2] = abs(vector[7]) if 2 in tied else 0.0
        return -value(spec, made, at) - (spec.log_prior(at) if 2 in tied else 0.0)

    options = {"xatol": 1e-8, "fatol": 1e-11, "maxiter": 40_000, "maxfev": 40_000, "adaptive": True}
    best = minimize(minus, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.1], method="Nelder-Mead", options=options)
    assert minus(np.array([*found[:, 1], found[0, 0], *found[:, 0], found[0, 2]])) <= best.fun + 1e-6


def test_the_projected_gradient_forgets_what_presses_against_a_bound() -> None:
    every, no_c = np.array([True, True, True]), np.array([True, True, False])
    cases = [
        ([1.0, 1.0, -1.0], [1.0, 0.0, 0.0], every, [1.0, 1.0, 0.0]),
        ([1.0, 1.0, 1.0], [1.0, 0.0, 0.0], every, [1.0, 1.0, 1.0]),
        ([1.0, 1.0, 1.0], [SLOPE_HIGH, 0.0, C_HIGH], every, [0.0, 1.0, 0.0]),
        ([-1.0, 1.0, 1.0], [SLOPE_HIGH, 0.0, 0.2], no_c, [-1.0, 1.0, 0.0]),
    ]
    for gradient, at, free, expected in cases:
        projected = np.array(gradient)
        project(projected, np.array(at), free)
        assert projected.tolist() == expected
    assert clip(np.array([[99.0, 99.0, -1.0]])).tolist() == [[SLOPE_HIGH, 99.0, 0.0]]
