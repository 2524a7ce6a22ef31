from __future__ import annotations

import numpy as np
import pytest

from irt.estimation.elementary import exponential, logarithm


@pytest.mark.parametrize("x", [-700.0, -37.2, -1.0, -1e-12, 0.0, 0.5, 709.0])
def test_exp_is_that_of_the_c_library(x: float) -> None:
    assert exponential(x) == pytest.approx(np.exp(x), rel=4e-16)


def test_exp_of_next_to_nothing_is_next_to_nothing() -> None:
    assert 0.0 < exponential(-1e9) < 1e-300


@pytest.mark.parametrize("x", [1e-300, 0.3, np.sqrt(0.5), 1.0, 1.0 + 1e-9, np.sqrt(2.0), 5e7, 1e300])
def test_log_is_that_of_the_c_library(x: float) -> None:
    assert logarithm(x) == pytest.approx(np.log(x), rel=4e-16, abs=2e-16)
