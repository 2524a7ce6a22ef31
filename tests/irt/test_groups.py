from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument
from irt.groups import grouped

RESPONSES = irt.Responses.from_matrix([[1.0, 0.0], [0.0, 1.0], [np.nan, np.nan]])
Simulate = Callable[..., Any]


def test_the_first_group_defines_the_scale_unless_said() -> None:
    assert grouped(RESPONSES, ["b", "a", "a"], None, "normal", False).reference == 0
    assert grouped(RESPONSES, ["b", "a", "a"], "a", "normal", False).reference == 1
    assert grouped(RESPONSES, ["b", "a", "a"], None, "normal", True).reference is None
    pooled = grouped(RESPONSES, ["b", "a", "a"], "pooled", "normal", False)
    assert (pooled.labels, pooled.pooled) == (("b", "a"), True)


@pytest.mark.parametrize(
    ("groups", "reference", "shape", "anchored", "said"),
    [
        (["a"], None, "normal", False, "one label for each of the 3 persons, not 1"),
        (["a", "a", "b"], None, "normal", False, "nobody of group 'b' answered"),
        (["a", "b", "b"], "c", "normal", False, "reference 'c' is none of the groups 'a', 'b'"),
        (["a", "b", "b"], "a", "normal", True, "anchors define the scale"),
        (None, "a", "normal", False, "but no groups"),
        (None, None, "beta", False, "shape must be one of normal, histogram"),
    ],
)
def test_groups_that_are_none(groups: Any, reference: Any, shape: str, anchored: bool, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        grouped(RESPONSES, groups, reference, shape, anchored)


def two_groups(simulate: Simulate) -> tuple[Any, np.ndarray]:
    """5,000 persons, of whom the abler half is a group: its theta is 0.9 higher and more spread."""
    data = simulate(1, 25, seed=81)
    rng = np.random.default_rng(82)
    group = np.repeat([0, 1], 2500)
    theta = np.where(group, 0.9 + 1.3 * rng.normal(size=5000), rng.normal(size=5000))
    right = rng.random((5000, 25)) < irt.models.probability(theta[:, None], data.a, data.b, 0.0)
    matrix = right.astype(float)
    matrix[rng.random(matrix.shape) < 0.3] = np.nan
    return data, np.column_stack([group, matrix])


def test_mean_and_sd_of_a_group_are_found(simulate: Simulate) -> None:
    data, made = two_groups(simulate)
    group, responses = made[:, 0].astype(int), irt.Responses.from_matrix(made[:, 1:])
    fit = irt.calibrate(responses, groups=group)
    latent = fit.latent
    assert fit.converged
    assert latent.groups == (0, 1)
    assert (latent.mean[0], latent.sd[0]) == (0.0, 1.0)
    assert np.isnan(latent.se_mean[0])
    assert abs(latent.mean[1] - 0.9) < 3.0 * latent.se_mean[1]
    assert abs(latent.sd[1] - 1.3) < 3.0 * latent.se_sd[1]
    assert 0.01 < latent.se_mean[1] < 0.08
    assert (
        np.sqrt((((fit.b - data.b) / fit.se_b) ** 2).mean()) < 2.0
    )  # the errors of b share that of the origin
    assert fit.n_parameters == 52
    assert latent.table()["mean"].to_list() == latent.mean.tolist()
    alone = irt.calibrate(responses)
    assert fit.log_likelihood > alone.log_likelihood + 100.0


def test_the_grid_grows_until_it_reaches_beyond_every_group(simulate: Simulate) -> None:
    data = simulate(1, 20, seed=83)
    rng = np.random.default_rng(84)
    theta = np.concatenate([rng.normal(size=1500), rng.normal(3.0, 1.0, 1500)])
    right = rng.random((3000, 20)) < irt.models.probability(theta[:, None], data.a, data.b + 1.5, 0.0)
    fit = irt.calibrate(
        irt.Responses.from_matrix(right.astype(float)), groups=np.repeat(["low", "high"], 1500)
    )
    assert fit.converged
    assert fit.latent.mean[1] == pytest.approx(3.0, abs=0.25)
    assert fit.latent.theta[-1] > fit.latent.mean[1] + 4.0 * fit.latent.sd[1]
    assert np.diff(fit.latent.theta) == pytest.approx(np.full(len(fit.latent.theta) - 1, 0.2))


def test_a_histogram_finds_two_humps_and_keeps_mean_0_and_sd_1() -> None:
    rng = np.random.default_rng(85)
    theta = np.where(rng.random(6000) < 0.5, -1.0, 1.0) + 0.25 * rng.normal(size=6000)
    theta /= theta.std()
    a, b = rng.uniform(0.8, 1.6, 40), rng.normal(size=40)
    right = rng.random((6000, 40)) < irt.models.probability(theta[:, None], a, b, 0.0)
    responses = irt.Responses.from_matrix(right.astype(float))
    fit = irt.calibrate(responses, shape="histogram")
    latent = fit.latent
    assert fit.converged
    assert (latent.weights @ latent.theta)[0] == pytest.approx(0.0, abs=1e-9)
    assert (latent.weights @ latent.theta**2)[0] == pytest.approx(1.0)
    inside = latent.weights[0, np.abs(latent.theta) < 0.4].sum()
    assert inside < 0.1  # a normal distribution has 0.31 there
    normal = irt.calibrate(responses)
    assert fit.log_likelihood > normal.log_likelihood + 50.0
    assert np.abs(fit.a - a).mean() < np.abs(normal.a - a).mean()


def test_pooled_groups_have_mean_0_and_sd_1_together(simulate: Simulate) -> None:
    _, made = two_groups(simulate)
    group, responses = made[:, 0].astype(int), irt.Responses.from_matrix(made[:, 1:])
    first, pooled = (irt.calibrate(responses, groups=group, reference=r) for r in (0, "pooled"))
    assert pooled.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-6)
    shift, scale = -pooled.latent.mean[0] / pooled.latent.sd[0], 1.0 / pooled.latent.sd[0]
    assert first.latent.mean[1] == pytest.approx(shift + scale * pooled.latent.mean[1], abs=1e-6)
    assert first.b == pytest.approx(shift + scale * pooled.b, abs=1e-6)
    assert first.a == pytest.approx(pooled.a / scale, abs=1e-6)


