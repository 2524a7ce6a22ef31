from __future__ import annotations

import numpy as np
import pytest

from irt.estimation.compiled import compiled
from irt.estimation.tile import COLUMNS, ROWS, multiply_tile


@compiled
def one_tile(turned: np.ndarray, low: int, high: int, i: int, j: int, out: np.ndarray) -> None:
    multiply_tile(turned, low, high, i, j, out)


def test_a_tile_is_a_block_of_the_product_and_nothing_else_is_touched() -> None:
    rng = np.random.default_rng(1)
    turned, out = rng.normal(size=(40, 24)), np.full((24, 24), np.nan)
    one_tile(turned, 3, 27, 8, 16, out)
    expected = turned[3:27].T @ turned[3:27]
    block = (slice(8, 8 + ROWS), slice(16, 16 + COLUMNS))
    assert out[block] == pytest.approx(expected[block])
    assert np.isnan(out).sum() == 24 * 24 - ROWS * COLUMNS
