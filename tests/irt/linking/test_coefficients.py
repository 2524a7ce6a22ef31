from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import irt
from irt.linking.coefficients import METHODS
from irt.models import probability

GRID = irt.Quadrature()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    items=st.integers(3, 25),
    slope=st.floats(0.4, 2.5),
    shift=st.floats(-2.0, 2.0),
    guessing=st.booleans(),
)
@pytest.mark.parametrize("method", METHODS)
def test_a_known_line_is_recovered(
    method: str, seed: int, items: int, slope: float, shift: float, guessing: bool
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.lognormal(-0.2, 0.3, items), rng.normal(size=items)
    c = rng.uniform(0.0, 0.3, items) * guessing
    source = irt.ItemParameters(range(items), a, b, c)
    target = irt.ItemParameters(range(items), a / slope, slope * b + shift, c)
    assert METHODS[method](source, target, GRID) == pytest.approx((slope, shift), abs=1e-7)


@pytest.mark.parametrize("method", ["haebara", "stocking-lord"])
def test_the_criterion_is_at_its_minimum(method: str) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(-0.2, 0.3, 12), rng.normal(size=12)
    source = irt.ItemParameters(range(12), a, b, 0.1)
    other_a = a / 1.3 * rng.lognormal(0, 0.15, 12)
    target = irt.ItemParameters(range(12), other_a, 1.3 * b - 0.4 + rng.normal(0, 0.2, 12), 0.1)
    theta, log_weights = GRID.grid()

    def loss(line: np.ndarray) -> float:
        slope, shift = line
        total = 0.0
        up = probability(theta, target.a[:, None], target.b[:, None], 0.1)
        up -= probability(theta, (a / slope)[:, None], (slope * b + shift)[:, None], 0.1)
        down = probability(theta, a[:, None], b[:, None], 0.1)
        down -= probability(theta, (target.a * slope)[:, None], ((target.b - shift) / slope)[:, None], 0.1)
        for difference in (up, down):
            squares = difference**2 if method == "haebara" else difference.sum(axis=0)[None] ** 2
            total += float((squares @ np.exp(log_weights)).sum())
        return total

    best = minimize(loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15})
    assert METHODS[method](source, target, GRID) == pytest.approx(best.x, abs=1e-6)


def test_moments_by_hand() -> None:
    source = irt.ItemParameters("ijk", [1.0, 2.0, 3.0], [-1.0, 0.0, 1.0])
    target = irt.ItemParameters("ijk", [0.5, 1.0, 2.5], [-2.0, 1.0, 4.0])
    assert METHODS["mean-sigma"](source, target, GRID) == pytest.approx((3.0, 1.0))
    assert METHODS["mean-mean"](source, target, GRID) == pytest.approx((1.5, 1.0))
