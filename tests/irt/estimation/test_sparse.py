from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.sparse import expected_counts, log_table


def test_counts_and_likelihood_are_those_of_the_dense_formula(
    simulate: Callable[..., Any], dense_log_likelihood: Callable[..., float]
) -> None:
    data = simulate(50, 7, seed=31, missing=0.4, c=0.2)
    parameters = np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)
    theta, log_weights = irt.Quadrature().grid()
    counts, log_likelihood = expected_counts(data.responses, parameters, theta, log_weights)
    assert log_likelihood == pytest.approx(dense_log_likelihood(data.matrix, parameters), abs=1e-10)
    p = irt.models.probability(theta, data.a[:, None], data.b[:, None], data.c[:, None])
    right, wrong = np.nan_to_num(data.matrix), np.nan_to_num(1.0 - data.matrix)
    posterior = np.exp(right @ np.log(p) + wrong @ np.log1p(-p) + log_weights)
    posterior /= posterior.sum(axis=1, keepdims=True)
    assert counts[1::2] == pytest.approx(right.T @ posterior)
    assert counts[0::2] == pytest.approx(wrong.T @ posterior)


def test_rows_of_the_table_are_wrong_then_right() -> None:
    table = log_table(np.array([[1.0, 0.5, 0.2], [2.0, 0.0, 0.0]]), np.array([-1.0, 0.0, 1.0]))
    assert np.exp(table[0::2]) + np.exp(table[1::2]) == pytest.approx(np.ones((2, 3)))
    assert np.exp(table[1]) == pytest.approx(irt.models.probability([-1.0, 0.0, 1.0], 1.0 / 1.7, -0.5, 0.2))


def test_persons_without_answers_add_nothing() -> None:
    responses = irt.Responses.from_matrix([[1.0, 0.0], [np.nan, np.nan]])
    alone = irt.Responses.from_matrix([[1.0, 0.0]])
    parameters = np.array([[1.0, 0.5, 0.2], [2.0, 0.0, 0.0]])
    grid = irt.Quadrature().grid()
    with_empty, without = (expected_counts(r, parameters, *grid) for r in (responses, alone))
    assert with_empty[1] == without[1]
    assert (with_empty[0] == without[0]).all()
