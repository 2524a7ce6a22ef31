from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.accelerate import Climb, Problem, climb
from irt.estimation.maximize import Expected, maximize
from irt.estimation.sparse import expected_counts
from irt.estimation.starting import starting_values


def problem_of(responses: irt.Responses, free: float, priors: irt.Priors) -> Problem:
    theta, log_weights = irt.Quadrature().grid()
    return Problem(responses, np.full(responses.n_items, free), theta, log_weights, priors)


def run(problem: Problem, start: np.ndarray, tolerance: float = 1e-4) -> Climb:
    return climb(problem, start, tolerance=tolerance, max_passes=3000, progress=None)


def test_it_ends_where_plain_em_ends_in_a_third_of_the_passes(simulate: Callable[..., Any]) -> None:
    problem = problem_of(simulate(1000, 20, seed=41).responses, 0.0, irt.Priors.none())
    point = starting_values(problem.responses, problem.free_c, problem.priors)
    fast = run(problem, point)
    passes = 0
    while True:
        counts, _ = expected_counts(problem.responses, point, problem.theta, problem.log_weights)
        ascent = maximize(
            Expected(counts[0::2], counts[1::2], problem.theta, problem.free_c, problem.priors), point
        )
        passes += 1
        if np.abs(ascent.gradient).max() <= 1e-4:
            break
        point = ascent.parameters
    assert fast.parameters == pytest.approx(point, abs=1e-5)
    assert 3 * len(fast.trace) < passes


def test_different_starts_agree_also_at_the_bound(simulate: Callable[..., Any]) -> None:
    problem = problem_of(simulate(2000, 12, seed=42, c=0.1).responses, 1.0, irt.Priors.none())
    rng = np.random.default_rng(43)
    start = starting_values(problem.responses, problem.free_c, problem.priors)
    first = run(problem, start, 1e-5)
    assert first.converged
    assert (first.parameters[:, 2] == 0.0).any()
    for _ in range(2):
        moved = start + rng.normal(0.0, 0.2, start.shape) * [1.0, 1.0, 0.3]
        other = run(problem, moved, 1e-5)
        assert other.log_posterior == pytest.approx(first.log_posterior, abs=1e-7)
        assert other.parameters == pytest.approx(first.parameters, abs=1e-3)


def test_a_refused_point_is_followed_by_the_plain_step(simulate: Callable[..., Any]) -> None:
    problem = problem_of(simulate(300, 6, seed=44).responses, 1.0, irt.Priors.none())
    far = np.tile([3.0, 4.0, 0.5], (6, 1))
    trace = run(problem, far).trace
    refused = [i for i, one in enumerate(trace) if not one.accepted]
    assert refused
    for i in refused:
        last = max(k for k in range(i) if trace[k].accepted)
        assert trace[i].log_posterior < trace[last].log_posterior
        assert trace[i + 1].accepted
        assert trace[i + 1].log_posterior >= trace[last].log_posterior
