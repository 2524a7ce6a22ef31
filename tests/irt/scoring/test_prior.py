from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.scoring.methods import posterior_draws, posterior_means
from irt.scoring.prior import MOST_SHARED, fitted_prior, normal_prior


def known(data: Any) -> irt.ItemParameters:
    return irt.ItemParameters(data.responses.items, data.a, data.b, data.c)


@pytest.mark.parametrize("different", [3, MOST_SHARED + 1])
@pytest.mark.parametrize("method", ["EAP", "MAP"])
def test_each_person_has_the_prior_given(simulate: Callable[..., Any], method: str, different: int) -> None:
    data = simulate(100, 12, seed=61, c=0.2, missing=0.2)
    mean = np.linspace(-1.0, 1.0, different)[np.arange(100) % different]
    sd = np.where(mean > 0.0, 0.7, 1.2)
    found = irt.score(data.responses, known(data), method=method, mean=mean, sd=sd)
    for i in range(0, 100, 9):
        alone = irt.score(data.responses, known(data), method=method, mean=mean[i], sd=sd[i])
        assert (found.theta[i], found.se[i]) == pytest.approx((alone.theta[i], alone.se[i]), abs=1e-9)
    if method == "EAP":
        drawn = irt.plausible_values(data.responses, known(data), 400, 1, mean=mean, sd=sd)
        z = (drawn.mean(axis=1) - found.theta) / (found.se / 20.0)
        assert np.sqrt((z**2).mean()) == pytest.approx(1.0, abs=0.3)


def latent(weights: np.ndarray, theta: np.ndarray, shape: str) -> irt.Latent:
    mean, unknown = weights @ theta, np.full(2, np.nan)
    sd = np.sqrt(weights @ theta**2 - mean**2)
    n = np.array([20, 20])
    return irt.Latent(("low", "high"), mean, sd, unknown, unknown, n, theta, weights, shape)


def test_groups_of_a_calibration_have_their_own_distribution(simulate: Callable[..., Any]) -> None:
    data = simulate(40, 12, seed=62)
    theta, _ = irt.Quadrature().grid()
    means, sds = np.array([-0.5, 0.75]), np.array([1.0, 0.8])
    weights = np.exp(-0.5 * ((theta - means[:, None]) / sds[:, None]) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    groups = ["low", "high"] * 20
    prior = fitted_prior(latent(weights, theta, "normal"), 40, groups, None)
    assert [part.normal for part in prior.shared] == [True, True]
    logistic = np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)
    found = posterior_means(data.responses, logistic, prior, True, None)
    expected = irt.score(data.responses, known(data), mean=np.tile(means, 20), sd=np.tile(sds, 20))
    assert found.theta == pytest.approx(expected.theta, abs=1e-5)
    assert found.se == pytest.approx(expected.se, abs=1e-5)


def test_a_histogram_is_taken_as_it_is(simulate: Callable[..., Any]) -> None:
    data = simulate(40, 12, seed=63)
    theta = np.linspace(-4.0, 4.0, 41)
    weights = np.stack([np.exp(-np.abs(theta)), np.exp(-((np.abs(theta) - 1.5) ** 2) / 0.4)])
    weights /= weights.sum(axis=1, keepdims=True)
    prior = fitted_prior(latent(weights, theta, "histogram"), 40, ["high"] * 40, None)
    assert not prior.shared[0].normal
    logistic = np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)
    found = posterior_means(data.responses, logistic, prior, True, None)
    p = irt.models.probability(theta[:, None], data.a, data.b, data.c)
    for i, u in enumerate(data.matrix):
        posterior = weights[1] * np.where(u == 1.0, p, 1.0 - p).prod(axis=1)
        assert found.theta[i] == pytest.approx(posterior @ theta / posterior.sum(), abs=1e-10)
    drawn = posterior_draws(data.responses, logistic, prior, 1000, 5, None)
    z = (drawn.mean(axis=1) - found.theta) / (found.se / np.sqrt(1000))
    assert np.sqrt((z**2).mean()) == pytest.approx(1.0, abs=0.35)


def test_what_is_no_prior_is_said() -> None:
    several = latent(np.full((2, 3), 1 / 3), np.array([-1.0, 0.0, 1.0]), "normal")
    with pytest.raises(InvalidArgument, match="has 2 groups; say by groups="):
        fitted_prior(several, 5, None, None)
    with pytest.raises(InvalidArgument, match="one label for each of 5 persons, not 1"):
        fitted_prior(several, 5, ["low"], None)
    with pytest.raises(InvalidArgument, match="group 'middle' is none"):
        fitted_prior(several, 1, ["middle"], None)
    with pytest.raises(InvalidArgument, match="a finite mean and sd > 0, not"):
        normal_prior(3, 0.0, [1.0, -1.0, 1.0], irt.Quadrature())
    with pytest.raises(InvalidArgument, match="one for each of 3 persons, not of shape"):
        normal_prior(3, [0.0, 1.0], 1.0, irt.Quadrature())


def test_a_calibration_brings_its_groups_along(simulate: Callable[..., Any]) -> None:
    """Two groups 1.2 apart: each is scored by its own distribution, a narrower one where the two are pooled."""
    data = simulate(1600, 12, seed=64)
    group = np.where(data.theta + np.random.default_rng(1).normal(size=1600) > 0.0, "high", "low").tolist()
    fit = irt.calibrate(data.responses, "2PL", groups=group, reference="low", standard_errors=False)
    with pytest.raises(InvalidArgument, match="has 2 groups; say by groups="):
        irt.score(data.responses, fit)
    own = np.array([fit.latent.groups.index(label) for label in group])
    found = irt.score(data.responses, fit, groups=group)
    expected = irt.score(data.responses, fit, mean=fit.latent.mean[own], sd=fit.latent.sd[own])
    assert found.theta == pytest.approx(expected.theta, abs=1e-4)
    for g in (0, 1):
        total = np.sqrt(found.theta[own == g].var() + (found.se[own == g] ** 2).mean())
        assert found.theta[own == g].mean() == pytest.approx(fit.latent.mean[g], abs=0.01)
        assert total == pytest.approx(fit.latent.sd[g], abs=0.02)
    for method in ("MAP", "WLE", "ML"):
        assert irt.score(data.responses, fit, method=method, groups=group).method == method
    drawn = irt.plausible_values(data.responses, fit, 5, groups=group)
    assert drawn[own == 1].mean() - drawn[own == 0].mean() == pytest.approx(
        fit.latent.mean[1] - fit.latent.mean[0], abs=0.06
    )


def test_one_population_without_anchors_is_the_standard_normal(simulate: Callable[..., Any]) -> None:
    data = simulate(300, 10, seed=65)
    fit = irt.calibrate(data.responses, "2PL", standard_errors=False)
    assert np.array_equal(
        irt.score(data.responses, fit).theta, irt.score(data.responses, fit.parameters).theta
    )
