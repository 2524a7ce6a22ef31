from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

import irt
from irt.fit import s_x2

GOLDEN = Path(__file__).parents[2] / "golden"
#: mirt 1.47, itemfit(), as in its tests (LSAT7, 2PL) and its reference pages (LSAT6, common slope).
LSAT7_2PL = [4.749440, 14.451071, 1.270381, 5.237400, 0.941125]
LSAT6_1PL = [0.436, 1.576, 0.871, 0.190, 0.190]


def lsat(name: str) -> irt.Responses:
    return irt.Responses.from_matrix(pl.read_csv(GOLDEN / f"{name}.csv").drop("person").to_numpy())


def test_lsat7_as_printed_elsewhere() -> None:
    data = lsat("lsat7")
    found = s_x2(data, irt.calibrate(data))
    # That fit stopped within 1e-4 of the maximum, which moves the statistic in the third decimal.
    np.testing.assert_allclose(found["s_x2"], LSAT7_2PL, atol=4e-3)
    assert found["df"].to_list() == [2] * 5
    np.testing.assert_allclose(found["p"], chi2.sf(found["s_x2"], 2))


def test_lsat6_with_a_common_slope_as_printed_elsewhere() -> None:
    """Its authors count the common slope as each item's own; here it is one of many, so df is 1 more."""
    data = lsat("lsat6")
    found = s_x2(data, irt.calibrate(data, "1PL"))
    np.testing.assert_allclose(found["s_x2"], LSAT6_1PL, atol=2e-3)
    assert found["df"].to_list() == [3, 3, 2, 3, 3]


def by_enumeration(matrix: np.ndarray, calibration: irt.Calibration, item: int) -> np.ndarray:
    """P(item right | score) from all patterns of answers, slowly: the sum over patterns of each score."""
    theta = np.linspace(-6.0, 6.0, 61)
    weights = np.exp(-0.5 * theta**2)
    weights /= weights.sum()
    known = calibration.parameters
    p = irt.models.probability(theta[:, None], known.a, known.b, known.c)
    n = matrix.shape[1]
    right, all_ = np.zeros(n + 1), np.zeros(n + 1)
    for code in range(2**n):
        pattern = np.array([code >> k & 1 for k in range(n)])
        chance = weights @ np.where(pattern, p, 1.0 - p).prod(axis=1)
        all_[pattern.sum()] += chance
        right[pattern.sum()] += chance * pattern[item]
    return right / all_


def test_agrees_with_enumeration_of_all_patterns(simulate) -> None:
    drawn = simulate(1500, 8, seed=3, c=0.2)
    calibration = irt.calibrate(drawn.responses, "3PL")
    found = s_x2(drawn.responses, calibration, smallest=1e-9)
    score = drawn.matrix.sum(axis=1).astype(int)
    for item in (0, 5):
        expected = by_enumeration(drawn.matrix, calibration, item)
        statistic = 0.0
        for k in range(1, 8):
            there = score == k
            gap = drawn.matrix[there, item].mean() - expected[k]
            statistic += there.sum() * gap**2 / (expected[k] * (1.0 - expected[k]))
        assert found["s_x2"][item] == pytest.approx(statistic, rel=1e-9)
        assert found["df"][item] == 7 - 3


def test_scores_with_little_expected_are_joined(simulate) -> None:
    drawn = simulate(300, 20, seed=4)
    calibration = irt.calibrate(drawn.responses)
    fine = s_x2(drawn.responses, calibration, smallest=0.1)
    coarse = s_x2(drawn.responses, calibration, smallest=5.0)
    assert (coarse["df"] < fine["df"]).all()


def test_only_persons_with_the_whole_block_count_and_it_says_so(simulate) -> None:
    drawn = simulate(2000, 12, seed=5)
    matrix = drawn.matrix.copy()
    matrix[:500, 3] = np.nan
    data = irt.Responses.from_matrix(matrix)
    calibration = irt.calibrate(data)
    every = s_x2(data, calibration)
    assert every["n_block"].to_list() == [1500] * 12
    assert "1500 of 2000 persons" in every["reason"][0]
    without = s_x2(data, calibration, items=[i for i in range(12) if i != 3])
    assert without["n_block"][0] == 2000
    assert without["s_x2"][3] is None
    assert without["reason"][3] == "not in the block of items asked for"
    assert without["reason"][0].startswith("complete block: 11 of 12 items")


def test_no_block_is_null_with_a_reason(simulate) -> None:
    drawn = simulate(1500, 12, seed=6, missing=0.6)
    found = s_x2(drawn.responses, irt.calibrate(drawn.responses))
    assert found["s_x2"].null_count() == 12
    assert "0 of 1500 persons answered all 12 items" in found["reason"][0]


def test_an_item_set_aside_stays_in_its_place(simulate) -> None:
    drawn = simulate(500, 10, seed=7)
    matrix = drawn.matrix.copy()
    matrix[:, 4] = 1.0
    data = irt.Responses.from_matrix(matrix)
    found = s_x2(data, irt.calibrate(data))
    assert found["item"].to_list() == list(range(10))
    assert found["s_x2"].is_null().to_list() == [i == 4 for i in range(10)]
    assert found["reason"][4] == "set aside: all 500 responses are right"


def test_level_in_a_short_simulation(simulate) -> None:
    p = []
    for seed in range(15):
        drawn = simulate(800, 15, seed=100 + seed)
        p += s_x2(drawn.responses, irt.calibrate(drawn.responses, standard_errors=False))["p"].to_list()
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.09


def test_refuses_what_it_cannot_use(simulate) -> None:
    drawn = simulate(200, 5, seed=8)
    calibration = irt.calibrate(drawn.responses)
    with pytest.raises(irt.errors.InvalidArgument, match="smallest"):
        s_x2(drawn.responses, calibration, smallest=0.0)
    with pytest.raises(irt.errors.InvalidArgument, match="item 99"):
        s_x2(drawn.responses, calibration, items=[0, 1, 99])
    with pytest.raises(irt.errors.InvalidArgument, match="other items"):
        s_x2(simulate(200, 6, seed=8).responses, calibration)
