from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation.standard_errors import inverse

Floats = np.ndarray
Simulate = Callable[..., Any]


def test_errors_are_the_inverse_with_priors_and_the_delta_method(
    simulate: Simulate,
    dense_log_likelihood: Callable[..., float],
    numerical_hessian: Callable[..., Floats],
) -> None:
    data = simulate(400, 4, seed=22, missing=0.2, c=0.2)
    priors = irt.Priors(irt.LogNormal(0.3, 0.4), irt.Normal(0.0, 1.0), irt.Beta(5.0, 17.0))
    fit = irt.calibrate(data.responses, "3PL", priors=priors, tolerance=1e-7)
    assert fit.converged

    def log_posterior(vector: Floats) -> float:
        a, b, c = vector.reshape(3, 4)
        slope, intercept = irt.models.to_logistic(a, b)
        prior = (
            -np.log(slope)
            - 0.5 * ((np.log(slope) - 0.3) / 0.4) ** 2
            - 0.5 * b**2
            + 4 * np.log(c)
            + 16 * np.log1p(-c)
        )
        return dense_log_likelihood(data.matrix, np.stack([slope, intercept, c], axis=1)) + float(prior.sum())

    at = np.concatenate([fit.a, fit.b, fit.c])
    covariance = np.linalg.inv(-numerical_hessian(log_posterior, at, 1e-3))
    expected = np.sqrt(np.diag(covariance)).reshape(3, 4)
    for found, errors in zip((fit.se_a, fit.se_b, fit.se_c), expected, strict=True):
        assert found == pytest.approx(errors, rel=1e-4)


def test_a_common_slope_has_one_error_and_the_items_know_of_it(
    simulate: Simulate,
    dense_log_likelihood: Callable[..., float],
    numerical_hessian: Callable[..., Floats],
) -> None:
    data = simulate(500, 5, seed=27, missing=0.2)
    fit = irt.calibrate(data.responses, "1PL", tolerance=1e-7)

    def log_likelihood(vector: Floats) -> float:
        parameters = np.stack([np.full(5, vector[0]), vector[1:], np.zeros(5)], axis=1)
        return dense_log_likelihood(data.matrix, parameters)

    hessian = numerical_hessian(log_likelihood, np.concatenate([fit.slope[:1], fit.intercept]))
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    assert fit.se_slope == pytest.approx(np.full(5, expected[0]), rel=1e-5)
    assert fit.se_intercept == pytest.approx(expected[1:], rel=1e-5)


def test_a_sandwich_of_a_true_model_is_about_the_inverse(simulate: Simulate) -> None:
    data = simulate(4000, 8, seed=28, missing=0.2)
    exact, robust = (irt.calibrate(data.responses, standard_errors=kind) for kind in ("exact", "sandwich"))
    assert (exact.se_kind, robust.se_kind) == ("exact", "sandwich")
    ratio = robust.se_slope / exact.se_slope
    assert ratio == pytest.approx(np.ones(8), abs=0.1)
    assert np.abs(ratio - 1.0).max() > 1e-4


def test_blocks_leave_out_what_items_share_and_are_too_small(simulate: Simulate) -> None:
    data = simulate(2000, 12, seed=29)
    exact, blocks = (irt.calibrate(data.responses, standard_errors=kind) for kind in ("exact", "block"))
    assert blocks.se_kind == "block"
    assert (blocks.se_slope < exact.se_slope).all()
    assert blocks.se_slope == pytest.approx(exact.se_slope, rel=0.2)


def test_a_scale_of_all_groups_together_is_that_of_a_transformed_reference(simulate: Simulate) -> None:
    data = simulate(3000, 10, seed=30, missing=0.1)
    group = (np.random.default_rng(31).normal(size=3000) + data.theta > 0.3).astype(int)
    by_first, pooled = (
        irt.calibrate(data.responses, groups=group, reference=reference, tolerance=1e-7)
        for reference in (group[0], "pooled")
    )
    latent = pooled.latent
    share = latent.n / latent.n.sum()
    assert (share * latent.mean).sum() == pytest.approx(0.0, abs=1e-9)
    assert (share * (latent.mean**2 + latent.sd**2)).sum() == pytest.approx(1.0)
    assert pooled.log_likelihood == pytest.approx(by_first.log_likelihood, abs=1e-8)
    # Differences of b in units of 1 / a do not depend on the scale; nor, then, do ratios of their errors.
    assert np.isfinite(latent.se_mean).all()
    assert np.isfinite(pooled.se_a).all()
    # The scale of the pooled people is known better than that of the first group alone.
    assert pooled.se_b.mean() < by_first.se_b.mean()


def test_a_constraint_takes_its_direction_away() -> None:
    rng = np.random.default_rng(32)
    half = rng.normal(size=(6, 6))
    information, constraint = half @ half.T, rng.normal(size=(1, 6))
    found = inverse(information, constraint)
    assert constraint @ found == pytest.approx(np.zeros((1, 6)), abs=1e-9)
    basis = np.linalg.svd(constraint)[2][1:].T
    assert found == pytest.approx(basis @ np.linalg.inv(basis.T @ information @ basis) @ basis.T, abs=1e-9)


def test_what_the_data_do_not_determine_has_no_error() -> None:
    information = np.diag([4.0, 0.0, 1.0, 2.0])
    information[0, 2] = information[2, 0] = 2.0  # the first and the third lean on one direction
    found = np.diag(inverse(information))
    assert np.isnan(found).tolist() == [True, True, True, False]
    assert found[3] == pytest.approx(0.5)
    assert inverse(np.diag([4.0, 1.0])) == pytest.approx(np.diag([0.25, 1.0]))


def test_an_item_without_errors_says_so() -> None:
    noise = np.random.default_rng(24).integers(0, 2, (40, 5))
    fit = irt.calibrate(irt.Responses.from_matrix(noise), "3PL", priors=irt.Priors.none(), max_passes=1)
    lost = np.isnan(fit.se_a)
    assert lost.any()
    for i in range(5):
        assert ("no standard errors" in fit.reason[i]) == lost[i]
