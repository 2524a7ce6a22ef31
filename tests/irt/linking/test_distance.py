from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import irt
from irt.errors import InvalidParameters
from irt.linking import curve_distance, curve_error
from irt.models import probability


def test_distance_is_the_integral() -> None:
    one = irt.ItemParameters("ij", [0.8, 1.0], [0.0, np.nan], [0.2, 0.0])
    other = irt.ItemParameters("ij", [1.1, 1.0], [0.5, 0.0], [0.1, 0.0])

    def square(theta: float) -> float:
        difference = probability(theta, 0.8, 0.0, 0.2) - probability(theta, 1.1, 0.5, 0.1)
        return float(difference**2 * norm.pdf(theta, 0.5, 0.9))

    expected = np.sqrt(quad(square, -8, 8)[0])
    assert curve_distance(one, other, mean=0.5, sd=0.9) == pytest.approx([expected, np.nan], nan_ok=True)


def test_error_is_the_root_mean_square_deviation_of_curves_drawn_from_the_errors() -> None:
    random, n = np.random.default_rng(4), 4_000
    item = irt.ItemParameters("ij", [0.9, 1.0], [0.6, 0.0], [0.2, 0.0])
    a, b = random.normal(0.9, 0.03, n), random.normal(0.6, 0.04, n)
    drawn = irt.ItemParameters(range(n), a, b, np.full(n, 0.2))
    true = irt.ItemParameters(range(n), np.full(n, 0.9), np.full(n, 0.6), np.full(n, 0.2))
    deviation = np.sqrt((curve_distance(drawn, true, mean=0.3, sd=1.1) ** 2).mean())
    error = curve_error(item, np.array([0.03, np.nan]), np.array([0.04, 0.1]), mean=0.3, sd=1.1)
    assert error == pytest.approx([deviation, np.nan], rel=0.03, nan_ok=True)


def test_an_error_for_each_item_is_needed() -> None:
    with pytest.raises(InvalidParameters, match="2 items need one se_a"):
        curve_error(irt.ItemParameters("ij", [1.0, 1.0], [0.0, 0.0]), np.ones(2), np.ones(3))
