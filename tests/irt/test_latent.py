from __future__ import annotations

import numpy as np
import pytest

from irt import Quadrature, strata
from irt.errors import InvalidArgument


def test_the_grid_has_the_moments_of_its_distribution() -> None:
    theta, log_weights = Quadrature().grid(0.5, 2.0)
    weights = np.exp(log_weights)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ theta == pytest.approx(0.5)
    assert weights @ (theta - 0.5) ** 2 == pytest.approx(4.0, rel=1e-6)
    assert (theta[0], theta[-1], len(theta)) == (0.5 - 12.0, 0.5 + 12.0, 61)


@pytest.mark.parametrize("settings", [(2, -6.0, 6.0), (61, 6.0, -6.0), (61, -np.inf, 6.0)])
def test_a_grid_that_is_none(settings: tuple[int, float, float]) -> None:
    with pytest.raises(InvalidArgument, match="quadrature"):
        Quadrature(*settings)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.0), (np.nan, 1.0), (0.0, -1.0)])
def test_a_distribution_that_is_none(mean: float, sd: float) -> None:
    with pytest.raises(InvalidArgument, match="sd > 0"):
        Quadrature().grid(mean, sd)


def test_strata_are_of_equal_size_and_ties_stay_together() -> None:
    history = np.concatenate([np.linspace(-2.0, 2.0, 90), np.full(10, 5.0)])
    codes = strata(history, 4)
    assert np.bincount(codes).tolist() == [25, 25, 25, 25]
    assert (np.diff(codes) >= 0).all()
    assert len(set(strata(np.full(30, 1.5), 4).tolist())) == 1


def test_persons_without_a_history_are_a_stratum_of_their_own() -> None:
    codes = strata([0.1, np.nan, 0.9, 0.5, np.nan, -1.0], 2)
    assert (codes == -1).tolist() == [False, True, False, False, True, False]


@pytest.mark.parametrize(
    ("history", "number", "said"),
    [
        ([0.0, 1.0], 1, "at least 2 strata"),
        ([np.nan, np.nan], 3, "finite for at least one"),
        ([[1.0]], 2, "one number"),
    ],
)
def test_strata_that_are_none(history: list[float], number: int, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        strata(history, number)
