"""Complete simulated data, 2PL, against girth's marginal maximum likelihood (logistic metric)."""

from __future__ import annotations

import girth
import numpy as np
import pytest

import irt


def test_2pl_agrees_with_girth_on_complete_data() -> None:
    rng = np.random.default_rng(91)
    theta = rng.normal(size=(1500, 1))
    a, b = rng.lognormal(-0.3, 0.3, 15), rng.normal(size=15)
    matrix = (rng.random((1500, 15)) < irt.models.probability(theta, a, b, 0.0)).astype(int)
    other = girth.twopl_mml(matrix.T)
    fit = irt.calibrate(irt.Responses.from_matrix(matrix), "2PL", standard_errors=False)
    slope, _ = irt.models.to_logistic(fit.a, fit.b)
    assert slope == pytest.approx(other["Discrimination"], abs=0.02)
    assert fit.b == pytest.approx(other["Difficulty"], abs=0.02)
