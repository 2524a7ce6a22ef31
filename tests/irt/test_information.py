from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irt.information import average_information, item_information
from irt.information import test_information as total_information
from irt.models import probability


@given(theta=st.floats(-4, 4), a=st.floats(0.1, 3), b=st.floats(-3, 3), c=st.floats(0.0, 0.5))
def test_it_is_birnbaums_formula(theta: float, a: float, b: float, c: float) -> None:
    p = float(probability(theta, a, b, c))
    expected = 1.7**2 * a**2 * (1 - p) / p * ((p - c) / (1 - c)) ** 2
    assert item_information(theta, a, b, c) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(theta=st.floats(-3, 3), a=st.floats(0.2, 2), b=st.floats(-2, 2), c=st.floats(0.0, 0.4))
def test_it_is_the_expected_curvature_of_the_log_likelihood(
    theta: float, a: float, b: float, c: float
) -> None:
    step = 1e-3
    p = probability(np.array([theta - step, theta, theta + step]), a, b, c)
    curvature = sum(
        weight * -(log[0] - 2 * log[1] + log[2]) / step**2
        for weight, log in ((p[1], np.log(p)), (1 - p[1], np.log1p(-p)))
    )
    assert item_information(theta, a, b, c) == pytest.approx(curvature, rel=1e-4, abs=1e-6)


def test_far_from_the_item_it_fades_and_stays_finite() -> None:
    information = item_information(np.array([-1e4, -40.0, 40.0, 1e4]), 2.0, 0.0, np.array([[0.0], [0.2]]))
    assert np.isfinite(information).all()
    assert (information < 1e-50).all()
    assert (information >= 0.0).all()


def test_items_add_up_to_the_test() -> None:
    a, b, c = np.array([0.8, 1.5]), np.array([-1.0, 0.5]), np.array([0.0, 0.2])
    theta = np.array([[-1.0, 0.0], [1.0, 2.0]])
    summed = item_information(theta, a[0], b[0], c[0]) + item_information(theta, a[1], b[1], c[1])
    assert total_information(theta, a, b, c) == pytest.approx(summed)
    assert total_information(0.0, a, b, c).shape == ()


def test_the_average_is_over_those_whom_the_item_meets() -> None:
    a, b, c = np.array([0.8, 1.5]), np.array([-1.0, 0.5]), np.array([0.0, 0.2])
    theta = np.linspace(-9.0, 11.0, 20001)
    for mean, sd in ((0.0, 1.0), (1.0, 0.5)):
        weights = np.exp(-0.5 * ((theta - mean) / sd) ** 2)
        exact = weights / weights.sum() @ item_information(theta[:, None], a, b, c)
        assert average_information(a, b, c, mean=mean, sd=sd) == pytest.approx(exact, rel=1e-5)
