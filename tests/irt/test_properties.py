"""What must hold for whatever answers: seeded shapes, models, groups and priors, drawn by hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import irt

PRIORS = irt.Priors(irt.LogNormal(0.3, 0.5), irt.Normal(0.0, 1.5), irt.Beta(5.0, 17.0))


@dataclass(frozen=True)
class Drawn:
    """A data set and how to fit it."""

    matrix: np.ndarray
    model: str
    priors: irt.Priors
    group: list[int]

    def fit(
        self, matrix: np.ndarray | None = None, group: list[int] | None = None, **more: object
    ) -> irt.Calibration:
        responses = irt.Responses.from_matrix(self.matrix if matrix is None else matrix, **more)
        return irt.calibrate(
            responses,
            self.model,
            priors=self.priors,
            groups=self.group if group is None else group,
            reference=0,
            standard_errors=False,
            tolerance=1e-7,
        )


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    persons, items = draw(st.integers(200, 500)), draw(st.integers(5, 15))
    model, missing = draw(st.sampled_from(["1PL", "2PL", "3PL"])), draw(st.sampled_from([0.0, 0.1, 0.6]))
    group = np.arange(persons) % draw(st.sampled_from([1, 2]))
    theta = rng.normal(size=(persons, 1)) + 0.7 * group[:, None]
    a, b = rng.lognormal(0.0, 0.3, items), rng.normal(size=items)
    matrix = (rng.random((persons, items)) < irt.models.probability(theta, a, b, 0.1)).astype(float)
    matrix[rng.random(matrix.shape) < missing] = np.nan
    matrix[:2, 0] = 0.0, 1.0  # nobody's group is empty, no item all right or wrong
    matrix[:2] = np.where(np.isnan(matrix[:2]), 1.0, matrix[:2])
    return Drawn(matrix, model, draw(st.sampled_from([irt.Priors.none(), PRIORS])), group.tolist())


@settings(max_examples=20, deadline=None)
@given(data=drawn())
def test_the_posterior_of_accepted_passes_never_falls(data: Drawn) -> None:
    fit = data.fit()
    climbed = np.array([one.log_posterior for one in fit.trace if one.accepted])
    # Setting an item aside begins another fit, and a grid that grew another likelihood.
    if "set aside" not in fit.status and len(fit.latent.theta) == 61:
        assert (np.diff(climbed) >= -1e-11 * np.abs(climbed[1:])).all()
    assert np.isfinite(fit.log_likelihood)
    for name in ("a", "b", "c"):
        known = np.isfinite(getattr(fit, name))
        assert known.tolist() == [status != "set aside" for status in fit.status]
    assert all(reason for reason, status in zip(fit.reason, fit.status, strict=True) if status == "set aside")


@settings(max_examples=8, deadline=None)
@given(data=drawn(), seed=st.integers(0, 2**32 - 1))
def test_orders_and_labels_change_nothing(data: Drawn, seed: int) -> None:
    rng = np.random.default_rng(seed)
    persons, items = rng.permutation(len(data.matrix)), rng.permutation(data.matrix.shape[1])
    one = data.fit()
    other = data.fit(
        data.matrix[np.ix_(persons, items)],
        [data.group[p] for p in persons],
        items=[f"item {i}" for i in items],
        persons=[f"person {p}" for p in persons],
    )
    assume(one.converged)  # else nothing was fitted, or a likelihood without a maximum followed to its bound
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-5)
    assert other.items == tuple(f"item {i}" for i in items)
    assert [other.status[k] for k in range(len(items))] == [one.status[i] for i in items]
    assert other.slope == pytest.approx(one.slope[items], abs=2e-3, rel=1e-3, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(st.floats(-10, 10).filter(lambda a: abs(a) > 1e-3), st.floats(-6, 6))
def test_the_metric_goes_there_and_back(a: float, b: float) -> None:
    back = irt.models.from_logistic(*irt.models.to_logistic(a, b))
    assert [float(x) for x in back] == pytest.approx([a, b])
