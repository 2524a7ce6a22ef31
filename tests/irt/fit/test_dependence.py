from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import irt
from irt.fit import q3


def test_is_the_correlation_of_residuals(simulate) -> None:
    drawn = simulate(900, 10, seed=41, missing=0.3)
    calibration = irt.calibrate(drawn.responses)
    found = q3(drawn.responses, calibration, seed=1, replications=20)
    theta = irt.score(drawn.responses, calibration).theta
    known = calibration.parameters
    residual = drawn.matrix - irt.models.probability(theta[:, None], known.a, known.b, known.c)
    for row in found.pairs.head(12).iter_rows(named=True):
        x, y = residual[:, row["item_1"]], residual[:, row["item_2"]]
        both = ~np.isnan(x + y)
        assert row["q3"] == pytest.approx(np.corrcoef(x[both], y[both])[0, 1], abs=1e-10)
        assert row["n"] == both.sum()
    assert found.mean == pytest.approx(found.pairs["q3"].mean())
    assert found.mean < 0.0


def test_flags_the_pair_that_depends_and_no_other(simulate) -> None:
    drawn = simulate(1500, 20, seed=42, missing=0.2)
    matrix = drawn.matrix.copy()
    copied = np.random.default_rng(2).random(1500) < 0.4
    middle = np.argsort(np.abs(np.nanmean(matrix, axis=0) - 0.5))[:2]
    both = copied & ~np.isnan(matrix[:, middle]).any(axis=1)
    matrix[both, middle[1]] = matrix[both, middle[0]]
    data = irt.Responses.from_matrix(matrix)
    found = q3(data, irt.calibrate(data), seed=3)
    flagged = found.pairs.filter(pl.col("flagged"))
    assert len(flagged) == 1
    assert set(flagged.row(0)[:2]) == set(middle.tolist())
    assert found.pairs.row(0) == flagged.row(0)  # the most suspicious first


def test_pairs_with_few_persons_are_left_out(simulate) -> None:
    drawn = simulate(1000, 12, seed=43, missing=0.4)
    calibration = irt.calibrate(drawn.responses)
    known = ~np.isnan(drawn.matrix)
    shared = (known.T.astype(int) @ known)[np.triu_indices(12, 1)]
    found = q3(drawn.responses, calibration, seed=4, replications=20, minimum=360)
    assert 0 < len(found.pairs) <= (shared >= 360).sum()
    assert found.pairs["n"].min() >= 360
    none = q3(drawn.responses, calibration, seed=4, replications=20, minimum=999)
    assert len(none.pairs) == 0
    assert none.reason == "no two items were answered by the same 999 persons, often enough right and wrong"
    assert none.pairs.columns == found.pairs.columns


def test_the_seed_decides(simulate) -> None:
    drawn = simulate(600, 8, seed=44)
    calibration = irt.calibrate(drawn.responses)
    first, again, other = (
        q3(drawn.responses, calibration, seed=seed, replications=20).critical for seed in (5, 5, 6)
    )
    assert first == again != other


def test_false_flags_in_a_short_simulation(simulate) -> None:
    flagged = 0
    for seed in range(30):
        drawn = simulate(500, 10, seed=500 + seed)
        calibration = irt.calibrate(drawn.responses, standard_errors=False)
        flagged += bool(q3(drawn.responses, calibration, seed=seed, replications=40).pairs["flagged"].any())
    assert flagged <= 6


@pytest.mark.parametrize("shape", ["normal", "histogram"])
def test_with_groups_of_other_ability(simulate, shape: str) -> None:
    drawn = simulate(1000, 10, seed=46)
    groups = np.where(drawn.theta > 0.0, "high", "low").tolist()
    calibration = irt.calibrate(drawn.responses, groups=groups, shape=shape, standard_errors=False)
    found = q3(drawn.responses, calibration, groups=groups, seed=7, replications=40)
    assert not found.pairs["flagged"].any()
    with pytest.raises(irt.errors.InvalidArgument, match="give the group of each"):
        q3(drawn.responses, calibration, seed=7)


def test_refuses_settings_out_of_range(simulate) -> None:
    drawn = simulate(200, 5, seed=45)
    calibration = irt.calibrate(drawn.responses)
    for wrong in ({"minimum": 5}, {"replications": 5}, {"level": 0.0}):
        with pytest.raises(irt.errors.InvalidArgument, match="minimum must be"):
            q3(drawn.responses, calibration, seed=1, **wrong)
