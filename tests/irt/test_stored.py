"""A calibration that was stored and read back says of its answers what the fit itself says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import irt
from irt.errors import InvalidArgument
from irt.stored import normal_latent, stored_calibration


@pytest.fixture(scope="module")
def answers() -> irt.Responses:
    rng = np.random.default_rng(4)
    theta = np.concatenate([rng.normal(size=500), rng.normal(0.6, 0.8, 500)])
    a, b = rng.uniform(0.6, 1.2, 12), np.linspace(-1.2, 1.2, 12)
    right = rng.random((1000, 12)) < irt.models.probability(theta[:, None], a, b, 0.15)
    matrix = np.where(rng.random(right.shape) < 0.1, np.nan, right)
    return irt.Responses.from_matrix(matrix, items=[f"I{i}" for i in range(12)])


GROUPS = ["exam"] * 500 + ["tutor"] * 500


@pytest.mark.parametrize("model", ["1PL", "2PL", "3PL"])
def test_fit_statistics_and_scores_are_those_of_the_fit(answers: irt.Responses, model: str) -> None:
    fit = irt.calibrate(answers, model, groups=GROUPS, reference="exam")
    latent = normal_latent(fit.latent.groups, fit.latent.mean, fit.latent.sd, fit.latent.n)
    again = stored_calibration(answers, fit.table(), latent)
    np.testing.assert_array_equal(again.free, fit.free)
    np.testing.assert_array_equal(again.tied, fit.tied)
    assert (again.model, again.status, again.n_persons) == (fit.model, fit.status, fit.n_persons)
    found = (irt.fit.item_fit(answers, each, groups=GROUPS) for each in (again, fit))
    assert_frame_equal(*found, abs_tol=1e-6)
    thetas = [irt.score(answers, each, groups=GROUPS).theta for each in (again, fit)]
    np.testing.assert_allclose(*thetas, atol=1e-4)


def test_what_was_given_counts_as_given_and_what_is_missing_as_set_aside(answers: irt.Responses) -> None:
    fit = irt.calibrate(answers, "3PL", guessing=["free", "common", *[0.2] * 10])
    models = ["3PL", "3PL, common c", *["3PL, c fixed at 0.2"] * 10]
    status = [*fit.status[:10], "anchor", "carried over"]
    table = fit.table().with_columns(pl.Series("model", models), pl.Series("status", status))
    latent = normal_latent((None,), [0.0], [1.0])
    again = stored_calibration(answers, table.filter(pl.col("item") != "I5"), latent)
    assert again.free.sum(axis=1).tolist() == [3, 2, 2, 2, 2, 0, 2, 2, 2, 2, 0, 0]
    assert again.tied[:, 2].tolist() == [False, True, *[False] * 10]
    assert (again.status[5], again.reason[5]) == ("set aside", "not in the fit")
    assert np.isnan(again.a[5])


def test_what_cannot_be_read_back_is_refused(answers: irt.Responses) -> None:
    table = irt.calibrate(answers, "2PL").table()
    with pytest.raises(InvalidArgument, match="each item once"):
        stored_calibration(answers, pl.concat([table, table]), normal_latent((None,), [0.0], [1.0]))
    for mean, sd in (([0.0, 1.0], [1.0]), ([0.0], [0.0]), ([np.nan], [1.0])):
        with pytest.raises(InvalidArgument):
            normal_latent((None,), mean, sd)
