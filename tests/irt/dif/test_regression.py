from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from irt.dif.regression import Rows, logistic_regressions


def test_each_item_gets_the_maximum_and_its_curvature() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(90), rng.normal(size=90), rng.integers(0, 2, 90)])
    n = rng.integers(1, 30, 90).astype(float)
    right = rng.binomial(n.astype(int), 1 / (1 + np.exp(-(0.5 + x[:, 1] - 0.4 * x[:, 2])))).astype(float)
    first = np.array([0, 20, 55])
    found = logistic_regressions(Rows(x, n, right, first), 3)
    for j, (low, high) in enumerate([(0, 20), (20, 55), (55, 90)]):
        mine = slice(low, high)

        def loss(beta: np.ndarray, mine: slice = mine) -> float:
            eta = x[mine] @ beta
            return float((n[mine] * np.log1p(np.exp(eta)) - right[mine] * eta).sum())

        best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-7})
        assert found.coefficient[j] == pytest.approx(best.x, abs=1e-5)
        assert found.log_likelihood[j] == pytest.approx(-best.fun, abs=1e-9)
        p = 1 / (1 + np.exp(-(x[mine] @ best.x)))
        information = x[mine].T @ (x[mine] * (n[mine] * p * (1 - p))[:, None])
        assert found.se[j] == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-5)


def test_the_space_shuttle() -> None:
    # Dalal, Fowlkes & Hoadley (1989): O-ring failures by temperature, 23 flights; the much printed
    # logistic regression has intercept 15.0429, slope -0.2322, SE 7.3786 and 0.1082, deviance 20.315.
    degrees = [66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58]
    failed = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    x = np.column_stack([np.ones(23), degrees])
    rows = Rows(x, np.ones(23), np.array(failed, dtype=float), np.array([0]))
    found = logistic_regressions(rows, 2)
    assert found.coefficient[0] == pytest.approx([15.0429, -0.2322], abs=1e-4)
    assert found.se[0] == pytest.approx([7.3786, 0.1082], abs=1e-4)
    assert -2 * found.log_likelihood[0] == pytest.approx(20.315, abs=1e-3)


def test_separated_answers_have_no_maximum_and_do_not_disturb_the_others() -> None:
    x = np.column_stack([np.ones(12), np.tile([-1.0, -0.5, 0.2, 0.4, 0.6, 1.0], 2)])
    right = np.array([0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1], dtype=float)
    found = logistic_regressions(Rows(x, np.ones(12), right, np.array([0, 6])), 2)
    assert np.isnan(found.log_likelihood).tolist() == [True, False]
    constant = np.column_stack([np.ones(12), np.ones(12)])
    flat = logistic_regressions(Rows(constant, np.ones(12), right, np.array([0, 6])), 2)
    assert np.isnan(flat.coefficient).all()
