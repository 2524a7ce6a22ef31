from __future__ import annotations

import numpy as np
import pytest

from irt import Quadrature
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
