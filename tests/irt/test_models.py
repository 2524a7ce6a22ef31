from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irt.errors import InvalidParameters
from irt.models import D, ItemParameters, from_logistic, log_probabilities, probability, to_logistic


def test_the_curve_is_halfway_between_c_and_one_at_b() -> None:
    assert D == 1.7
    assert probability(0.3, 1.2, 0.3, 0.2) == pytest.approx(0.6)
    assert probability(1.3, 1.2, 0.3, 0.0) == pytest.approx(1.0 / (1.0 + np.exp(-1.7 * 1.2)))


def test_arguments_broadcast_persons_by_items() -> None:
    assert probability(np.zeros((4, 1)), np.ones(3), np.zeros(3), 0.0).shape == (4, 3)


@given(
    a=st.floats(0.01, 5.0) | st.floats(-5.0, -0.01),
    b=st.floats(-6.0, 6.0),
)
def test_the_two_metrics_convert_back_and_forth(a: float, b: float) -> None:
    back = from_logistic(*to_logistic(a, b))
    assert back[0] == pytest.approx(a, rel=1e-12)
    assert back[1] == pytest.approx(b, rel=1e-12, abs=1e-12)


def test_log_probabilities_hold_where_probabilities_underflow() -> None:
    log_right, log_wrong = log_probabilities(np.array([-800.0, 800.0, 0.0]), np.zeros(3))
    assert log_right == pytest.approx([-800.0, 0.0, np.log(0.5)])
    assert log_wrong == pytest.approx([0.0, -800.0, np.log(0.5)])
    log_right, log_wrong = log_probabilities(np.array([-800.0, 800.0]), np.array([0.2, 0.2]))
    assert log_right == pytest.approx([np.log(0.2), 0.0], abs=1e-15)
    assert log_wrong == pytest.approx([np.log(0.8), np.log(0.8) - 800.0])


def test_one_c_serves_all_items_and_arrays_are_read_only() -> None:
    parameters = ItemParameters(["x", "y"], [1.0, np.nan], [0.0, np.nan], 0.2)
    assert parameters.c.tolist() == [0.2, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        parameters.a[0] = 2.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((["x", "y"], [1.0], [0.0, 0.0], 0.0), "a has shape"),
        ((["x", "x"], [1.0, 1.0], [0.0, 0.0], 0.0), "'x' has parameters twice"),
        ((["x"], [1.0], [np.inf], 0.0), "'x': b is infinite"),
        ((["x", "y"], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]), "'y': c is 1"),
    ],
)
def test_bad_parameters_are_named(
    arguments: tuple[list[str], list[float], list[float], float], said: str
) -> None:
    with pytest.raises(InvalidParameters, match=said):
        ItemParameters(*arguments)
