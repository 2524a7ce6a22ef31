from __future__ import annotations

import numpy as np
import pytest

from irt.estimation.compiled import compiled
from irt.estimation.lanes import LANE, add_rows, add_to_rows, from_lanes, to_lanes

CELLS = np.array([4, 0, 4, 2], dtype=np.int32)


@compiled
def gathered(
    lines: np.ndarray, base: int, cells: np.ndarray, first: int, last: int, out: np.ndarray, at: int
) -> None:
    add_rows(lines, base, cells, first, last, out, at)


@compiled
def scattered(
    lines: np.ndarray, base: int, cells: np.ndarray, first: int, last: int, source: np.ndarray, at: int
) -> None:
    add_to_rows(lines, base, cells, first, last, source, at)


def test_there_and_back() -> None:
    table = np.random.default_rng(1).normal(size=(6, 3 * LANE))
    lanes, back = np.empty((3, 6, LANE)), np.zeros_like(table)
    to_lanes(table, lanes, 0, 6)
    assert lanes[1, 4].tolist() == table[4, LANE : 2 * LANE].tolist()
    from_lanes(lanes, back, 0, 6)
    assert (back == table).all()


def test_the_rows_named_are_added_and_nothing_else_is_touched() -> None:
    lanes = np.random.default_rng(2).normal(size=(3, 5, LANE))
    out = np.ones(3 * LANE)
    gathered(lanes.ravel(), 1 * 5 * LANE, CELLS, 1, 4, out, LANE)
    assert out[LANE : 2 * LANE] == pytest.approx(1.0 + lanes[1, [0, 4, 2]].sum(axis=0))
    assert (out[:LANE] == 1.0).all()
    assert (out[2 * LANE :] == 1.0).all()


def test_weights_are_added_to_the_rows_named_as_often_as_they_are_named() -> None:
    lanes, weight = np.zeros((3, 5, LANE)), np.arange(2.0 * LANE)
    scattered(lanes.reshape(-1), 2 * 5 * LANE, CELLS, 0, 4, weight, LANE)
    own = weight[LANE:]
    assert lanes[2, 4].tolist() == (2 * own).tolist()
    assert lanes[2, 0].tolist() == lanes[2, 2].tolist() == own.tolist()
    assert np.count_nonzero(lanes) == 3 * LANE
