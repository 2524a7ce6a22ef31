from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import irt
from irt.estimation.starting import starting_values


def test_they_lie_near_the_truth(simulate: Callable[..., Any]) -> None:
    data = simulate(5000, 30, seed=51, missing=0.3)
    start = starting_values(data.responses, np.zeros(30), irt.Priors.none())
    slope, intercept = irt.models.to_logistic(data.a, data.b)
    assert np.corrcoef(start[:, 0], slope)[0, 1] > 0.85
    assert np.corrcoef(start[:, 1], intercept)[0, 1] > 0.98
    assert (start[:, 2] == 0.0).all()


def test_a_reversed_item_starts_reversed_unless_a_prior_forbids_it(simulate: Callable[..., Any]) -> None:
    matrix = simulate(1000, 10, seed=52).matrix.copy()
    matrix[:, 2] = 1.0 - matrix[:, 2]
    responses = irt.Responses.from_matrix(matrix)
    assert starting_values(responses, np.zeros(10), irt.Priors.none())[2, 0] < 0.0
    positive = starting_values(responses, np.zeros(10), irt.Priors(slope=irt.LogNormal(0.0, 0.5)))
    assert (positive[:, 0] > 0.0).all()


def test_c_starts_inside_its_bounds_below_the_proportion_correct() -> None:
    rng = np.random.default_rng(53)
    matrix = (rng.random((400, 5)) < [0.02, 0.1, 0.5, 0.9, 0.99]).astype(float)
    start = starting_values(irt.Responses.from_matrix(matrix), np.ones(5), irt.Priors.default("3PL"))
    assert (start[:, 2] > 0.0).all()
    assert (start[:, 2] < matrix.mean(axis=0)).all()
    assert np.isfinite(start).all()
