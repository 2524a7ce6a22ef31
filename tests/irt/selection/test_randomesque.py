from __future__ import annotations

import numpy as np
import pytest

from irt.errors import InvalidArgument, NothingEligible
from irt.selection.randomesque import randomesque

RANKED = np.array([7, 3, 9, 1])


def test_each_of_the_best_few_is_as_likely() -> None:
    rng = np.random.default_rng(1)
    drawn = np.bincount([randomesque(RANKED, 3, rng) for _ in range(6000)], minlength=10)
    assert drawn[[7, 3, 9]].sum() == 6000
    # Chi-square with 2 degrees of freedom: 13.8 is exceeded once in a thousand.
    assert ((drawn[[7, 3, 9]] - 2000) ** 2 / 2000).sum() < 13.8


def test_one_is_the_best_and_too_many_are_all() -> None:
    rng = np.random.default_rng(2)
    assert {randomesque(RANKED, 1, rng) for _ in range(50)} == {7}
    assert {randomesque(RANKED, 99, rng) for _ in range(200)} == {7, 3, 9, 1}


def test_each_draw_takes_one_number() -> None:
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    randomesque(RANKED, 2, one)
    other.random()
    assert one.bit_generator.state == other.bit_generator.state


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least 1, not 0"):
        randomesque(RANKED, 0, np.random.default_rng(0))
    with pytest.raises(NothingEligible):
        randomesque(np.array([], dtype=np.int64), 2, np.random.default_rng(0))
