"""ML, MAP and WLE against plain formulas, a fine grid for the highest of several maxima, and Brent's method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import irt
from irt.scoring.maximum_kernels import LIKELIHOOD, WEIGHTED, slope

Floats = np.ndarray
GRID = np.linspace(-12.0, 12.0, 24001)


def climbing(theta: Floats, u: Floats, data: Any, method: str, mean: float, sd: float) -> Floats:
    """First derivative of what the method maximises, written out plainly from P, Q, P' and P''."""
    known = ~np.isnan(u)
    a, b, c, right = 1.7 * data.a[known], data.b[known], data.c[known], u[known]
    logit = a * (theta[:, None] - b)
    up, down = 1.0 / (1.0 + np.exp(-logit)), 1.0 / (1.0 + np.exp(logit))
    p, q, d = c + (1.0 - c) * up, (1.0 - c) * down, (1.0 - c) * a * up * down
    dd = d * a * (down - up)
    g: Floats = np.where(right == 1.0, d / p, -d / q).sum(axis=1)
    if method == "MAP":
        g = g - (theta - mean) / sd**2
    if method == "WLE":
        g = g + (d * dd / (p * q)).sum(axis=1) / (2.0 * (d * d / (p * q)).sum(axis=1))
    return g


def plainly(u: Floats, data: Any, method: str, mean: float = 0.0, sd: float = 1.0) -> float:
    """The highest maximum: the derivative summed up over a fine grid says which root it is."""
    g = climbing(GRID, u, data, method, mean, sd)
    height = np.concatenate([[0.0], np.cumsum(0.5 * (g[1:] + g[:-1]) * np.diff(GRID))])
    top = int(height.argmax())
    assert 0 < top < len(GRID) - 1
    return float(
        brentq(
            lambda x: climbing(np.array([x]), u, data, method, mean, sd)[0],
            GRID[top - 1],
            GRID[top + 1],
            xtol=1e-13,
        )
    )


def parameters(data: Any) -> irt.ItemParameters:
    return irt.ItemParameters(data.responses.items, data.a, data.b, data.c)


@pytest.mark.parametrize("c", [0.0, 0.25])
@pytest.mark.parametrize("method", ["MAP", "WLE", "ML"])
def test_estimates_are_those_of_brents_method(simulate: Callable[..., Any], method: str, c: float) -> None:
    data = simulate(150, 12, seed=31, missing=0.3, c=c)
    prior = {"mean": 0.4, "sd": 1.3} if method == "MAP" else {}
    found = irt.score(data.responses, parameters(data), method=method, **prior)
    compared = 0
    for i, u in enumerate(data.matrix):
        if found.status[i] == "ok" and abs(found.theta[i]) < 10.0:
            assert found.theta[i] == pytest.approx(plainly(u, data, method, **prior), abs=1e-9)
            compared += 1
    assert compared >= 100


def test_the_highest_of_several_maxima_counts() -> None:
    """Samejima (1973): 3PL likelihoods may have several maxima; here able people err on the easiest items."""
    rng = np.random.default_rng(32)
    data = SimpleItems(rng.uniform(1.0, 2.5, 8), rng.uniform(-3.0, 3.0, 8), np.full(8, 0.25))
    matrix = (rng.random((400, 8)) < 0.5).astype(float)
    several = 0
    for method in ("ML", "WLE", "MAP"):
        prior = {"mean": 0.0, "sd": 3.0} if method == "MAP" else {}
        found = irt.score(irt.Responses.from_matrix(matrix), data.parameters, method=method, **prior)
        for i, u in enumerate(matrix):
            g = climbing(GRID, u, data, method, 0.0, 3.0)
            if ((g[:-1] > 0.0) & (g[1:] <= 0.0)).sum() < 2 or found.status[i] != "ok":
                continue
            several += 1
            assert found.theta[i] == pytest.approx(plainly(u, data, method, 0.0, 3.0), abs=1e-8)
    assert several >= 50


class SimpleItems:
    def __init__(self, a: Floats, b: Floats, c: Floats) -> None:
        self.a, self.b, self.c = a, b, c
        self.parameters = irt.ItemParameters(range(len(a)), a, b, c)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-4, 4),
    a=st.lists(st.floats(0.2, 2.5), min_size=3, max_size=3),
    b=st.lists(st.floats(-2, 2), min_size=3, max_size=3),
    c=st.lists(st.floats(0.0, 0.4), min_size=3, max_size=3),
    answers=st.integers(0, 7),
)
@pytest.mark.parametrize("kind", [LIKELIHOOD, WEIGHTED])
def test_derivatives_are_those_by_differences(
    kind: int, x: float, a: list[float], b: list[float], c: list[float], answers: int
) -> None:
    items = np.stack([*irt.models.to_logistic(a, b), np.array(c)], axis=1)
    cells = np.array([2 * i + (answers >> i & 1) for i in range(3)], dtype=np.int32)
    g, h, information = slope(cells, 0, 3, items, x, 0.5, 0.3, kind)
    up, down = (slope(cells, 0, 3, items, x + d, 0.5, 0.3, kind)[0] for d in (1e-5, -1e-5))
    assert h == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-5)
    data = SimpleItems(np.array(a), np.array(b), np.array(c))
    u = np.array([answers >> i & 1 for i in range(3)], dtype=float)
    plain = climbing(np.array([x]), u, data, "WLE" if kind == WEIGHTED else "ML", 0.0, 1.0)[0]
    assert g == pytest.approx(plain - 0.3 * (x - 0.5), rel=1e-6, abs=1e-8)
    assert information == pytest.approx(irt.information.test_information(x, a, b, c), rel=1e-9)


