from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument, InvalidParameters
from irt.information import item_information
from irt.selection import RankedBank, expected_information

A, B, C = np.array([0.8, 1.5, 1.0]), np.array([-1.0, 0.5, 0.2]), np.array([0.0, 0.2, 0.25])


def test_without_uncertainty_it_is_the_items_information_exactly() -> None:
    assert (expected_information(0.3, A, B, C, 0.0) == item_information(0.3, A, B, C)).all()


@pytest.mark.parametrize(
    ("a", "se_b"), [(0.8, 0.2), (1.5, 0.19), (1.5, 0.2), (1.5, 1.0), (2.5, 1.0), (2.5, 1.8)]
)
def test_it_is_the_average_over_b(a: float, se_b: float) -> None:
    z = np.linspace(-9.0, 9.0, 20001)
    weights = np.exp(-0.5 * z * z) / np.exp(-0.5 * z * z).sum()
    for theta in (-2.0, 0.0, 1.0):
        exact = weights @ item_information(theta, a, 0.4 + se_b * z, 0.2)
        highest = weights @ item_information(0.4, a, 0.4 + se_b * z, 0.2)
        assert expected_information(theta, a, 0.4, 0.2, se_b)[0] == pytest.approx(exact, abs=1e-3 * highest)


def test_an_item_that_seems_to_fit_best_only_by_guess_is_not_preferred() -> None:
    a, b, c, se = np.array([1.0, 1.0]), np.array([0.0, 0.3]), np.array([0.2, 0.2]), np.array([1.0, 0.0])
    theta = 0.2
    assert item_information(theta, a, b, c).argmax() == 0
    assert RankedBank(a, b, c, se).best(theta).places.tolist() == [1]


def test_what_has_no_information_is_said() -> None:
    with pytest.raises(InvalidParameters, match="stand-in"):
        expected_information(0.0, A, np.array([0.0, np.nan, 0.0]), C, 0.0)
    with pytest.raises(InvalidParameters, match="at least 0"):
        expected_information(0.0, A, B, C, -1.0)
    with pytest.raises(InvalidArgument, match="one value for each item"):
        expected_information(0.0, A, np.zeros(2), C, 0.0)
    with pytest.raises(InvalidArgument, match="finite value"):
        expected_information(np.nan, A, B, C, 0.0)
