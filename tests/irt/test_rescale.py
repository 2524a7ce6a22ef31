"""The same fit on another scale: the likelihood does not notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt

Simulate = Callable[..., Any]


def likelihood(matrix: np.ndarray, fit: irt.Calibration, group: np.ndarray) -> float:
    """Of the estimates under the latent distribution that the fit reports, written out plainly."""
    slope, intercept, c = (column[:, None] for column in (fit.slope, fit.intercept, fit.c))
    p = c + (1.0 - c) / (1.0 + np.exp(-(slope * fit.latent.theta + intercept)))
    known = ~np.isnan(matrix)
    right, wrong = np.where(known, matrix, 0.0), np.where(known, 1.0 - matrix, 0.0)
    joint = np.exp(right @ np.log(p) + wrong @ np.log1p(-p)) * fit.latent.weights[group]
    return float(np.log(joint.sum(axis=1)).sum())


@pytest.mark.parametrize("settings", [{"reference": 1}, {"reference": "pooled"}, {"shape": "histogram"}])
def test_what_is_reported_has_the_likelihood_that_is_reported(
    simulate: Simulate, settings: dict[str, Any]
) -> None:
    data = simulate(900, 9, seed=301, missing=0.2)
    group = (data.theta > 0.2).astype(int)
    fit = irt.calibrate(data.responses, groups=group, standard_errors=False, **settings)
    own = np.array([fit.latent.groups.index(g) for g in group])
    assert likelihood(data.matrix, fit, own) == pytest.approx(fit.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("shape", ["normal", "histogram"])
def test_a_mirrored_solution_is_turned_upright_with_its_groups(simulate: Simulate, shape: str) -> None:
    """Most items reversed: ability first runs from high to low, and the reference's mean is to be kept at 0."""
    data = simulate(1500, 9, seed=302)
    group = (data.theta > 0.2).astype(int)
    matrix = data.matrix.copy()
    matrix[:, :5] = 1.0 - matrix[:, :5]
    fit = irt.calibrate(
        irt.Responses.from_matrix(matrix), groups=group, reference=0, shape=shape, standard_errors=False
    )
    assert fit.slope.sum() >= 0.0
    own = np.array([fit.latent.groups.index(g) for g in group])
    assert likelihood(matrix, fit, own) == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert fit.latent.mean[fit.latent.groups.index(0)] == pytest.approx(0.0, abs=1e-9)