def test_what_has_no_maximum_is_said() -> None:
    matrix = np.array([[1, 1, 1], [0, 0, 0], [1, 0, np.nan], [np.nan, np.nan, np.nan]])
    responses = irt.Responses.from_matrix(matrix, persons=["right", "wrong", "mixed", "nothing"])
    items = irt.ItemParameters(range(3), [1.0] * 3, [-1.0, 0.0, 1.0])
    found = irt.score(responses, items, method="ML")
    assert found.status == ("no estimate", "no estimate", "ok", "no estimate")
    assert np.isnan(found.theta).tolist() == np.isnan(found.se).tolist() == [True, True, False, True]
    assert "at theta = 6 or above" in found.reason[0]
    assert "at theta = -6 or below" in found.reason[1]
    assert "no answer" in found.reason[3]
    assert found.table()["theta"].null_count() == 3
    assert found.remarks()["person"].to_list() == ["right", "wrong", "nothing"]
    bounded = irt.score(responses, items, method="ML", bounds=(-4.0, 4.0))
    assert bounded.theta[:2].tolist() == [4.0, -4.0]
    assert bounded.status[:2] == ("at bound", "at bound")
    assert np.isnan(bounded.se[:2]).all()
    assert bounded.theta[2] == pytest.approx(found.theta[2], abs=1e-10)
    warm = irt.score(responses, items, method="WLE")
    assert np.isfinite(warm.theta[:3]).all()
    assert warm.theta[0] == pytest.approx(-warm.theta[1])
    assert warm.status == ("ok", "ok", "ok", "no estimate")
    mode = irt.score(responses, items, method="MAP", mean=0.3, sd=0.9)
    assert (mode.theta[3], mode.se[3]) == pytest.approx((0.3, 0.9))


def test_a_pattern_that_guessing_explains_has_no_maximum() -> None:
    """Right only on the hardest items: the 3PL likelihood rises towards minus infinity."""
    matrix = np.array([[0.0, 0.0, 0.0, 1.0, 1.0]])
    items = irt.ItemParameters(range(5), [1.5] * 5, [-2.0, -1.0, 0.0, 1.5, 2.0], 0.25)
    found = irt.score(irt.Responses.from_matrix(matrix), items, method="ML")
    assert found.status == ("no estimate",)
    assert "at theta = -6 or below" in found.reason[0]
    assert irt.score(irt.Responses.from_matrix(matrix), items, method="WLE").status == ("ok",)


def test_maxima_far_out_are_found() -> None:
    """Finite, though beyond the nodes: a hard test with one error, and a prior far away."""
    matrix = np.array([[1.0] * 19 + [0.0]])
    items = irt.ItemParameters(range(20), [0.3] * 20, np.linspace(3.0, 6.0, 20))
    unbounded = irt.score(irt.Responses.from_matrix(matrix), items, method="ML")
    assert unbounded.status == ("no estimate",)
    ml = irt.score(irt.Responses.from_matrix(matrix), items, method="ML", bounds=(-20.0, 20.0))
    assert ml.theta[0] > 9.0
    warm = irt.score(irt.Responses.from_matrix(matrix), items, method="WLE")
    assert warm.theta[0] > 8.0
    assert warm.status == ("ok",)
    data = SimpleItems(items.a, items.b, items.c)
    assert climbing(ml.theta, matrix[0], data, "ML", 0.0, 1.0)[0] == pytest.approx(0.0, abs=1e-9)
    far = irt.score(irt.Responses.from_matrix(matrix), items, method="MAP", mean=30.0, sd=0.5)
    assert climbing(far.theta, matrix[0], data, "MAP", 30.0, 0.5)[0] == pytest.approx(0.0, abs=1e-8)


def test_standard_errors(simulate: Callable[..., Any]) -> None:
    data = simulate(30, 15, seed=33, c=0.2)
    for method in ("ML", "WLE"):
        found = irt.score(data.responses, parameters(data), method=method)
        ok = np.array(found.status) == "ok"
        total = irt.information.test_information(found.theta[ok], data.a, data.b, data.c)
        assert found.se[ok] == pytest.approx(total**-0.5, rel=1e-8)
    mode = irt.score(data.responses, parameters(data), method="MAP", mean=0.0, sd=0.7)
    for i, u in enumerate(data.matrix):
        steps = climbing(mode.theta[i] + np.array([1e-5, -1e-5]), u, data, "MAP", 0.0, 0.7)
        assert mode.se[i] == pytest.approx((-(steps[0] - steps[1]) / 2e-5) ** -0.5, rel=1e-5)


def test_a_wide_prior_makes_map_the_ml_estimate(simulate: Callable[..., Any]) -> None:
    data = simulate(60, 15, seed=34)
    ml = irt.score(data.responses, parameters(data), method="ML")
    ok = np.array(ml.status) == "ok"
    gaps = [
        np.abs(irt.score(data.responses, parameters(data), method="MAP", sd=sd).theta - ml.theta)[ok].max()
        for sd in (1.0, 10.0, 1000.0)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-4
