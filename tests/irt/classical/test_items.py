from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.classical import item_statistics


def test_on_complete_data_it_is_the_corrected_point_biserial(simulate: Callable[..., Any]) -> None:
    data = simulate(300, 8, seed=61)
    table = item_statistics(data.responses)
    assert table.columns == ["item", "n", "p_value", "point_biserial"]
    for item in range(8):
        rest = np.delete(data.matrix, item, axis=1).sum(axis=1)
        assert table["point_biserial"][item] == pytest.approx(np.corrcoef(data.matrix[:, item], rest)[0, 1])
        assert table["p_value"][item] == pytest.approx(data.matrix[:, item].mean())


def test_easy_items_are_not_mistaken_for_able_people() -> None:
    rng = np.random.default_rng(62)
    matrix = np.full((4000, 12), np.nan)
    hard, easy = np.arange(2000), np.arange(2000, 4000)
    matrix[np.ix_(hard, range(1, 6))] = rng.random((2000, 5)) < 0.2
    matrix[np.ix_(easy, range(6, 12))] = rng.random((2000, 6)) < 0.9
    matrix[:, 0] = rng.random(4000) < np.repeat([0.3, 0.7], 2000)
    assert abs(item_statistics(irt.Responses.from_matrix(matrix))["point_biserial"][0]) < 0.05


def test_what_is_undefined_is_null() -> None:
    responses = irt.Responses.from_matrix(
        [[1, 1, 0], [1, 0, 1], [1, 1, 1], [1, np.nan, np.nan]], items=["x", "y", "z"]
    )
    table = item_statistics(responses)
    assert table["p_value"].to_list() == pytest.approx([1.0, 2 / 3, 2 / 3])
    assert table["point_biserial"][0] is None
    assert table["n"].to_list() == [4, 3, 3]
    assert not table["point_biserial"].is_nan().any()
    alone = item_statistics(irt.Responses.from_long([1, 2], ["x", "x"], [1, 0]))
    assert alone["point_biserial"].to_list() == [None]
