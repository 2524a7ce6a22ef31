from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt import plots
from irt.plots.uncertainty import curve_interval

THETA = np.linspace(-3.0, 3.0, 13)


@pytest.mark.parametrize("model", ["2PL", "3PL"])
def test_limits_are_those_of_drawn_parameters(simulate: Callable[..., Any], model: str) -> None:
    """Parameters drawn from their estimated covariance give curves with these quantiles."""
    data = simulate(10_000, 12, seed=71, c=0.2 if model == "3PL" else 0.0)
    fit = irt.calibrate(data.responses, model)
    row = next(i for i in range(12) if fit.status[i] == "ok" and (model == "2PL" or fit.se_c[i] < 0.03))
    size = 2 if model == "2PL" else 3
    centre = np.array([fit.slope[row], fit.intercept[row], fit.c[row]])
    drawn = np.tile(centre, (20_000, 1))
    drawn[:, :size] = np.random.default_rng(2).multivariate_normal(
        centre[:size], fit.covariance[row, :size, :size], 20_000
    )
    slope, intercept, c = drawn.T[:, :, None]
    curves = c + (1.0 - c) / (1.0 + np.exp(-(slope * THETA + intercept)))
    limits = curve_interval(fit, row, THETA, 1.959964)
    assert limits is not None
    exact = np.quantile(curves, (0.025, 0.975), axis=0)
    allowed = 0.004 if model == "2PL" else 0.01  # the delta method is linear, c is not; widths are up to 0.1
    assert limits[0] == pytest.approx(exact[0], abs=allowed)
    assert limits[1] == pytest.approx(exact[1], abs=allowed)


def test_a_calibration_without_responses_shows_the_interval_of_its_curves(
    simulate: Callable[..., Any],
) -> None:
    data = simulate(500, 5, seed=72)
    fit = irt.calibrate(data.responses, "2PL")
    figure = plots.icc(fit)
    assert all(len(axes.collections) == 1 for axes in figure.axes)
    assert any("interval of the curve" in text.get_text() for text in figure.texts)
    plain = plots.icc(irt.calibrate(data.responses, "2PL", standard_errors=False))
    assert not any(axes.collections for axes in plain.axes)
    assert curve_interval(irt.calibrate(data.responses, "2PL", standard_errors=False), 0, THETA, 2.0) is None
