from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.classical.items import item_rest
from irt.estimation.problem import Problem
from irt.estimation.starting import rest_correlation, starting_values

Simulate, MakeProblem = Callable[..., Any], Callable[..., Problem]


def start_of(problem_of: MakeProblem, responses: irt.Responses, *more: Any) -> np.ndarray:
    problem = problem_of(responses, *more)
    return starting_values(problem.shards, responses.cell_counts, problem.specification, problem.local)


def test_they_lie_near_the_truth(simulate: Simulate, problem_of: MakeProblem) -> None:
    data = simulate(5000, 30, seed=51, missing=0.3)
    start = start_of(problem_of, data.responses)
    slope, intercept = irt.models.to_logistic(data.a, data.b)
    assert np.corrcoef(start[:, 0], slope)[0, 1] > 0.85
    assert np.corrcoef(start[:, 1], intercept)[0, 1] > 0.98
    assert (start[:, 2] == 0.0).all()


@pytest.mark.parametrize("missing", [0.0, 0.1, 0.8])
def test_the_correlation_is_that_of_classical_statistics(
    simulate: Simulate, problem_of: MakeProblem, missing: float
) -> None:
    responses = simulate(400, 14, seed=54, missing=missing).responses
    problem = problem_of(responses)
    table = item_rest(responses.person, responses.item, responses.correct, 14)
    found = rest_correlation(problem.shards, table.proportion, problem.local)
    assert found == pytest.approx(table.correlation, abs=1e-10)


def test_a_reversed_item_starts_reversed_unless_a_prior_forbids_it(
    simulate: Simulate, problem_of: MakeProblem
) -> None:
    matrix = simulate(1000, 10, seed=52).matrix.copy()
    matrix[:, 2] = 1.0 - matrix[:, 2]
    responses = irt.Responses.from_matrix(matrix)
    assert start_of(problem_of, responses)[2, 0] < 0.0
    positive = start_of(problem_of, responses, "2PL", irt.Priors(slope=irt.LogNormal(0.0, 0.5)))
    assert (positive[:, 0] > 0.0).all()


def test_c_starts_inside_its_bounds_below_the_proportion_correct(problem_of: MakeProblem) -> None:
    rng = np.random.default_rng(53)
    matrix = (rng.random((400, 5)) < [0.02, 0.1, 0.5, 0.9, 0.99]).astype(float)
    start = start_of(problem_of, irt.Responses.from_matrix(matrix), "3PL", irt.Priors.default("3PL"))
    assert (start[:, 2] > 0.0).all()
    assert (start[:, 2] < matrix.mean(axis=0)).all()
    assert np.isfinite(start).all()


def test_what_is_shared_starts_shared(simulate: Simulate, problem_of: MakeProblem) -> None:
    assert len(set(start_of(problem_of, simulate(500, 6, seed=55).responses, "1PL")[:, 0])) == 1
