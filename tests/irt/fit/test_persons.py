from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import irt
from irt.fit import item_mean_squares, person_fit


def as_written(u: np.ndarray, theta: float, known: irt.ItemParameters) -> tuple[float, float, float]:
    """(l_z*, infit, outfit) by Snijders' formulas with Warm's r0, written out."""
    p = irt.models.probability(theta, known.a, known.b, known.c)
    curve = (p - known.c) / (1 - known.c)
    slope = irt.models.D * known.a
    first = slope * (1 - known.c) * curve * (1 - curve)
    second = slope * first * (1 - 2 * curve)
    q = 1 - p
    weight = np.log(p / q)
    r = first / (p * q)
    r0 = (first * second / (p * q)).sum() / (2 * (first**2 / (p * q)).sum())
    ratio = (first * weight).sum() / (first * r).sum()
    log_likelihood = (u * np.log(p) + (1 - u) * np.log(q)).sum()
    expected = (p * np.log(p) + q * np.log(q)).sum()
    variance = ((weight - ratio * r) ** 2 * p * q).sum()
    l_z = (log_likelihood - expected + ratio * r0) / np.sqrt(variance)
    z2 = (u - p) ** 2 / (p * q)
    return float(l_z), float(((u - p) ** 2).sum() / (p * q).sum()), float(z2.mean())


@pytest.mark.parametrize(("model", "c"), [("2PL", 0.0), ("3PL", 0.2)])
def test_agrees_with_the_printed_formulas(simulate, model: str, c: float) -> None:
    drawn = simulate(1000, 25, seed=31, c=c)
    calibration = irt.calibrate(drawn.responses, model)
    found = person_fit(drawn.responses, calibration)
    for person in range(40):
        theta = found["theta"][person]
        expected = as_written(drawn.matrix[person], theta, calibration.parameters)
        row = found.row(person, named=True)
        assert (row["l_z"], row["infit"], row["outfit"]) == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert row["p"] == pytest.approx(norm.cdf(expected[0]), abs=1e-6)


@pytest.mark.parametrize(("model", "c"), [("2PL", 0.0), ("3PL", 0.2)])
def test_level_in_a_short_simulation(simulate, model: str, c: float) -> None:
    drawn = simulate(6000, 25, seed=32, c=c)
    p = person_fit(drawn.responses, irt.calibrate(drawn.responses, model))["p"].drop_nulls()
    assert len(p) > 5900
    assert 0.035 < (p < 0.05).mean() < 0.065


def test_finds_persons_who_answer_backwards(simulate) -> None:
    drawn = simulate(2000, 30, seed=33)
    matrix = drawn.matrix.copy()
    hard = drawn.b > np.median(drawn.b)
    matrix[:20] = np.where(hard, 1.0, 0.0)  # right on what is hard, wrong on what is easy
    data = irt.Responses.from_matrix(matrix)
    found = person_fit(data, irt.calibrate(data))
    assert (found["p"][:20] < 1e-4).all()
    assert (found["outfit"][:20] > 1.5).all()


def test_short_records_have_no_test_but_their_description(simulate) -> None:
    drawn = simulate(800, 20, seed=34)
    matrix = drawn.matrix.copy()
    matrix[0, :6] = np.nan  # 14 answers
    matrix[1, :5] = np.nan  # 15
    matrix[2] = np.nan
    data = irt.Responses.from_matrix(matrix)
    found = person_fit(data, irt.calibrate(data))
    assert found["reason"][:2].to_list() == ["14 answers; 15 are needed", ""]
    assert found["l_z"].is_null()[:3].to_list() == [True, False, True]
    assert found["outfit"][0] is not None
    assert found["outfit"][2] is None
    assert found["reason"][2] == "0 answers; 15 are needed"


def test_mean_squares_of_items(simulate) -> None:
    drawn = simulate(1500, 20, seed=35, missing=0.2)
    matrix = drawn.matrix.copy()
    matrix[:, 8] = 0.0
    data = irt.Responses.from_matrix(matrix)
    calibration = irt.calibrate(data)
    found = item_mean_squares(data, calibration)
    theta = irt.score(data, calibration, method="WLE").theta
    known = calibration.parameters
    fitted = np.arange(20) != 8
    p = irt.models.probability(theta[:, None], known.a, known.b, known.c)[:, fitted]
    squares, spread = (matrix[:, fitted] - p) ** 2, p * (1 - p)
    expected = np.where(np.isnan(squares), 0.0, spread).sum(axis=0)
    infit, outfit = np.nansum(squares, axis=0) / expected, np.nanmean(squares / spread, axis=0)
    assert found["item"].to_list() == list(range(20))
    np.testing.assert_allclose(found["infit"].to_numpy()[fitted], infit, rtol=1e-6)
    np.testing.assert_allclose(found["outfit"].to_numpy()[fitted], outfit, rtol=1e-6)
    assert found["infit"][8] is None
    assert found["reason"][8].startswith("set aside: all")


def test_refuses_a_minimum_that_is_no_test(simulate) -> None:
    drawn = simulate(200, 5, seed=36)
    with pytest.raises(irt.errors.InvalidArgument, match="at least 5"):
        person_fit(drawn.responses, irt.calibrate(drawn.responses), minimum=2)
