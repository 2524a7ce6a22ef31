from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import irt
from irt.fit import m2

GOLDEN = Path(__file__).parents[2] / "golden"


def test_lsat7_as_printed_elsewhere() -> None:
    """mirt 1.47, M2(), as its own tests have it: 11.93841 on 5 degrees of freedom."""
    matrix = pl.read_csv(GOLDEN / "lsat7.csv").drop("person").to_numpy()
    data = irt.Responses.from_matrix(matrix)
    found = m2(data, irt.calibrate(data))
    assert found.m2 == pytest.approx(11.93841, abs=1e-3)
    assert found.df == 5
    assert found.p == pytest.approx(0.03564, abs=1e-4)
    assert found.rmsea == pytest.approx(np.sqrt((11.93841 - 5) / 5000), abs=1e-5)
    assert found.rmsea_low < found.rmsea < found.rmsea_high


def test_lsat6_with_a_common_slope_as_printed_elsewhere() -> None:
    """mirt 1.47's reference pages: M2 5.293 on 9, p .808, RMSEA 0 with the interval 0 to 0.023."""
    matrix = pl.read_csv(GOLDEN / "lsat6.csv").drop("person").to_numpy()
    data = irt.Responses.from_matrix(matrix)
    found = m2(data, irt.calibrate(data, "1PL"))
    assert (found.df, found.rmsea, found.rmsea_low) == (9, 0.0, 0.0)
    assert found.m2 == pytest.approx(5.293, abs=3e-3)
    assert found.p == pytest.approx(0.808, abs=5e-4)
    assert found.rmsea_high == pytest.approx(0.023, abs=5e-4)


def slowly(matrix: np.ndarray, calibration: irt.Calibration) -> float:
    """M2 from the probabilities of all patterns and numerical derivatives (few items)."""
    theta = np.linspace(-6.0, 6.0, 61)
    weights = np.exp(-0.5 * theta**2)
    weights /= weights.sum()
    n = matrix.shape[1]
    patterns = np.array([[code >> k & 1 for k in range(n)] for code in range(2**n)])
    pairs = list(combinations(range(n), 2))
    reduce = np.array([*patterns.T, *(patterns[:, i] * patterns[:, j] for i, j in pairs)])

    def chances(values: np.ndarray) -> np.ndarray:
        slope, intercept, c = values.reshape(3, -1)
        p = c + (1 - c) / (1 + np.exp(-(slope * theta[:, None] + intercept)))
        return weights @ np.where(patterns[:, None], p, 1 - p).prod(axis=2).T

    known = calibration.parameters
    start = np.concatenate([*irt.models.to_logistic(known.a, known.b), known.c])
    free = len(start) if calibration.model == "3PL" else 2 * n
    step = 1e-6 * np.eye(len(start))
    by = np.stack([(chances(start + d) - chances(start - d)) / 2e-6 for d in step[:free]], axis=1)
    pi = chances(start)
    gap = (
        np.concatenate([matrix.mean(axis=0), [(matrix[:, i] * matrix[:, j]).mean() for i, j in pairs]])
        - reduce @ pi
    )
    inverse = np.linalg.inv(reduce @ (np.diag(pi) - np.outer(pi, pi)) @ reduce.T)
    d = reduce @ by
    projected = inverse - inverse @ d @ np.linalg.inv(d.T @ inverse @ d) @ d.T @ inverse
    return float(len(matrix) * gap @ projected @ gap)


@pytest.mark.parametrize(("model", "c", "df"), [("2PL", 0.0, 28 - 14), ("3PL", 0.2, 28 - 21)])
def test_agrees_with_the_definition(simulate, model: str, c: float, df: int) -> None:
    drawn = simulate(2500, 7, seed=21, c=c)
    calibration = irt.calibrate(drawn.responses, model)
    found = m2(drawn.responses, calibration)
    assert found.m2 == pytest.approx(slowly(drawn.matrix, calibration), rel=1e-4)
    assert found.df == df


def test_level_and_power_in_a_short_simulation(simulate) -> None:
    right, wrong = [], []
    for seed in range(60):
        drawn = simulate(800, 12, seed=300 + seed)
        right.append(m2(drawn.responses, irt.calibrate(drawn.responses, standard_errors=False)).p)
    for seed in range(5):
        drawn = simulate(2000, 12, seed=400 + seed)
        rng = np.random.default_rng(seed)
        matrix = drawn.matrix.copy()
        half = irt.models.probability(rng.normal(size=(2000, 1)), drawn.a[:6], drawn.b[:6], 0.0)
        matrix[:, :6] = rng.random(half.shape) < half  # another dimension
        data = irt.Responses.from_matrix(matrix)
        wrong.append(m2(data, irt.calibrate(data, standard_errors=False)).p)
    assert np.mean(np.array(right) < 0.05) < 0.15
    assert 0.3 < np.mean(right) < 0.7
    assert max(wrong) < 1e-6


def test_without_a_complete_block_there_is_none(simulate) -> None:
    drawn = simulate(1500, 12, seed=22, missing=0.6)
    found = m2(drawn.responses, irt.calibrate(drawn.responses))
    assert np.isnan([found.m2, found.p, found.rmsea]).all()
    assert found.df == 0
    assert "no person answered all 12 items" in found.reason


def test_a_part_of_the_items(simulate) -> None:
    drawn = simulate(1500, 10, seed=23)
    matrix = drawn.matrix.copy()
    matrix[:700, 9] = np.nan
    data = irt.Responses.from_matrix(matrix)
    calibration = irt.calibrate(data)
    some = m2(data, calibration, items=list(range(9)))
    assert (some.n, some.n_items, some.df) == (1500, 9, 45 - 18)
    assert "9 of 10 items" in some.reason
    assert m2(data, calibration).n == 800


def test_three_items_have_nothing_left_to_test(simulate) -> None:
    drawn = simulate(500, 3, seed=24)
    found = m2(drawn.responses, irt.calibrate(drawn.responses))
    assert "no more proportions" in found.reason


def test_several_groups_have_none(simulate) -> None:
    drawn = simulate(600, 8, seed=25)
    groups = ["a", "b"] * 300
    found = m2(drawn.responses, irt.calibrate(drawn.responses, groups=groups))
    assert "one population" in found.reason
    assert np.isnan(found.m2)
