from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.evidence import Evidence
from irt.estimation.maximize import Point
from irt.estimation.newton import newton
from irt.estimation.population import Population
from irt.estimation.problem import Problem

Simulate, MakeProblem = Callable[..., Any], Callable[..., Problem]


def step(problem: Problem, point: Point, damping: float = 0.0) -> tuple[Point | None, float]:
    """(Newton's point, largest projected gradient where it began)."""
    expected = problem.expect(point, problem.open_windows())
    ascent = problem.maximize(expected, point)
    gradient = float(np.abs(ascent.gradient).max())
    return newton(Evidence(problem, point, expected), ascent, damping), gradient


@pytest.mark.parametrize(("model", "groups"), [("1PL", 1), ("2PL", 1), ("2PL", 2), ("3PL", 2)])
def test_it_ends_at_the_maximum_in_a_few_steps(
    simulate: Simulate, problem_of: MakeProblem, model: str, groups: int
) -> None:
    data = simulate(2500, 8, seed=201, missing=0.2, c=0.15)
    group = np.arange(2500) % groups
    priors = irt.Priors(b=irt.Normal(0.0, 2.0), c=irt.Beta(5.0, 17.0))
    fit = irt.calibrate(data.responses, model, priors=priors, groups=group, reference=0, tolerance=1e-8)
    problem = problem_of(data.responses, model, priors, group=group)
    population = Population(
        np.where(np.arange(groups) > 0, fit.latent.mean + 0.05, 0.0),
        np.where(np.arange(groups) > 0, fit.latent.sd * 1.05, 1.0),
        np.arange(groups) > 0,
    )
    start = np.stack([fit.slope, fit.intercept + 0.03, fit.c], axis=1)
    if model == "1PL":
        start[:, 0] += 0.05
    point: Point | None = Point(start, population)
    gradients = []
    for _ in range(5):
        assert point is not None
        point, gradient = step(problem, point)
        gradients.append(gradient)
    assert gradients[0] > 1.0
    assert gradients[-1] < 1e-6
    assert point is not None
    assert point.parameters == pytest.approx(np.stack([fit.slope, fit.intercept, fit.c], axis=1), abs=1e-6)
    assert point.population.mean == pytest.approx(fit.latent.mean, abs=1e-6)


def test_where_the_information_is_not_positive_it_is_damped_and_bounds_are_kept(
    simulate: Simulate, problem_of: MakeProblem, point_of: Callable[[np.ndarray], Point]
) -> None:
    problem = problem_of(simulate(400, 6, seed=202, c=0.2).responses, "3PL")
    far = np.tile([3.0, 4.0, 0.6], (6, 1))
    moved, _ = step(problem, point_of(far))
    assert moved is not None
    assert np.isfinite(moved.parameters).all()
    assert (moved.parameters[:, 2] >= 0.0).all()
    assert np.abs(moved.parameters - far).max() <= 3.0
    stronger, _ = step(problem, point_of(far), damping=100.0)
    assert stronger is not None
    assert np.abs(stronger.parameters - far).max() < np.abs(moved.parameters - far).max()


def test_a_histogram_has_no_newton_step(simulate: Simulate, problem_of: MakeProblem) -> None:
    problem = problem_of(simulate(200, 5, seed=203).responses)
    weights = np.full((1, 61), 1.0 / 61.0)
    point = Point(
        np.tile([1.0, 0.0, 0.0], (5, 1)), Population(np.zeros(1), np.ones(1), np.ones(1, bool), weights)
    )
    assert step(problem, point)[0] is None


@pytest.mark.parametrize("model", ["2PL", "3PL"])
def test_a_flat_ridge_is_climbed_to_its_end(model: str) -> None:
    """Three items, all that 2PL needs: the likelihood hardly tells the slopes apart, and EM takes ages."""
    rng = np.random.default_rng(204)
    theta, a, b = rng.normal(size=(1500, 1)), np.array([0.5, 0.9, 0.6]), np.array([-1.0, 0.0, 1.0])
    matrix = (rng.random((1500, 3)) < irt.models.probability(theta, a, b, 0.0)).astype(float)
    fit = irt.calibrate(irt.Responses.from_matrix(matrix), model)
    assert fit.converged
    assert fit.passes < 150
