from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.estimation.problem import log_table, padded_weights


def test_rows_of_the_table_are_wrong_then_right() -> None:
    table = log_table(np.array([[1.0, 0.5, 0.2], [2.0, 0.0, 0.0]]), np.array([-1.0, 0.0, 1.0]))[:, :3]
    assert np.exp(table[0::2]) + np.exp(table[1::2]) == pytest.approx(np.ones((2, 3)))
    assert np.exp(table[1]) == pytest.approx(irt.models.probability([-1.0, 0.0, 1.0], 1.0 / 1.7, -0.5, 0.2))


def test_a_curve_far_from_its_item_is_not_lost() -> None:
    table = log_table(np.array([[10.0, -5000.0, 0.0], [10.0, 5000.0, 0.3]]), np.array([-1.0, 0.0, 1.0]))
    assert table[1, :3] == pytest.approx([-5010.0, -5000.0, -4990.0])
    assert table[0, :3] == pytest.approx([0.0, 0.0, 0.0])
    assert table[2, :3] == pytest.approx(np.log(0.7) + np.array([-4990.0, -5000.0, -5010.0]))


def test_nodes_that_fill_up_a_block_have_no_weight() -> None:
    weights = padded_weights(np.log(np.full((2, 5), 0.2)))
    assert weights.shape == (2, 8)
    assert np.exp(weights).sum(axis=1) == pytest.approx([1.0, 1.0])
