from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.empirical import by_band
from irt.errors import InvalidArgument


def parameters(data: Any) -> irt.ItemParameters:
    return irt.ItemParameters(data.responses.items, data.a, data.b, data.c)


def test_it_is_what_a_loop_over_persons_says(simulate: Callable[..., Any]) -> None:
    data = simulate(200, 6, seed=91, missing=0.2, c=0.15)
    found = by_band(data.responses, parameters(data), bands=4, low=-2.0, high=2.0)
    theta = np.linspace(-6.0, 6.0, 121)
    p = irt.models.probability(theta[:, None], data.a, data.b, data.c)
    band = np.digitize(theta, [-2.0, -1.0, 0.0, 1.0, 2.0]) - 1
    item, inside = 3, band == 2
    n = right = expected = square = at = 0.0
    for u in data.matrix:
        known = ~np.isnan(u)
        posterior = np.exp(-0.5 * theta**2) * np.where(u == 1.0, p, 1.0 - p)[:, known].prod(axis=1)
        posterior /= posterior.sum()
        if known[item]:
            own = posterior[inside]
            n, at = n + own.sum(), at + own @ theta[inside]
            right, expected = right + u[item] * own.sum(), expected + own @ p[inside, item]
            square += (own @ (u[item] - p[inside, item])) ** 2
    assert found.n[item, 2] == pytest.approx(n)
    assert found.theta[item, 2] == pytest.approx(at / n)
    assert found.observed[item, 2] == pytest.approx(right / n)
    assert found.expected[item, 2] == pytest.approx(expected / n)
    assert found.se[item, 2] == pytest.approx(np.sqrt(square) / n)
    assert found.residual[item, 2] == pytest.approx((right - expected) / np.sqrt(square))


def test_residuals_are_standard_where_the_model_holds(simulate: Callable[..., Any]) -> None:
    z = []
    for seed in range(12):
        data = simulate(2000, 25, seed=100 + seed, c=0.1, missing=0.3)
        z.append(by_band(data.responses, parameters(data), bands=8, low=-2.0, high=2.0).residual.ravel())
    known = np.concatenate(z)
    known = known[np.isfinite(known)]
    assert len(known) > 2000
    assert known.std() == pytest.approx(1.0, abs=0.05)
    assert (np.abs(known) > 1.96).mean() == pytest.approx(0.05, abs=0.012)


def test_thin_bands_are_left_out(simulate: Callable[..., Any]) -> None:
    data = simulate(70, 5, seed=92)
    found = by_band(data.responses, parameters(data))
    assert np.isnan(found.observed[:, [0, -1]]).all()
    table = found.table()
    assert table.columns == ["item", "theta", "n", "observed", "expected", "se", "residual"]
    assert table.height == np.isfinite(found.observed).sum()
    assert table["residual"].null_count() > 0
    assert not table["residual"].is_nan().any()
    assert table["n"].min() >= 5.0  # type: ignore[operator]
    with pytest.raises(InvalidArgument, match="2 bands"):
        by_band(data.responses, parameters(data), bands=1)
    with pytest.raises(InvalidArgument, match="must go up"):
        by_band(data.responses, parameters(data), low=1.0, high=-1.0)
    with pytest.raises(InvalidArgument, match="groups say whose distribution"):
        by_band(data.responses, parameters(data), groups=[0] * 70)
    with pytest.raises(InvalidArgument, match="at most 64 different priors"):
        by_band(data.responses, parameters(data), mean=np.arange(70) / 100.0)


def test_a_calibration_brings_its_latent_distributions(simulate: Callable[..., Any]) -> None:
    """Abilities 1.5 apart: pooled under one N(0, 1), gaps appear that are none."""
    data = simulate(3000, 15, seed=93)
    shifted = irt.models.probability(data.theta[:, None] - 1.5, data.a, data.b, data.c)
    low = (np.random.default_rng(94).random(shifted.shape) < shifted).astype(float)
    both = irt.Responses.from_matrix(np.concatenate([data.matrix, low]))
    groups = ["high"] * 3000 + ["low"] * 3000
    fit = irt.calibrate(both, "2PL", groups=groups, reference="high", standard_errors=False)
    right, wrong = by_band(both, fit, groups=groups), by_band(both, fit.parameters)
    mean = np.where(np.arange(6000) < 3000, fit.latent.mean[0], fit.latent.mean[1])
    sd = np.where(np.arange(6000) < 3000, fit.latent.sd[0], fit.latent.sd[1])
    by_person = by_band(both, fit.parameters, mean=mean, sd=sd)
    assert by_person.observed == pytest.approx(right.observed, nan_ok=True)
    assert np.nanmean(right.residual**2) < 1.1
    assert np.nanmean(wrong.residual**2) > 2.0
