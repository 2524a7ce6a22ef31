from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.classical import reliability
from irt.classical.reliability import one_factor

NAN = np.nan


def test_alpha_by_hand() -> None:
    """Variances of the items 0.2, 0.3, 0.2, together 0.7; the scores 3, 2, 1, 2, 0 have variance 1.3."""
    matrix = [[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]]
    found = reliability(irt.Responses.from_matrix(matrix))
    assert found.alpha == pytest.approx(1.5 * (1 - 0.7 / 1.3))
    assert (found.n, found.n_items, found.reason) == (5, 3, "")


def test_three_covariances_give_the_loadings_in_closed_form() -> None:
    """With three items l1 = sqrt(s12 s13 / s23), and so on."""
    loadings = np.array([0.3, 0.4, 0.2])
    covariance = np.outer(loadings, loadings) + np.diag([0.1, 0.05, 0.2])
    found = one_factor(covariance)
    assert found is not None
    np.testing.assert_allclose(found, loadings, atol=1e-8)


def test_omega_of_known_loadings() -> None:
    """omega = (sum l)^2 / ((sum l)^2 + sum u): here 1.44 / (1.44 + 0.6) in the population."""
    loadings, unique = np.array([0.5, 0.4, 0.2, 0.1]), np.array([0.1, 0.2, 0.2, 0.1])
    found = one_factor(np.outer(loadings, loadings) + np.diag(unique))
    assert found is not None
    assert found.sum() ** 2 / (found.sum() ** 2 + unique.sum()) == pytest.approx(1.44 / 2.04)


def test_alpha_is_kr20_and_below_omega_where_slopes_differ(simulate) -> None:
    drawn = simulate(3000, 15, seed=61)
    found = reliability(drawn.responses)
    p = drawn.matrix.mean(axis=0)
    total = drawn.matrix.sum(axis=1).var()
    assert found.alpha == pytest.approx(15 / 14 * (1 - (p * (1 - p)).sum() / total))
    assert found.alpha < found.omega < found.alpha + 0.02


def test_omega_is_near_the_squared_correlation_with_ability(simulate) -> None:
    drawn = simulate(20000, 30, seed=62)
    expected = np.corrcoef(drawn.matrix.sum(axis=1), drawn.theta)[0, 1] ** 2
    assert reliability(drawn.responses).omega == pytest.approx(expected, abs=0.03)


def test_only_the_complete_block_counts() -> None:
    matrix = [[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0], [1, NAN, 1]]
    data = irt.Responses.from_matrix(matrix)
    assert reliability(data).alpha == pytest.approx(1.5 * (1 - 0.7 / 1.3))
    assert "5 of 6 persons" in reliability(data).reason


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ([[1, NAN, 0], [NAN, 1, 1]], "0 persons answered all of 3 items"),
        ([[1, 0], [0, 1], [1, 1]], "3 items are needed"),
        ([[1, 0, 1], [0, 1, 1]], "same number right"),
    ],
)
def test_none_with_a_reason(matrix: list[list[float]], reason: str) -> None:
    found = reliability(irt.Responses.from_matrix(matrix))
    assert np.isnan([found.alpha, found.omega]).all()
    assert reason in found.reason


def test_no_omega_where_items_repel_each_other() -> None:
    found = reliability(irt.Responses.from_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]))
    assert found.alpha < 0.0
    assert np.isnan(found.omega)
    assert "no omega" in found.reason
