from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import irt
from irt.errors import InvalidArgument
from irt.results import A_AT_BOUND, C_AT_BOUND, OK, SET_ASIDE

Simulate = Callable[..., Any]
DRAWN = irt.Priors(slope=irt.LogNormal(np.log(1.7) - 0.2, 0.3), b=irt.Normal(0.0, 1.0), c=irt.Beta(5.0, 17.0))


@pytest.fixture(scope="module")
def sparse(simulate: Simulate) -> Any:
    return simulate(3000, 40, seed=11, missing=0.5)


@pytest.fixture(scope="module")
def fit(sparse: Any) -> irt.Calibration:
    return irt.calibrate(sparse.responses, "2PL")


def test_2pl_truth_is_recovered_within_its_standard_errors(sparse: Any, fit: irt.Calibration) -> None:
    assert fit.converged
    assert fit.max_gradient <= 1e-4
    for found, error, truth in ((fit.a, fit.se_a, sparse.a), (fit.b, fit.se_b, sparse.b)):
        z = (found - truth) / error
        assert np.sqrt((z**2).mean()) == pytest.approx(1.0, abs=0.3)
        assert np.abs(z).max() < 4.0
    assert (fit.c == 0.0).all()
    assert np.isnan(fit.se_c).all()


def test_3pl_truth_is_recovered_within_its_standard_errors(simulate: Simulate) -> None:
    data = simulate(5000, 30, seed=12, missing=0.1, c=0.2)
    fit = irt.calibrate(data.responses, "3PL", priors=DRAWN)
    assert fit.converged
    for found, error, truth in (
        (fit.a, fit.se_a, data.a),
        (fit.b, fit.se_b, data.b),
        (fit.c, fit.se_c, data.c),
    ):
        assert np.abs((found - truth) / error).max() < 4.0
    assert np.sqrt((((fit.b - data.b) / fit.se_b) ** 2).mean()) < 1.3
    assert fit.log_posterior != fit.log_likelihood


def test_the_posterior_of_accepted_passes_never_falls(simulate: Simulate) -> None:
    data = simulate(800, 15, seed=13, missing=0.2, c=0.2)
    for model, priors in (("2PL", None), ("3PL", None), ("3PL", irt.Priors.none()), ("3PL", DRAWN)):
        fit = irt.calibrate(data.responses, model, priors=priors, standard_errors=False)
        climbed = np.array([one.log_posterior for one in fit.trace if one.accepted])
        assert (np.diff(climbed) >= -1e-11 * np.abs(climbed[1:])).all()
        assert fit.passes == len(fit.trace)
        assert fit.log_posterior == climbed[-1]
        assert fit.log_likelihood == fit.trace[-1].log_likelihood


def test_c_at_its_bound_is_a_solution(simulate: Simulate, dense_log_likelihood: Callable[..., float]) -> None:
    data = simulate(1500, 12, seed=14)
    fit = irt.calibrate(data.responses, "3PL", priors=irt.Priors.none())
    assert fit.converged
    bound = np.array([status == C_AT_BOUND for status in fit.status])
    assert bound.any()
    assert (~bound).any()
    assert (fit.c[bound] == 0.0).all()
    assert np.isnan(fit.se_c[bound]).all()
    assert np.isfinite(fit.se_a[bound]).all()
    assert np.isfinite(fit.se_c[~bound]).all()
    assert all("conditional" in fit.reason[i] for i in np.flatnonzero(bound))
    best = np.stack([*irt.models.to_logistic(fit.a, fit.b), fit.c], axis=1)
    reached = dense_log_likelihood(data.matrix, best)
    assert reached == pytest.approx(fit.log_likelihood, abs=1e-7)
    for item in np.flatnonzero(bound):
        lifted = best.copy()
        lifted[item, 2] = 0.01
        assert dense_log_likelihood(data.matrix, lifted) < reached


def test_starts_from_a_prior_and_from_none_agree_where_there_is_none(
    sparse: Any, fit: irt.Calibration
) -> None:
    again = irt.calibrate(sparse.responses, "2PL", priors=irt.Priors.none(), standard_errors=False)
    assert (again.a == fit.a).all()


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_persons_and_items_changes_nothing(sparse: Any, fit: irt.Calibration, seed: int) -> None:
    rng = np.random.default_rng(seed)
    persons, items = rng.permutation(3000), rng.permutation(40)
    again = irt.calibrate(irt.Responses.from_matrix(sparse.matrix[np.ix_(persons, items)]), "2PL")
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    for name in ("a", "b", "se_a", "se_b"):
        assert getattr(again, name) == pytest.approx(getattr(fit, name)[items], abs=1e-5)


