from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation import observed
from irt.estimation.evidence import Evidence, rows_of
from irt.estimation.maximize import Point
from irt.estimation.observed import observed_information, score_products
from irt.estimation.population import Population
from irt.estimation.problem import Problem

Simulate, MakeProblem = Callable[..., Any], Callable[..., Problem]


def evidence_of(problem: Problem, point: Point) -> Evidence:
    return Evidence(problem, point, problem.expect(point, problem.open_windows()))


def parameters_of(data: Any) -> np.ndarray:
    return np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)


@pytest.mark.parametrize("c", [0.0, 0.15])
def test_it_is_the_curvature_of_the_marginal_likelihood(
    simulate: Simulate,
    problem_of: MakeProblem,
    point_of: Callable[..., Point],
    dense_log_likelihood: Callable[..., float],
    numerical_hessian: Callable[..., np.ndarray],
    c: float,
) -> None:
    data = simulate(120, 4, seed=21, missing=0.3, c=c)
    parameters = parameters_of(data)
    problem = problem_of(data.responses, "3PL" if c else "2PL")
    free = problem.specification.free

    def log_likelihood(vector: np.ndarray) -> float:
        moved = parameters.copy()
        moved[free] = vector
        return dense_log_likelihood(data.matrix, moved)

    expected = -numerical_hessian(log_likelihood, parameters[free])
    evidence = evidence_of(problem, point_of(parameters))
    found = observed_information(evidence, rows_of(free, np.zeros(1, dtype=bool)))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("guessing", [0.0, 0.2])
def test_matrix_products_on_complete_data_are_the_sum_over_persons(
    simulate: Simulate,
    problem_of: MakeProblem,
    point_of: Callable[..., Point],
    monkeypatch: pytest.MonkeyPatch,
    guessing: float,
) -> None:
    data = simulate(2500, 13, seed=22, c=guessing)
    problem = problem_of(data.responses, "3PL" if guessing else "2PL")
    active, parameters = problem.specification.free.copy(), parameters_of(data)
    if guessing:  # a c at its bound, and one that is fixed
        active[[2, 5], 2], parameters[2, 2] = False, 0.0
    rows = rows_of(active, np.zeros(1, dtype=bool))
    evidence = evidence_of(problem, point_of(parameters))
    fast = observed_information(evidence, rows)
    monkeypatch.setattr(observed, "complete_covariance", lambda evidence, rows: None)
    slow = observed_information(evidence, rows)
    assert fast == pytest.approx(slow, rel=1e-9, abs=1e-7)
    assert fast == pytest.approx(fast.T)


def test_mean_and_sd_of_a_group_have_their_part(
    simulate: Simulate, problem_of: MakeProblem, numerical_hessian: Callable[..., np.ndarray]
) -> None:
    data = simulate(150, 3, seed=23, missing=0.2)
    group = np.arange(150) % 2
    problem = problem_of(data.responses, group=group)
    parameters, free = parameters_of(data), problem.specification.free

    def point(vector: np.ndarray) -> Point:
        moved = parameters.copy()
        moved[free] = vector[:-2]
        population = Population(
            np.array([0.0, vector[-2]]), np.array([1.0, np.exp(vector[-1])]), np.array([False, True])
        )
        return Point(moved, population)

    at = np.concatenate([parameters[free], [0.4, np.log(1.3)]])
    expected = -numerical_hessian(
        lambda vector: problem.expect(point(vector), problem.open_windows()).log_likelihood, at
    )
    evidence = evidence_of(problem, point(at))
    found = observed_information(evidence, rows_of(free, np.array([False, True])))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_blocks_are_those_of_the_whole(
    simulate: Simulate, problem_of: MakeProblem, point_of: Callable[..., Point]
) -> None:
    data = simulate(300, 6, seed=24, missing=0.4, c=0.2)
    problem = problem_of(data.responses, "3PL")
    rows = rows_of(problem.specification.free, np.zeros(1, dtype=bool))
    evidence = evidence_of(problem, point_of(parameters_of(data)))
    whole, blocks = observed_information(evidence, rows), observed_information(evidence, rows, blocks=True)
    same = rows.owner[:, None] == rows.owner
    assert blocks[same] == pytest.approx(whole[same])
    assert (blocks[~same] == 0.0).all()


def test_score_products_are_those_of_numerical_scores(
    simulate: Simulate, problem_of: MakeProblem, point_of: Callable[..., Point]
) -> None:
    data = simulate(40, 3, seed=25, missing=0.2, c=0.2)
    problem = problem_of(data.responses, "3PL")
    free, parameters = problem.specification.free, parameters_of(data)
    evidence = evidence_of(problem, point_of(parameters))
    found = score_products(evidence, rows_of(free, np.zeros(1, dtype=bool)))
    theta, log_weights = irt.Quadrature().grid()
    weights = np.exp(log_weights)

    def each_person(vector: np.ndarray) -> np.ndarray:
        moved = parameters.copy()
        moved[free] = vector
        slope, intercept, c = moved.T[:, :, None]
        p = c + (1.0 - c) / (1.0 + np.exp(-(slope * theta + intercept)))
        right, wrong = np.nan_to_num(data.matrix), np.nan_to_num(1.0 - data.matrix)
        return np.asarray(np.log(np.exp(right @ np.log(p) + wrong @ np.log1p(-p)) @ weights))

    at, step = parameters[free], 1e-5
    scores = np.array(
        [(each_person(at + move) - each_person(at - move)) / (2 * step) for move in step * np.eye(len(at))]
    )
    assert found == pytest.approx(scores @ scores.T, rel=1e-6, abs=1e-6)


def test_the_number_of_threads_changes_no_bit(
    simulate: Simulate, problem_of: MakeProblem, point_of: Callable[..., Point]
) -> None:
    data = simulate(500, 9, seed=26, missing=0.5)
    found = []
    for threads in (1, 2, 5):
        problem = problem_of(data.responses, threads=threads)
        rows = rows_of(problem.specification.free, np.zeros(1, dtype=bool))
        evidence = evidence_of(problem, point_of(parameters_of(data)))
        found.append(observed_information(evidence, rows))
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()
