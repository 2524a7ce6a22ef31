from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

import irt
from irt.fit import item_fit, item_residuals

STRATA = 6


def slowly(matrix: np.ndarray, calibration: irt.Calibration, item: int, strata: int) -> tuple[float, int]:
    """The statistic from the definition: each person's posterior without the item, numerical derivatives."""
    theta = np.linspace(-6.0, 6.0, 61)
    prior = np.exp(-0.5 * theta**2)
    known = calibration.parameters
    slope, intercept = irt.models.to_logistic(known.a, known.b)
    p = known.c + (1 - known.c) / (1 + np.exp(-(slope * theta[:, None] + intercept)))
    there = ~np.isnan(matrix[:, item])
    rest, own = np.delete(matrix, item, axis=1)[there], matrix[there, item]
    others = np.delete(p, item, axis=1)
    likelihood = np.where(np.isnan(rest)[:, None], 1.0, np.where(rest[:, None] == 1, others, 1 - others))
    f = likelihood.prod(axis=2) * prior
    f /= f.sum(axis=1, keepdims=True)
    start = np.array([slope[item], intercept[item], known.c[item]])

    def chance(values: np.ndarray, shift: np.ndarray | float = 0.0) -> np.ndarray:
        logits = values[0] * theta + values[1] + np.reshape(shift, (-1, 1))
        return (f * (values[2] + (1 - values[2]) / (1 + np.exp(-logits)))).sum(axis=1)

    m = 3 if calibration.model == "3PL" else 2
    step = 1e-5
    x = np.stack(
        [
            (chance(start + step * np.eye(3)[k]) - chance(start - step * np.eye(3)[k])) / (2 * step)
            for k in range(m)
        ],
        axis=1,
    )
    ability = f @ theta
    limits = np.quantile(ability, np.arange(1, strata) / strata)
    member = np.searchsorted(limits, ability - 1e-9)
    shifts = np.stack(
        [
            (chance(start, step * (member == g)) - chance(start, -step * (member == g))) / (2 * step)
            for g in range(strata)
        ],
        axis=1,
    )
    fitted = chance(start)
    w = 1.0 / (fitted * (1 - fitted))
    everything = np.concatenate([x, shifts], axis=1)
    information = everything.T @ (everything * w[:, None])
    score = everything.T @ ((own - fitted) * w)
    project = information[m:, :m] @ np.linalg.inv(information[:m, :m])
    efficient = score[m:] - project @ score[:m]
    left = information[m:, m:] - project @ information[:m, m:]
    scale = 1 / np.sqrt(np.diag(information)[m:])
    values, vectors = np.linalg.eigh(left * scale[:, None] * scale)
    along = vectors.T @ (efficient * scale)
    return float((along[m:] ** 2 / values[m:]).sum()), strata - m


@pytest.mark.parametrize(("model", "c", "missing"), [("2PL", 0.0, 0.0), ("2PL", 0.0, 0.4), ("3PL", 0.2, 0.3)])
def test_agrees_with_the_definition(simulate, model: str, c: float, missing: float) -> None:
    drawn = simulate(900, 12, seed=11, c=c, missing=missing)
    calibration = irt.calibrate(drawn.responses, model)
    found = item_fit(drawn.responses, calibration, strata=STRATA)
    middle = np.flatnonzero(found["fit_df"] == STRATA - (3 if model == "3PL" else 2))  # no stratum was merged
    assert len(middle) > 3
    for item in middle.tolist():
        statistic, df = slowly(drawn.matrix, calibration, item, STRATA)
        assert found["fit_statistic"][item] == pytest.approx(statistic, rel=1e-5)
        assert df == found["fit_df"][item]
        assert found["fit_p"][item] == pytest.approx(chi2.sf(statistic, df), rel=1e-4)


def test_finds_a_curve_that_falls_again(simulate) -> None:
    drawn = simulate(3000, 30, seed=12, missing=0.5)
    rng = np.random.default_rng(1)
    z = np.where(drawn.theta < 0.8, drawn.theta, 1.6 - drawn.theta)
    matrix = drawn.matrix.copy()
    answered = ~np.isnan(matrix[:, 7])
    matrix[answered, 7] = (rng.random(3000) < 1 / (1 + np.exp(-2 * z)))[answered]
    data = irt.Responses.from_matrix(matrix)
    calibration = irt.calibrate(data)
    found = item_fit(data, calibration)
    assert found["fit_p"].arg_min() == 7
    assert found["fit_p"][7] < 1e-6
    assert found["rmsd"].arg_max() == 7
    mine = item_residuals(data, calibration).filter(pl.col("item") == 7)
    assert mine["z"][-1] < -3.0  # too few right at the top
    assert mine["observed"][-1] < mine["expected"][-1]