def test_strata_of_a_history_undo_what_self_selection_does(simulate: Simulate) -> None:
    """Learners are asked what an earlier estimate of theirs, correlating .9, deems fit for them."""
    rng = np.random.default_rng(86)
    persons, items, asked = 8000, 120, 30
    theta = rng.normal(size=persons)
    history = 0.9 * theta + np.sqrt(1 - 0.9**2) * rng.normal(size=persons)
    a, b = rng.lognormal(0.0, 0.25, items), rng.normal(0.0, 1.2, items)
    distance = np.abs(b - history[:, None]) + rng.gumbel(0.0, 0.25, (persons, items))
    matrix = np.full((persons, items), np.nan)
    rows = np.arange(persons)[:, None]
    chosen = np.argsort(distance, axis=1)[:, :asked]
    p = irt.models.probability(theta[:, None], a[chosen], b[chosen], 0.0)
    matrix[rows, chosen] = rng.random((persons, asked)) < p
    responses = irt.Responses.from_matrix(matrix)
    naive = irt.calibrate(responses, standard_errors=False)
    modelled = irt.calibrate(
        responses, groups=irt.strata(history, 8), reference="pooled", standard_errors=False
    )

    def ratio_a(fit: irt.Calibration) -> float:
        return float(np.exp(np.mean(np.log(fit.a / a))))

    def slope_b(fit: irt.Calibration) -> float:
        return float(np.polyfit(b, fit.b, 1)[0])

    assert ratio_a(naive) < 0.85
    assert ratio_a(modelled) == pytest.approx(1.0, abs=0.04)
    assert slope_b(modelled) == pytest.approx(1.0, abs=0.02)
    by_stratum = modelled.latent.table().sort("group")["mean"].to_list()
    assert by_stratum == sorted(by_stratum)
