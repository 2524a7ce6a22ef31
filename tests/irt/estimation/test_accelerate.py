from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.accelerate import Climb, climb, from_vector, to_vector
from irt.estimation.maximize import Point
from irt.estimation.population import Population
from irt.estimation.problem import Problem
from irt.estimation.starting import starting_values

PointOf = Callable[[np.ndarray], Point]


def run(problem: Problem, start: Point, tolerance: float = 1e-4) -> Climb:
    return climb(
        problem, start, tolerance=tolerance, gradient_tolerance=tolerance, max_passes=3000, progress=None
    )


def start_of(problem: Problem, responses: irt.Responses) -> np.ndarray:
    return starting_values(problem.shards, responses.cell_counts, problem.specification, problem.local)


def test_it_ends_where_plain_em_ends_in_a_third_of_the_passes(
    simulate: Callable[..., Any], problem_of: Callable[..., Problem], point_of: PointOf
) -> None:
    responses = simulate(1000, 20, seed=41).responses
    problem = problem_of(responses)
    point = point_of(start_of(problem, responses))
    fast = run(problem, point)
    passes = 0
    while True:
        ascent = problem.maximize(problem.expect(point, problem.open_windows()), point)
        passes += 1
        if np.abs(ascent.gradient).max() <= 1e-4:
            break
        point = ascent.point
    assert fast.point.parameters == pytest.approx(point.parameters, abs=1e-5)
    assert 3 * len(fast.trace) < passes


def test_different_starts_agree_also_at_the_bound(
    simulate: Callable[..., Any], problem_of: Callable[..., Problem], point_of: PointOf
) -> None:
    responses = simulate(2000, 12, seed=42, c=0.1).responses
    problem = problem_of(responses, "3PL")
    rng = np.random.default_rng(43)
    start = start_of(problem, responses)
    first = run(problem, point_of(start), 1e-5)
    assert first.converged
    assert (first.point.parameters[:, 2] == 0.0).any()
    for _ in range(2):
        moved = start + rng.normal(0.0, 0.2, start.shape) * [1.0, 1.0, 0.3]
        other = run(problem, point_of(moved), 1e-5)
        assert other.log_posterior == pytest.approx(first.log_posterior, abs=1e-7)
        assert other.point.parameters == pytest.approx(first.point.parameters, abs=1e-3)


def test_a_refused_point_is_followed_by_the_plain_step(
    simulate: Callable[..., Any], problem_of: Callable[..., Problem], point_of: PointOf
) -> None:
    responses = simulate(300, 6, seed=44).responses
    problem = problem_of(responses, "3PL")
    trace = run(problem, point_of(np.tile([3.0, 4.0, 0.5], (6, 1)))).trace
    refused = [i for i, one in enumerate(trace) if not one.accepted]
    assert refused
    for i in refused:
        last = max(k for k in range(i) if trace[k].accepted)
        assert trace[i].log_posterior < trace[last].log_posterior
        assert trace[i + 1].accepted
        assert trace[i + 1].log_posterior >= trace[last].log_posterior


def test_it_stops_where_a_group_runs_off_the_grid(
    simulate: Callable[..., Any], problem_of: Callable[..., Problem], point_of: PointOf
) -> None:
    responses = simulate(300, 6, seed=45).responses
    problem = problem_of(responses)
    far = Population(np.array([2.5]), np.ones(1), np.ones(1, dtype=bool))
    stopped = run(problem, replace(point_of(start_of(problem, responses)), population=far))
    assert stopped.cramped
    assert not stopped.converged


@pytest.mark.parametrize("histogram", [False, True])
def test_a_point_as_a_vector_and_back(problem_of: Callable[..., Problem], histogram: bool) -> None:
    responses = irt.Responses.from_matrix(np.eye(4))
    free = np.array([False, True])
    weights = np.full((2, 61), 1.0 / 61.0) if histogram else None
    population = Population(np.array([0.0, 0.5]), np.array([1.0, 1.5]), free, weights)
    spec = problem_of(responses, ["1PL", "1PL", "2PL", "3PL"]).specification
    point = Point(np.array([[1.2, 0, 0], [1.2, 0.1, 0], [0.8, 0.2, 0], [0.7, 0.3, 0.25]]), population)
    vector = to_vector(spec, point)
    assert len(vector) == 4 + 2 + 1 + 1 + (61 if histogram else 2)
    back = from_vector(spec, point, vector)
    assert back.parameters == pytest.approx(point.parameters)
    assert back.population.mean == pytest.approx(population.mean)
    assert back.population.sd == pytest.approx(population.sd)
