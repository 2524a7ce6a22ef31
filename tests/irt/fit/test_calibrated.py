from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.fit.calibrated import calibrated


def test_a_common_slope_has_one_number_and_belongs_to_no_item(simulate) -> None:
    drawn = simulate(800, 6, seed=71)
    models = ["1PL", "1PL", "2PL", "2PL", "3PL", "1PL"]
    fitted = calibrated(drawn.responses, irt.calibrate(drawn.responses, models, standard_errors=False))
    assert fitted.own.sum(axis=1).tolist() == [1, 1, 2, 2, 3, 1]
    shared = fitted.column[[0, 1, 5], 0]
    assert len(set(shared)) == 1
    assert np.unique(fitted.column[fitted.column >= 0]).tolist() == list(range(11))


@pytest.mark.parametrize(("guessing", "own", "parameters"), [(None, 3, 18), (0.2, 2, 12), ("common", 2, 13)])
def test_an_asymptote_that_was_fixed_or_common_is_no_items_own(
    simulate, guessing: float | str | None, own: int, parameters: int
) -> None:
    drawn = simulate(1500, 6, seed=75, c=0.2)
    fitted = calibrated(drawn.responses, irt.calibrate(drawn.responses, "3PL", guessing=guessing))
    assert fitted.own.sum(axis=1).tolist() == [own] * 6
    assert len(np.unique(fitted.column[fitted.column >= 0])) == parameters


def test_anchors_estimate_nothing(simulate) -> None:
    drawn = simulate(800, 6, seed=76)
    anchors = irt.ItemParameters([0, 1, 2], drawn.a[:3], drawn.b[:3], 0.0)
    fitted = calibrated(drawn.responses, irt.calibrate(drawn.responses, anchors=anchors))
    assert fitted.own.sum(axis=1).tolist() == [0, 0, 0, 2, 2, 2]


def test_parameters_are_those_of_the_fitted_items(simulate) -> None:
    drawn = simulate(800, 6, seed=72)
    matrix = drawn.matrix.copy()
    matrix[:, 2] = 1.0
    data = irt.Responses.from_matrix(matrix)
    fitted = calibrated(data, irt.calibrate(data))
    assert fitted.place.tolist() == [0, 1, 3, 4, 5]
    assert fitted.responses.items == (0, 1, 3, 4, 5)
    p = irt.models.probability(fitted.theta, *(fitted.calibration.a[3], fitted.calibration.b[3], 0.0))
    np.testing.assert_allclose(fitted.curves[2], p, rtol=1e-9)
    np.testing.assert_allclose(np.exp(fitted.log_weights).sum(axis=1), 1.0)


def test_derivatives_are_those_of_the_curves(simulate) -> None:
    drawn = simulate(800, 6, seed=73, c=0.2)
    fitted = calibrated(drawn.responses, irt.calibrate(drawn.responses, "3PL"))
    slope, intercept, c = fitted.parameters.T[:, :, None]

    def curve(k: int, step: float) -> np.ndarray:
        moved = [slope, intercept, c]
        moved[k] = moved[k] + step
        return moved[2] + (1 - moved[2]) / (1 + np.exp(-(moved[0] * fitted.theta + moved[1])))

    for k in range(3):
        numerical = (curve(k, 1e-6) - curve(k, -1e-6)) / 2e-6
        np.testing.assert_allclose(fitted.derivatives[k], numerical, atol=1e-8)


def test_refuses_what_does_not_belong_together(simulate) -> None:
    drawn = simulate(400, 6, seed=74)
    groups = ["x", "y"] * 200
    calibration = irt.calibrate(drawn.responses, groups=groups, standard_errors=False)
    assert calibrated(drawn.responses, calibration, groups).group.tolist() == [0, 1] * 200
    assert calibrated(drawn.responses, calibration, groups).of_groups == groups
    with pytest.raises(irt.errors.InvalidArgument, match="2 groups; give the group of each of the 400"):
        calibrated(drawn.responses, calibration)
    with pytest.raises(irt.errors.InvalidArgument, match="'z' is not one that was fitted"):
        calibrated(drawn.responses, calibration, ["x", "z"] * 200)
    with pytest.raises(irt.errors.InvalidArgument, match="other items"):
        calibrated(simulate(400, 5, seed=74).responses, calibration, groups)
    nothing = irt.Responses.from_matrix(np.ones((20, 4)))
    with pytest.raises(irt.errors.InvalidArgument, match="no item was fitted"):
        calibrated(nothing, irt.calibrate(nothing))
