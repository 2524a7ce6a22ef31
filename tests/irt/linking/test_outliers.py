from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.linking.outliers import anchor_z, robust_z


def test_robust_z_by_hand() -> None:
    # Quartiles of 1, 2, 3, 4, 10: 2, 3, 4.
    z = robust_z(np.array([1.0, 2.0, np.nan, 3.0, 4.0, 10.0]))
    assert z == pytest.approx([-2 / 1.48, -1 / 1.48, np.nan, 0.0, 1 / 1.48, 7 / 1.48], nan_ok=True)


def test_robust_z_is_standard_on_normal_values_and_ignores_outliers() -> None:
    values = np.random.default_rng(1).normal(3.0, 0.2, 20_000)
    assert robust_z(values).std() == pytest.approx(1.0, abs=0.03)
    values[:2000] += 50.0
    assert robust_z(values)[2000:].std() == pytest.approx(1.0, abs=0.2)


def test_rounding_makes_no_outliers() -> None:
    assert np.abs(robust_z(np.array([0.1, 0.1, 0.1 + 1e-15, 0.1]))).max() < 1e-6


def test_a_slope_that_moved_does_not_disturb_the_difficulties() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.lognormal(-0.2, 0.3, 15), rng.normal(size=15)
    source = irt.ItemParameters(range(15), a, b)
    other = a / 1.5
    other[4] *= 8.0
    z_a, z_b = anchor_z(source, irt.ItemParameters(range(15), other, 1.5 * b + 1.0), 2.7)
    assert (np.abs(z_a) > 2.7).nonzero()[0].tolist() == [4]
    assert np.abs(z_b).max() < 1e-6
