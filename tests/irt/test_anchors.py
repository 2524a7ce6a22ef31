"""Fixed-parameter calibration: new items on the scale that old ones define."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.results import ANCHOR


@pytest.fixture(scope="module")
def bank() -> dict[str, Any]:
    rng = np.random.default_rng(91)
    a, b = rng.lognormal(-0.1, 0.25, 40), rng.normal(size=40)
    theta = rng.normal(0.8, 1.3, 6000)
    matrix = (rng.random((6000, 40)) < irt.models.probability(theta[:, None], a, b, 0.0)).astype(float)
    matrix[rng.random(matrix.shape) < 0.4] = np.nan
    responses = irt.Responses.from_matrix(matrix, items=[f"i{k}" for k in range(40)])
    anchors = irt.ItemParameters([f"i{k}" for k in range(25)], a[:25], b[:25])
    return {"a": a, "b": b, "responses": responses, "anchors": anchors, "theta": theta}


@pytest.fixture(scope="module")
def fit(bank: dict[str, Any]) -> irt.Calibration:
    return irt.calibrate(bank["responses"], anchors=bank["anchors"])


def test_anchors_stay_and_new_items_come_onto_their_scale(bank: dict[str, Any], fit: irt.Calibration) -> None:
    assert fit.converged
    assert fit.status[:25] == (ANCHOR,) * 25
    assert fit.a[:25] == pytest.approx(bank["a"][:25], abs=1e-12)
    assert np.isnan(fit.se_a[:25]).all()
    z = (fit.b[25:] - bank["b"][25:]) / fit.se_b[25:]
    assert np.sqrt((z**2).mean()) < 1.6
    assert np.abs(fit.a[25:] / bank["a"][25:] - 1.0).mean() < 0.08
    assert all("conditional on the anchors" in reason for reason in fit.reason[25:])
    assert fit.n_parameters == 2 * 15 + 2


def test_the_population_is_found_where_it_is(fit: irt.Calibration) -> None:
    assert abs(fit.latent.mean[0] - 0.8) < 3.0 * fit.latent.se_mean[0]
    assert abs(fit.latent.sd[0] - 1.3) < 3.0 * fit.latent.se_sd[0]
    assert fit.latent.theta[-1] >= fit.latent.mean[0] + 4.0 * fit.latent.sd[0]


def test_a_histogram_is_not_restandardised(bank: dict[str, Any]) -> None:
    found = irt.calibrate(bank["responses"], anchors=bank["anchors"], shape="histogram")
    assert found.latent.mean[0] == pytest.approx(0.8, abs=0.1)
    assert found.latent.sd[0] == pytest.approx(1.3, abs=0.1)


def test_a_free_fit_linked_by_hand_agrees(bank: dict[str, Any], fit: irt.Calibration) -> None:
    """Free, then moved by the mean and SD of the anchors' b: less efficient, the same but for noise."""
    free = irt.calibrate(bank["responses"], standard_errors=False)
    scale = bank["b"][:25].std() / free.b[:25].std()
    moved = scale * free.b + bank["b"][:25].mean() - scale * free.b[:25].mean()
    assert fit.b[25:] == pytest.approx(moved[25:], abs=0.12)


def test_all_items_anchors_find_the_population_alone(bank: dict[str, Any]) -> None:
    known = irt.ItemParameters([f"i{k}" for k in range(40)], bank["a"], bank["b"])
    found = irt.calibrate(bank["responses"], anchors=known)
    assert found.converged
    assert found.n_parameters == 2
    assert found.latent.mean[0] == pytest.approx(bank["theta"].mean(), abs=0.03)


def test_an_anchor_everybody_gets_right_still_counts() -> None:
    rng = np.random.default_rng(92)
    matrix = (rng.random((300, 4)) < 0.5).astype(float)
    matrix[:, 0] = 1.0
    anchors = irt.ItemParameters(range(3), 1.0, [-5.0, 0.0, 0.2])
    found = irt.calibrate(irt.Responses.from_matrix(matrix), anchors=anchors)
    assert found.status[:3] == (ANCHOR,) * 3


def test_anchors_and_a_reference_are_two_scales(bank: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="anchors define the scale"):
        irt.calibrate(bank["responses"], anchors=bank["anchors"], groups=[0] * 3000 + [1] * 3000, reference=1)