def test_items_that_cannot_be_fitted_are_set_aside_with_a_reason(simulate: Simulate) -> None:
    data = simulate(600, 10, seed=15)
    matrix = data.matrix.copy()
    matrix[:, 1], matrix[:, 4], matrix[9:, 7] = 1.0, 0.0, np.nan
    matrix[17] = np.nan
    fit = irt.calibrate(irt.Responses.from_matrix(matrix, items=list("abcdefghij")), minimum_responses=10)
    assert fit.status == tuple(SET_ASIDE if label in "beh" else OK for label in "abcdefghij")
    assert fit.reason[1] == "all 599 responses are right"
    assert fit.reason[4] == "all 599 responses are wrong"
    assert fit.reason[7] == "too few responses: 9, at least 10 are needed"
    assert np.isnan(fit.a[[1, 4, 7]]).all()
    assert fit.persons_set_aside == (17,)
    assert (fit.n_persons, fit.n_responses, fit.n_parameters) == (599, 7 * 599, 14)
    table = fit.table()
    assert table.columns == ["item", "model", "a", "b", "c", "se_a", "se_b", "se_c", "n", "status", "reason"]
    assert table["a"].null_count() == 3
    assert not table["a"].is_nan().any()
    assert table["n"].to_list() == fit.n.tolist()


def test_a_perfectly_separated_item_is_set_aside_and_the_others_are_fitted(simulate: Simulate) -> None:
    data = simulate(1500, 12, seed=16)
    number_right = data.matrix.sum(axis=1)
    matrix = np.column_stack([data.matrix, number_right > 6, number_right > 3])
    fit = irt.calibrate(irt.Responses.from_matrix(matrix))
    assert fit.status[12:] == (SET_ASIDE, SET_ASIDE)
    assert all("perfectly separated" in reason for reason in fit.reason[12:])
    assert fit.status[:12] == (OK,) * 12
    assert fit.converged
    assert fit.passes < 100


@pytest.mark.parametrize("model", ["2PL", "3PL"])
def test_separation_through_and_through_leaves_nothing_and_says_why(model: str) -> None:
    ladder = np.repeat(np.tril(np.ones((12, 11))), 5, axis=0)
    fit = irt.calibrate(irt.Responses.from_matrix(ladder), model)
    assert set(fit.status) <= ({SET_ASIDE} if model == "2PL" else {SET_ASIDE, A_AT_BOUND})
    assert fit.reason[0] == "all 60 responses are right"
    assert all("separated" in reason or "at its bound" in reason for reason in fit.reason[1:])
    assert fit.passes < 200


@pytest.mark.parametrize("model", ["2PL", "3PL"])
def test_three_responses_are_an_answer_and_no_error(model: str) -> None:
    fit = irt.calibrate(irt.Responses.from_long(["p", "q", "r"], ["i", "i", "j"], [1, 0, 1]), model)
    assert not fit.converged
    assert (
        fit.reason_stopped == f"nothing was fitted: only 1 of 2 items can be used; a {model} needs at least 3"
    )
    assert fit.reason[1] == "too few responses: 1, at least 2 are needed"
    assert fit.table()["a"].to_list() == [None, None]
    assert (fit.n_parameters, fit.log_likelihood, fit.passes) == (0, 0.0, 0)


def test_a_reversed_item_is_fitted_and_remarked_upon(simulate: Simulate) -> None:
    data = simulate(2000, 12, seed=17)
    matrix = data.matrix.copy()
    matrix[:, 3] = 1.0 - matrix[:, 3]
    fit = irt.calibrate(irt.Responses.from_matrix(matrix))
    assert fit.a[3] < 0.0
    assert "negative slope" in fit.reason[3]
    assert (np.delete(fit.a, 3) > 0.0).all()
    plain = irt.calibrate(data.responses)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    assert fit.a[3] == pytest.approx(-plain.a[3], abs=1e-5)


def test_stopping_early_is_said(sparse: Any) -> None:
    seen: list[irt.Pass] = []
    fit = irt.calibrate(sparse.responses, max_passes=2, progress=seen.append, standard_errors=False)
    assert not fit.converged
    assert "not converged: stopped after 2 passes" in fit.reason_stopped
    assert tuple(seen) == fit.trace
    assert np.isnan(fit.se_a).all()


def test_information_criteria(fit: irt.Calibration) -> None:
    assert fit.n_parameters == 80
    assert fit.aic == pytest.approx(160.0 - 2.0 * fit.log_likelihood)
    assert fit.bic == pytest.approx(80 * np.log(3000) - 2.0 * fit.log_likelihood)


def test_1500_answers_a_person_underflow_nothing(simulate: Simulate) -> None:
    data = simulate(60, 1500, seed=18)
    fit = irt.calibrate(data.responses, standard_errors=False, max_passes=3)
    kept = np.array([status != SET_ASIDE for status in fit.status])
    assert kept.sum() > 1000
    assert np.isfinite(fit.log_likelihood)
    assert np.isfinite(fit.a[kept]).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "4PL"}, "one of 1PL, 2PL, 3PL, not '4PL'"),
        ({"max_passes": 0}, "at least 1"),
        ({"tolerance": 0.0}, "above 0"),
        ({"minimum_responses": 0}, "at least 1"),
    ],
)
def test_settings_that_are_none(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        irt.calibrate(irt.Responses.from_long(["p"], ["i"], [1]), **arguments)