@pytest.mark.parametrize(("model", "c", "missing"), [("2PL", 0.0, 0.0), ("2PL", 0.0, 0.6), ("3PL", 0.2, 0.5)])
def test_level_in_a_short_simulation(simulate, model: str, c: float, missing: float) -> None:
    p = []
    for seed in range(12):
        drawn = simulate(1500, 25, seed=200 + seed, c=c, missing=missing)
        calibration = irt.calibrate(drawn.responses, model, standard_errors=False)
        p += item_fit(drawn.responses, calibration)["fit_p"].drop_nulls().to_list()
    assert len(p) > 250
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085


def test_level_with_groups_that_differ_in_ability_and_in_items() -> None:
    """Two booklets with common items, 1 SD of impact; taken as one population, abilities would be misjudged."""
    p = []
    for seed in range(10):
        rng = np.random.default_rng(600 + seed)
        able = np.arange(2000) % 2 == 1
        a, b = rng.lognormal(-0.2, 0.3, 30), rng.normal(0.5, 1.0, 30)
        right = rng.random((2000, 30)) < irt.models.probability(
            rng.normal(size=(2000, 1)) + able[:, None], a, b, 0.0
        )
        matrix = right.astype(float)
        matrix[~able, 20:] = np.nan
        matrix[able, :10] = np.nan
        data = irt.Responses.from_matrix(matrix)
        groups = np.where(able, "able", "others").tolist()
        calibration = irt.calibrate(data, groups=groups, standard_errors=False)
        p += item_fit(data, calibration, groups=groups)["fit_p"].drop_nulls().to_list()
    assert 0.015 < np.mean(np.array(p) < 0.05) < 0.085


def test_a_wrong_fixed_asymptote_is_found(simulate) -> None:
    drawn = simulate(3000, 20, seed=18)
    easy = drawn.b < 0.5
    found = item_fit(drawn.responses, irt.calibrate(drawn.responses, "3PL", guessing=0.25))
    assert np.nanmedian(found["fit_p"].fill_null(np.nan).to_numpy()[~easy]) < 0.01


def test_a_common_slope_is_found_not_to_fit(simulate) -> None:
    drawn = simulate(3000, 20, seed=17, missing=0.3)
    steep = drawn.a > 1.0
    found = item_fit(drawn.responses, irt.calibrate(drawn.responses, "1PL"))
    assert (found["fit_df"] == 5).any()  # one parameter of its own
    assert np.median(found["fit_p"].to_numpy()[steep]) < 0.01


def test_equal_patterns_fall_into_one_stratum() -> None:
    """With few items many persons tie; a tie split by the answer itself made statistics of 100 and more."""
    rng = np.random.default_rng(22)
    p = []
    for _ in range(20):
        b = rng.normal(size=6)
        p_right = irt.models.probability(rng.normal(size=(1000, 1)), 0.8, b, 0.0)
        data = irt.Responses.from_matrix((rng.random(p_right.shape) < p_right).astype(float))
        p += item_fit(data, irt.calibrate(data, standard_errors=False))["fit_p"].drop_nulls().to_list()
    assert np.mean(np.array(p) < 0.001) < 0.03


def test_does_not_depend_on_the_order_of_persons(simulate) -> None:
    drawn = simulate(700, 10, seed=13, missing=0.3)
    calibration = irt.calibrate(drawn.responses)
    turned = irt.Responses.from_matrix(drawn.matrix[::-1])
    np.testing.assert_allclose(
        item_fit(turned, calibration)["fit_statistic"],
        item_fit(drawn.responses, calibration)["fit_statistic"],
        rtol=1e-8,
    )


def test_an_item_with_little_to_say_is_null_with_a_reason(simulate) -> None:
    drawn = simulate(2000, 12, seed=14)
    matrix = drawn.matrix.copy()
    matrix[:, 2] = 1.0
    matrix[:4, 2] = 0.0
    matrix[:, 5] = 0.0
    data = irt.Responses.from_matrix(matrix)
    found = item_fit(data, irt.calibrate(data))
    assert found["fit_p"][2] is None
    assert "too few answers" in found["reason"][2]
    assert found["reason"][5] == "set aside: all 2000 responses are wrong"
    assert found["fit_p"].null_count() == 2
    assert 5 not in item_residuals(data, irt.calibrate(data))["item"]


def test_labels_come_back(simulate) -> None:
    drawn = simulate(300, 5, seed=15)
    data = irt.Responses.from_matrix(drawn.matrix, items=list("edcba"))
    calibration = irt.calibrate(data)
    assert item_fit(data, calibration)["item"].to_list() == list("edcba")
    assert item_residuals(data, calibration)["item"].unique(maintain_order=True).to_list() == list("edcba")


def test_refuses_too_few_strata(simulate) -> None:
    drawn = simulate(200, 5, seed=16)
    with pytest.raises(irt.errors.InvalidArgument, match="at least 4 strata"):
        item_fit(drawn.responses, irt.calibrate(drawn.responses), strata=3)
