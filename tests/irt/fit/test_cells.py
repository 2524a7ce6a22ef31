from __future__ import annotations

import numpy as np
import pytest

from irt.fit.cells import merge_small


@pytest.mark.parametrize(
    ("right", "wrong", "into"),
    [
        ([5, 5, 5], [5, 5, 5], [0, 1, 2]),
        ([1, 4, 5, 9], [9, 9, 9, 9], [0, 0, 1, 2]),  # too few right at the bottom
        ([9, 9, 9, 9], [9, 9, 3, 1], [0, 1, 1, 1]),  # too few wrong at the top: they join the last
        ([1, 1], [1, 1], [0, 0]),
        ([9, 0, 0, 9], [0, 9, 9, 0], [0, 0, 1, 1]),  # both kinds are needed
    ],
)
def test_groups_are_joined_until_each_has_enough(right: list[int], wrong: list[int], into: list[int]) -> None:
    merged = merge_small(np.array(right, dtype=float), np.array(wrong, dtype=float), 5.0)
    assert merged.tolist() == into
