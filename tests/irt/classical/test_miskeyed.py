from __future__ import annotations

import numpy as np
import pytest

from irt import models
from irt.classical import find_miskeyed
from irt.classical.miskeyed import dependent_difference
from irt.errors import InvalidArgument


def exam(persons: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chosen options 0-3 of 20 items whose right option is 0; a person who does not know it guesses."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(persons, 1))
    knows = rng.random((persons, 20)) < models.probability(theta, 0.8, rng.normal(size=20), 0.0)
    chosen = np.where(knows, 0, rng.integers(0, 4, (persons, 20)))
    return np.repeat(np.arange(persons), 20), np.tile(np.arange(20), persons), chosen.ravel()


@pytest.mark.parametrize("persons", [300, 2000])
def test_the_item_with_the_wrong_key_comes_out_and_no_other(persons: int) -> None:
    key = dict.fromkeys(range(20), 0) | {7: 3}
    found = find_miskeyed(*exam(persons, 81), key)
    assert found.columns == ["item", "key", "suspect", "r_key", "r_suspect", "difference", "low", "high", "n"]
    assert found.select("item", "key", "suspect", "n").rows() == [(7, 3, 0, persons)]
    row = found.row(0, named=True)
    assert 0.0 < row["low"] < row["difference"] < row["high"]
    assert row["difference"] == pytest.approx(row["r_suspect"] - row["r_key"])


def test_a_sound_exam_has_none_and_keeps_its_columns() -> None:
    found = find_miskeyed(*exam(2000, 82), dict.fromkeys(range(20), 0))
    assert found.height == 0
    assert len(found.columns) == 9


def test_too_few_answers_are_not_judged() -> None:
    key = dict.fromkeys(range(20), 0) | {7: 3}
    assert find_miskeyed(*exam(300, 81), key, minimum=301).height == 0


def test_the_interval_covers_the_difference() -> None:
    rng = np.random.default_rng(83)
    true = np.array([[1.0, 0.4, 0.25], [0.4, 1.0, -0.3], [0.25, -0.3, 1.0]])
    covered = 0
    for _ in range(600):
        sample = np.corrcoef(rng.multivariate_normal(np.zeros(3), true, size=80).T)
        low, high = dependent_difference(sample[0, 1], sample[0, 2], sample[1, 2], 80, 0.95)
        covered += low < 0.15 < high
    assert covered / 600 == pytest.approx(0.95, abs=0.025)


def test_settings_that_are_none() -> None:
    with pytest.raises(InvalidArgument, match="level"):
        find_miskeyed(["p"], ["x"], ["A"], {"x": "A"}, level=95)
    with pytest.raises(InvalidArgument, match="minimum"):
        find_miskeyed(["p"], ["x"], ["A"], {"x": "A"}, minimum=3)
