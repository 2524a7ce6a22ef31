from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import irt
from irt.errors import InvalidArgument
from irt.information import (
    average_information,
    empirical_reliability,
    item_information,
    marginal_reliability,
    maximum_information,
    standard_error,
)
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


@given(theta=st.floats(-3, 3), scale=st.floats(0.3, 2), n=st.integers(1, 5))
def test_the_standard_error_is_the_root_of_its_inverse(theta: float, scale: float, n: int) -> None:
    a, b, c = np.full(n, scale), np.linspace(-1.0, 1.0, n), np.full(n, 0.1)
    assert standard_error(theta, a, b, c) ** -2 == pytest.approx(total_information(theta, a, b, c))
    assert standard_error(1e4, a, b, c) == np.inf


@given(a=st.floats(0.2, 3), sign=st.sampled_from([-1.0, 1.0]), b=st.floats(-2, 2), c=st.floats(0.0, 0.5))
def test_an_item_tells_most_where_birnbaum_says(a: float, sign: float, b: float, c: float) -> None:
    found = minimize_scalar(
        lambda theta: -item_information(theta, sign * a, b, c),
        bounds=(b - 3, b + 3),
        method="bounded",
        options={"xatol": 1e-9},
    )
    theta, information = maximum_information(sign * a, b, c)
    assert theta == pytest.approx(found.x, abs=1e-4)
    assert information == pytest.approx(-found.fun, rel=1e-9)
    assert item_information(theta, sign * a, b, c) == pytest.approx(information, rel=1e-12)


def test_an_item_that_tells_nothing_has_no_best_place() -> None:
    theta, information = maximum_information([0.0, 1.0], 0.0, 0.0)
    assert np.isnan(theta[0])
    assert theta[1] == 0.0
    assert information.tolist() == pytest.approx([0.0, 1.7**2 / 4.0])


def test_marginal_and_empirical_reliability_agree(simulate: Callable[..., Any]) -> None:
    data = simulate(6000, 30, seed=55)
    known = irt.ItemParameters(data.responses.items, data.a, data.b, data.c)
    scores = irt.score(data.responses, known)
    marginal = marginal_reliability(data.a, data.b, data.c)
    assert empirical_reliability(scores.theta, scores.se) == pytest.approx(marginal, abs=0.01)
    assert np.corrcoef(scores.theta, data.theta)[0, 1] ** 2 == pytest.approx(marginal, abs=0.01)


def test_reliability_is_the_share_of_error_integrated() -> None:
    """Against a plain sum over a fine grid, for N(0.5, 1.2)."""
    a, b, c = np.full(40, 1.2), np.linspace(-3.0, 3.0, 40), np.full(40, 0.1)
    theta = np.linspace(-6.7, 7.7, 20001)
    weights = np.exp(-0.5 * ((theta - 0.5) / 1.2) ** 2)
    weights /= weights.sum()
    information = total_information(theta, a, b, c)
    for method, extra in (("EAP", 1.2**-2), ("WLE", 0.0)):
        exact = 1.0 - weights @ (1.0 / (information + extra)) / 1.2**2
        found = marginal_reliability(a, b, c, method=method, mean=0.5, sd=1.2)
        assert found == pytest.approx(exact, abs=2e-4)
    assert marginal_reliability([0.3], [0.0], [0.0], method="ML") < 0.0
    assert 0.0 < marginal_reliability([0.3], [0.0], [0.0]) < 0.2


def test_persons_without_scores_do_not_count() -> None:
    assert empirical_reliability([1.0, -1.0, np.nan], [1.0, 1.0, np.nan]) == pytest.approx(0.5)
    assert np.isnan(empirical_reliability([1.0], [0.5]))
    with pytest.raises(InvalidArgument, match="one se is needed"):
        empirical_reliability([1.0, 2.0], [0.5])
    with pytest.raises(InvalidArgument, match="not 'WISH'"):
        marginal_reliability([1.0], [0.0], [0.0], method="WISH")
