from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import irt
from irt.linking import curve_distance
from irt.models import probability


def test_distance_is_the_integral() -> None:
    one = irt.ItemParameters("ij", [0.8, 1.0], [0.0, np.nan], [0.2, 0.0])
    other = irt.ItemParameters("ij", [1.1, 1.0], [0.5, 0.0], [0.1, 0.0])

    def square(theta: float) -> float:
        difference = probability(theta, 0.8, 0.0, 0.2) - probability(theta, 1.1, 0.5, 0.1)
        return float(difference**2 * norm.pdf(theta, 0.5, 0.9))

    expected = np.sqrt(quad(square, -8, 8)[0])
    assert curve_distance(one, other, mean=0.5, sd=0.9) == pytest.approx([expected, np.nan], nan_ok=True)
