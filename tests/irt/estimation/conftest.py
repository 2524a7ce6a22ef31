from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import irt
from irt.estimation.maximize import Point
from irt.estimation.population import Population
from irt.estimation.problem import Problem
from irt.estimation.shards import cut
from irt.estimation.specification import Specification
from irt.estimation.workers import OnThreads, Threads
from irt.specify import specify

Floats = np.ndarray
MakeProblem = Callable[..., Problem]


@pytest.fixture
def problem_of() -> Iterator[MakeProblem]:
    """Builds a problem from responses; its threads end with the test."""
    opened: list[Threads] = []

    def build(
        responses: irt.Responses,
        model: str = "2PL",
        priors: irt.Priors | None = None,
        *,
        group: np.ndarray | None = None,
        threads: int = 2,
        spec: Specification | None = None,
    ) -> Problem:
        group = np.zeros(responses.n_persons, np.int32) if group is None else group.astype(np.int32)
        shards = cut(responses, group)
        local = Threads(threads)
        opened.append(local)
        chosen = spec or specify(responses, model, None, priors or irt.Priors.none(), None).specification
        return Problem(
            responses, group, shards, irt.Quadrature().theta, chosen, OnThreads(shards, local), local
        )

    yield build
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def standard() -> Population:
    return Population(np.zeros(1), np.ones(1), np.zeros(1, dtype=bool))


@pytest.fixture(scope="session")
def point_of(standard: Population) -> Callable[[Floats], Point]:
    return lambda parameters: Point(parameters, standard)


@pytest.fixture(scope="session")
def numerical_hessian() -> Callable[..., Floats]:
    """Fourth-order central differences of a function of one vector."""

    def hessian_of(function: Callable[[Floats], float], at: Floats, step: float = 2e-3) -> Floats:
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

    return hessian_of
